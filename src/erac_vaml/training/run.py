"""One training run from its plan to its files: train, restore the best network, score it on test."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from erac_vaml.config import Experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.prepared import load_prepared, source_split
from erac_vaml.errors import UserError
from erac_vaml.evaluation.corpus_bleu import corpus_bleu
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.translate import translate
from erac_vaml.measures import SCORES
from erac_vaml.plan import Run, plan_runs
from erac_vaml.training.build import build_stage, build_trained_actor
from erac_vaml.training.files import read_scores, write_run
from erac_vaml.training.loop import Divergence, Training, train
from erac_vaml.training.provenance import describe_execution, describe_origin
from erac_vaml.training.stages.base import Context


def find_run(experiment: Experiment, path: str) -> Run:
    """Return the planned run of a path such as `runs/mt/erac/critic1-actor2`.

    Raises:
        UserError: the experiment plans no such run.
    """
    planned = plan_runs(experiment)
    if path.rstrip("/") not in planned:
        raise UserError(
            f"{path}: experiment {experiment.name!r} plans no such run; `erac-vaml plan --runs` lists its runs"
        )
    return planned[path.rstrip("/")]


def train_run(experiment: Experiment, run: Run, results: Path, device: torch.device) -> dict[str, Any]:
    """Train one run and write its files; return its scores.

    A run whose parent diverged is recorded as diverged without being trained.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results: data/ and the parents' runs are read there.
        device: where to train.

    Raises:
        UserError: the data set or a parent is missing or damaged.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    choose_precision(run.settings.network.matmul_precision)
    data = results / "data" / experiment.tasks[run.task].dataset
    context = Context(run.settings, load_prepared(data), run.seed, device)
    stage_settings = getattr(run.settings, run.stage.replace("-", "_"))
    stage = build_stage(run, context, results)
    cause = _diverged_parent(run, results)
    origin = describe_origin(run, results, data)
    (results / run.path).mkdir(parents=True, exist_ok=True)
    if cause is None:
        training = train(
            stage,
            context.dataset.train,
            stage_settings,
            run.settings.evaluation,
            seed=run.seed,
            purpose=run.stage,
            device=device,
            starts_trained=run.stage == "joint",
        )
    else:
        untrained = {name: value.detach().clone() for name, value in stage.network.state_dict().items()}
        training = Training(untrained, {}, divergence=Divergence(0, 0, cause))
    stage.network.load_state_dict(training.parameters)
    measures: dict[str, float] = dict(training.measures)
    hypotheses: list[str] = []
    signature = None
    if cause is None and stage.measure == "valid_bleu":
        evaluation, dataset = run.settings.evaluation, context.dataset
        hypotheses = translate(stage.network, dataset.test, dataset.target_vocabulary, evaluation, device)
        bleu = corpus_bleu(hypotheses, dataset.references["test"])
        measures["test_bleu"], signature = bleu.score, bleu.signature
        measures["test_perplexity"] = perplexity(stage.network, dataset.test, evaluation.batch_size, device)
    divergence = training.divergence
    scores = {
        "status": "diverged" if divergence else "finished",
        "task": run.task,
        "algorithm": run.algorithm,
        "run": run.name,
        "stage": run.stage,
        "seed": run.seed,
        **{name: _finite(measures.get(name)) for name in SCORES},
        "best_epoch": training.best_epoch,
        "epochs": training.epochs,
        "steps": training.steps,
        "seconds": round(time.monotonic() - clock, 2),
        "bleu_signature": signature,
        "diverged": vars(divergence) if divergence else None,
    }
    write_run(
        results / run.path,
        parameters=training.parameters,
        history=training.history,
        hypotheses=hypotheses,
        manifest=origin | describe_execution(device, started),
        scores=scores,
    )
    return scores


def _diverged_parent(run: Run, results: Path) -> str | None:
    """Return why the run cannot be trained, or None."""
    for role, parent in run.parents.items():
        if read_scores(results / parent.path)["status"] == "diverged":
            return f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name} diverged"
    return None


def _finite(value: float | None) -> float | None:
    """Return the value, or None where there is no finite one: JSON has no NaN."""
    return None if value is None or not math.isfinite(value) else value


def choose_device(name: str) -> torch.device:
    """Return the device that "auto", "cpu", "cuda" or "cuda:1" names; "auto" takes a GPU where there is one.

    Raises:
        UserError: there is no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UserError(f"--device {name}: no such device; take auto, cpu or cuda") from None
    gpus = torch.cuda.device_count()
    if device.type != "cpu" and not (device.type == "cuda" and (device.index or 0) < gpus):
        raise UserError(f"--device {name}: torch finds {gpus} CUDA devices here; take auto, cpu or one of them")
    return device


def choose_precision(matmul_precision: str) -> None:
    """Let a GPU's matrix products be "float32" or "tf32", in LSTMs too, where PyTorch's default is the latter."""
    tf32 = matmul_precision == "tf32"
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32


def translate_text(experiment: Experiment, run: Run, results: Path, source: Path, device: torch.device) -> list[str]:
    """Return the translations of a tokenised, lower-cased text by a trained run's actor.

    Raises:
        UserError: the run has no actor, or it or the text is missing or damaged.
    """
    if run.stage in ("critic", "q-network"):
        raise UserError(f"{run.path}: a {run.stage} says nothing; name a run of mle, raml, vaml, ac or erac")
    dataset = load_prepared(results / "data" / experiment.tasks[run.task].dataset)
    choose_precision(run.settings.network.matmul_precision)
    actor = build_trained_actor(run, Context(run.settings, dataset, run.seed, device), results)
    split = source_split(read_lines(source), dataset.source_vocabulary)
    return translate(actor, split, dataset.target_vocabulary, run.settings.evaluation, device)
