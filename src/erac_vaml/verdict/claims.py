"""Test the claims on Tables 1, 2, 4 and 7 of the paper's section 6, and those on the control."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from erac_vaml.plan.comparisons import COMPARISONS, Comparison
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, has_papers_data, task_label
from erac_vaml.reporting.paper import System, paper_numbers, task_of_setting
from erac_vaml.verdict.answers import Answer, answer
from erac_vaml.verdict.contrast import compare
from erac_vaml.verdict.intervals import difference, mean_interval
from erac_vaml.verdict.rules import Outcome, Strength, judge_difference, judge_no_gain, weakest
from erac_vaml.verdict.wording import compared, plural, signed, signed_interval

OTHER_DATA = "scores on other data than the paper's cannot be compared with it"


@dataclass(frozen=True)
class Finding:
    """Answer to a claim on one task: the claim holds if all its tests do."""

    task: str | None
    """None if the experiment has no runs to test the claim on."""
    tests: tuple[Answer, ...] = ()
    note: str = ""
    """Why there is no test."""

    @property
    def outcome(self) -> Outcome:
        """The weakest of the tests' outcomes."""
        return weakest(test.outcome for test in self.tests)

    @property
    def number(self) -> str:
        """The number of the first test with this outcome."""
        return next((test.number for test in self.tests if test.outcome is self.outcome), "")


Find = Callable[[CollectedScores], list[Finding]]
"""Function that tests a claim on each task that it applies to; empty if the experiment has no such runs."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, or about the control, that runs can test."""

    key: str
    statement: str
    source: str
    find: Find = field(repr=False)
    of_paper: bool = True
    """Whether the claim is the paper's. One that is not is left out if the experiment has no such runs."""


def _claim(comparison: Comparison) -> Claim:
    """Return the claim that one algorithm is better than another, on all tasks of Table 1."""

    def find(scores: CollectedScores) -> list[Finding]:
        settings = paper_numbers().table1
        tasks = [name for name, task in scores.experiment.tasks.items() if task.paper_setting in settings]
        answers = {task: answer(scores, task, comparison) for task in tasks}
        return [Finding(task, (found,)) for task, found in answers.items() if found]

    better, worse = comparison.better, comparison.worse
    statement = comparison.statement or f"{ALGORITHMS[better]} {comparison.verb} {ALGORITHMS[worse]}"
    return Claim(comparison.key or f"{better}-beats-{worse}", statement, comparison.source, find, comparison.of_paper)


def _gain(first: str, second: str, larger_in_captioning: bool) -> Find:
    """Return the test of §6.2's claim that a gain is larger, or smaller, in captioning than in translation."""

    def find(scores: CollectedScores) -> list[Finding]:
        experiment = scores.experiment
        captioning = task_of_setting(experiment, "captioning")
        others = [task_of_setting(experiment, setting) for setting in ("mt", "mt-input-feeding")]
        translations = [task for task in others if task is not None]
        if captioning is None or not translations:
            return []
        if not all(has_papers_data(experiment, task) for task in (captioning, *translations)):
            return [Finding(captioning, (Answer("gains", Outcome.NOT_TESTED, OTHER_DATA),))]
        gains = {
            task: compare(scores.algorithm(task, first), scores.algorithm(task, second)).difference
            for task in (captioning, *translations)
        }
        parts = []
        for task in translations:
            pair = (captioning, task) if larger_in_captioning else (task, captioning)
            apart = difference(gains[pair[0]], gains[pair[1]])
            label = " − ".join(f"gain in {task_label(experiment, name)}" for name in pair)
            outcome = judge_difference(apart, "on average")
            parts.append(Answer(label, outcome, signed_interval(apart), signed(apart.estimate)))
        return [Finding(captioning, tuple(parts))]

    return find


def _beats_earlier(setting: str, rivals: Sequence[System], strengths: dict[str, Strength]) -> Find:
    """Return the test that our algorithms beat the best earlier system (Tables 2 and 7)."""

    def find(scores: CollectedScores) -> list[Finding]:
        task = task_of_setting(scores.experiment, setting)
        if task is None:
            return []
        if not has_papers_data(scores.experiment, task):
            return [Finding(task, (Answer("earlier systems", Outcome.NOT_TESTED, OTHER_DATA),))]
        best = max(system.bleu for system in rivals)
        parts = (_above(scores, task, name, best, strength) for name, strength in strengths.items())
        return [Finding(task, tuple(parts))]

    return find


def _above(scores: CollectedScores, task: str, algorithm: str, bleu: float, strength: Strength) -> Answer:
    runs = scores.algorithm(task, algorithm)
    label = f"{ALGORITHMS[algorithm]} − {bleu:g}"
    if not runs.n_finished:
        return Answer(label, Outcome.NOT_TESTED, "no run has finished")
    above = mean_interval(runs.scores - bleu, runs.units)
    best = f"best of {plural(runs.n_finished, 'run')} {runs.scores.max():.2f}"
    outcome = judge_difference(above, strength)
    return Answer(label, outcome, f"{signed_interval(above)}, {best}", signed(above.estimate))


def _local_entropy(scores: CollectedScores) -> list[Finding]:
    """Test that the variant's gain over AC is negligible beside ERAC's."""
    findings = []
    for task in scores.experiment.tasks:
        if "erac-no-future-entropy" not in asked_algorithms(scores.experiment, task):
            continue
        variant = scores.algorithm(task, "erac-no-future-entropy")
        ac, erac = scores.algorithm(task, "ac"), scores.algorithm(task, "erac")
        contrast = compare(variant, ac)
        gain = compare(erac, ac).difference
        outcome = judge_no_gain(contrast.difference, gain)
        evidence = f"{compared(contrast)}; gain of ERAC over AC: {signed_interval(gain)}"
        label = f"{ALGORITHMS['erac-no-future-entropy']} − AC"
        number = signed(contrast.difference.estimate)
        findings.append(Finding(task, (Answer(label, outcome, evidence, number, contrast),)))
    return findings


def _earlier_systems(layers: int) -> list[System]:
    return [system for system in paper_numbers().table7 if system.algorithm is None and system.has_layers(layers)]


MAIN_CLAIMS = (
    *(_claim(comparison) for comparison in COMPARISONS),
    Claim(
        "vaml-gain",
        "The gain of VAML over RAML is smaller in captioning than in translation",
        "§6.2, Table 1",
        _gain("vaml", "raml", larger_in_captioning=False),
    ),
    Claim(
        "erac-gain",
        "The gain of ERAC over AC is larger in captioning than in translation",
        "§6.2, Table 1",
        _gain("erac", "ac", larger_in_captioning=True),
    ),
    Claim(
        "earlier-systems",
        "VAML and ERAC outperform earlier systems, ERAC by a significant margin",
        "§6.3, Table 2",
        _beats_earlier("mt-input-feeding", _earlier_systems(1), {"vaml": "on average", "erac": "significantly"}),
    ),
    Claim(
        "two-layers",
        "Two-layer ERAC outperforms earlier two-layer systems by a clear margin",
        "App. C, Table 7",
        _beats_earlier("mt-two-layers", _earlier_systems(2), {"erac": "significantly"}),
    ),
    Claim("local-entropy", "Entropy of the current step alone does not improve on AC", "§6.4, Table 4", _local_entropy),
)
"""Claims on Tables 1, 2, 4 and 7 and on the control; ablations.py has those on Table 3 and Figure 1."""
