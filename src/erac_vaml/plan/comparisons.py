"""List the pairs of algorithms that are compared: in claims, in the direction of a cell, in tests of single systems."""

from dataclasses import dataclass

from erac_vaml.plan.stages import CONTROL


@dataclass(frozen=True)
class Comparison:
    """The question whether one algorithm is better than another."""

    better: str
    """The algorithm that is claimed to be better."""
    worse: str
    source: str = ""
    """Source of the claim; empty: nobody claims it, and only the cell shows the answer."""
    verb: str = "improves upon"
    cell: str = ""
    """Algorithm whose cell in the tables shows the answer as its direction; empty: no cell does."""
    trend_in_captioning: bool = True
    """Whether in captioning the paper claims only "a similar overall trend" (§6.2)."""
    key: str = ""
    """Short name of the claim; empty: `{better}-beats-{worse}`."""
    statement: str = ""
    """The claim in words; empty: `{better} {verb} {worse}`."""
    of_paper: bool = True
    """Whether the claim is the paper's. Any other claim is left out if the experiment has no such runs."""

    def other(self, algorithm: str) -> str:
        """Return the algorithm with which the given one of the two is compared."""
        return self.better if algorithm == self.worse else self.worse


_TABLE1, _CONTROL = "§6.2, Table 1", "control, not in the paper"

COMPARISONS = (
    # "All four advanced algorithms", one by one, because an experiment may have only some of them.
    Comparison("raml", "mle", _TABLE1, "outperforms", cell="raml"),
    Comparison("vaml", "mle", _TABLE1, "outperforms"),
    Comparison("ac", "mle", _TABLE1, "outperforms", cell="ac"),
    Comparison("erac", "mle", _TABLE1, "outperforms"),
    Comparison("vaml", "raml", _TABLE1, cell="vaml"),
    # In captioning the gain over AC "becomes larger".
    Comparison("erac", "ac", _TABLE1, cell="erac", trend_in_captioning=False),
    # The effect of more epochs of MLE, without a policy term.
    Comparison(CONTROL, "mle", cell=CONTROL, of_paper=False),
    Comparison("ac", CONTROL, _CONTROL, trend_in_captioning=False, of_paper=False),
    Comparison("erac", CONTROL, _CONTROL, trend_in_captioning=False, of_paper=False),
    Comparison(
        "erac",
        "erac-no-future-entropy",
        "§6.4, Table 4",
        cell="erac-no-future-entropy",
        trend_in_captioning=False,
        key="future-entropy",
        statement="The entropy of future steps matters",
    ),
)
"""All comparisons, in the order of the paper's claims."""


def comparison_of_cell(algorithm: str) -> Comparison | None:
    """Return the comparison that an algorithm's cell shows: the one with its direct baseline (§6.2, §6.4)."""
    return next((comparison for comparison in COMPARISONS if comparison.cell == algorithm), None)


def systems_by_baseline() -> dict[str, list[str]]:
    """Return each baseline with the algorithms that are claimed to be better."""
    found: dict[str, list[str]] = {}
    for comparison in filter(lambda comparison: comparison.source, COMPARISONS):
        found.setdefault(comparison.worse, []).append(comparison.better)
    return found
