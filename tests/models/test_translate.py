"""Translation of raw text by a run and by an exported model."""

import io
import sys
from types import SimpleNamespace

import pytest
import torch
from sacremoses import MosesDetokenizer, MosesTokenizer
from small_experiment import call
from small_models import ENGLISH, GERMAN

from erac_vaml import load_model

MODELS = pytest.mark.parametrize("model", ["--model exported/{task}", "--run {task}/mle/seed1"])


@pytest.fixture
def translate(trained, exported, monkeypatch, capsys):
    """A function that translates a text from standard input; it returns what is printed."""
    monkeypatch.chdir(trained)

    def run(arguments, text):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        assert call(f"translate {arguments} --device cpu", monkeypatch) == 0
        return capsys.readouterr().out

    return run


@MODELS
def test_raw_and_prepared_text_give_the_same_bytes(trained, translate, model):
    model = model.format(task="mt")
    results = trained / "results/models"
    prepared = (results / "data/mini/test.source.txt").read_text()
    detokenise = MosesDetokenizer(lang="de").detokenize
    raw = "".join(detokenise(line.split()).capitalize() + "\n" for line in prepared.splitlines())
    assert raw != prepared
    assert translate(model, raw) == translate(model, prepared)
    assert translate(f"{model} --tokenised", prepared) == (results / "runs/mt/mle/seed1/hypotheses.txt").read_text()


@MODELS
def test_a_raw_german_text_becomes_english_text(trained, translate, model):
    found = translate(model.format(task="talks"), "".join(f"{line}\n" for line in GERMAN))
    # The model has learnt its training text by heart, in lower case.
    assert found.splitlines() == [line.lower() for line in ENGLISH]


def test_tokens_in_are_tokens_out(trained, translate):
    tokenise = MosesTokenizer(lang="de").tokenize
    tokens = "".join(" ".join(tokenise(line, escape=True)).lower() + "\n" for line in GERMAN)
    data = trained / "results/models/data/talks"
    assert (data / "test.source.txt").read_text() == tokens
    found = translate("--model exported/talks --tokenised", tokens)
    assert found == (trained / "results/models/runs/talks/mle/seed1/hypotheses.txt").read_text()
    assert found == (data / "test.target.txt").read_text()
    assert "&apos;" in found


def test_a_typographic_apostrophe_and_a_line_end_of_windows_change_nothing(translate):
    first, second = (translate("--model exported/talks", text) for text in ("Wie geht’s dir?\r\n", "Wie geht's dir?"))
    assert first == second


def test_an_empty_line_stays_an_empty_line(translate):
    text = f"\n{GERMAN[3]}\n \t\n\u00a0\n{GERMAN[0]}"
    expected = ["", ENGLISH[3].lower(), "", "", ENGLISH[0].lower(), ""]
    assert translate("--model exported/talks", text).split("\n") == expected
    assert translate("--model exported/talks", "\n\n") == "\n\n"
    assert translate("--model exported/talks", "") == ""
    assert translate("--model exported/talks --n-best 2", "\n") == "1\t\t0.0000\n"


def test_a_file_and_standard_input_give_the_same(translate, tmp_path):
    (tmp_path / "text.de").write_text(GERMAN[1])
    model = "--model exported/talks"
    named = translate(f"{model} --source {tmp_path / 'text.de'}", "")
    assert named == translate(f"{model} --source -", GERMAN[1]) == translate(model, GERMAN[1])


def test_the_best_are_sorted_and_the_first_is_the_translation(translate):
    text = "".join(f"{line}\n" for line in GERMAN)
    rows = [line.split("\t") for line in translate("--model exported/talks --n-best 3", text).splitlines()]
    assert [int(number) for number, _, _ in rows] == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3
    scores = [float(score) for _, _, score in rows]
    for start in range(0, 12, 3):
        assert scores[start : start + 3] == sorted(scores[start : start + 3], reverse=True)
    assert max(scores) < 0.0
    assert [text for _, text, _ in rows[::3]] == translate("--model exported/talks", text).splitlines()


def test_an_unknown_word_is_visible(exported):
    model = load_model(exported / "talks", "cpu")
    model._words = type(model._words)(tuple("<unk>" if word == "oil" else word for word in model._words.tokens))
    assert model.translate([GERMAN[2]]) == [ENGLISH[2].lower().replace("oil", "<unk>")]


def test_one_text_is_not_taken_for_a_list_of_letters(exported):
    with pytest.raises(TypeError, match="a list of sentences is expected"):
        load_model(exported / "mt").translate("Ein Hund.")


@pytest.mark.parametrize("chosen", ["highest", "high"])
def test_the_callers_precision_of_products_stays(exported, chosen):
    model, before = load_model(exported / "talks"), torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(chosen)
    try:
        model.attention(GERMAN[0])
        assert torch.get_float32_matmul_precision() == chosen
        # PyTorch raises an error here once its switches contradict each other.
        assert torch.backends.cuda.matmul.allow_tf32 == (chosen == "high")
    finally:
        torch.set_float32_matmul_precision(before)
