"""The table of comparisons."""

from erac_vaml.plan import ALGORITHM_STAGE
from erac_vaml.plan.comparisons import COMPARISONS, comparison_of_cell, systems_by_baseline


def test_every_algorithm_but_mle_has_one_direct_baseline():
    baselines = {name: found.other(name) for name in ALGORITHM_STAGE if (found := comparison_of_cell(name))}
    # §6.2: each beside what it extends; §6.4: the variant beside ERAC.
    assert baselines == {
        "mle-continued": "mle",
        "raml": "mle",
        "vaml": "raml",
        "ac": "mle",
        "erac": "ac",
        "erac-no-future-entropy": "erac",
    }


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
