"""What the page opens with: the verdict in a sentence or two, and as bars."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from erac_vaml.verdict.document import VerdictOfExperiment
from erac_vaml.verdict.rules import Outcome, Verdict
from erac_vaml.verdict.wording import plural

_TONES = {
    Outcome.UPHELD: "good",
    Outcome.ON_AVERAGE: "fair",
    Outcome.OPEN: "open",
    Outcome.NOT_UPHELD: "poor",
    Outcome.CONTRADICTED: "bad",
    Outcome.NOT_JUDGED: "none",
    Verdict.REPRODUCED: "good",
    Verdict.DIRECTION: "fair",
    Verdict.NOT_ENOUGH: "open",
    Verdict.NOT_REPRODUCED: "bad",
    Verdict.NOT_COMPARED: "none",
    "finished": "good",
    "diverged": "bad",
    "missing": "none",
}
"""Colours of the page, from good to bad; in this order they stand in bars."""


@dataclass(frozen=True)
class Piece:
    """A part of a bar."""

    name: str
    count: int
    tone: str


@dataclass(frozen=True)
class Bar:
    """How many there are of each."""

    title: str
    target: str
    """Id of the section that has them one by one."""
    pieces: tuple[Piece, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(piece.count for piece in self.pieces)


def tone(outcome: str) -> str:
    """Return the colour of an outcome, a verdict or a run's status."""
    return _TONES[outcome]


def bars(verdict: VerdictOfExperiment) -> list[Bar]:
    """Return the claims, the cells that the paper has a number for, and the runs, each as a bar."""
    printed = [judged.verdict for judged in verdict.cells if judged.cell.paper.mean is not None]
    runs = [name for name, count in verdict.runs.items() for _ in range(count)]
    return [
        _bar("claims of the paper, task by task", "claims", [finding.outcome for _, finding in verdict.claims]),
        _bar("numbers of the paper beside ours", "cells", printed),
        _bar("runs", "runs", runs),
    ]


def headline(verdict: VerdictOfExperiment) -> list[str]:
    """Return the verdict in sentences, by counting outcomes alone."""
    finished, planned = verdict.runs["finished"], sum(verdict.runs.values())
    if not finished:
        return [f"Nothing can be judged yet: none of {plural(planned, 'run')} has finished."]
    outcomes = Counter(finding.outcome for _, finding in verdict.claims)
    judged = outcomes.total() - outcomes[Outcome.NOT_JUDGED]
    sentences = [_claims(judged, outcomes)] if judged else ["These runs can judge none of the paper’s claims."]
    sentences.append(_levels(verdict))
    if verdict.runs["missing"]:
        missing = verdict.runs["missing"]
        sentences.append(
            f"{missing} of {plural(planned, 'run')} {_are(missing)} missing, so this is not the last word."
        )
    return sentences


def _claims(judged: int, outcomes: Counter[Outcome]) -> str:
    upheld = outcomes[Outcome.UPHELD] + outcomes[Outcome.ON_AVERAGE]
    verb = "holds" if upheld == 1 else "hold"
    alone = f", {outcomes[Outcome.ON_AVERAGE]} on average alone" if outcomes[Outcome.ON_AVERAGE] else ""
    others = [(outcome, outcomes[outcome]) for outcome in (Outcome.OPEN, Outcome.NOT_UPHELD, Outcome.CONTRADICTED)]
    counted = [f"{count} {_are(count)} {outcome}" for outcome, count in others if count]
    told = f" {', '.join(counted)}." if counted else ""
    return f"Of {plural(judged, 'claim')} that these runs can judge, {upheld} {verb}{alone}.{told}"


def _levels(verdict: VerdictOfExperiment) -> str:
    printed = [judged for judged in verdict.cells if judged.cell.paper.mean is not None]
    if not any(judged.same_data for judged in printed):
        return "The data are not the paper’s, so that its numbers are no measure of ours; directions alone are judged."
    cells = Counter(judged.verdict for judged in printed if judged.same_data)
    return (
        f"Of {plural(cells.total(), 'number')} on the paper’s own data, {cells[Verdict.REPRODUCED]} "
        f"{_are(cells[Verdict.REPRODUCED])} reproduced, {cells[Verdict.DIRECTION]} in direction alone, "
        f"{cells[Verdict.NOT_REPRODUCED]} not, and {cells[Verdict.NOT_ENOUGH]} "
        f"{'needs' if cells[Verdict.NOT_ENOUGH] == 1 else 'need'} more runs."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _bar(title: str, target: str, names: Sequence[StrEnum | str]) -> Bar:
    counts = Counter(names)
    pieces = [Piece(str(name), counts[name], tone) for name, tone in _TONES.items() if counts[name]]
    return Bar(title, target, tuple(pieces))
