"""A grid of pay-offs: a small experiment trains every stage by each of them."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from small_experiment import STAGES, call

from erac_vaml.config import validate_experiment
from erac_vaml.plan import Plan

OVERLAY = yaml.safe_load((Path(__file__).parents[2] / "config/overlays/payoffs.yaml").read_text(encoding="utf-8"))
CONFIG = {
    "name": "tiny",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 40, "valid_pairs": 4, "test_pairs": 4, "min_count": 1}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "evaluation": {"max_length": 12, "beam_size": 2},
        "actor_critic": {"max_length": 12},
        "seeds": {"critics": 1, "actors": 1},
        **{stage: {"max_epochs": 1, "batch_size": 20} for stage in STAGES},
    },
    "tasks": {"mt": {"dataset": "mini", "algorithms": ["mle"]}},
}


@pytest.mark.slow
def test_every_stage_trains_by_each_payoff(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = CONFIG | OVERLAY
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(experiment))
    assert call("prepare --dataset mini", monkeypatch) == 0
    runs = Plan(validate_experiment(experiment)).runs
    assert len(runs) == 1 + 3 * 5  # One MLE; by each pay-off RAML, Q-network, VAML, critic, ERAC.
    losses: dict[str, set[str]] = {}
    for path, run in runs.items():
        assert call(f"train --run {path} --device cpu", monkeypatch) == 0
        folder = tmp_path / "results/tiny" / path
        assert json.loads((folder / "scores.json").read_text())["status"] == "finished"
        losses.setdefault(run.stage, set()).add((folder / "history.csv").read_text().splitlines()[-1])
    assert {stage: len(found) for stage, found in losses.items()} == {
        "mle": 1, "raml": 3, "q-network": 3, "vaml": 3, "critic": 3, "joint": 3
    }  # fmt: skip
    assert call("collect", monkeypatch) == 0
    for grid in ("payoff-erac", "payoff-erac-chrf"):
        assert call(f"table --ablation {grid}", monkeypatch) == 0
        assert call(f"figure --name ablation-{grid}", monkeypatch) == 0
        data = pd.read_csv(tmp_path / f"results/tiny/tables/ablation-{grid}.csv")
        assert data["rewards.metric"].dropna().tolist() == ["bleu", "gleu", "chrf"]
        assert (data["n"] == 1).all()
