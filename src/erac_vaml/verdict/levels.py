"""Judge the level of every cell of the paper's tables: the gap between our mean and the paper's."""

import math
from dataclasses import dataclass

import numpy as np

from erac_vaml.plan import Cell
from erac_vaml.randomness import numpy_generator
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, has_papers_data, value_label
from erac_vaml.reporting.paper import Spread, paper_numbers, task_of_setting
from erac_vaml.reporting.tables.ablation import TABLE3, table3_cells
from erac_vaml.verdict.bootstrap import nested_bootstrap, percentile_interval
from erac_vaml.verdict.intervals import Interval, around, difference, mean_interval, settling_units
from erac_vaml.verdict.reproducibility import coefficient_of_variation
from erac_vaml.verdict.rules import MARGIN, Level, judge_level, mostly_diverged

_PAPER_RUNS, _PAPER_ACTORS = 9, 3


@dataclass(frozen=True)
class CellLevel:
    """Our mean beside the paper's in one cell, and the verdict on it, with everything that it follows from."""

    table: str
    """For example "Table 1"; empty where the paper has no such cell."""
    label: str
    cell: Cell
    same_data: bool
    """Whether the runs use the paper's own data."""
    paper: Spread
    paper_diverged: bool
    """† in the paper: its average leaves out extreme values due to divergence."""
    mean: Interval
    """Our mean: that of the critics' means, which differs from the tables' if critics have unequal numbers of runs."""
    bootstrap: tuple[float, float]
    """Percentiles of the nested bootstrap; with few critics they cover less than 95 %."""
    gap: Interval
    """Ours − the paper's mean."""
    level: Level
    more_units: int | None
    """Further critics (or seeds) that would settle the level at the same mean and spread; None if none are needed, or
    if `MOST_UNITS` are too few."""

    @property
    def cv_star(self) -> float:
        """CV* of the paper's mean and ours, in percent; NaN on other data, and where one of the two is missing."""
        if not self.same_data or self.paper.mean is None:
            return math.nan
        return coefficient_of_variation((self.paper.mean, self.mean.estimate))


def judge_cells(scores: CollectedScores) -> list[CellLevel]:
    """Return our cells of Tables 1, 3, 4 and 7, and those that the paper lacks, of tasks with a place in the paper."""
    return [*_algorithm_cells(scores), *_grid_cells(scores), *_two_layer_cells(scores)]


def judge(
    scores: CollectedScores, cell: Cell, table: str, label: str, paper: Spread, *, paper_diverged: bool = False
) -> CellLevel:
    """Return the verdict on a cell.

    Args:
        scores: scores of the experiment.
        cell: our runs.
        table: the paper's table; empty where the paper has no such cell.
        label: name of the cell.
        paper: the paper's numbers for the cell.
        paper_diverged: whether the paper marks divergence there.
    """
    same_data = has_papers_data(scores.experiment, cell.task)
    mean = mean_interval(cell.scores, cell.units)
    theirs = Interval()
    if paper.mean is not None:
        theirs = paper_interval(paper, mean, cell.scores if cell.nested else None)
    gap = difference(mean, theirs)
    if paper.mean is None or not same_data:
        level = Level.NOT_COMPARED
    elif mostly_diverged(*cell.ended_units) and not paper_diverged:
        level = Level.NOT_REPRODUCED
    else:
        level = judge_level(gap)
    return CellLevel(
        table=table,
        label=label,
        cell=cell,
        same_data=same_data,
        paper=paper,
        paper_diverged=paper_diverged,
        mean=mean,
        bootstrap=_bootstrap(cell),
        gap=gap,
        level=level,
        more_units=_more_units(cell, paper, mean, theirs) if level is Level.OPEN else None,
    )


def paper_interval(paper: Spread, ours: Interval, nested_scores: np.ndarray | None) -> Interval:
    """Return the paper's mean with the standard error that its deviation over nine runs implies.

    The paper does not print results by critic. If the algorithm has critics, the paper's runs are assumed to depend on
    them as ours do: the variance of the mean of nine independent runs is multiplied by the design effect, 1 to 3.
    If the paper prints no deviation (Table 3), its mean is taken as exact.

    Args:
        paper: the paper's numbers, including a mean.
        ours: our mean with its interval.
        nested_scores: (n,) scores of our finished runs if they share critics; None if they are independent.
    """
    assert paper.mean is not None
    if paper.std is None or not ours.known:
        return around(paper.mean, 0.0, _PAPER_RUNS - 1)
    standard_error = paper.std / math.sqrt(_PAPER_RUNS)
    if nested_scores is None:
        return around(paper.mean, standard_error, _PAPER_RUNS - 1)
    effect = math.sqrt(design_effect(nested_scores, ours.standard_error, ours.degrees_of_freedom + 1))
    return around(paper.mean, effect * standard_error, ours.degrees_of_freedom)


def design_effect(scores: np.ndarray, standard_error: float, critics: float) -> float:
    """Return the variance of the paper's mean as a multiple of that of nine independent runs, 1 to 3 (footnote 7).

    With k runs a critic, of which any two correlate by ρ, it is 1 + (k − 1) ρ. Our runs give ρ; the paper's k is 3.
    With one run a critic ρ is unknown: the largest effect is assumed.

    Args:
        scores: (n,) all our runs, n ≥ 2.
        standard_error: of the scores' mean, with the critics taken into account.
        critics: number of our critics.
    """
    others, independent = len(scores) / critics - 1, float(scores.var(ddof=1)) / len(scores)
    if not others:
        return float(_PAPER_ACTORS)
    ours = standard_error**2 / independent if independent else 1.0
    return 1 + (_PAPER_ACTORS - 1) * min(max((ours - 1) / others, 0.0), 1.0)


def _bootstrap(cell: Cell) -> tuple[float, float]:
    if len(np.unique(cell.units)) < 2:
        return math.nan, math.nan
    name = f"bootstrap {cell.task}/{cell.algorithm}/{cell.metric}"
    return percentile_interval(nested_bootstrap(cell.scores, cell.units, numpy_generator(0, name)))


def _more_units(cell: Cell, paper: Spread, mean: Interval, theirs: Interval) -> int | None:
    """Return how many further units would settle the level; None if `MOST_UNITS` are too few."""
    units = len(np.unique(cell.units))
    distance = abs(abs(mean.estimate - theirs.estimate) - MARGIN)
    wanted: int | None = 2
    if mean.known:
        wanted = settling_units(mean.standard_error * math.sqrt(units), distance, theirs)
    elif paper.std is not None and units:
        # Our runs show no spread yet, so the paper's is used.
        wanted = settling_units(paper.std, distance)
    return None if wanted is None else max(wanted - units, 1)


def _algorithm_cells(scores: CollectedScores) -> list[CellLevel]:
    """Judge Table 1 task by task, with ERAC without future entropy (Table 4) if a task has it."""
    numbers, found = paper_numbers(), []
    of_table4 = task_of_setting(scores.experiment, "mt")
    for task, settings in scores.experiment.tasks.items():
        if settings.paper_setting not in numbers.table1:
            continue
        printed = numbers.table1[settings.paper_setting]
        if task == of_table4:
            printed = numbers.table4 | printed
        for algorithm in asked_algorithms(scores.experiment, task):
            table = "" if algorithm not in printed else "Table 1" if algorithm in numbers.table1["mt"] else "Table 4"
            cell, paper = scores.algorithm(task, algorithm), printed.get(algorithm, Spread())
            found.append(judge(scores, cell, table, ALGORITHMS[algorithm], paper))
    return found


def _grid_cells(scores: CollectedScores) -> list[CellLevel]:
    """Judge Table 3, and MLE beside it."""
    paper, ours = paper_numbers().table3, table3_cells(scores)
    if not ours or not scores.experiment.tasks[scores.experiment.ablations[TABLE3].task].paper_setting:
        return []
    found = []
    for key, cell in ours.items():
        printed = paper.by_values.get(key)
        found.append(
            judge(
                scores,
                cell,
                "Table 3" if printed else "",
                f"λ_var = {value_label(key[0])}, β = {value_label(key[1])}",
                Spread(mean=printed.bleu) if printed else Spread(),
                paper_diverged=printed is not None and printed.diverged,
            )
        )
    mle = scores.algorithm(scores.experiment.ablations[TABLE3].task, "mle", "valid_bleu")
    return [*found, judge(scores, mle, "Table 3", ALGORITHMS["mle"], Spread(mean=paper.mle))]


def _two_layer_cells(scores: CollectedScores) -> list[CellLevel]:
    """Judge ERAC of two layers (Table 7), for which the paper prints only the best run."""
    task = task_of_setting(scores.experiment, "mt-two-layers")
    if task is None:
        return []
    return [
        judge(
            scores,
            scores.algorithm(task, system.algorithm),
            "Table 7",
            f"{system.system}, 2 layers",
            Spread(max=system.bleu),
        )
        for system in paper_numbers().table7
        if system.setting == "mt-two-layers" and system.algorithm is not None
    ]
