"""Train a planned run: train its stage, restore the best network, score it on test and write the run's files."""

import math
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import torch

from erac_vaml.config import Experiment
from erac_vaml.data.prepared import load_prepared
from erac_vaml.errors import UserError
from erac_vaml.evaluation.caption_scores import coco_results
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.evaluation.quality import ScoresOnTest, scores_on_test
from erac_vaml.evaluation.translate import translate
from erac_vaml.files import changes
from erac_vaml.plan import Run
from erac_vaml.runs.assembly import build_stage
from erac_vaml.runs.checkpoint import difference
from erac_vaml.runs.device import choose_precision
from erac_vaml.runs.kept import forget_all_but_files, put_back
from erac_vaml.runs.manifest import read_manifest
from erac_vaml.runs.origin import describe_execution, describe_origin
from erac_vaml.runs.outputs import write_run
from erac_vaml.runs.scores import MEASURES, Scores, check_run, has_ended, read_scores
from erac_vaml.runs.session import alone, recorded
from erac_vaml.runs.slots import on_device
from erac_vaml.runs.stopping import Stopping, seconds_left
from erac_vaml.runs.watch import Watch
from erac_vaml.training.divergence import Divergence, not_finite
from erac_vaml.training.loop import train
from erac_vaml.training.stages.actor import policy_bleu
from erac_vaml.training.stages.base import Context, TrainingStage
from erac_vaml.training.state import TrainingState, begin


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
    """Train one run, from its last checkpoint if it was stopped; write its files and return its scores.

    A run whose parent diverged is recorded as diverged without training. A run that is already finished stays as it is.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results, with data/ and the parents' runs.
        device: device of the training.
        limit_minutes: time limit of this attempt, the experiment's margin included; None: no limit, or Slurm's own.
        keep_files: also keep the run's files in its state folder, and restore them from there if they are lost.
        force: train a finished run again.

    Raises:
        StoppedError: the time is over, or a signal came; started again, the run continues from here.
        UserError: the data set or a parent is missing or was changed, no checkpoint can be used or written, there is
            not enough memory, or the run is finished with different settings.
    """
    folder, state_folder = results / run.path, results / run.state_path
    data = results / "data" / experiment.tasks[run.task].dataset
    execution = experiment.execution
    if has_ended(folder) and not force:
        return _finished_already(run, results, data)
    stopping = Stopping(seconds_left(limit_minutes, execution.time_margin_minutes))
    with stopping.installed(), alone(state_folder, stopping) as lock:
        if not force:
            if keep_files and state_folder.exists():
                put_back(folder, state_folder, describe_origin(run, results, data))
            if has_ended(folder):
                return _finished_already(run, results, data)
        with (
            on_device(device, execution.runs_per_gpu, stopping) as chosen,
            recorded(state_folder, chosen) as session,
        ):
            choose_precision(run.settings.network.matmul_precision, chosen)
            context = _read_context(experiment, run, data, chosen)
            origin = describe_origin(run, results, data)
            stage = build_stage(run, context, results)
            minutes, settings = execution.checkpoint_minutes, run.stage_settings
            watch = Watch(state_folder, origin.identity, stopping, minutes, session, settings, lock)
            state, hypotheses, scores = _train_and_score(run, results, context, stage, watch)
            identifiers = context.dataset.image_identifiers.get("test", [])
            lock.check()
            attempts = session.all_attempts(scores.status)
            write_run(
                folder,
                state=state,
                hypotheses=hypotheses,
                coco_results=coco_results(identifiers, hypotheses) if identifiers and hypotheses else [],
                scores=scores,
                origin=origin,
                execution=describe_execution(chosen, datetime.fromisoformat(attempts[0].started)),
                attempts=attempts,
            )
        if keep_files:
            forget_all_but_files(state_folder, folder)
        else:
            shutil.rmtree(state_folder)
        return scores


def _finished_already(run: Run, results: Path, data: Path) -> Scores:
    """Return the scores of a run that has ended, if training it now would give the same run.

    Raises:
        UserError: it was trained with different settings, parents or data, or was changed since.
    """
    folder, instead = results / run.path, "; put that back, or train it again with --force"
    manifest = read_manifest(folder)
    found = changes({"seed": manifest.seed} | dict(manifest.settings), {"seed": run.seed} | run.fields)
    if found:
        raise UserError(f"{folder}: is finished, with other settings: {found[0]}{instead}")
    scores = check_run(folder, manifest)
    try:
        now = describe_origin(run, results, data)
    except UserError:  # Its data or parents have been deleted; it stays finished.
        now = None
    other = difference(manifest.identity, now.identity) if now else None
    if other:
        raise UserError(f"{folder}: is finished, but not with what is there now: {other}{instead}")
    print(f"{run.path}: finished already, nothing to do; --force trains it again", flush=True)
    return scores


def _read_context(experiment: Experiment, run: Run, data: Path, device: torch.device) -> Context:
    """Read a run's data set; return it with the run's settings, seed and device."""
    dataset = load_prepared(data, experiment.datasets[data.name])
    if run.settings.rewards.references == "all":
        dataset = replace(
            dataset,
            train=replace(dataset.train, rewards_all_captions=True),
            valid=replace(dataset.valid, rewards_all_captions=True),
        )
    return Context(run.settings, dataset, run.seed, device)


def _train_and_score(
    run: Run, results: Path, context: Context, stage: TrainingStage, watch: Watch
) -> tuple[TrainingState, list[str], Scores]:
    """Train a stage and score its best network.

    Returns:
        The final state of the training, the hypotheses for the test set (none of a critic or a Q-network), the scores.
    """
    settings = run.stage_settings
    hypotheses: list[str] = []
    scored = ScoresOnTest({}, None, None)
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
    measures = dict(state.measures)
    if cause is None and run.speaks:
        with watch.testing(state):
            hypotheses, scored = _test(context, stage)
        measures |= scored.measures
        problem = not_finite(scored.measures)
        if problem and state.divergence is None:
            state.divergence = Divergence(state.epoch, state.step, problem)
    finite = {name: value for name, value in measures.items() if math.isfinite(value)}  # JSON has no NaN.
    scores = Scores(
        status="diverged" if state.divergence else "finished",
        task=run.task,
        algorithm=run.algorithm,
        run=run.name,
        stage=run.stage,
        seed=run.seed,
        **{name: finite.get(name) for name in MEASURES},
        best_epoch=state.best_epoch,
        epochs=state.epochs,
        steps=state.step,
        bleu_signature=scored.bleu_signature,
        chrf_signature=scored.chrf_signature,
        diverged=state.divergence,
    )
    return state, hypotheses, scores


def _test(context: Context, stage: TrainingStage) -> tuple[list[str], ScoresOnTest]:
    """Return the actor's hypotheses for the test set and its scores: theirs, of other decodings, and perplexity."""
    network, dataset, settings, device = stage.network, context.dataset, context.settings.evaluation, context.device
    split = dataset.test.one_of_each_image()
    hypotheses = translate(network, split, dataset.target_vocabulary, settings, device)
    scored = scores_on_test(dataset, hypotheses)
    others = policy_bleu(network, context, "test")
    others["test_perplexity"] = perplexity(network, dataset.test, settings.batch_size, device)
    return hypotheses, scored._replace(measures=scored.measures | others)


def _diverged_parent(run: Run, results: Path) -> str | None:
    """Return the reason why a diverged parent keeps the run from being trained, or None."""
    for role, parent in run.parents.items():
        if read_scores(results / parent.path).status == "diverged":
            return f"its {role.replace('_', '-')} {parent.algorithm}/{parent.name} diverged"
    return None
