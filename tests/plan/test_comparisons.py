"""The table of comparisons."""

from erac_vaml.plan.comparisons import COMPARISONS, systems_by_baseline


def test_baselines_have_all_that_are_claimed_to_be_better():
    assert systems_by_baseline() == {
        "mle": ["raml", "vaml", "ac", "erac"],
        "raml": ["vaml"],
        "ac": ["erac"],
        "mle-continued": ["ac", "erac"],
        "erac-no-future-entropy": ["erac"],
    }


def test_no_pair_is_listed_twice():
    pairs = [(comparison.better, comparison.worse) for comparison in COMPARISONS]
    assert len(set(pairs)) == len(pairs)
