"""Make the page's opening: the verdict in two or three sentences, and as bars."""

from collections import Counter
from collections.abc import Iterable
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


def tone(outcome: str) -> str:
    """Return the colour of an outcome, a verdict or a run's status."""
    return _TONES[outcome]


def bars(verdict: dict[str, Any]) -> dict[str, tuple[str, dict[str, int]]]:
    """Return a bar for the claims, for the cells that the paper has a number for, and for the runs.

    Returns:
        Id of the section that lists them, to the bar's title and the count of each outcome.
    """
    return {
        "claims": ("claims of the paper, task by task", _counted(claim["outcome"] for claim in verdict["claims"])),
        "cells": ("numbers of the paper beside ours", _counted(cell["verdict"] for cell in _printed(verdict))),
        "runs": ("runs", _counted(verdict["runs"])),
    }


def headline(verdict: dict[str, Any]) -> list[str]:
    """Return the verdict in sentences that count outcomes."""
    finished, planned = verdict["runs"]["finished"], sum(verdict["runs"].values())
    if not finished:
        return [f"Nothing can be judged yet: none of {plural(planned, 'run')} has finished."]
    outcomes = Counter(claim["outcome"] for claim in verdict["claims"])
    judged = outcomes.total() - outcomes[Outcome.NOT_JUDGED]
    sentences = [_claims(judged, outcomes)] if judged else ["None of the paper’s claims can be tested here."]
    sentences.append(_levels(verdict))
    if missing := verdict["runs"]["missing"]:
        sentences.append(
            f"{missing} of {plural(planned, 'run')} {_are(missing)} missing, so this verdict is preliminary."
        )
    return sentences


def _claims(judged: int, outcomes: Counter[str]) -> str:
    order = (Outcome.UPHELD, Outcome.ON_AVERAGE, Outcome.OPEN, Outcome.NOT_UPHELD, Outcome.CONTRADICTED)
    counted = [f"{outcomes[outcome]} {_are(outcomes[outcome])} {outcome}" for outcome in order if outcomes[outcome]]
    return f"{judged} of {plural(outcomes.total(), 'claim')} can be tested here: {', '.join(counted)}."


def _levels(verdict: dict[str, Any]) -> str:
    cells = Counter(cell["verdict"] for cell in _printed(verdict) if cell["same_data"])
    if not cells:
        return "The data are not the paper’s, so levels do not compare: only the sign of each difference is judged."
    return (
        f"Of {plural(cells.total(), 'number')} on the paper’s own data, {cells[Verdict.REPRODUCED]} "
        f"{_are(cells[Verdict.REPRODUCED])} reproduced, {cells[Verdict.DIRECTION]} only in direction, "
        f"{cells[Verdict.NOT_REPRODUCED]} not, and {cells[Verdict.NOT_ENOUGH]} "
        f"{'needs' if cells[Verdict.NOT_ENOUGH] == 1 else 'need'} more runs."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _printed(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells for which the paper prints a mean."""
    return [cell for cell in verdict["cells"] if cell["paper"]["mean"] is not None]


def _counted(outcomes: Iterable[str] | dict[str, int]) -> dict[str, int]:
    """Return the count of each outcome that there is, from good to bad."""
    counts = Counter(outcomes)
    return {str(name): counts[name] for name in _TONES if counts[name]}
