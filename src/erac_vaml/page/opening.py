"""Open the page: the verdict in a sentence or two, and as bars."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
"""Colours of the page, in the order of the bars, from good to bad."""


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


def bars(verdict: dict[str, Any]) -> list[Bar]:
    """Return the claims, the cells that the paper has a number for, and the runs, each as a bar."""
    printed = [cell["verdict"] for cell in verdict["cells"] if cell["paper"]["mean"] is not None]
    runs = [name for name, count in verdict["runs"].items() for _ in range(count)]
    return [
        _bar("claims of the paper, task by task", "claims", [claim["outcome"] for claim in verdict["claims"]]),
        _bar("numbers of the paper beside ours", "cells", printed),
        _bar("runs", "runs", runs),
    ]


def headline(verdict: dict[str, Any]) -> list[str]:
    """Return the verdict in sentences that count outcomes."""
    finished, planned = verdict["runs"]["finished"], sum(verdict["runs"].values())
    if not finished:
        return [f"Nothing can be judged yet: none of {plural(planned, 'run')} has finished."]
    outcomes = Counter(claim["outcome"] for claim in verdict["claims"])
    judged = outcomes.total() - outcomes[Outcome.NOT_JUDGED]
    sentences = [_claims(judged, outcomes)] if judged else ["These runs can judge none of the paper’s claims."]
    sentences.append(_levels(verdict))
    if missing := verdict["runs"]["missing"]:
        sentences.append(
            f"{missing} of {plural(planned, 'run')} {_are(missing)} missing, so this is not the last word."
        )
    return sentences


def _claims(judged: int, outcomes: Counter[str]) -> str:
    upheld = outcomes[Outcome.UPHELD] + outcomes[Outcome.ON_AVERAGE]
    verb = "holds" if upheld == 1 else "hold"
    alone = f", {outcomes[Outcome.ON_AVERAGE]} only on average" if outcomes[Outcome.ON_AVERAGE] else ""
    others = [(outcome, outcomes[outcome]) for outcome in (Outcome.OPEN, Outcome.NOT_UPHELD, Outcome.CONTRADICTED)]
    counted = [f"{count} {_are(count)} {outcome}" for outcome, count in others if count]
    told = f" {', '.join(counted)}." if counted else ""
    return f"Of {plural(judged, 'claim')} that these runs can judge, {upheld} {verb}{alone}.{told}"


def _levels(verdict: dict[str, Any]) -> str:
    printed = [cell for cell in verdict["cells"] if cell["paper"]["mean"] is not None]
    if not any(cell["same_data"] for cell in printed):
        return "The data are not the paper’s, so levels do not compare: only the sign of each difference is judged."
    cells = Counter(cell["verdict"] for cell in printed if cell["same_data"])
    return (
        f"Of {plural(cells.total(), 'number')} on the paper’s own data, {cells[Verdict.REPRODUCED]} "
        f"{_are(cells[Verdict.REPRODUCED])} reproduced, {cells[Verdict.DIRECTION]} only in direction, "
        f"{cells[Verdict.NOT_REPRODUCED]} not, and {cells[Verdict.NOT_ENOUGH]} "
        f"{'needs' if cells[Verdict.NOT_ENOUGH] == 1 else 'need'} more runs."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _bar(title: str, target: str, names: Iterable[str]) -> Bar:
    counts = Counter(names)
    pieces = [Piece(str(name), counts[name], tone) for name, tone in _TONES.items() if counts[name]]
    return Bar(title, target, tuple(pieces))
