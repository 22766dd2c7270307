"""Train one run from its plan to its files: train, restore the best network, score it on test."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

import torch

from erac_vaml.config import Experiment
from erac_vaml.data.prepared import PreparedDataset, load_prepared
from erac_vaml.errors import UserError
from erac_vaml.evaluation.caption_scores import coco_results
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.quality import scores_on_test
from erac_vaml.evaluation.translate import translate
from erac_vaml.files import changes
from erac_vaml.plan import Run, plan_runs
from erac_vaml.runs.assembly import build_stage
from erac_vaml.runs.checkpoint import difference
from erac_vaml.runs.device import choose_precision
from erac_vaml.runs.kept import forget, forget_all_but_files, put_back
from erac_vaml.runs.lock import Lock
from erac_vaml.runs.manifest import Origin, read_manifest
from erac_vaml.runs.origin import describe_execution, describe_origin
from erac_vaml.runs.outputs import write_run
from erac_vaml.runs.scores import MEASURES, Scores, check_run, has_ended, read_scores
from erac_vaml.runs.session import Session, alone, recorded
from erac_vaml.runs.slots import on_device
from erac_vaml.runs.stopping import Stopping, seconds_left
from erac_vaml.runs.watch import Watch
from erac_vaml.training.divergence import Divergence
from erac_vaml.training.loop import train
from erac_vaml.training.stages.base import Context, TrainingStage
from erac_vaml.training.state import TrainingState, begin


def find_run(experiment: Experiment, path: str) -> Run:
    """Return the planned run of a path.

    Args:
        experiment: plans the run.
        path: `mt/erac/critic1-actor2`, also with `runs/` or `results/{experiment}/runs/` before it.

    Raises:
        UserError: the experiment plans no such run.
    """
    *before, task, algorithm, name = ("", "", "", *PurePath(path).parts)
    folders = [folder for folder in before if folder]
    planned = plan_runs(experiment).get(f"runs/{task}/{algorithm}/{name}")
    if planned is None or folders[-1:] not in ([], ["runs"]) or folders[-2:-1] not in ([], [experiment.name]):
        raise UserError(
            f"{path}: experiment {experiment.name!r} plans no such run; `erac-vaml plan --runs` lists its runs"
        )
    return planned


def train_run(
    experiment: Experiment,
    run: Run,
    results: Path,
    device: torch.device,
    limit_minutes: float | None = None,
    *,
    keep_files: bool = False,
    force: bool = False,
) -> Scores:
    """Train one run, from its last checkpoint where it was stopped, and write its files; return its scores.

    A run whose parent diverged is recorded as diverged without being trained. A run that is finished already stays as
    it is.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results: data/ and the parents' runs are read there.
        device: where to train.
        limit_minutes: time that this attempt may take, the experiment's margin included; None: as long as it needs,
            or Slurm's own limit.
        keep_files: keep the run's files in its state folder, too, and take them from there where they have been lost.
        force: train a finished run again.

    Raises:
        StoppedError: the time is over, or a signal came; started again, the run goes on from here.
        UserError: the data set or a parent is missing or was changed, no checkpoint can be used or written, there is
            not enough memory, or the run is finished with other settings.
    """
    folder, state, data = results / run.path, results / run.state_path, _data_of(experiment, run, results)
    if has_ended(folder) and not force:
        return _finished_already(run, results, data)
    stopping = Stopping(seconds_left(limit_minutes, experiment.execution.time_margin_minutes))
    with stopping.installed(), alone(state, stopping) as lock:
        if not force:
            if keep_files and state.exists():
                put_back(folder, state, describe_origin(run, results, data))
            if has_ended(folder):
                return _finished_already(run, results, data)
        runs_per_gpu = experiment.execution.runs_per_gpu
        with on_device(device, runs_per_gpu, stopping) as chosen, recorded(state, chosen) as session:
            choose_precision(run.settings.network.matmul_precision)
            prepared = _prepare(experiment, run, results, chosen)
            scores = _train_and_score(experiment, run, results, prepared, stopping, session, lock)
        if keep_files:
            forget_all_but_files(state, folder)
        else:
            forget(state)
        return scores


def _data_of(experiment: Experiment, run: Run, results: Path) -> Path:
    return results / "data" / experiment.tasks[run.task].dataset


def _finished_already(run: Run, results: Path, data: Path) -> Scores:
    """Return the scores of a run that has ended, if it is what would be trained now.

    Raises:
        UserError: it was trained with other settings, from other parents or on other data, or was changed since.
    """
    folder, instead = results / run.path, "; put that back, or train it again with --force"
    manifest = read_manifest(folder)
    found = changes({"seed": manifest.seed} | dict(manifest.settings), {"seed": run.seed} | run.fields)
    if found:
        raise UserError(f"{folder}: is finished, with other settings: {found[0]}{instead}")
    scores = check_run(folder, manifest)
    try:
        now = describe_origin(run, results, data)
    except UserError:  # Its data or parents have been deleted: it is as finished as before.
        now = None
    other = difference(manifest.identity, now.identity) if now else None
    if other:
        raise UserError(f"{folder}: is finished, but not with what is there now: {other}{instead}")
    print(f"{run.path}: finished already, nothing to do; --force trains it again", flush=True)
    return scores


@dataclass(frozen=True)
class _Prepared:
    context: Context
    stage: TrainingStage
    origin: Origin


def _prepare(experiment: Experiment, run: Run, results: Path, device: torch.device) -> _Prepared:
    """Read what the run is made of."""
    data = _data_of(experiment, run, results)
    dataset = load_prepared(data, experiment.datasets[experiment.tasks[run.task].dataset])
    origin = describe_origin(run, results, data)
    if run.settings.rewards.references == "all":
        dataset = replace(
            dataset,
            train=replace(dataset.train, rewards_all_captions=True),
            valid=replace(dataset.valid, rewards_all_captions=True),
        )
    context = Context(run.settings, dataset, run.seed, device)
    return _Prepared(context, build_stage(run, context, results), origin)


def _train_and_score(
    experiment: Experiment,
    run: Run,
    results: Path,
    prepared: _Prepared,
    stopping: Stopping,
    session: Session,
    lock: Lock,
) -> Scores:
    """Train, score and write all files of the run."""
    started = datetime.now(UTC)
    context, stage = prepared.context, prepared.stage
    settings = run.stage_settings
    execution = experiment.execution
    watch = Watch(
        results / run.state_path,
        prepared.origin.identity,
        stopping,
        execution.checkpoint_minutes,
        session,
        settings.max_epochs,
        lock.check,
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
            hooks=watch,
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
    lock.check()
    write_run(
        results / run.path,
        parameters=state.parameters,
        history=state.history,
        hypotheses=hypotheses,
        coco_results=_coco_results(context.dataset, hypotheses),
        scores=scores,
        origin=prepared.origin,
        execution=describe_execution(context.device, started),
        seconds=state.seconds,
        epoch_seconds=state.epoch_seconds,
        attempts=session.all_attempts(scores.status),
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


def _scores(run: Run, state: TrainingState, measures: dict[str, float], signature: str | None) -> Scores:
    return Scores(
        status="diverged" if state.divergence else "finished",
        task=run.task,
        algorithm=run.algorithm,
        run=run.name,
        stage=run.stage,
        seed=run.seed,
        **{name: _finite(measures.get(name)) for name in MEASURES},
        best_epoch=state.best_epoch,
        epochs=state.epochs,
        steps=state.step,
        bleu_signature=signature,
        diverged=state.divergence,
    )


def _diverged_parent(run: Run, results: Path) -> str | None:
    """Return why the run cannot be trained, or None."""
    for role, parent in run.parents.items():
        if read_scores(results / parent.path).status == "diverged":
            return f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name} diverged"
    return None


def _coco_results(dataset: PreparedDataset, hypotheses: list[str]) -> list[dict[str, object]]:
    """Return hypotheses for images in COCO's result format; none for sentences, or of a stage that says nothing."""
    identifiers = dataset.image_identifiers.get("test", [])
    return coco_results(identifiers, hypotheses) if identifiers and hypotheses else []


def _finite(value: float | None) -> float | None:
    """Return the value, or None where there is no finite one: JSON has no NaN."""
    return None if value is None or not math.isfinite(value) else value
