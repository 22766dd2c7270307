"""The commands of docs/tutorials/first-run.md, as they stand there, on an experiment with a few small runs."""

import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from calls import ROOT, changed
from processes import run

from erac_vaml.operations.outdated import EXIT_STATUS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]
PAGE = (ROOT / "docs" / "tutorials" / "first-run.md").read_text(encoding="utf-8")
LINKED = ("Makefile", "Snakefile", "workflow", "profiles")
ENVIRONMENT = ("requirements.lock", "requirements-torch.lock", "pyproject.toml", ".venv/.complete")


def blocks(kind):
    """Return the page's blocks of one kind in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def make_small(configuration):
    """Turn the tiny experiment into one of the demo's name, with fewer runs."""
    configuration["name"] = "mini"
    configuration["tasks"]["mt"]["algorithms"] = ["mle", "erac"]
    del configuration["ablations"]


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The status and the output of each block of commands, and the folder in which they ran."""
    folder = tmp_path_factory.mktemp("first-run")
    changed(folder / "config.yaml", make_small)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    # An environment that is already complete: make installs nothing.
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for name in ENVIRONMENT:
        (folder / name).touch()
    (variant,) = blocks("yaml")
    (folder / "variant.yaml").write_text(variant, encoding="utf-8")
    results = []
    for block in blocks("sh"):
        activated = f"export PATH={Path(sys.executable).parent}:$PATH\n{block}"
        done = run(["bash", "-eu", "-c", activated], cwd=folder, env=os.environ | {"CORES": "2"})
        results.append((done.returncode, done.stdout + done.stderr))
    return results, folder


def test_the_demo_prints_table_1_and_writes_the_page(followed):
    ((status, said), *_), folder = followed
    assert status == 0, said
    assert re.search(r"^\| ERAC +\|.*\d+\.\d\d", said, re.MULTILINE)
    assert (folder / "results" / "mini" / "report.html").exists()


def test_the_results_are_where_the_page_looks_for_them(followed):
    (_, (status, said), *_), _ = followed
    assert status == 0, said
    assert "3 of 3 runs done" in said
    assert "learning-curves-mt.png" in said


def test_a_sentence_is_translated(followed):
    (_, _, (status, said), _), _ = followed
    assert status == 0, said
    assert len(said.splitlines()) == 1


def test_a_changed_setting_names_the_runs_that_it_affects(followed):
    (*_, (status, said)), _ = followed
    assert status == EXIT_STATUS, said
    assert "joint.lambda_mle was 0.1, is 0.2" in said
    assert yaml.safe_load(blocks("yaml")[0])["name"] == "mini"
