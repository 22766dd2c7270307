"""An experiment -> every training run it needs, what each starts from, and where its files lie.

A run is named by the settings in which it departs from its algorithm's own, so that runs which two grids share, or a
grid and Table 1, are trained once: `erac@actor_critic.tau=0.02` is ERAC with another τ, ERAC with τ = 0 is `ac`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import ValidationError

from erac_vaml.config import Experiment, Grid, Seeds, Task, TaskSettings
from erac_vaml.config.loading import merge
from erac_vaml.config.settings import Stage
from erac_vaml.errors import UserError
from erac_vaml.files import short_digest

StageName = Literal["mle", "mle-continued", "raml", "q-network", "vaml", "critic", "joint"]

_NETWORK = (
    "network.units",
    "network.layers",
    "network.embedding",
    "network.input_feeding",
    "network.initial_range",
    "network.matmul_precision",
)
_DECODING = ("evaluation.beam_size", "evaluation.max_length", "evaluation.batch_size")
_ACTOR = (*_NETWORK, "network.attention", "network.dropout", *_DECODING)
_WEIGHTS = ("rewards.smoothing", "rewards.unknown_matches", "rewards.references")

OWN_FIELDS: dict[StageName, tuple[str, ...]] = {
    "mle": (*_ACTOR, "mle"),
    "mle-continued": (
        *_ACTOR,
        "evaluation.collapse_ratio",
        "joint.optimizer",
        "joint.learning_rate",
        "joint.adam_beta1",
        "joint.gradient_clip",
        "joint.batch_size",
        "joint.decay_factor",
        "joint.max_decays",
        "joint.max_epochs",
        "joint.lambda_mle",
        "joint.start_counts",
    ),
    "raml": (*_ACTOR, *_WEIGHTS, "raml"),
    "q-network": (
        *_NETWORK,
        "network.attention",
        "network.q_network_dropout",
        *_DECODING,
        "rewards",
        "q_network",
    ),
    "vaml": (*_ACTOR, *_WEIGHTS, "vaml"),
    "critic": (
        *_NETWORK,
        "network.critic_attention",
        "network.critic_dropout",
        "evaluation.batch_size",
        "evaluation.explosion_ratio",
        "rewards",
        "actor_critic",
        "critic",
    ),
    "joint": (*_ACTOR, "network.critic_dropout", "evaluation.collapse_ratio", "rewards", "actor_critic", "joint"),
}
"""Sections and fields of a task that each stage reads: a change of any other leaves its runs as they are."""

ALGORITHM_STAGE: dict[str, StageName] = {
    "mle": "mle",
    "mle-continued": "mle-continued",
    "raml": "raml",
    "vaml": "vaml",
    "ac": "joint",
    "erac": "joint",
    "erac-no-future-entropy": "joint",
}

ALGORITHM_SETTINGS: dict[str, dict[str, Any]] = {
    "ac": {"actor_critic.tau": 0.0},
    "erac-no-future-entropy": {"joint.future_entropy": False},
}
"""In what AC and ERAC without future entropy depart from ERAC (App. B.4, §6.4)."""


@dataclass(frozen=True)
class Run:
    """One training run."""

    task: str
    stage: StageName
    algorithm: str
    """Folder of the algorithm: its name, then `@field=value,…` where its settings depart from the task's."""
    name: str
    """`seed{i}`, `critic{c}` or `critic{c}-actor{a}`."""
    seed: int
    """Seed of every random stream of the run."""
    settings: TaskSettings
    """The task's settings with this run's departures."""
    dataset: str
    """Name of the data set that it is trained on."""
    parents: Mapping[str, "Run"] = field(default_factory=dict)
    """Runs that it starts from: `actor`, `critic`, `q_network`."""

    @property
    def stage_settings(self) -> Stage:
        """Optimiser, batch size and schedule of the run's stage."""
        section = "joint" if self.stage == "mle-continued" else self.stage.replace("-", "_")
        settings: Stage = getattr(self.settings, section)
        return settings

    @property
    def starts_trained(self) -> bool:
        """Whether the run goes on training an actor of another run."""
        return self.stage in ("mle-continued", "joint")

    @property
    def path(self) -> PurePosixPath:
        """Folder of the run below results/{experiment}/."""
        return PurePosixPath("runs", self.task, self.algorithm, self.name)

    @property
    def state_path(self) -> PurePosixPath:
        """Folder below results/{experiment}/ where its checkpoints are until it is finished."""
        return PurePosixPath("state", self.task, self.algorithm, self.name)

    @property
    def fields(self) -> dict[str, Any]:
        """Every setting that decides the run's numbers, `section.field` to value, its parents' included."""
        inherited = {name: value for parent in self.parents.values() for name, value in parent.fields.items()}
        return inherited | _stage_fields(self.stage, self.settings)

    @property
    def digest(self) -> str:
        """Names everything that the configuration says of the run: a job compares it with the one that was planned."""
        return short_digest({"run": str(self.path), "seed": self.seed, "dataset": self.dataset, "fields": self.fields})


@dataclass(frozen=True)
class Cell:
    """One combination of values of an ablation grid."""

    values: dict[str, Any]
    algorithm: str
    """Folder of the algorithm whose runs fill the cell."""
    runs: tuple[Run, ...]


def algorithm_runs(experiment: Experiment, task: str, algorithm: str) -> list[Run]:
    """Return the runs of one algorithm of one task: the cell of Table 1."""
    return _runs(task, experiment.tasks[task], experiment.tasks[task].seeds, algorithm, {}, f"tasks.{task}")


def grid_cells(experiment: Experiment, name: str) -> list[Cell]:
    """Return an ablation grid's cells, the last field varying fastest.

    Raises:
        UserError: a field is unknown or not read by the grid's algorithm, or a value is out of range.
    """
    grid = experiment.ablations[name]
    task = experiment.tasks[grid.task]
    cells = []
    for values in _combinations(grid):
        runs = _runs(grid.task, task, grid.seeds or task.seeds, grid.algorithm, values, f"ablations.{name}.vary")
        for unread in values.keys() - _flat(task, _reads(runs[0])).keys():
            raise UserError(
                f"ablations.{name}.vary.{unread}: {grid.algorithm} does not read it; vary a setting it reads"
            )
        cells.append(Cell(values, runs[0].algorithm, tuple(runs)))
    return cells


def plan_runs(experiment: Experiment) -> dict[str, Run]:
    """Return every run of the experiment by its path, each after those that it starts from.

    Raises:
        UserError: a grid has a bad field or value, or a run has nothing to train on.
    """
    planned: dict[str, Run] = {}

    def add(run: Run) -> None:
        if run.stage == "mle-continued" and run.settings.joint.lambda_mle == 0.0:
            raise UserError(
                f"{run.path}: joint.lambda_mle is 0, so mle-continued has no loss; set joint.lambda_mle above 0, or "
                "leave mle-continued out"
            )
        for parent in run.parents.values():
            add(parent)
        planned.setdefault(str(run.path), run)

    for task_name, task in experiment.tasks.items():
        for algorithm in task.algorithms:
            for run in algorithm_runs(experiment, task_name, algorithm):
                add(run)
    for grid_name in experiment.ablations:
        for cell in grid_cells(experiment, grid_name):
            for run in cell.runs:
                add(run)
    return planned


def _combinations(grid: Grid) -> Iterator[dict[str, Any]]:
    fields = list(grid.vary)
    if len(fields) == 1:
        yield from ({fields[0]: value} for value in grid.vary[fields[0]])
    else:
        first, second = fields
        yield from ({first: one, second: other} for one in grid.vary[first] for other in grid.vary[second])


def _runs(task: str, settings: Task, seeds: Seeds, algorithm: str, overrides: dict[str, Any], origin: str) -> list[Run]:
    """Return critics × actors runs. The numbering is the task's own, so that fewer seeds are a subset of more."""
    own = _override(settings, ALGORITHM_SETTINGS.get(algorithm, {}) | overrides, origin)
    if own.actor_critic.tau == 0.0:
        # Without entropy there is none of the future to leave out: the runs are AC's.
        own = _override(own, {"joint.future_entropy": settings.joint.future_entropy}, origin)
    actors = settings.seeds.actors
    pairs = [(critic, actor) for critic in range(1, seeds.critics + 1) for actor in range(1, seeds.actors + 1)]
    stage = ALGORITHM_STAGE[algorithm]
    runs = []
    for critic, actor in pairs:
        index = actors * (critic - 1) + actor
        if stage in ("mle", "raml"):
            runs.append(_run(task, settings, stage, algorithm, f"seed{index}", index, own))
            continue
        if stage == "mle-continued":
            start = {"actor": _run(task, settings, "mle", "mle", f"seed{index}", index, own)}
            runs.append(_run(task, settings, stage, algorithm, f"seed{index}", index, own, start))
            continue
        name = f"critic{critic}-actor{actor}"
        if stage == "vaml":
            q_network = _run(task, settings, "q-network", "q-network", f"critic{critic}", critic, own)
            runs.append(_run(task, settings, "vaml", "vaml", name, index, own, {"q_network": q_network}))
            continue
        first = actors * (critic - 1) + 1
        fixed_actor = _run(task, settings, "mle", "mle", f"seed{first}", first, own)
        # Without future entropy the critic is AC's, whose τ is 0.
        evaluated = own if own.joint.future_entropy else _override(own, {"actor_critic.tau": 0.0}, origin)
        parents = {
            "actor": _run(task, settings, "mle", "mle", f"seed{index}", index, own),
            "critic": _run(
                task, settings, "critic", "critic", f"critic{critic}", critic, evaluated, {"actor": fixed_actor}
            ),
        }
        own_algorithm = _actor_critic_algorithm(own)
        runs.append(_run(task, settings, "joint", own_algorithm, name, index, own, parents))
    return runs


def _run(
    task: str,
    base: Task,
    stage: StageName,
    algorithm: str,
    name: str,
    seed: int,
    settings: TaskSettings,
    parents: Mapping[str, Run] | None = None,
) -> Run:
    """Return a run whose algorithm's folder tells in what it departs from the algorithm of the task itself."""
    plain = Run(task, stage, algorithm, name, seed, settings, base.dataset, parents or {})
    usual = _override(base, ALGORITHM_SETTINGS.get(algorithm, {}), f"tasks.{task}")
    relevant = _reads(plain)
    usual_values = _flat(usual, relevant)
    departures = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in _flat(settings, relevant).items()
        if usual_values[key] != value
    ]
    folder = algorithm + ("@" + ",".join(departures) if departures else "")
    return Run(task, stage, folder, name, seed, settings, base.dataset, parents or {})


def _reads(run: Run) -> set[str]:
    return set(OWN_FIELDS[run.stage]).union(*(_reads(parent) for parent in run.parents.values()))


def _actor_critic_algorithm(settings: TaskSettings) -> str:
    if settings.actor_critic.tau == 0.0:
        return "ac"
    return "erac" if settings.joint.future_entropy else "erac-no-future-entropy"


def _stage_fields(stage: StageName, settings: TaskSettings) -> dict[str, Any]:
    return _flat(settings, set(OWN_FIELDS[stage]))


def _flat(settings: TaskSettings, names: set[str]) -> dict[str, Any]:
    """Return `section.field` to value for the named sections and fields, in the models' order."""
    return {
        f"{section}.{key}": value
        for section, content in settings.model_dump().items()
        if isinstance(content, dict)
        for key, value in content.items()
        if section in names or f"{section}.{key}" in names
    }


def _override(settings: TaskSettings, overrides: Mapping[str, Any], origin: str) -> TaskSettings:
    """Return the settings with `section.field` values replaced.

    Raises:
        UserError: a field is unknown or a value out of range.
    """
    values = {name: content for name, content in settings.model_dump().items() if name in TaskSettings.model_fields}
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        if key not in (values.get(section) or {}):
            raise UserError(f"{origin}.{name}: no such setting; write section.field, as in actor_critic.tau")
        values = merge(values, {section: {key: value}})
    try:
        return TaskSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            f"{origin}: {'.'.join(map(str, first['loc']))}: {first['msg']}, not {first['input']!r}"
        ) from None
