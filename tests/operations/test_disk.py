"""Disk space of models, checkpoints and data."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from fake_results import make_experiment

from erac_vaml.config.published import IWSLT14
from erac_vaml.operations.data_size import DatasetSize, SplitSize
from erac_vaml.operations.disk import checkpoint_bytes, data_bytes, disk_needed, model_bytes
from erac_vaml.operations.estimate import Estimates, RunEstimate, Speed
from erac_vaml.plan import Plan
from erac_vaml.runs.assembly import _initialised
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.state import begin, to_checkpoint

TASK = {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle", "erac"]}
MLE, CRITIC, ERAC = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/erac/critic1-actor1"


SMALL = DatasetSize(*[SplitSize(10, 50, 50, 10)] * 3, 30, 40, 0, "made up")
STAGES = {
    "mle": MLE,
    "mle-continued": "runs/mt/mle-continued/seed1",
    "raml": "runs/mt/raml/seed1",
    "q-network": "runs/mt/q-network/critic1",
    "vaml": "runs/mt/vaml/critic1-actor1",
    "critic": CRITIC,
    "joint": ERAC,
}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("path", STAGES.values(), ids=STAGES)
def test_models_and_checkpoints_have_the_bytes_of_those_of_a_built_stage(path, optimizer):
    stages = {name: {"optimizer": optimizer} for name in ("mle", "raml", "q_network", "vaml", "critic", "joint")}
    task = {"algorithms": ["mle", "mle-continued", "raml", "vaml", "erac"], "network": {"units": 8, "embedding": 6}}
    run = Plan(make_experiment({"mt": task | stages})).runs[path]
    words = SimpleNamespace(source_vocabulary=range(30), target_vocabulary=range(40))
    context = Context(run.settings, words, 1, torch.device("cpu"))
    actor, critic, q_network = (_initialised(role, context) for role in ("actor", "critic", "q_network"))
    if run.stage == "critic":
        stage = CriticStage(context, critic, actor)
    elif run.stage == "joint":
        stage = JointStage(context, actor, critic)
    else:
        stage = QNetworkStage(context, q_network) if run.stage == "q-network" else MleStage(context, actor)
    tensors, _ = to_checkpoint(stage, begin(stage, 1))
    counters = sum(value.nbytes for name, value in tensors.items() if ".step." in name)  # Adam's, a number each
    assert model_bytes(run, SMALL) == sum(value.nbytes for value in stage.network.state_dict().values())
    assert checkpoint_bytes(run, SMALL) == sum(value.nbytes for value in tensors.values()) - counters


def test_disk_is_models_checkpoints_of_the_largest_and_data_to_come(tmp_path):
    experiment = make_experiment({"mt": TASK})
    ended, *left = Plan(experiment).runs.values()
    estimates = [RunEstimate(run, False, 0.0, 1.0, False, Speed(1.0, "core", 1, "made up")) for run in (ended, *left)]
    estimates[0] = replace(estimates[0], ended=True)
    images = DatasetSize(*[SplitSize(10, 0, 50, 2)] * 3, 0, 40, 100, "made up")
    (tmp_path / "data" / "mini").mkdir(parents=True)
    (tmp_path / "data" / "mini" / "statistics.json").write_text("{}")
    use = disk_needed(experiment, tmp_path, Estimates(estimates, {"mini": SMALL, "images": images}), at_once=1)
    assert use.models == sum(model_bytes(run, SMALL) for run in left)
    assert use.checkpoints == 3 * max(checkpoint_bytes(run, SMALL) for run in left)
    assert use.data == data_bytes(images) == 150 * 11 + 6 * 100 * 2
    assert use.downloads == 0
    assert use.total == use.models + use.checkpoints + use.data


def test_an_archive_takes_twice_its_space_until_the_data_are_prepared(tmp_path):
    experiment = make_experiment({"mt": TASK | {"dataset": "big"}}, datasets={"big": {"kind": "iwslt14"}})
    use = disk_needed(experiment, tmp_path, Estimates([], {}), at_once=1)
    assert (use.downloads, use.total) == (2 * IWSLT14.size, 2 * IWSLT14.size)
