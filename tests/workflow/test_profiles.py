"""The cluster profile that packs runs: which rules have groups, and which ask for a GPU."""

from typing import get_args

import yaml
from calls import ROOT, snakemake

from erac_vaml.plan import StageName

PROFILE = yaml.safe_load((ROOT / "profiles" / "cluster-generic" / "config.yaml").read_text(encoding="utf-8"))
TRAINING = {f"train_{stage.replace('-', '_')}" for stage in get_args(StageName)}


def test_each_training_rule_has_a_group_of_its_own():
    assert PROFILE["groups"].keys() == TRAINING
    assert sorted(PROFILE["groups"].values()) == sorted(PROFILE["group-components"])


def test_training_alone_asks_for_a_gpu(tmp_path):
    rules = snakemake(tmp_path, "--list-rules").stdout.split()
    expression = PROFILE["default-resources"]["gres"]
    asked = {rule: eval(expression, {"rulename": rule}) for rule in rules}
    assert {rule for rule, gres in asked.items() if gres == "gpu:1"} == TRAINING
    assert set(asked.values()) == {"gpu:1", "none"}
