"""Sizes of the data and numbers of parameters, for the checklist."""

import json

import pytest
import torch
from fake_results import make_experiment, write_run

from erac_vaml.config.settings import Network
from erac_vaml.files import sha256_of
from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.page.sizes import parameter_count, read_sizes
from erac_vaml.plan import algorithm_runs
from erac_vaml.runs.manifest import read_manifest

SPLIT = {"pairs": 30, "dropped": {"over 50 tokens": 2}}
TEXT = {"source_words": 100, "target_words": 60, "train": SPLIT, "valid": SPLIT, "test": SPLIT, "files": {}}
IMAGES = {"target_words": 60, **dict.fromkeys(("train", "valid", "test"), SPLIT | {"images": 6}), "files": {}}
NETWORKS = {
    "one layer": Network(units=16, embedding=12),
    "two layers, MLP attention, input feeding": Network(
        units=16, embedding=12, layers=2, attention="mlp", critic_attention="mlp", input_feeding=True
    ),
}


def sizes(folder, statistics, features=None, manifests=()):
    (folder / "statistics.json").write_text(json.dumps(statistics))
    if features:
        (folder / "features.json").write_text(json.dumps(features))
    return read_sizes(folder, manifests)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_parameters_are_those_of_the_built_networks(tmp_path, network):
    size, generator = sizes(tmp_path, TEXT), torch.Generator()
    built = {
        "actor": build_actor(network, 104, 64, generator),
        "critic": build_critic(network, 64, generator),
        "q_network": build_q_network(network, 64, generator),
    }
    assert {role: parameter_count(role, network, size) for role in built} == {
        role: parameters(network) for role, network in built.items()
    }


def test_an_actor_of_images_has_the_width_of_their_features(tmp_path):
    network, generator = Network(units=16, embedding=12), torch.Generator()
    unknown = sizes(tmp_path, IMAGES)
    assert parameter_count("actor", network, unknown) is None
    assert parameter_count("critic", network, unknown) == parameters(build_critic(network, 64, generator))
    size = sizes(tmp_path, IMAGES, {"width": 40})
    assert parameter_count("actor", network, size) == parameters(build_caption_actor(network, 40, 64, generator))


def test_splits_have_their_counts(tmp_path):
    text, images = sizes(tmp_path, TEXT), sizes(tmp_path, IMAGES)
    assert (text.splits["valid"].pairs, text.splits["valid"].images) == (30, None)
    assert text.splits["train"].dropped == {"over 50 tokens": 2}
    assert (images.splits["test"].images, images.source_words, images.target_words) == (6, None, 60)


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", json.dumps(TEXT | {"train": {}}), json.dumps(TEXT | {"files": 1})]
)
def test_missing_and_damaged_statistics_give_no_sizes(tmp_path, content):
    assert read_sizes(tmp_path, ()) is None
    (tmp_path / "statistics.json").write_text(content)
    assert read_sizes(tmp_path, ()) is None


def test_sizes_of_other_data_than_those_of_the_runs_are_not_taken(tmp_path):
    experiment = make_experiment()
    digests = {name: sha256_of(name.encode()) for name in ("train.npz", "test.npz")}
    data = {"folder": "mini", "sha256": digests | {"features.npy": "not in this record"}}
    run = write_run(tmp_path, algorithm_runs(experiment, "mt", "mle")[0], manifest={"data": data})
    own = TEXT | {"files": {name: {"size": 1, "sha256": digest} for name, digest in digests.items()}}
    manifests = [read_manifest(run)]
    assert sizes(tmp_path, own, manifests=manifests) is not None
    other = own | {"files": own["files"] | {"test.npz": {"size": 1, "sha256": "0" * 64}}}
    assert sizes(tmp_path, other, manifests=manifests) is None
