"""Plan the runs of an algorithm with given settings: critics × actors, and the runs that they start from.

The folder of a run names the settings that differ from its algorithm's own: `erac@actor_critic.tau=0.02` is ERAC with
another τ, and ERAC with τ = 0 is `ac`. So a run that two grids share, or a grid and Table 1, is trained once.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from erac_vaml.config import Experiment, Seeds, TaskSettings
from erac_vaml.plan.overrides import flat_settings, override
from erac_vaml.plan.run import Run
from erac_vaml.plan.stages import ALGORITHM_SETTINGS, ALGORITHM_STAGE, SEEDED_STAGES, StageName


def algorithm_runs(experiment: Experiment, task: str, algorithm: str) -> list[Run]:
    """Return the runs of one algorithm of one task with the task's own settings, whether or not it is asked for."""
    return runs_with(experiment, task, algorithm, experiment.tasks[task].seeds, {}, f"tasks.{task}")


def runs_with(
    experiment: Experiment, task: str, algorithm: str, seeds: Seeds, overrides: Mapping[str, Any], origin: str
) -> list[Run]:
    """Return critics × actors runs of an algorithm, in order of their index.

    Args:
        experiment: the experiment.
        task: name of the task.
        algorithm: name of the algorithm.
        seeds: numbers of critics and actors. Runs have the task's own numbers: fewer seeds give a subset of the runs.
        overrides: `section.field` to the value that replaces the task's.
        origin: where the overrides come from, for error messages.

    Raises:
        UserError: a field is unknown or a value is out of range.
    """
    base = experiment.tasks[task]
    own = override(base, {**ALGORITHM_SETTINGS.get(algorithm, {}), **overrides}, origin)
    if own.actor_critic.tau == 0.0:
        # Without entropy there is no future entropy to leave out: the runs are AC's.
        own = override(own, {"joint.future_entropy": base.joint.future_entropy}, origin)
    stage, actors = ALGORITHM_STAGE[algorithm], base.seeds.actors

    def run(
        stage: StageName, name: str, seed: int, parents: Mapping[str, Run] | None = None, settings: TaskSettings = own
    ) -> Run:
        folder = _actor_critic_algorithm(settings) if stage == "joint" else stage
        return _named(base, Run(task, stage, folder, name, seed, settings, base.dataset, parents or {}))

    def mle(index: int) -> Run:
        return run("mle", f"seed{index}", index)

    runs = []
    for critic in range(1, seeds.critics + 1):
        first = actors * (critic - 1) + 1
        for actor in range(1, seeds.actors + 1):
            index, name = first + actor - 1, f"critic{critic}-actor{actor}"
            if stage in SEEDED_STAGES:
                start = {"actor": mle(index)} if stage == "mle-continued" else None
                runs.append(run(stage, f"seed{index}", index, start))
            elif stage == "vaml":
                q_network = run("q-network", f"critic{critic}", critic)
                runs.append(run("vaml", name, index, {"q_network": q_network}))
            else:
                # Without future entropy the critic is AC's, whose τ is 0.
                evaluated = own if own.joint.future_entropy else override(own, {"actor_critic.tau": 0.0}, origin)
                trained_critic = run("critic", f"critic{critic}", critic, {"actor": mle(first)}, evaluated)
                runs.append(run("joint", name, index, {"actor": mle(index), "critic": trained_critic}))
    return runs


def _named(base: TaskSettings, run: Run) -> Run:
    """Return the run with the settings that differ from the task's own algorithm in its algorithm's name."""
    reads = run.reads
    usual = flat_settings(base, reads) | ALGORITHM_SETTINGS.get(run.algorithm, {})
    changed = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in flat_settings(run.settings, reads).items()
        if usual[key] != value
    ]
    return replace(run, algorithm=f"{run.algorithm}@{','.join(changed)}") if changed else run


def _actor_critic_algorithm(settings: TaskSettings) -> str:
    if settings.actor_critic.tau == 0.0:
        return "ac"
    return "erac" if settings.joint.future_entropy else "erac-no-future-entropy"
