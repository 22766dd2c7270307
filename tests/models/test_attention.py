"""What a model attends to, and the example that compares two finished runs and plots it."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from erac_vaml import load_model
from erac_vaml.errors import UserError

EXAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "finished_runs.py"))


def test_each_token_of_a_translation_has_weights_of_the_tokens_of_the_sentence(exported):
    model = load_model(exported / "talks")
    found = model.attention("Wie geht's dir?")
    assert found.source == ["wie", "geht", "&apos;", "s", "dir", "?"]
    assert " ".join(found.target) == f"{model.translate(['wie geht &apos; s dir ?'], tokenised=True)[0]} </s>"
    assert found.weights.shape == (len(found.target), len(found.source))
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, rtol=1e-5)


def test_no_sentence_and_no_translation_have_no_attention(exported):
    with pytest.raises(UserError, match="no word"):
        load_model(exported / "talks").attention(" ")
    with pytest.raises(UserError, match="captions images"):
        load_model(exported / "captioning").attention("Wie geht's?")


def test_the_example_sorts_the_sentences_that_differ_by_their_gain():
    answers = ["a b c d e", "f g h i j", "k l m n o"]
    first, second = ["a b c d e", "f g h i x", "k l m n o"], ["a b c d e", "f g h i j", "k l x n o"]
    found = EXAMPLE["compare"](["1", "2", "3"], answers, first, second)
    assert found["source"].tolist() == ["2", "3"]
    assert found["gain"].iloc[0] > 0 > found["gain"].iloc[1]


def test_the_example_opens_two_runs_and_plots_what_one_attends_to(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("data", "runs"):
        Path(name).symlink_to(trained / "results/models" / name)
    shutil.copy(trained / "config.yaml", "config.yaml")  # A workflow writes it there.
    EXAMPLE["main"](".", "mt/mle/seed1", "mt/mle/seed1")
    assert "0 of 20 translations differ" in capsys.readouterr().out
    assert Image.open("attention.png").width > 300
