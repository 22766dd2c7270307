"""Whatever is in a file: a command finishes, or says in one line what is wrong, and what was there before stays."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from fuzzed import make_fuzzed
from hypothesis import given
from hypothesis import strategies as st
from odd_configurations import odd_configurations, odd_trainings
from odd_results import odd_archives, odd_raw_data, odd_results
from promise import Case

from erac_vaml import files
from erac_vaml.config import base, yaml_files
from erac_vaml.data import archive, corpus, features, iwslt14
from erac_vaml.runs import scores

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


def examples(count: int) -> hypothesis.settings:
    """Try so many examples; with the profile `long` more, in proportion."""
    return hypothesis.settings(
        max_examples=count * hypothesis.settings().max_examples // 100,
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return make_fuzzed(tmp_path_factory.mktemp("fuzzing"))


@examples(120)
@given(case=odd_configurations())
def test_any_configuration(folder: Path, case: Case) -> None:
    assert case.fault(folder) is None


@examples(25)
@given(case=odd_trainings())
def test_training_with_any_settings(folder: Path, case: Case) -> None:
    assert case.fault(folder) is None


@examples(80)
@given(data=st.data())
def test_any_raw_data(folder: Path, data: st.DataObject) -> None:
    assert data.draw(odd_raw_data(folder)).fault(folder) is None


@examples(150)
@given(data=st.data())
def test_any_results(folder: Path, data: st.DataObject) -> None:
    assert data.draw(odd_results(folder)).fault(folder) is None


Patch = Callable[[pytest.MonkeyPatch], object]


def open_any_file(patched: pytest.MonkeyPatch) -> None:
    """Wait for somebody who writes to a pipe."""
    for module in (archive, corpus, features, files):
        patched.setattr(module, "open_regular", lambda path: path.open("rb"))


def segments_by_a_cubic_expression(patched: pytest.MonkeyPatch) -> None:
    """Find the sentences of an archive as before, which took hours for a line of blanks."""
    patched.setattr(iwslt14, "segments", lambda text: re.findall(r"<seg id[^>]*>\s*(.*?)\s*</seg>", text))


def scores_of_any_type(patched: pytest.MonkeyPatch) -> None:
    """Take scores.json as it is."""
    read = vars(scores.Scores)["path"].fget, vars(scores.Scores)["measures"].fget

    class Scores(SimpleNamespace):
        path, measures = property(read[0]), property(read[1])

    patched.setattr(scores, "parse_scores", lambda content: Scores(**json.loads(content)))


FAULTS: dict[str, tuple[Patch, Callable[[Path], st.SearchStrategy[Case]]]] = {
    "a key that occurs twice": (
        lambda patched: patched.setattr(yaml_files, "_refuse_doubles", lambda keys, path: None),
        lambda folder: odd_configurations(),
    ),
    "aliases of aliases": (
        lambda patched: patched.setattr(yaml_files, "_MOST_VALUES", float("inf")),
        lambda folder: odd_configurations(),
    ),
    "control characters and half characters": (
        lambda patched: patched.setattr(base, "unicodedata", SimpleNamespace(category=lambda letter: "Ll")),
        lambda folder: odd_configurations(),
    ),
    "pipes and devices": (open_any_file, odd_raw_data),
    "blanks without end": (segments_by_a_cubic_expression, odd_archives),
    "scores of any type": (scores_of_any_type, odd_results),
}


@pytest.mark.skipif(hypothesis.settings().max_examples <= 100, reason="takes minutes; `make fuzz` runs it")
@pytest.mark.parametrize("name", FAULTS)
def test_the_strategies_find(folder: Path, name: str) -> None:
    """Find a fault that the program once had, after it is put back."""
    put_back, strategy = FAULTS[name]
    quick = hypothesis.settings(max_examples=2000, phases=[hypothesis.Phase.generate], database=None)
    with pytest.MonkeyPatch.context() as patched:
        put_back(patched)
        hypothesis.find(strategy(folder), lambda case: case.fault(folder, seconds=20) is not None, settings=quick)
