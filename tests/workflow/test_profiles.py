"""The profiles of clusters name every rule that needs a GPU."""

import pytest
import yaml
from calls import ROOT, snakemake

PROFILES = {
    name: yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text(encoding="utf-8"))
    for name in ("cluster-generic", "lsf", "slurm")
}
REQUESTS = {"cluster-generic": {"gres": "gpu:1"}, "lsf": {"lsf_extra": "-gpu num=1"}, "slurm": {"gpu": 1}}


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """The names of the training rules."""
    listed = snakemake(tmp_path_factory.mktemp("rules"), "--list-rules").stdout.split()
    return {rule for rule in listed if rule.startswith("train_")}


@pytest.mark.parametrize("name", PROFILES)
def test_each_rule_that_needs_a_gpu_asks_for_it(training, name):
    # On Slurm the rule's own request counts: with given features it needs no GPU.
    features = set() if name == "slurm" else {"extract_features"}
    assert PROFILES[name]["set-resources"] == dict.fromkeys(training | features, REQUESTS[name])


def test_each_training_rule_has_a_group_of_its_own_where_runs_are_packed(training):
    packed = PROFILES["cluster-generic"]
    assert packed["groups"].keys() == training
    assert sorted(packed["groups"].values()) == sorted(packed["group-components"])
