"""Read the paper's own numbers from paper.yaml: Tables 1-7, and the points of Figure 1 that §6.4 names."""

from functools import cache, cached_property
from importlib.resources import files

import yaml
from pydantic import Field

from erac_vaml.config import Experiment
from erac_vaml.config.base import Settings
from erac_vaml.config.experiment import PaperSetting

Setting = PaperSetting | None
"""A column of the paper's tables. No table has None, which is the setting of a task that stands beside no column."""
Hyperparameters = dict[str, str | int | float]
"""`section.field` to the value that the paper prints."""


class Spread(Settings):
    """Mean, standard deviation and range over the paper's 9 runs; null where a table does not print it."""

    mean: float | None = None
    std: float | None = None
    min: float | None = None
    max: float | None = None


class System(Settings):
    """A row of Tables 2 and 7: a system of earlier work, or (with `algorithm`) one of the paper's own."""

    system: str
    citation: str | None = None
    algorithm: str | None = None
    setting: Setting = None
    architecture: tuple[str, str, str, str, str, str] | None = Field(None, strict=False)
    """Encoder type and size, decoder type and size, attention, input feeding."""
    bleu: float

    def has_layers(self, layers: int) -> bool:
        """Return whether the encoder has this number of layers."""
        return self.architecture is not None and self.architecture[0].startswith(f"{layers}-layer ")


class StabilityCell(Settings):
    """A cell of Table 3."""

    lambda_var: float
    beta: float
    bleu: float
    diverged: bool = False
    """†: the average leaves out extreme values due to divergence."""


class Stability(Settings):
    """Table 3 and its reference."""

    mle: float
    cells: list[StabilityCell]

    @cached_property
    def by_values(self) -> dict[tuple[float, float], StabilityCell]:
        """The cells by (λ_var, β)."""
        return {(cell.lambda_var, cell.beta): cell for cell in self.cells}


class PaperNumbers(Settings):
    """Everything in paper.yaml."""

    table1: dict[Setting, dict[str, Spread]]
    table2: list[System]
    table3: Stability
    table4: dict[str, Spread]
    table5: dict[Setting, Hyperparameters]
    table6: dict[Setting, Hyperparameters]
    table7: list[System]
    figure1: dict[Setting, float]


@cache
def paper_numbers() -> PaperNumbers:
    """Return the paper's numbers, validated."""
    text = files("erac_vaml.reporting").joinpath("paper.yaml").read_text(encoding="utf-8")
    return PaperNumbers.model_validate(yaml.safe_load(text))


def paper_spread(setting: Setting, algorithm: str) -> Spread:
    """Return a cell of Table 1, or an empty spread if the paper has no such cell."""
    return paper_numbers().table1.get(setting, {}).get(algorithm, Spread())


def task_of_setting(experiment: Experiment, setting: str) -> str | None:
    """Return the first task that stands beside a column of the paper, or None."""
    return next((name for name, task in experiment.tasks.items() if task.paper_setting == setting), None)
