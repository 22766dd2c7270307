"""Every cell of the paper's tables beside ours: the gap between the means, the direction, the verdict and why."""

import math
from dataclasses import dataclass

import numpy as np

from erac_vaml.randomness import numpy_generator
from erac_vaml.reporting.labels import ALGORITHMS, CONTROL, has_papers_data, value_label
from erac_vaml.reporting.paper import Spread, paper_numbers, task_of_setting
from erac_vaml.reporting.tables.ablation import BETA, LAMBDA, TABLE3
from erac_vaml.verdict.bootstrap import nested_bootstrap, percentile_interval
from erac_vaml.verdict.collect import CellRuns, Evidence
from erac_vaml.verdict.comparison import Comparison, compare
from erac_vaml.verdict.intervals import Interval, around, difference, mean_interval, settling_units
from erac_vaml.verdict.rules import (
    Direction,
    Verdict,
    distance_to_decision,
    judge_cell,
    judge_direction,
    judge_level,
    mostly_diverged,
)

BASELINES = {
    CONTROL: "mle",
    "raml": "mle",
    "vaml": "raml",
    "ac": "mle",
    "erac": "ac",
    "erac-no-future-entropy": "erac",
}
"""What each algorithm is compared with for its direction: its direct baseline (§6.2), for the variant ERAC (§6.4)."""
NO_NUMBERS = Spread()
_PAPER_RUNS = 9


@dataclass(frozen=True)
class PaperCell:
    """A cell that the paper prints, and our runs beside it."""

    table: str
    """For example "Table 1"; empty where the paper has no such cell."""
    label: str
    runs: CellRuns
    paper: Spread = NO_NUMBERS
    paper_diverged: bool = False
    """† in the paper: extreme values due to divergence are left out of its average."""
    baseline: CellRuns | None = None
    paper_baseline: float | None = None
    """The paper's mean of the baseline."""


@dataclass(frozen=True)
class JudgedCell:
    """A cell with its verdict."""

    cell: PaperCell
    mean: Interval
    """Ours; of runs that are missing in some critics the mean of the critics' means, otherwise the tables' mean."""
    bootstrap: tuple[float, float]
    """The nested bootstrap's percentiles: narrower than 95 % deserves where there are few critics."""
    gap: Interval
    """Ours − the paper's mean."""
    against_baseline: Comparison | None
    direction: Direction
    verdict: Verdict
    more_units: int | None
    """Further critics (or seeds) that would settle it if mean and spread stay as they are; None: none needed, or more
    than anybody trains."""
    same_data: bool


def paper_cells(evidence: Evidence) -> list[PaperCell]:
    """Return every cell of Tables 1, 3, 4 and 7 beside which the experiment has runs, then our cells beside none."""
    return [*_algorithm_cells(evidence), *_grid_cells(evidence), *_two_layer_cells(evidence)]


def judge(cell: PaperCell, same_data: bool) -> JudgedCell:
    """Return a cell's verdict.

    Args:
        cell: a cell and its runs.
        same_data: whether they stand on the paper's own data.
    """
    runs = cell.runs
    mean = mean_interval(runs.scores, runs.units)
    gap = difference(mean, paper_interval(cell, mean)) if cell.paper.mean is not None else Interval()
    against = compare(runs, cell.baseline) if cell.baseline is not None and cell.baseline.n_planned else None
    paper_difference = (
        cell.paper.mean - cell.paper_baseline
        if cell.paper.mean is not None and cell.paper_baseline is not None
        else None
    )
    direction = judge_direction(against.difference if against else None, paper_difference)
    level = judge_level(gap)
    unexpected = mostly_diverged(runs.n_finished, runs.n_diverged) and not cell.paper_diverged
    verdict = judge_cell(level, direction, same_data, unexpected)
    if cell.paper.mean is None:
        verdict = Verdict.NOT_COMPARED
    elif not runs.n_finished and not unexpected:
        verdict = Verdict.NOT_ENOUGH
    more = _more_units(cell, mean, gap, against, same_data) if verdict is Verdict.NOT_ENOUGH else None
    return JudgedCell(cell, mean, _bootstrap(runs), gap, against, direction, verdict, more, same_data)


def judged_cells(evidence: Evidence) -> list[JudgedCell]:
    """Return the verdicts of all cells."""
    return [judge(cell, has_papers_data(evidence.experiment, cell.runs.task)) for cell in paper_cells(evidence)]


def paper_interval(cell: PaperCell, ours: Interval) -> Interval:
    """Return the paper's mean with the standard error that its deviation over nine runs implies.

    It prints no critics. Of algorithms that have them its runs are taken to depend on their critics as ours do: the
    variance of the mean of nine independent runs is multiplied by our own design effect, from 1 to 3. Where it prints
    no deviation (Table 3), its mean is taken as exact.
    """
    mean, deviation, runs = cell.paper.mean, cell.paper.std, cell.runs
    assert mean is not None
    if deviation is None or not ours.known:
        return around(mean, 0.0, _PAPER_RUNS - 1)
    if not runs.nested:
        return around(mean, deviation / math.sqrt(_PAPER_RUNS), _PAPER_RUNS - 1)
    effect = math.sqrt(design_effect(runs.scores, ours.standard_error))
    return around(mean, effect * deviation / math.sqrt(_PAPER_RUNS), ours.degrees_of_freedom)


def design_effect(scores: np.ndarray, standard_error: float) -> float:
    """Return how many times the variance of the mean is that of as many independent runs, from 1 to 3 (footnote 7).

    Args:
        scores: (n,) all runs, n ≥ 2.
        standard_error: of their mean, with their critics taken into account.
    """
    independent = float(scores.var(ddof=1)) / len(scores)
    return min(max(standard_error**2 / independent, 1.0), 3.0) if independent else 1.0


def _bootstrap(runs: CellRuns) -> tuple[float, float]:
    if len(np.unique(runs.units)) < 2:
        return math.nan, math.nan
    name = f"bootstrap {runs.task}/{runs.algorithm}/{runs.metric}"
    return percentile_interval(nested_bootstrap(runs.scores, runs.units, numpy_generator(0, name)))


def _more_units(
    cell: PaperCell, mean: Interval, gap: Interval, against: Comparison | None, same_data: bool
) -> int | None:
    """Return how many further units would settle the level, or on other data the direction."""
    units = len(np.unique(cell.runs.units))
    if same_data:
        if mean.known:
            paper = paper_interval(cell, mean)
            wanted = settling_units(mean.standard_error * math.sqrt(units), distance_to_decision(gap), paper)
        elif cell.paper.std is not None and units:
            # No spread of our own yet: the paper's stands in.
            wanted = settling_units(cell.paper.std, distance_to_decision(gap))
        else:
            wanted = 2
    elif against is not None and against.difference.known:
        return against.more_units
    else:
        wanted = 2
    return None if wanted is None else max(wanted - units, 1)


def _algorithm_cells(evidence: Evidence) -> list[PaperCell]:
    """Table 1 task by task, with ERAC without future entropy (Table 4) where a task has it."""
    numbers, cells = paper_numbers(), []
    of_table4 = task_of_setting(evidence.experiment, "mt")
    for task, settings in evidence.experiment.tasks.items():
        if settings.paper_setting == "mt-two-layers":
            continue
        printed = next((item for name, item in numbers.table1.items() if name == settings.paper_setting), {})
        if task == of_table4:
            printed = numbers.table4 | printed
        for algorithm, label in ALGORITHMS.items():
            runs = evidence.algorithm(task, algorithm)
            if not runs.n_planned:
                continue
            baseline = BASELINES.get(algorithm)
            cells.append(
                PaperCell(
                    table=("Table 1" if algorithm in numbers.table1["mt"] else "Table 4")
                    if algorithm in printed
                    else "",
                    label=label,
                    runs=runs,
                    paper=printed.get(algorithm, NO_NUMBERS),
                    baseline=evidence.algorithm(task, baseline) if baseline else None,
                    paper_baseline=printed[baseline].mean if baseline in printed else None,
                )
            )
    return cells


def _grid_cells(evidence: Evidence) -> list[PaperCell]:
    """Table 3: each cell against the paper's best of them, that one against MLE."""
    paper, ours = paper_numbers().table3, evidence.grid(TABLE3, "valid_bleu")
    if not ours or set(ours[0].values) != {LAMBDA, BETA}:
        return []
    theirs = {(cell.lambda_var, cell.beta): cell for cell in paper.cells}
    best = max(paper.cells, key=lambda cell: cell.bleu)
    mle = evidence.algorithm(ours[0].task, "mle", "valid_bleu")
    by_values = {(float(runs.values[LAMBDA]), float(runs.values[BETA])): runs for runs in ours}
    cells = []
    for key, runs in by_values.items():
        printed, is_best = theirs.get(key), key == (best.lambda_var, best.beta)
        cells.append(
            PaperCell(
                table="Table 3" if printed else "",
                label=f"λ_var = {value_label(key[0])}, β = {value_label(key[1])}",
                runs=runs,
                paper=Spread(mean=printed.bleu) if printed else NO_NUMBERS,
                paper_diverged=printed is not None and printed.diverged,
                baseline=mle if is_best else by_values.get((best.lambda_var, best.beta)),
                paper_baseline=paper.mle if is_best else best.bleu,
            )
        )
    return [*cells, PaperCell("Table 3", ALGORITHMS["mle"], mle, Spread(mean=paper.mle))]


def _two_layer_cells(evidence: Evidence) -> list[PaperCell]:
    """ERAC of two layers (Table 7), of which the paper prints the best run alone."""
    cells = []
    for system in paper_numbers().table7:
        task = task_of_setting(evidence.experiment, "mt-two-layers") if system.setting == "mt-two-layers" else None
        if task is not None and system.algorithm is not None:
            runs = evidence.algorithm(task, system.algorithm)
            cells.append(PaperCell("Table 7", f"{system.system}, 2 layers", runs, Spread(max=system.bleu)))
    return cells
