"""The claims of the paper's section 6, and of the control, as tests: what each says, of which runs, and the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from erac_vaml.reporting.labels import ALGORITHMS, CONTROL, has_papers_data, task_label
from erac_vaml.reporting.paper import System, paper_numbers, task_of_setting
from erac_vaml.verdict.collect import CellRuns, Evidence
from erac_vaml.verdict.comparison import Comparison, compare
from erac_vaml.verdict.intervals import difference, mean_interval
from erac_vaml.verdict.rules import Outcome, Strength, judge_comparison, judge_difference, judge_no_gain, weakest
from erac_vaml.verdict.wording import compared, plural, settled_by, signed_interval

OTHER_DATA = "of other data than the paper's, they do not compare"


@dataclass(frozen=True)
class Part:
    """One test of a claim."""

    label: str
    """For example "VAML − RAML"."""
    outcome: Outcome
    evidence: str
    comparison: Comparison | None = None


@dataclass(frozen=True)
class Finding:
    """A claim on one task: it holds where all its parts do."""

    task: str | None
    parts: tuple[Part, ...] = ()
    note: str = ""

    @property
    def outcome(self) -> Outcome:
        """The weakest of the parts'."""
        return weakest(part.outcome for part in self.parts)


@dataclass(frozen=True)
class Claim:
    """A sentence, mostly of the paper, that runs can be asked about."""

    key: str
    statement: str
    source: str
    find: Callable[[Evidence], list[Finding]] = field(repr=False)
    """Returns a finding for each task that it applies to; none where the experiment has nothing of the kind."""
    of_paper: bool = True
    """A claim that is not the paper's is left out where the experiment has nothing of the kind."""


def part_of(first: CellRuns, second: CellRuns, label: str, strength: Strength) -> Part:
    """Return the test of first > second."""
    lacking = [cell.algorithm for cell in (first, second) if not cell.n_planned]
    if lacking:
        names = " and ".join(ALGORITHMS.get(name, name) for name in lacking)
        return Part(label, Outcome.NOT_JUDGED, f"{names}: no part of the experiment")
    comparison = compare(first, second)
    outcome = judge_comparison(comparison, strength)
    evidence = compared(comparison)
    if outcome is Outcome.NOT_JUDGED:
        evidence += f"; an interval needs two {comparison.unit}s"
    elif outcome is Outcome.OPEN and comparison.difference.estimate > 0:
        evidence += f"; {settled_by(comparison)}"
    return Part(label, outcome, evidence, comparison)


def judged_tasks(evidence: Evidence) -> list[str]:
    """Return the tasks that a claim of Table 1 is asked of: those beside a column of it, and one's own."""
    return [
        name
        for name, task in evidence.experiment.tasks.items()
        if task.paper_setting in (None, *paper_numbers().table1)
    ]


def _algorithms(evidence: Evidence, task: str, first: str, second: str, strength: Strength) -> list[Finding]:
    """Return the test of first > second; none where a task has not both."""
    cells = evidence.algorithm(task, first), evidence.algorithm(task, second)
    if not all(cell.n_planned for cell in cells):
        return []
    return [Finding(task, (part_of(*cells, f"{ALGORITHMS[first]} − {ALGORITHMS[second]}", strength),))]


def _beats(first: str, second: str, trend_in_captioning: bool = True) -> Callable[[Evidence], list[Finding]]:
    """Return a claim's test: an algorithm beats another, significantly; in captioning "a similar overall trend"."""

    def find(evidence: Evidence) -> list[Finding]:
        findings = []
        for task in judged_tasks(evidence):
            trend = trend_in_captioning and evidence.experiment.captions_images(task)
            findings += _algorithms(evidence, task, first, second, "on average" if trend else "significantly")
        return findings

    return find


def _gain(first: str, second: str, larger_in_captioning: bool) -> Callable[[Evidence], list[Finding]]:
    """Return the test of §6.2's comparison of a gain between captioning and translation."""

    def find(evidence: Evidence) -> list[Finding]:
        experiment = evidence.experiment
        captioning = task_of_setting(experiment, "captioning")
        others = [task_of_setting(experiment, setting) for setting in ("mt", "mt-input-feeding")]
        translations = [task for task in others if task is not None]
        if captioning is None or not translations:
            return []
        if not all(has_papers_data(experiment, task) for task in (captioning, *translations)):
            return [Finding(captioning, (Part("gains", Outcome.NOT_JUDGED, OTHER_DATA),))]
        gains = {
            task: compare(evidence.algorithm(task, first), evidence.algorithm(task, second)).difference
            for task in (captioning, *translations)
        }
        parts = []
        for task in translations:
            pair = (captioning, task) if larger_in_captioning else (task, captioning)
            apart = difference(gains[pair[0]], gains[pair[1]])
            label = " − ".join(f"gain in {task_label(experiment, name)}" for name in pair)
            parts.append(Part(label, judge_difference(apart, "on average"), signed_interval(apart)))
        return [Finding(captioning, tuple(parts))]

    return find


def _beats_earlier(
    setting: str, rivals: Sequence[System], strengths: dict[str, Strength]
) -> Callable[[Evidence], list[Finding]]:
    """Return the test that our algorithms beat the best of earlier systems (Tables 2 and 7)."""

    def find(evidence: Evidence) -> list[Finding]:
        task = task_of_setting(evidence.experiment, setting)
        if task is None:
            return []
        if not has_papers_data(evidence.experiment, task):
            return [Finding(task, (Part("earlier systems", Outcome.NOT_JUDGED, OTHER_DATA),))]
        best = max(system.bleu for system in rivals)
        parts = (_above(evidence, task, name, best, strength) for name, strength in strengths.items())
        return [Finding(task, tuple(parts))]

    return find


def _above(evidence: Evidence, task: str, algorithm: str, bleu: float, strength: Strength) -> Part:
    runs = evidence.algorithm(task, algorithm)
    label = f"{ALGORITHMS[algorithm]} − {bleu:g}"
    if not runs.n_finished:
        return Part(label, Outcome.NOT_JUDGED, "no run has finished")
    above = mean_interval(runs.scores - bleu, runs.units)
    best = f"best of {plural(runs.n_finished, 'run')} {runs.scores.max():.2f}"
    return Part(label, judge_difference(above, strength), f"{signed_interval(above)}, {best}")


def _future_entropy(evidence: Evidence) -> list[Finding]:
    return [
        finding
        for task in evidence.experiment.tasks
        for finding in _algorithms(evidence, task, "erac", "erac-no-future-entropy", "significantly")
    ]


def _local_entropy(evidence: Evidence) -> list[Finding]:
    """The variant gains nothing over AC beside what ERAC gains."""
    findings = []
    for task in evidence.experiment.tasks:
        variant = evidence.algorithm(task, "erac-no-future-entropy")
        if not variant.n_planned:
            continue
        ac, erac = evidence.algorithm(task, "ac"), evidence.algorithm(task, "erac")
        comparison = compare(variant, ac)
        gain = compare(erac, ac).difference
        outcome = judge_no_gain(comparison.difference, gain)
        evidence_text = f"{compared(comparison)}; ERAC's own gain: {signed_interval(gain)}"
        label = f"{ALGORITHMS['erac-no-future-entropy']} − AC"
        findings.append(Finding(task, (Part(label, outcome, evidence_text, comparison),)))
    return findings


def _earlier_systems(layers: int) -> list[System]:
    return [
        system
        for system in paper_numbers().table7
        if system.algorithm is None and system.architecture and system.architecture[0].startswith(f"{layers}-layer")
    ]


MAIN_CLAIMS = (
    # "All four advanced algorithms": one by one, as an experiment may have some of them.
    *(
        Claim(f"{name}-beats-mle", f"{ALGORITHMS[name]} outperforms MLE", "§6.2, Table 1", _beats(name, "mle"))
        for name in ("raml", "vaml", "ac", "erac")
    ),
    Claim("vaml-beats-raml", "VAML improves upon RAML", "§6.2, Table 1", _beats("vaml", "raml")),
    # In captioning ERAC's gain over AC "becomes larger".
    Claim("erac-beats-ac", "ERAC improves upon AC", "§6.2, Table 1", _beats("erac", "ac", trend_in_captioning=False)),
    *(
        Claim(
            f"{name}-beats-{CONTROL}",
            f"{ALGORITHMS[name]} improves on {ALGORITHMS[CONTROL]}",
            "control, not in the paper",
            _beats(name, CONTROL, trend_in_captioning=False),
            of_paper=False,
        )
        for name in ("ac", "erac")
    ),
    Claim(
        "vaml-gain",
        "The improvement of VAML over RAML is smaller in captioning than in translation",
        "§6.2, Table 1",
        _gain("vaml", "raml", larger_in_captioning=False),
    ),
    Claim(
        "erac-gain",
        "The improvement of ERAC over AC is larger in captioning than in translation",
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
        "ERAC of two layers outperforms earlier systems of two layers by a clear margin",
        "App. C, Table 7",
        _beats_earlier("mt-two-layers", _earlier_systems(2), {"erac": "significantly"}),
    ),
    Claim("future-entropy", "The entropy of future steps matters", "§6.4, Table 4", _future_entropy),
    Claim(
        "local-entropy", "Entropy of the present step alone does not improve upon AC", "§6.4, Table 4", _local_entropy
    ),
)
"""What Tables 1, 2, 4 and 7 are said to show, and the control's claims; those of Table 3 and Figure 1 are in
ablations.py."""
