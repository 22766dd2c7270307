"""An experiment: data sets, tasks, seeds and ablation grids."""

import math
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from erac_vaml.config.base import Settings
from erac_vaml.config.datasets import Dataset
from erac_vaml.config.settings import (
    ActorCritic,
    Critic,
    Evaluation,
    Joint,
    Mle,
    Network,
    QNetwork,
    Raml,
    Rewards,
    Vaml,
)
from erac_vaml.errors import did_you_mean

_MOST_RUNS = 20_000
"""More would take minutes to plan."""

_WITHOUT_EFFECT: dict[bool, dict[str, tuple[Any, str]]] = {
    True: {
        "network.input_feeding": (
            True,
            "captioning has no attention, so there is no vector to feed back; leave it false",
        )
    },
    False: {"rewards.references": ("all", "a sentence pair has one reference; set own for this task")},
}
"""Values that captioning (True) or translation (False) could not follow, by their fields, and the reason."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Algorithm = Literal["mle", "mle-continued", "raml", "vaml", "ac", "erac", "erac-no-future-entropy"]
PaperSetting = Literal["mt", "mt-input-feeding", "mt-two-layers", "captioning"]


class Seeds(Settings):
    """Number of independent runs of each algorithm (footnote 7: 3 critics × 3 actors)."""

    critics: int = Field(3, ge=1, le=1000)
    """Critics, and Q-networks, trained for each setting."""
    actors: int = Field(3, ge=1, le=1000)
    """Actors trained with each critic; MLE and RAML have critics × actors seeds."""


class TaskSettings(Settings):
    """All settings that determine the numbers of a task, except its data set."""

    network: Network = Network()
    rewards: Rewards = Rewards()
    mle: Mle = Mle()
    raml: Raml = Raml()
    q_network: QNetwork = QNetwork()
    vaml: Vaml = Vaml()
    actor_critic: ActorCritic = ActorCritic()
    critic: Critic = Critic()
    joint: Joint = Joint()
    evaluation: Evaluation = Evaluation()
    seeds: Seeds = Seeds()
    algorithms: list[Algorithm] = Field(["mle", "raml", "vaml", "ac", "erac", "erac-no-future-entropy"], min_length=1)
    """Algorithms to run; the stages that they need are added. `mle-continued` is a control that is not in the paper:
    joint training without its policy term (docs/algorithms/mle.md)."""


class Task(TaskSettings):
    """A data set of sentence pairs or captioned images, a network architecture, and the algorithms on them."""

    dataset: Name
    """Name of the data set."""
    label: str = ""
    """Heading in tables and figures; empty: the task's name."""
    paper_setting: PaperSetting | None = None
    """Column of the paper's tables to compare this task with; null: none."""


class Grid(Settings):
    """An ablation grid: an algorithm, the fields to vary, the seeds. Table 3 and Figure 1 are grids too."""

    task: Name
    """Task of the grid."""
    algorithm: Algorithm = "erac"
    """Algorithm whose settings vary."""
    vary: dict[str, list[Any]] = Field(min_length=1, max_length=2)
    """Values of each field, which is a `section.field` of the task; one field gives a curve, two give a heat map."""
    seeds: Seeds | None = None
    """Critics and actors of each cell; null: those of the task."""
    metric: Literal["valid_bleu", "test_bleu", "test_chrf"] = "valid_bleu"
    """Score in the grid's table and figure (Table 3: validation BLEU)."""

    @model_validator(mode="after")
    def _values_given(self) -> "Grid":
        for field, values in self.vary.items():
            if not values:
                raise ValueError(f"vary.{field} has no values: list at least one")
            for number, value in enumerate(values):
                if value in values[:number]:
                    raise ValueError(f"vary.{field} lists {value!r} twice: list each value once")
        return self


class Execution(Settings):
    """Execution of runs. These settings change no number and repeat no run."""

    checkpoint_minutes: float = Field(10.0, gt=0.0, le=100_000.0)
    """Minutes between the checkpoints of a run; the end of an epoch always has one."""
    time_margin_minutes: float = Field(2.0, ge=0.0, le=100_000.0)
    """Minutes before a job's time limit at which its run stops with a checkpoint, to continue in the next job."""
    runs_per_gpu: int = Field(1, ge=1, le=1000)
    """Runs that share a GPU on a workstation, or in a cluster's job that has several GPUs; each run gets a device, and
    the others wait. Group jobs of a cluster share a GPU by themselves (docs/tutorials/cluster.md)."""


class Experiment(Settings):
    """A configuration file, which determines everything in results/{name}/."""

    name: Name
    """Name of the folder of the results, in results/."""
    recipe: Literal["released", "paper"] = "released"
    """Follow the paper's text or its released code where they differ (docs/findings/recipes.md)."""
    datasets: dict[Name, Dataset] = Field(min_length=1)
    """Data sets by name."""
    defaults: TaskSettings = TaskSettings()
    """Settings that all tasks share; a task's own settings override them."""
    tasks: dict[Name, Task] = Field(min_length=1)
    """Tasks by name."""
    ablations: dict[Name, Grid] = {}
    """Ablation grids by name; `table3`, `figure1` and `figure1-captioning` are the paper's table and figure."""
    execution: Execution = Execution()
    """Execution of runs."""

    @property
    def results(self) -> Path:
        """Folder of the results in the working directory, unless a command is given another one."""
        return Path("results") / self.name

    @property
    def reproduces(self) -> bool:
        """Whether any task stands beside a column of the paper's tables; otherwise nothing is compared with it."""
        return any(task.paper_setting for task in self.tasks.values())

    @property
    def used_datasets(self) -> dict[str, Dataset]:
        """Data sets that a task uses, by name; the workflow prepares no others."""
        used = {task.dataset for task in self.tasks.values()}
        return {name: dataset for name, dataset in self.datasets.items() if name in used}

    def captions_images(self, task: str) -> bool:
        """Return True if a task is image captioning, False if it is translation."""
        return self.datasets[self.tasks[task].dataset].captions_images

    @model_validator(mode="after")
    def _names_known(self) -> "Experiment":
        for name, task in self.tasks.items():
            if task.dataset not in self.datasets:
                raise ValueError(
                    f"tasks.{name}.dataset: no data set {task.dataset!r}; "
                    f"{did_you_mean(task.dataset, self.datasets)}known: {', '.join(self.datasets)}"
                )
        for name, grid in self.ablations.items():
            if grid.task not in self.tasks:
                raise ValueError(
                    f"ablations.{name}.task: no task {grid.task!r}; {did_you_mean(grid.task, self.tasks)}known: "
                    f"{', '.join(self.tasks)}"
                )
            wanted, task_seeds = grid.seeds, self.tasks[grid.task].seeds
            if wanted and (wanted.actors > task_seeds.actors or wanted.critics > task_seeds.critics):
                raise ValueError(
                    f"ablations.{name}.seeds: more than the task's own {task_seeds.critics} × {task_seeds.actors}"
                )
        return self

    @model_validator(mode="after")
    def _values_have_an_effect(self) -> "Experiment":
        for name, task in self.tasks.items():
            for field, (value, why) in _WITHOUT_EFFECT[self.captions_images(name)].items():
                if attrgetter(field)(task) == value:
                    raise ValueError(f"tasks.{name}.{field}: {why}")
        for name, grid in self.ablations.items():
            for field, (value, why) in _WITHOUT_EFFECT[self.captions_images(grid.task)].items():
                if value in grid.vary.get(field, []):
                    raise ValueError(f"ablations.{name}.vary.{field}: {why}")
        return self

    @model_validator(mode="after")
    def _few_enough_runs(self) -> "Experiment":
        runs = sum(len(task.algorithms) * task.seeds.critics * task.seeds.actors for task in self.tasks.values())
        for grid in self.ablations.values():
            seeds = grid.seeds or self.tasks[grid.task].seeds
            runs += math.prod(map(len, grid.vary.values())) * seeds.critics * seeds.actors
        if runs > _MOST_RUNS:
            raise ValueError(f"{runs:,} runs, over {_MOST_RUNS:,}: take fewer seeds, or fewer values of a grid")
        return self
