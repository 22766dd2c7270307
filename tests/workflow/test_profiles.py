"""The cluster profile that packs runs names every rule that needs a GPU."""

import yaml
from calls import ROOT, snakemake

PROFILE = yaml.safe_load((ROOT / "profiles" / "cluster-generic" / "config.yaml").read_text(encoding="utf-8"))


def test_each_rule_that_needs_a_gpu_asks_for_it_and_each_training_rule_has_a_group_of_its_own(tmp_path):
    training = {rule for rule in snakemake(tmp_path, "--list-rules").stdout.split() if rule.startswith("train_")}
    assert PROFILE["set-resources"] == {rule: {"gres": "gpu:1"} for rule in {*training, "extract_features"}}
    assert PROFILE["groups"].keys() == training
    assert sorted(PROFILE["groups"].values()) == sorted(PROFILE["group-components"])
