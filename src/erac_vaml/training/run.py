"""One training run from its plan to its files: train, restore the best network, score it on test."""

import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from erac_vaml.config import Experiment
from erac_vaml.data.prepared import PreparedDataset, load_prepared
from erac_vaml.errors import UserError
from erac_vaml.evaluation.caption_scores import coco_results
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.quality import scores_on_test
from erac_vaml.evaluation.translate import translate
from erac_vaml.measures import SCORES
from erac_vaml.plan import Run, plan_runs
from erac_vaml.training.build import build_stage
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
    dataset = load_prepared(data)
    if run.settings.rewards.references == "all":
        dataset = replace(
            dataset,
            train=replace(dataset.train, rewards_all_captions=True),
            valid=replace(dataset.valid, rewards_all_captions=True),
        )
    context = Context(run.settings, dataset, run.seed, device)
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
        evaluation = run.settings.evaluation
        decoded = dataset.test.one_of_each_image()
        hypotheses = translate(stage.network, decoded, dataset.target_vocabulary, evaluation, device)
        scored, signature = scores_on_test(dataset, hypotheses)
        measures |= scored
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
        coco_results=_coco_results(dataset, hypotheses),
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


def _coco_results(dataset: PreparedDataset, hypotheses: list[str]) -> list[dict[str, Any]]:
    """Return hypotheses for images in COCO's result format; none for sentences, or of a stage that says nothing."""
    identifiers = dataset.image_identifiers.get("test", [])
    return coco_results(identifiers, hypotheses) if identifiers and hypotheses else []


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
