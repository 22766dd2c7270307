"""An experiment: data sets, tasks, seeds and ablation grids."""

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

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Algorithm = Literal["mle", "mle-continued", "raml", "vaml", "ac", "erac", "erac-no-future-entropy"]
PaperSetting = Literal["mt", "mt-input-feeding", "mt-two-layers", "captioning"]


class Seeds(Settings):
    """How many independent runs each algorithm has (footnote 7: 3 critics × 3 actors)."""

    critics: int = Field(3, ge=1)
    """Critics, and Q-networks, trained for each setting."""
    actors: int = Field(3, ge=1)
    """Actors trained with each critic; MLE and RAML have critics × actors seeds."""


class TaskSettings(Settings):
    """Everything that decides one task's numbers, its data set aside."""

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
    algorithms: list[Algorithm] = ["mle", "raml", "vaml", "ac", "erac", "erac-no-future-entropy"]
    """Algorithms to run; the stages that they need are added. `mle-continued` is a control that the paper lacks: joint
    training without its policy term (docs/mle.md)."""


class Task(TaskSettings):
    """One data set, of sentence pairs or of captioned images, one network architecture, all algorithms on it."""

    dataset: Name
    """Name of the data set."""
    label: str = ""
    """Heading in tables and figures; empty: the task's name."""
    paper_setting: PaperSetting | None = None
    """Column of the paper's tables that this task stands beside; null: none."""


class Grid(Settings):
    """An ablation grid: one algorithm, the fields to vary, the seeds. Table 3 and Figure 1 are grids too."""

    task: Name
    """Task on which the grid stands."""
    algorithm: Algorithm = "erac"
    """Algorithm whose settings vary."""
    vary: dict[str, list[Any]] = Field(min_length=1, max_length=2)
    """Field (as `section.field` of the task) to its values; two fields give a heat map, one gives a curve."""
    seeds: Seeds | None = None
    """Critics and actors of each cell; null: the task's own."""
    metric: Literal["valid_bleu", "test_bleu"] = "valid_bleu"
    """Score that the grid's table and picture show (Table 3: validation BLEU)."""

    @model_validator(mode="after")
    def _values_given(self) -> "Grid":
        for field, values in self.vary.items():
            if not values:
                raise ValueError(f"vary.{field} has no values: list at least one")
        return self


class Execution(Settings):
    """How runs are executed. Nothing here changes a number, or repeats a run."""

    checkpoint_minutes: float = Field(10.0, gt=0.0)
    """Minutes between the checkpoints of a run; the end of an epoch has one anyway."""
    time_margin_minutes: float = Field(2.0, ge=0.0)
    """Minutes before a job's time limit at which its run stops, with a checkpoint, to go on in the next job."""
    runs_per_gpu: int = Field(1, ge=1)
    """Runs that share a GPU at once on a workstation; each is given its device and the others wait. On a cluster, group
    jobs do it (docs/cluster.md)."""


class Experiment(Settings):
    """One configuration file: everything below results/{name}/."""

    name: Name
    """Folder of the results, below results/."""
    recipe: Literal["released", "paper"] = "released"
    """Where the paper's text and its released code differ: which of them to follow (docs/recipes.md)."""
    datasets: dict[Name, Dataset] = Field(min_length=1)
    """Data sets by name."""
    defaults: TaskSettings = TaskSettings()
    """Settings that all tasks share; a task's own come on top."""
    tasks: dict[Name, Task] = Field(min_length=1)
    """Tasks by name."""
    ablations: dict[Name, Grid] = {}
    """Ablation grids by name; `table3`, `figure1` and `figure1-captioning` feed the paper's own table and figure."""
    execution: Execution = Execution()
    """How runs are executed."""

    def captions_images(self, task: str) -> bool:
        """Return whether a task is image captioning; otherwise it is translation."""
        return self.datasets[self.tasks[task].dataset].captions_images

    @model_validator(mode="after")
    def _names_known(self) -> "Experiment":
        for name, task in self.tasks.items():
            if task.dataset not in self.datasets:
                raise ValueError(
                    f"tasks.{name}.dataset: no data set {task.dataset!r}; known: {', '.join(self.datasets)}"
                )
            if task.network.input_feeding and self.captions_images(name):
                raise ValueError(
                    f"tasks.{name}.network.input_feeding: an image is not attended to, so there is nothing to feed; "
                    "leave it false"
                )
        for name, grid in self.ablations.items():
            if grid.task not in self.tasks:
                raise ValueError(f"ablations.{name}.task: no task {grid.task!r}; known: {', '.join(self.tasks)}")
            wanted, task_seeds = grid.seeds, self.tasks[grid.task].seeds
            if wanted and (wanted.actors > task_seeds.actors or wanted.critics > task_seeds.critics):
                raise ValueError(
                    f"ablations.{name}.seeds: more than the task's own {task_seeds.critics} × {task_seeds.actors}"
                )
        return self
