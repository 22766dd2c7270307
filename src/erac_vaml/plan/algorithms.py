"""Plan the runs of an algorithm with given settings: critics × actors, and the runs that they start from.

A run is named by the settings in which it differs from its algorithm's own, so that runs which two grids share, or a
grid and Table 1, are trained once: `erac@actor_critic.tau=0.02` is ERAC with another τ, ERAC with τ = 0 is `ac`.
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
    """Return the runs of one algorithm of one task with the task's own settings, asked for or not."""
    return runs_with(experiment, task, algorithm, experiment.tasks[task].seeds, {}, f"tasks.{task}")


def runs_with(
    experiment: Experiment, task: str, algorithm: str, seeds: Seeds, overrides: Mapping[str, Any], origin: str
) -> list[Run]:
    """Return critics × actors runs of an algorithm, by rising index.

    Args:
        experiment: the experiment.
        task: name of the task.
        algorithm: name of the algorithm.
        seeds: how many critics and actors. Runs are numbered as the task's own are: fewer seeds are a subset of more.
        overrides: `section.field` to the value that replaces the task's.
        origin: where the overrides come from, for error messages.

    Raises:
        UserError: a field is unknown or a value is out of range.
    """
    base = experiment.tasks[task]
    own = override(base, {**ALGORITHM_SETTINGS.get(algorithm, {}), **overrides}, origin)
    if own.actor_critic.tau == 0.0:
        # Without entropy no future entropy can be left out: the runs are AC's.
        own = override(own, {"joint.future_entropy": base.joint.future_entropy}, origin)
    stage, actors = ALGORITHM_STAGE[algorithm], base.seeds.actors

    def run(
        stage: StageName,
        algorithm: str,
        name: str,
        seed: int,
        parents: Mapping[str, Run] | None = None,
        settings: TaskSettings = own,
    ) -> Run:
        return _named(base, Run(task, stage, algorithm, name, seed, settings, base.dataset, parents or {}))

    def mle(index: int) -> Run:
        return run("mle", "mle", f"seed{index}", index)

    runs = []
    for critic in range(1, seeds.critics + 1):
        first = actors * (critic - 1) + 1
        for actor in range(1, seeds.actors + 1):
            index, name = first + actor - 1, f"critic{critic}-actor{actor}"
            if stage in SEEDED_STAGES:
                start = {"actor": mle(index)} if stage == "mle-continued" else None
                runs.append(run(stage, algorithm, f"seed{index}", index, start))
            elif stage == "vaml":
                q_network = run("q-network", "q-network", f"critic{critic}", critic)
                runs.append(run("vaml", "vaml", name, index, {"q_network": q_network}))
            else:
                # Without future entropy the critic is AC's, whose τ is 0.
                evaluated = own if own.joint.future_entropy else override(own, {"actor_critic.tau": 0.0}, origin)
                parents = {
                    "actor": mle(index),
                    "critic": run("critic", "critic", f"critic{critic}", critic, {"actor": mle(first)}, evaluated),
                }
                runs.append(run("joint", _actor_critic_algorithm(own), name, index, parents))
    return runs


def _named(base: TaskSettings, run: Run) -> Run:
    """Return the run with its departures from the task's own algorithm in its algorithm's name."""
    usual = override(base, ALGORITHM_SETTINGS.get(run.algorithm, {}), f"tasks.{run.task}")
    usual_values = flat_settings(usual, run.reads)
    departures = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in flat_settings(run.settings, run.reads).items()
        if usual_values[key] != value
    ]
    return replace(run, algorithm=f"{run.algorithm}@{','.join(departures)}") if departures else run


def _actor_critic_algorithm(settings: TaskSettings) -> str:
    if settings.actor_critic.tau == 0.0:
        return "ac"
    return "erac" if settings.joint.future_entropy else "erac-no-future-entropy"
