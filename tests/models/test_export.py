"""An exported model needs nothing else, says what it is, and is checked when it is loaded."""

import json
import shutil
import subprocess
import sys
from typing import get_args

import pytest
import yaml
from fake_results import seal
from small_experiment import call, files
from small_models import CONFIGURATION, ENGLISH, GERMAN, REPEATED

from erac_vaml import load_model
from erac_vaml.config.datasets import CaptionedImages, ParallelText
from erac_vaml.errors import UserError
from erac_vaml.models import card

THREE_LINES = """
from erac_vaml import load_model
model = load_model({folder!r})
print(*model.{method}({given!r}), sep="\\n")
"""


def in_another_process(folder, code):
    """Run Python code in a folder; return what it prints."""
    ended = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout.splitlines()


@pytest.fixture
def moved(exported, tmp_path):
    """The exported models in a folder that has nothing else."""
    return shutil.copytree(exported, tmp_path / "elsewhere" / "models")


def test_importing_the_package_imports_nothing_large(tmp_path):
    large = "[name for name in ('torch', 'numpy', 'pydantic', 'sacremoses') if name in sys.modules]"
    code = f"import sys, erac_vaml; erac_vaml.load_model; print({large})"
    assert in_another_process(tmp_path, code) == ["[]"]


def test_three_lines_translate_without_results_and_configuration(moved):
    code = THREE_LINES.format(folder="models/talks", method="translate", given=list(GERMAN))
    assert in_another_process(moved.parent, code) == [line.lower() for line in ENGLISH]


def test_three_lines_caption_without_results_and_configuration(trained, moved):
    images = sorted((trained / "results/models/data/scenes/scenes/images").glob("test*"))
    assert len(images) == 6
    code = THREE_LINES.format(folder="models/captioning", method="caption", given=[str(image) for image in images])
    hypotheses = trained / "results/models/runs/captioning/mle/seed1/hypotheses.txt"
    assert in_another_process(moved.parent, code) == hypotheses.read_text().splitlines()


def test_the_model_survives_its_results(trained, tmp_path, monkeypatch, capsys):
    here = shutil.copytree(trained, tmp_path / "here", ignore=shutil.ignore_patterns("exported"))
    monkeypatch.chdir(here)
    assert call("export results/models/runs/talks/mle/seed1/ --output model", monkeypatch) == 0
    shutil.rmtree("results")
    capsys.readouterr()
    assert call("translate --model model --source test.de --device cpu", monkeypatch) == 0
    assert capsys.readouterr().out.splitlines() == [line.lower() for line in ENGLISH]


def test_an_export_is_the_same_each_time(trained, exported, tmp_path, monkeypatch):
    monkeypatch.chdir(trained)
    for task in CONFIGURATION["tasks"]:
        assert call(f"export runs/{task}/mle/seed1 --output {tmp_path / task}", monkeypatch) == 0
    assert files(tmp_path) == files(exported)


@pytest.mark.parametrize("task", CONFIGURATION["tasks"])
def test_the_card_says_what_it_is_and_nothing_is_missing(trained, exported, task):
    text = (exported / task / "README.md").read_text()
    run = trained / f"results/models/runs/{task}/mle/seed1"
    scores, manifest = (json.loads((run / name).read_text()) for name in ("scores.json", "manifest.json"))
    assert not {"None", "nan", "null", "Undefined"} & set(text.replace("`", " ").split())
    assert f"| BLEU | {scores['valid_bleu']:.2f} | {scores['test_bleu']:.2f} |" in text
    assert scores["bleu_signature"] in text
    assert all(f"| {name} | `{digest}` |" in text for name, digest in manifest["data"]["sha256"].items())
    assert all(f"| `{name}` |" in text for name in manifest["settings"])
    assert "@inproceedings{" in text
    assert "\n\n\n" not in text


def test_the_card_tells_sizes_tokenisers_and_licence(exported):
    mini, talks, captions = ((exported / task / "README.md").read_text() for task in ("mt", "talks", "captioning"))
    assert "| Sentence pairs | 200 | 10 | 20 |" in mini
    assert "| Images | 20 | 4 | 6 |" in captions
    assert "| Tokeniser | moses:de | moses:en |" in talks
    assert "`mini`, weights: hand-made, version 1" in captions
    assert "whose licence may also bind a model" in talks
    assert "whose licence" not in mini + captions


def test_the_card_knows_every_kind_of_data_set():
    assert set(card.DATA) == {kind.model_fields["kind"].default for kind in get_args(ParallelText | CaptionedImages)}


@pytest.fixture
def tokenised(trained, tmp_path, monkeypatch, capsys):
    """The talks as a data set of tokens in a folder with a trained run; a function that runs the command line there."""
    data = trained / "results/models/data/talks"
    for side, name in (("source", "de"), ("target", "en")):
        for split in ("train", "valid", "test"):
            text = (data / f"test.{side}.txt").read_text()
            (tmp_path / f"{split}.{name}").write_text(text * (REPEATED if split == "train" else 1))
    talks = CONFIGURATION["datasets"]["talks"] | {"tokenised": True}
    settings = CONFIGURATION | {"datasets": {"talks": talks}, "tasks": {"talks": CONFIGURATION["tasks"]["talks"]}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.chdir(tmp_path)
    assert call("prepare --dataset talks", monkeypatch) == 0
    assert call("train --run talks/mle/seed1 --device cpu", monkeypatch) == 0
    capsys.readouterr()
    return lambda command: call(command, monkeypatch)


def test_a_model_of_tokens_takes_raw_text_once_its_tokeniser_is_named(tokenised, tmp_path, capsys):
    assert tokenised("export talks/mle/seed1 --output tokens") == 0
    assert "unknown: give tokens with `--tokenised`" in (tmp_path / "tokens/README.md").read_text()
    with pytest.raises(UserError, match="tokens: its training text was tokenised by an unknown tokeniser"):
        load_model("tokens").translate(GERMAN)
    assert tokenised("export talks/mle/seed1 --output text --tokeniser moses:de-en") == 0
    assert load_model("text").translate(GERMAN) == [line.lower() for line in ENGLISH]
    capsys.readouterr()
    for model in ("--run talks/mle/seed1", "--model tokens", "--model text"):
        assert tokenised(f"translate {model} --source test.de --tokenised --device cpu") == 0
        assert capsys.readouterr().out == (tmp_path / "test.en").read_text()


def test_a_diverged_run_is_not_exported(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(shutil.copytree(trained, tmp_path / "here"))
    run = tmp_path / "here/results/models/runs/talks/mle/seed1"
    scores = json.loads((run / "scores.json").read_text())
    diverged = {"status": "diverged", "diverged": {"epoch": 2, "step": 3, "reason": "the loss is nan"}}
    (run / "scores.json").write_text(json.dumps(scores | diverged))
    seal(run)
    assert call("export talks/mle/seed1 --output new", monkeypatch) == 2
    assert "seed1: diverged (the loss is nan); export a run that has finished" in capsys.readouterr().err
    assert not (tmp_path / "here/new").exists()


def test_other_weights_of_the_feature_network_are_refused(moved, trained):
    path = moved / "captioning" / "model.json"
    path.write_text(path.read_text().replace("version 1", "version 2"))
    (image, *_) = (trained / "results/models/data/scenes/scenes/images").glob("*")
    with pytest.raises(UserError, match=r"mini with the weights hand-made, version 2 .*, here are .*, version 1 "):
        load_model(moved / "captioning").caption([image])


def test_no_part_of_an_exported_model_is_left_out_of_the_check(moved):
    for task in CONFIGURATION["tasks"]:
        for path in (moved / task).iterdir():
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2])
            if path.name == "README.md":  # It is for people, who may add to it.
                load_model(moved / task)
            else:
                with pytest.raises(UserError, match=rf"{path.name}: (damaged|has) "):
                    load_model(moved / task)
            path.write_bytes(content)
