"""Describe a training run: its settings and seed, the runs that it starts from, and where its files are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from erac_vaml.config import TaskSettings
from erac_vaml.config.settings import Stage
from erac_vaml.files import short_digest
from erac_vaml.plan.overrides import flat_settings
from erac_vaml.plan.stages import CONTINUING_STAGES, OWN_FIELDS, UNNAMED, StageName


def run_path(task: str, algorithm: str, name: str) -> PurePosixPath:
    """Return the folder of a run below results/{experiment}/."""
    return PurePosixPath("runs", task, algorithm, name)


@dataclass(frozen=True)
class Run:
    """One training run."""

    task: str
    stage: StageName
    algorithm: str
    """Folder of the algorithm: its name, then `@field=value,…` where its settings differ from the task's."""
    name: str
    """`seed{i}`, `critic{c}` or `critic{c}-actor{a}`."""
    seed: int
    """Seed of every random stream of the run."""
    settings: TaskSettings
    """The task's settings with this run's own values."""
    dataset: str
    """Name of its data set."""
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
        """Whether the run continues to train an actor of another run."""
        return self.stage in CONTINUING_STAGES

    @property
    def speaks(self) -> bool:
        """Whether it trains an actor, which translates or captions the test set; a critic or a Q-network does not."""
        return self.stage not in ("critic", "q-network")

    @cached_property
    def path(self) -> PurePosixPath:
        """Folder of the run below results/{experiment}/."""
        return run_path(self.task, self.algorithm, self.name)

    @property
    def state_path(self) -> PurePosixPath:
        """Folder of its checkpoints below results/{experiment}/, until it has finished."""
        return PurePosixPath("state", self.task, self.algorithm, self.name)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Sections and fields that decide the numbers of the run and of its parents."""
        return frozenset(OWN_FIELDS[self.stage]).union(*(parent.reads for parent in self.parents.values()))

    @cached_property
    def fields(self) -> dict[str, Any]:
        """`section.field` to value of every setting that decides the numbers of the run and of its parents.

        A newer field is left out at the value that older runs had without it (`stages.UNNAMED`).
        """
        inherited = {name: value for parent in self.parents.values() for name, value in parent.fields.items()}
        own = flat_settings(self.settings, OWN_FIELDS[self.stage])
        return inherited | {name: value for name, value in own.items() if (name, value) not in UNNAMED.items()}

    @property
    def description(self) -> dict[str, Any]:
        """Everything that decides the run: seed, data set, parents, its settings and theirs."""
        parents = {role: str(parent.path) for role, parent in self.parents.items()}
        return {"seed": self.seed, "dataset": self.dataset, **parents, **self.fields}

    @cached_property
    def digest(self) -> str:
        """Digest of the run's path and description. A job compares it with the digest that was planned."""
        return short_digest({"run": str(self.path), **self.description})
