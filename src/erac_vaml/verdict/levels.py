"""Judge every cell of the paper's tables: the gap between our mean and the paper's, the direction, and the verdict."""

import math
from dataclasses import dataclass

import numpy as np

from erac_vaml.plan import Cell
from erac_vaml.plan.comparisons import comparison_of_cell
from erac_vaml.randomness import numpy_generator
from erac_vaml.reporting.collected_scores import Scores
from erac_vaml.reporting.labels import ALGORITHMS, has_papers_data, value_label
from erac_vaml.reporting.paper import Spread, paper_numbers, task_of_setting
from erac_vaml.reporting.tables.ablation import TABLE3, table3_cells
from erac_vaml.verdict.answers import Answer, answer, is_better
from erac_vaml.verdict.bootstrap import nested_bootstrap, percentile_interval
from erac_vaml.verdict.contrast import Contrast, compare
from erac_vaml.verdict.intervals import Interval, around, difference, mean_interval, settling_units
from erac_vaml.verdict.reproducibility import coefficient_of_variation
from erac_vaml.verdict.rules import MARGIN, Outcome, Verdict, judge_cell, judge_level, mostly_diverged

_PAPER_RUNS = 9


@dataclass(frozen=True)
class CellVerdict:
    """The verdict on a cell, with everything that it follows from."""

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
    baseline: Cell | None
    against_baseline: Contrast | None
    """The cell − its baseline."""
    answer: Answer | None
    """Whether cell and baseline differ as in the paper; a claim with the same question has the same answer."""
    verdict: Verdict
    more_units: int | None
    """Further critics (or seeds) that would settle the verdict at the same mean and spread; None if none are needed, or
    if `MOST_UNITS` are too few."""

    @property
    def direction(self) -> Outcome | None:
        """Outcome of the answer; None where the paper prints no such difference."""
        return self.answer.outcome if self.answer else None

    @property
    def cv_star(self) -> float:
        """CV* of the paper's mean and ours, in percent; NaN on other data, and where one of the two is missing."""
        if not self.same_data or self.paper.mean is None:
            return math.nan
        return coefficient_of_variation((self.paper.mean, self.mean.estimate))


def judge_cells(scores: Scores) -> list[CellVerdict]:
    """Return the verdict on the experiment's cells of Tables 1, 3, 4 and 7, and on those that the paper lacks."""
    return [*_algorithm_cells(scores), *_grid_cells(scores), *_two_layer_cells(scores)]


def judge(
    scores: Scores,
    cell: Cell,
    table: str,
    label: str,
    paper: Spread,
    *,
    paper_diverged: bool = False,
    baseline: Cell | None = None,
    answer: Answer | None = None,
) -> CellVerdict:
    """Return the verdict on a cell.

    Args:
        scores: scores of the experiment.
        cell: our runs.
        table: the paper's table; empty where the paper has no such cell.
        label: name of the cell.
        paper: the paper's numbers for the cell.
        paper_diverged: whether the paper marks divergence there.
        baseline: the cell that it is compared with.
        answer: whether the two differ as in the paper.
    """
    same_data = has_papers_data(scores.experiment, cell.task)
    mean = mean_interval(cell.scores, cell.units)
    theirs = Interval()
    if paper.mean is not None:
        theirs = paper_interval(paper, mean, cell.scores if cell.nested else None)
    gap = difference(mean, theirs)
    against = compare(cell, baseline) if baseline is not None and baseline.n_planned else None
    unexpected = mostly_diverged(cell.n_finished, cell.n_diverged) and not paper_diverged
    if paper.mean is None:
        answer, verdict = None, Verdict.NOT_COMPARED
    elif not cell.n_finished and not unexpected:
        verdict = Verdict.NOT_ENOUGH
    else:
        verdict = judge_cell(judge_level(gap), answer.outcome if answer else None, same_data, unexpected)
    more = None
    if verdict is Verdict.NOT_ENOUGH:
        more = _more_for_level(cell, paper, mean, theirs) if same_data else _more_for_direction(cell, against)
    return CellVerdict(
        table=table,
        label=label,
        cell=cell,
        same_data=same_data,
        paper=paper,
        paper_diverged=paper_diverged,
        mean=mean,
        bootstrap=_bootstrap(cell),
        gap=gap,
        baseline=baseline,
        against_baseline=against,
        answer=answer,
        verdict=verdict,
        more_units=more,
    )


def paper_interval(paper: Spread, ours: Interval, nested_scores: np.ndarray | None) -> Interval:
    """Return the paper's mean with the standard error that its deviation over nine runs implies.

    The paper does not print results by critic. If the algorithm has critics, the paper's runs are assumed to depend on
    them as ours do: the variance of the mean of nine independent runs is multiplied by our own design effect, 1 to 3.
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
    effect = math.sqrt(design_effect(nested_scores, ours.standard_error))
    return around(paper.mean, effect * standard_error, ours.degrees_of_freedom)


def design_effect(scores: np.ndarray, standard_error: float) -> float:
    """Return the variance of the mean as a multiple of that of as many independent runs, 1 to 3 (footnote 7).

    Args:
        scores: (n,) all runs, n ≥ 2.
        standard_error: of the scores' mean, with the critics taken into account.
    """
    independent = float(scores.var(ddof=1)) / len(scores)
    return min(max(standard_error**2 / independent, 1.0), 3.0) if independent else 1.0


def _bootstrap(cell: Cell) -> tuple[float, float]:
    if len(np.unique(cell.units)) < 2:
        return math.nan, math.nan
    name = f"bootstrap {cell.task}/{cell.algorithm}/{cell.metric}"
    return percentile_interval(nested_bootstrap(cell.scores, cell.units, numpy_generator(0, name)))


def _more_for_level(cell: Cell, paper: Spread, mean: Interval, theirs: Interval) -> int | None:
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


def _more_for_direction(cell: Cell, against: Contrast | None) -> int | None:
    """Return how many further units would settle the direction; None if `MOST_UNITS` are too few."""
    if against is not None and against.difference.known:
        return against.more_units
    return max(2 - len(np.unique(cell.units)), 1)


def _algorithm_cells(scores: Scores) -> list[CellVerdict]:
    """Judge Table 1 task by task, with ERAC without future entropy (Table 4) if a task has it."""
    numbers, found = paper_numbers(), []
    of_table4 = task_of_setting(scores.experiment, "mt")
    for task, settings in scores.experiment.tasks.items():
        if settings.paper_setting == "mt-two-layers":
            continue
        printed = numbers.table1.get(settings.paper_setting, {})
        if task == of_table4:
            printed = numbers.table4 | printed
        for algorithm, label in ALGORITHMS.items():
            cell, comparison = scores.algorithm(task, algorithm), comparison_of_cell(algorithm)
            if not cell.n_planned:
                continue
            table = "Table 1" if algorithm in numbers.table1["mt"] else "Table 4"
            baseline = scores.algorithm(task, comparison.other(algorithm)) if comparison else None
            found.append(
                judge(
                    scores,
                    cell,
                    table if algorithm in printed else "",
                    label,
                    printed.get(algorithm, Spread()),
                    baseline=baseline,
                    answer=answer(scores, task, comparison) if comparison else None,
                )
            )
    return found


def _grid_cells(scores: Scores) -> list[CellVerdict]:
    """Judge Table 3: each cell against the one that is best in the paper, and that one against MLE."""
    paper, ours = paper_numbers().table3, table3_cells(scores)
    if not ours:
        return []
    best = max(paper.by_values, key=lambda key: paper.by_values[key].bleu)
    ours_best = ours.get(best)
    mle = scores.algorithm(scores.experiment.ablations[TABLE3].task, "mle", "valid_bleu")
    found = []
    for key, cell in ours.items():
        printed, baseline, direction = paper.by_values.get(key), ours_best, None
        if cell is ours_best:
            baseline, direction = mle, is_better(cell, mle, "this cell − MLE", "on average")
        elif ours_best is not None:
            direction = is_better(ours_best, cell, f"({_grid_label(*best)}) − this cell", "on average")
        found.append(
            judge(
                scores,
                cell,
                "Table 3" if printed else "",
                _grid_label(*key),
                Spread(mean=printed.bleu) if printed else Spread(),
                paper_diverged=printed is not None and printed.diverged,
                baseline=baseline,
                answer=direction,
            )
        )
    return [*found, judge(scores, mle, "Table 3", ALGORITHMS["mle"], Spread(mean=paper.mle))]


def _grid_label(weight: float, beta: float) -> str:
    return f"λ_var = {value_label(weight)}, β = {value_label(beta)}"


def _two_layer_cells(scores: Scores) -> list[CellVerdict]:
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
