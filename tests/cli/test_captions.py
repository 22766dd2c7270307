"""The command line on captioned images."""

import json

import pytest
import yaml
from small_experiment import STAGES, call

CONFIG = {
    "name": "tiny",
    "datasets": {"scenes": {"kind": "mini-captions", "train_images": 12, "valid_images": 4, "test_images": 5}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        "actor_critic": {"max_length": 12},
        "seeds": {"critics": 1, "actors": 1},
        **{stage: {"max_epochs": 1, "batch_size": 20} for stage in STAGES},
    },
    "tasks": {"captioning": {"dataset": "scenes"}},
}
CHAIN = ["mle/seed1", "raml/seed1", "q-network/critic1", "vaml/critic1-actor1", "critic/critic1", "erac/critic1-actor1"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """A function that runs the command line in a folder with prepared scenes; it returns the exit status."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    assert call("prepare --dataset scenes", monkeypatch) == 0
    assert call("features --dataset scenes --device cpu", monkeypatch) == 0
    capsys.readouterr()
    return lambda command: call(command, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("references", ["own", "all"])
def test_every_stage_trains_on_captions(run, tmp_path, references) -> None:
    defaults = CONFIG["defaults"] | {"rewards": {"references": references}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"defaults": defaults}))
    for path in CHAIN:
        folder = tmp_path / "results/tiny/runs/captioning" / path
        assert run(f"train --run runs/captioning/{path} --device cpu") == 0
        scores = json.loads((folder / "scores.json").read_text())
        assert scores["status"] == "finished"
        speaks = not path.startswith(("critic", "q-network"))
        assert all((scores[name] is not None) == speaks for name in ("test_bleu", "test_cider", "test_rouge_l"))
        assert (folder / "hypotheses.json").exists() == speaks


def test_a_folder_without_images_is_named(run, capsys) -> None:
    assert run("caption --run runs/captioning/mle/seed1 --images nowhere") == 2
    assert "nowhere: no such folder, or no im" in capsys.readouterr().err


def test_a_text_with_several_references_a_line_gets_cocos_scores(run, tmp_path, capsys) -> None:
    (tmp_path / "said.txt").write_text("a red dog runs\na cat sits on grass\n")
    (tmp_path / "wanted.txt").write_text("a red dog runs\ta dog\na cat sits on grass\n")
    assert run("score --hypotheses said.txt --references wanted.txt") == 0
    output = capsys.readouterr().out
    assert output.startswith("BLEU-4 100.00  CIDEr ")
    assert "ROUGE-L 100.00  pycocoevalcap" in output
    assert "\nchrF2 100.00  nrefs:var|case:lc" in output
