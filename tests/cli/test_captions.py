"""The command line on captioned images."""

import json
import sys

import pytest
import yaml

from erac_vaml.cli import main

CONFIG = {
    "name": "tiny",
    "datasets": {
        "scenes": {"kind": "mini-captions", "train_images": 12, "valid_images": 4, "test_images": 5},
        "mini": {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1},
    },
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        "actor_critic": {"max_length": 12},
        "seeds": {"critics": 1, "actors": 1},
        **{
            stage: {"max_epochs": 1, "batch_size": 20}
            for stage in ("mle", "raml", "q_network", "vaml", "critic", "joint")
        },
    },
    "tasks": {"captioning": {"dataset": "scenes"}, "mt": {"dataset": "mini"}},
}
CHAIN = ["mle/seed1", "raml/seed1", "q-network/critic1", "vaml/critic1-actor1", "critic/critic1", "erac/critic1-actor1"]


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """A function that runs the command line in a folder with prepared scenes; it returns status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **changes) -> tuple[int, str, str]:
        configuration = json.loads(json.dumps(CONFIG))
        configuration["defaults"] |= changes
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["erac-vaml", *arguments])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    assert run("prepare", "--dataset", "scenes")[0] == 0
    assert run("features", "--dataset", "scenes", "--device", "cpu")[0] == 0
    return run


@pytest.mark.slow
@pytest.mark.parametrize("references", ["own", "all"])
def test_every_stage_trains_on_captions(call, tmp_path, references) -> None:
    for run in CHAIN:
        status, _, said = call(
            "train", "--run", f"runs/captioning/{run}", "--device", "cpu", rewards={"references": references}
        )
        assert status == 0, said
        scores = json.loads((tmp_path / f"results/tiny/runs/captioning/{run}/scores.json").read_text())
        assert scores["status"] == "finished"
        speaks = not run.startswith(("critic", "q-network"))
        assert all((scores[name] is not None) == speaks for name in ("test_bleu", "test_cider", "test_rouge_l"))
        assert (tmp_path / f"results/tiny/runs/captioning/{run}/hypotheses.json").exists() == speaks


def test_a_folder_without_images_is_named(call) -> None:
    status, _, said = call("caption", "--run", "runs/captioning/mle/seed1", "--images", "nowhere")
    assert status == 2
    assert "nowhere: no such folder, or no im" in said


def test_a_text_with_several_references_a_line_gets_cocos_scores(call, tmp_path) -> None:
    (tmp_path / "said.txt").write_text("a red dog runs\na cat sits on grass\n")
    (tmp_path / "wanted.txt").write_text("a red dog runs\ta dog\na cat sits on grass\n")
    status, output, _ = call("score", "--hypotheses", "said.txt", "--references", "wanted.txt")
    assert status == 0
    assert output.startswith("BLEU-4 100.00  CIDEr ")
    assert "ROUGE-L 100.00  pycocoevalcap" in output
