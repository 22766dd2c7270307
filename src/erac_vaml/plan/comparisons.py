"""List the pairs of algorithms that are compared: in claims, and in tests of single systems."""

from dataclasses import dataclass

from erac_vaml.plan.stages import CONTROL


@dataclass(frozen=True)
class Comparison:
    """The question whether one algorithm is better than another."""

    better: str
    """The algorithm that is claimed to be better."""
    worse: str
    source: str
    """Source of the claim."""
    verb: str = "improves on"
    trend_in_captioning: bool = True
    """Whether in captioning the paper claims only "a similar overall trend" (§6.2)."""
    key: str = ""
    """Short name of the claim; empty: `{better}-beats-{worse}`."""
    statement: str = ""
    """The claim in words; empty: `{better} {verb} {worse}`."""
    of_paper: bool = True
    """Whether the claim is the paper's. Any other claim is left out if the experiment has no such runs."""


_TABLE1, _CONTROL = "§6.2, Table 1", "control, not in the paper"

COMPARISONS = (
    # "All four advanced algorithms", one by one, because an experiment may have only some of them.
    Comparison("raml", "mle", _TABLE1, "outperforms"),
    Comparison("vaml", "mle", _TABLE1, "outperforms"),
    Comparison("ac", "mle", _TABLE1, "outperforms"),
    Comparison("erac", "mle", _TABLE1, "outperforms"),
    Comparison("vaml", "raml", _TABLE1),
    # In captioning the gain over AC "becomes larger".
    Comparison("erac", "ac", _TABLE1, trend_in_captioning=False),
    Comparison("ac", CONTROL, _CONTROL, trend_in_captioning=False, of_paper=False),
    Comparison("erac", CONTROL, _CONTROL, trend_in_captioning=False, of_paper=False),
    Comparison(
        "erac",
        "erac-no-future-entropy",
        "§6.4, Table 4",
        trend_in_captioning=False,
        key="future-entropy",
        statement="The entropy of future steps matters",
    ),
)
"""All comparisons, in the order of the paper's claims."""


def systems_by_baseline() -> dict[str, list[str]]:
    """Return each baseline with the algorithms that are claimed to be better."""
    found: dict[str, list[str]] = {}
    for comparison in COMPARISONS:
        found.setdefault(comparison.worse, []).append(comparison.better)
    return found
