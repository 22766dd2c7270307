"""The commands of docs/tutorials/own-corpus.md, as they stand there, on a small corpus and with small settings."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from calls import ROOT, TINY
from processes import run

from erac_vaml.config import validate_experiment
from erac_vaml.data.mini import Grammar
from erac_vaml.data.mini_wording import draw

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm")]
PAGE = (ROOT / "docs" / "tutorials" / "own-corpus.md").read_text(encoding="utf-8")


def blocks(kind):
    """Return the page's blocks of one kind in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder in which the page's commands ran on two text files, and what they printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    generator = np.random.default_rng(1)
    grammar = Grammar(generator)
    meanings = [grammar.sentence() for _ in range(900)]
    pairs = [(meaning.source, draw(meaning.target, generator)) for meaning in meanings]
    (folder / "corpus.de").write_text("".join(" ".join(german) + "\n" for german, _ in pairs), encoding="utf-8")
    (folder / "corpus.en").write_text("".join(" ".join(english) + "\n" for _, english in pairs), encoding="utf-8")
    for name in ("Snakefile", "workflow", "profiles"):
        (folder / name).symlink_to(ROOT / name)
    configuration = yaml.safe_load(blocks("yaml")[0])
    configuration["defaults"] = yaml.safe_load(TINY.read_text(encoding="utf-8"))["defaults"]
    configuration["tasks"]["mine"]["seeds"] = {"critics": 1, "actors": 1}
    (folder / "mine.yaml").write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
    programs = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = run(["bash", "-eu", "-c", "\n".join(blocks("sh"))], cwd=folder, env=programs)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_settings_of_the_page_are_valid():
    (text,) = blocks("yaml")
    assert validate_experiment(yaml.safe_load(text)).name == "mine"


def test_the_tables_are_of_one_s_own_corpus(followed):
    _, said = followed
    assert "Data: mine (parallel text)" in said
    rows = re.findall(r"^\| (MLE|RAML|VAML|AC|ERAC) +\|.*?(\d+\.\d\d)", said, re.MULTILINE)
    assert {name for name, _ in rows} == {"MLE", "RAML", "VAML", "AC", "ERAC"}


def test_the_page_and_the_pictures_are_there(followed):
    folder, _ = followed
    results = folder / "results" / "mine"
    figures = {path.name for path in (results / "figures").iterdir()}
    assert {"ablation-entropy.png", "learning-curves-mine.png", "breakdown-mine.png"} <= figures
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "My corpus" in page
    assert re.search("My corpus: .* has the highest mean test BLEU", page)


def test_every_line_of_the_test_text_is_translated(followed):
    folder, _ = followed
    assert len((folder / "translated.en").read_text(encoding="utf-8").splitlines()) == 300
