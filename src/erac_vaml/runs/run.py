"""One training run from its plan to its files: train, restore the best network, score it on test."""

import math
from dataclasses import asdict, dataclass, replace
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
from erac_vaml.plan import Run, plan_runs
from erac_vaml.runs.build import build_stage
from erac_vaml.runs.device import choose_precision
from erac_vaml.runs.files import read_scores, write_run
from erac_vaml.runs.finished import finished_already, forget, forget_all_but_files
from erac_vaml.runs.measures import SCORES
from erac_vaml.runs.provenance import describe_execution, describe_origin, identity_of
from erac_vaml.runs.session import Session, alone, noted
from erac_vaml.runs.slots import on_device
from erac_vaml.runs.stopping import Stopping, seconds_left
from erac_vaml.runs.watch import Watch
from erac_vaml.training.loop import train
from erac_vaml.training.stages.base import Context, TrainingStage
from erac_vaml.training.state import Divergence, TrainingState, begin


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


def train_run(
    experiment: Experiment,
    run: Run,
    results: Path,
    device: torch.device,
    limit_minutes: float | None = None,
    keep_files: bool = False,
) -> dict[str, Any]:
    """Train one run, from its last checkpoint where it was stopped, and write its files; return its scores.

    A run whose parent diverged is recorded as diverged without being trained.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results: data/ and the parents' runs are read there.
        device: where to train.
        limit_minutes: time that this attempt may take, the experiment's margin included; None: as long as it needs,
            or Slurm's own limit.
        keep_files: keep the run's files in its state folder, too, and take them from there where they have been lost.

    Raises:
        StoppedError: the time is over, or a signal came; started again, the run goes on from here.
        UserError: the data set or a parent is missing or damaged, no checkpoint can be used or written, or there is
            not enough memory.
    """
    stopping = Stopping(seconds_left(limit_minutes, experiment.execution.time_margin_minutes))
    folder = results / run.state_path
    with stopping.installed(), alone(folder, stopping) as waited:
        if waited or (keep_files and folder.exists()):
            identity = identity_of(describe_origin(run, results, _data_of(experiment, run, results)))
            scores = finished_already(results / run.path, folder, identity)
            if scores is not None:
                return scores
        runs_per_gpu = experiment.execution.runs_per_gpu
        with on_device(device, runs_per_gpu, stopping) as chosen, noted(folder, chosen) as session:
            choose_precision(run.settings.network.matmul_precision)
            prepared = _prepare(experiment, run, results, chosen)
            scores = _train_and_score(experiment, run, results, prepared, stopping, session)
        if keep_files:
            forget_all_but_files(folder, results / run.path)
        else:
            forget(folder)
        return scores


def _data_of(experiment: Experiment, run: Run, results: Path) -> Path:
    return results / "data" / experiment.tasks[run.task].dataset


@dataclass(frozen=True)
class _Prepared:
    context: Context
    stage: TrainingStage
    origin: dict[str, Any]
    identity: dict[str, Any]


def _prepare(experiment: Experiment, run: Run, results: Path, device: torch.device) -> _Prepared:
    """Read what the run is made of."""
    data = _data_of(experiment, run, results)
    dataset = load_prepared(data)
    if run.settings.rewards.references == "all":
        dataset = replace(
            dataset,
            train=replace(dataset.train, rewards_all_captions=True),
            valid=replace(dataset.valid, rewards_all_captions=True),
        )
    context = Context(run.settings, dataset, run.seed, device)
    stage = build_stage(run, context, results)
    origin = describe_origin(run, results, data)
    return _Prepared(context, stage, origin, identity_of(origin))


def _train_and_score(
    experiment: Experiment, run: Run, results: Path, prepared: _Prepared, stopping: Stopping, session: Session
) -> dict[str, Any]:
    """Train, score and write all files of the run."""
    started = datetime.now(UTC)
    context, stage = prepared.context, prepared.stage
    settings = run.stage_settings
    execution = experiment.execution
    watch = Watch(
        results / run.state_path,
        prepared.identity,
        stopping,
        execution.checkpoint_minutes,
        session,
        settings.max_epochs,
    )
    cause = _diverged_parent(run, results)
    if cause is None:
        state = train(
            stage,
            context.dataset.train,
            settings,
            run.settings.evaluation,
            seed=run.seed,
            purpose=run.stage,
            device=context.device,
            starts_trained=run.starts_trained,
            start_counts=run.settings.joint.start_counts,
            watch=watch,
        )
    else:
        state = begin(stage, settings.max_decays)
        state.divergence = Divergence(0, 0, cause)
    stage.network.load_state_dict(state.parameters)
    measures: dict[str, float] = dict(state.measures)
    hypotheses: list[str] = []
    signature = None
    if cause is None and stage.measure == "valid_bleu":
        with watch.testing(state):
            hypotheses, scored, signature = _test(context, stage)
        measures |= scored
    scores = _scores(run, state, measures, signature)
    attempts = session.all_attempts("diverged" if state.divergence else "finished")
    write_run(
        results / run.path,
        parameters=state.parameters,
        history=state.history,
        hypotheses=hypotheses,
        coco_results=_coco_results(context.dataset, hypotheses),
        manifest=prepared.origin
        | describe_execution(context.device, started)
        | {
            "seconds": round(state.seconds, 2),
            "epoch_seconds": state.epoch_seconds,
            "attempts": [asdict(attempt) for attempt in attempts],
        },
        scores=scores,
    )
    return scores


def _test(context: Context, stage: TrainingStage) -> tuple[list[str], dict[str, float], str]:
    """Return what the actor says of the test set, its scores, and the signature of BLEU."""
    dataset, settings = context.dataset, context.settings.evaluation
    decoded = dataset.test.one_of_each_image()
    hypotheses = translate(stage.network, decoded, dataset.target_vocabulary, settings, context.device)
    scored, signature = scores_on_test(dataset, hypotheses)
    test_perplexity = perplexity(stage.network, dataset.test, settings.batch_size, context.device)
    return hypotheses, scored | {"test_perplexity": test_perplexity}, signature


def _scores(run: Run, state: TrainingState, measures: dict[str, float], signature: str | None) -> dict[str, Any]:
    """Return what scores.json holds. Nothing in it depends on when, where or in how many attempts the run was made."""
    return {
        "status": "diverged" if state.divergence else "finished",
        "task": run.task,
        "algorithm": run.algorithm,
        "run": run.name,
        "stage": run.stage,
        "seed": run.seed,
        **{name: _finite(measures.get(name)) for name in SCORES},
        "best_epoch": state.best_epoch,
        "epochs": state.epochs,
        "steps": state.step,
        "bleu_signature": signature,
        "diverged": asdict(state.divergence) if state.divergence else None,
    }


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
