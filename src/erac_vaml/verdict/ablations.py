"""Test the claims on Table 3 and Figure 1: smoothing, the target network, and the right amount of entropy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from erac_vaml.plan import Cell, pairs
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import FIGURE1_GRIDS, has_papers_data, value_label
from erac_vaml.reporting.paper import paper_numbers
from erac_vaml.reporting.tables.ablation import TAU, table3_cells
from erac_vaml.verdict.answers import Answer, is_better
from erac_vaml.verdict.claims import Claim, Finding
from erac_vaml.verdict.intervals import mean_interval, unit_means
from erac_vaml.verdict.rules import Outcome, judge_counts, judge_difference, judge_onset, judge_trend, mostly_diverged
from erac_vaml.verdict.wording import plural, signed, signed_interval

_FLOOR = (
    "with joint.start_counts a joint run keeps its start if no epoch is better, so it cannot end below MLE's "
    "validation BLEU (E6)"
)


def _finding(cells: Mapping[tuple[float, float], Cell], tests: Sequence[Answer]) -> list[Finding]:
    """Return the finding on the grid's task; none if the grid has no cells to test the claim on."""
    return [Finding(next(iter(cells.values())).task, tuple(tests))] if tests else []


def _smoothing(scores: CollectedScores) -> list[Finding]:
    """Test that at each β a positive λ_var is better than 0."""
    cells = table3_cells(scores)
    tests = [
        is_better(cell, cells[0.0, beta], f"β = {value_label(beta)}: λ_var = {value_label(weight)} − 0", "on average")
        for (weight, beta), cell in cells.items()
        if weight > 0 and (0.0, beta) in cells
    ]
    return _finding(cells, tests)


def _divergence_without_smoothing(scores: CollectedScores) -> list[Finding]:
    """Test that more critics diverge without smoothing than with it (Fisher's exact test, one-sided)."""
    cells = table3_cells(scores)
    counts = np.zeros((2, 2), dtype=int)
    for (weight, _), cell in cells.items():
        counts[int(weight > 0)] += cell.ended_units
    if not (counts.sum(axis=1) > 0).all():
        return []
    failed, smoothed = counts[:, 1]
    ended, ended_smoothed = counts.sum(axis=1)
    p_value = float(stats.fisher_exact(counts, alternative="less").pvalue)
    outcome = judge_counts(failed / ended, smoothed / ended_smoothed, p_value)
    text = f"{failed} of {ended} without smoothing, {smoothed} of {ended_smoothed} with it; p = {p_value:.2g}"
    return _finding(cells, [Answer("critics that diverged", outcome, text, f"{failed}/{ended}")])


def _target_network(scores: CollectedScores) -> list[Finding]:
    """Test that with smoothing each β below 1 is better than no target network (β = 1)."""
    cells = table3_cells(scores)
    tests = [
        is_better(cell, cells[weight, 1.0], f"β = {value_label(beta)} − 1", "on average")
        for (weight, beta), cell in cells.items()
        if weight > 0 and beta < 1 and (weight, 1.0) in cells
    ]
    return _finding(cells, tests)


def _below_mle(scores: CollectedScores) -> list[Finding]:
    """Test that with smoothing and without a target network ERAC is below MLE."""
    cells, tests = table3_cells(scores), []
    for (weight, beta), cell in cells.items():
        if weight > 0 and beta == 1.0:
            mle = scores.algorithm(cell.task, "mle", "valid_bleu")
            test = is_better(mle, cell, "MLE − (β = 1)", "on average")
            if test.outcome is Outcome.NOT_SUPPORTED and scores.experiment.tasks[cell.task].joint.start_counts:
                test = replace(test, outcome=Outcome.NOT_TESTED, evidence=f"{test.evidence}; {_FLOOR}")
            tests.append(test)
    return _finding(cells, tests)


def _speed_matters_little(scores: CollectedScores) -> list[Finding]:
    """Test that with smoothing the scores at β < 1 differ by less than their mean is above the score at β = 1."""
    cells, tests = table3_cells(scores), []
    for weight in sorted({key[0] for key in cells if key[0] > 0}):
        slow = [cell for key, cell in cells.items() if key[0] == weight and key[1] < 1]
        if len(slow) < 2 or (weight, 1.0) not in cells:
            continue
        values, units = pairs([*slow, cells[weight, 1.0]])
        label, evidence = "drop to β = 1 − range of β < 1", "too few runs have finished at every β"
        outcome, number = Outcome.NOT_TESTED, ""
        if len(values):
            means = values[:, :-1].mean(axis=0)
            spread = values[:, means.argmax()] - values[:, means.argmin()]
            excess = mean_interval(values[:, :-1].mean(axis=1) - values[:, -1] - spread, units)
            outcome = judge_difference(excess, "on average")
            evidence = f"{signed_interval(excess)}; range {means.max() - means.min():.2f} BLEU"
            number = signed(excess.estimate)
        tests.append(Answer(label, outcome, evidence, number))
    return _finding(cells, tests)


def _slow_is_best(scores: CollectedScores) -> list[Finding]:
    """Test that with smoothing the lowest β is better than each other β below 1."""
    cells, tests = table3_cells(scores), []
    for weight in sorted({key[0] for key in cells if key[0] > 0}):
        speeds = sorted(key[1] for key in cells if key[0] == weight and key[1] < 1)
        tests += [
            is_better(
                cells[weight, speeds[0]],
                cells[weight, other],
                f"β = {value_label(speeds[0])} − {value_label(other)}",
                "on average",
            )
            for other in speeds[1:]
        ]
    return _finding(cells, tests)


def _curves(scores: CollectedScores) -> list[list[Cell]]:
    """Return Figure 1's curves, each by rising τ."""
    curves = []
    for name in FIGURE1_GRIDS:
        cells = scores.grid(name)
        if cells and set(cells[0].values) == {TAU}:
            curves.append(sorted(cells, key=lambda cell: cell.values[TAU]))
    return curves


def _sweet_spot(scores: CollectedScores) -> list[Finding]:
    """Test that the best τ between the ends of the grid is better than τ = 0 and than the largest τ.

    All critics but one choose the best τ, and that one measures it, each critic in turn. If the same runs chose and
    measured it, the best of several equally good values would seem to be better than the ends.
    """
    findings = []
    for curve in _curves(scores):
        # A τ with diverged or missing runs is no sweet spot, and would leave fewer critics for all other values.
        most = max((cell.n_finished for cell in curve[1:-1]), default=0)
        inner = [cell for cell in curve[1:-1] if 0 < cell.n_finished == most]
        if len(curve) < 3 or curve[0].values[TAU] != 0.0:
            note = "the grid needs τ = 0 and two values above it"
            findings.append(Finding(curve[0].task, note=note))
            continue
        tests = [_held_out(inner, curve[0], "best τ − (τ = 0)")]
        last = curve[-1]
        label = f"best τ − (τ = {value_label(last.values[TAU])})"
        if mostly_diverged(*last.ended_units):
            ended = last.n_finished + last.n_diverged
            text = f"{last.n_diverged} of {plural(ended, 'run')} diverged there"
            tests.append(Answer(label, Outcome.SUPPORTED, text, f"{last.n_diverged}/{ended}"))
        else:
            tests.append(_held_out(inner, last, label))
        findings.append(Finding(curve[0].task, tuple(tests)))
    return findings


def _held_out(inner: Sequence[Cell], end: Cell, label: str) -> Answer:
    """Return the answer to whether the best inner cell, as chosen by the other units, is better than an end."""
    if not inner:
        return Answer(label, Outcome.NOT_TESTED, "no run between the ends has finished")
    values, units = pairs([*inner, end])
    differences, chosen = held_out_differences(values, units)
    if len(differences) < 2:
        return Answer(
            label, Outcome.NOT_TESTED, "choosing τ on some critics and measuring it on another needs two critics"
        )
    interval = mean_interval(differences, np.unique(units))
    taus = ", ".join(value_label(inner[place].values[TAU]) for place in sorted(set(chosen)))
    text = f"{signed_interval(interval)} over {plural(len(differences), 'critic')}; chosen τ: {taus}"
    return Answer(label, judge_difference(interval, "on average"), text, signed(interval.estimate))


def held_out_differences(scores: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Return for each unit its score of the cell that the other units choose, less its score of the last cell.

    Args:
        scores: (n, cells + 1) scores of the runs; the chosen cell is compared with the last column.
        units: (n,) independent unit of each run.

    Returns:
        (units,) differences and (units,) indices of the chosen cells; empty if there are fewer than two units.
    """
    means = unit_means(scores, units)
    if len(means) < 2:
        return np.empty(0), []
    others = (means.sum(axis=0) - means) / (len(means) - 1)
    chosen = others[:, :-1].argmax(axis=1)
    return means[np.arange(len(means)), chosen] - means[:, -1], chosen.tolist()


def _too_much_entropy(scores: CollectedScores) -> list[Finding]:
    """Test that runs diverge from the paper's τ on, and not below it; on other data, at the grid's largest τ."""
    findings = []
    for curve in _curves(scores):
        task = curve[0].task
        printed = paper_numbers().figure1.get(scores.experiment.tasks[task].paper_setting)
        if printed is None or not has_papers_data(scores.experiment, task):
            printed = curve[-1].values[TAU]
        above = [cell for cell in curve if cell.values[TAU] >= printed]
        below = [cell for cell in curve if cell.values[TAU] < printed]
        failed, finished = sum(cell.n_diverged for cell in above), sum(cell.n_finished for cell in above)
        early, unharmed = sum(cell.n_diverged for cell in below), sum(cell.n_finished for cell in below)
        label = f"τ ≥ {value_label(printed)}"
        units = sum(cell.ended_units[0] for cell in above), sum(cell.ended_units[1] for cell in above)
        if sum(units) < 2:
            findings.append(Finding(task, (Answer(label, Outcome.NOT_TESTED, "needs runs of two critics"),)))
            continue
        outcome = judge_onset(units, failed, early)
        text = f"{failed} of {failed + finished} runs diverged; below this τ {early} of {early + unharmed}"
        findings.append(Finding(task, (Answer(label, outcome, text, f"{failed}/{failed + finished}"),)))
    return findings


def _monotone(scores: CollectedScores) -> list[Finding]:
    """Test that the score falls from the task's own τ down to 0: Page's trend test, with critics as blocks."""
    findings = []
    for curve in _curves(scores):
        task = curve[0].task
        own = scores.experiment.tasks[task].actor_critic.tau
        rising = [cell for cell in curve if cell.values[TAU] <= own]
        label = f"trend of τ from 0 to {value_label(own)}"
        values, units = pairs(rising) if rising else (np.empty((0, 0)), np.empty(0))
        blocks = unit_means(values, units)
        if len(rising) < 3 or len(blocks) < 2:
            note = "needs three values of τ up to the task's own, and two critics that have finished at all of them"
            findings.append(Finding(task, (Answer(label, Outcome.NOT_TESTED, note),)))
            continue
        means = blocks.mean(axis=0)
        p_value = float(stats.page_trend_test(blocks).pvalue)
        text = f"means {', '.join(f'{mean:.2f}' for mean in means)}; Page's test p = {p_value:.2g}"
        outcome = judge_trend(bool((np.diff(means) > 0).all()), p_value)
        findings.append(Finding(task, (Answer(label, outcome, text, signed(means[-1] - means[0])),)))
    return findings


ABLATION_CLAIMS = (
    Claim("smoothing", "The smoothing term improves ERAC at every β", "§6.4, Table 3", _smoothing),
    Claim(
        "divergence",
        "Without the smoothing term, training often diverges",
        "§6.4, Table 3",
        _divergence_without_smoothing,
    ),
    Claim("target-network", "The target network is needed even with smoothing", "§6.4, Table 3", _target_network),
    Claim("below-mle", "Without a target network, ERAC falls below MLE", "§6.4, Table 3", _below_mle),
    Claim(
        "speed",
        "The speed of the target network matters less than having one",
        "§6.4, Table 3",
        _speed_matters_little,
    ),
    Claim("slow-target", "The slowest target network is best", "§6.4, Table 3", _slow_is_best),
    Claim("sweet-spot", "There is a sweet spot for the level of entropy", "§6.4, Figure 1", _sweet_spot),
    Claim("too-much-entropy", "Too much entropy makes the actor diverge", "§6.4, Figure 1", _too_much_entropy),
    Claim("less-entropy", "From the best τ down to 0, scores fall steadily", "§6.4, Figure 1", _monotone),
)
