"""The length ratio of hypotheses."""

from types import SimpleNamespace

import pytest

from erac_vaml.evaluation.quality import quality

TEXTS = [["a b c d", "a b"], ["a b c d e f"]]


def test_the_length_ratio_of_translations_is_to_their_only_reference():
    dataset = SimpleNamespace(source_vocabulary=object(), references={"valid": TEXTS})
    assert quality(dataset, "valid", ["a b c", "a b"]).length_ratio == pytest.approx(5 / 10)


def test_the_length_ratio_of_captions_is_to_the_closest_reference_and_to_the_shorter_of_two():
    dataset = SimpleNamespace(source_vocabulary=None, references={"valid": TEXTS})
    assert quality(dataset, "valid", ["a b c", "a b c"]).length_ratio == pytest.approx(6 / (2 + 6))
