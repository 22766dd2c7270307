"""Sizes of the data and numbers of parameters, for the checklist."""

import json

import pytest
from fake_results import make_experiment, write_run

from erac_vaml.config.settings import Network
from erac_vaml.files import sha256_of
from erac_vaml.operations.work.network import actor_shape, caption_actor_shape, critic_shape, q_network_shape
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


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_parameters_are_those_that_the_count_of_operations_has(tmp_path, network):
    size = sizes(tmp_path, TEXT)
    shapes = {
        "actor": actor_shape(network, 104, 64),
        "critic": critic_shape(network, 64),
        "q_network": q_network_shape(network, 64),
    }
    assert {role: parameter_count(role, network, size) for role in shapes} == {
        role: shape.parameters for role, shape in shapes.items()
    }


def test_an_actor_of_images_has_the_width_of_their_features(tmp_path):
    network = Network(units=16, embedding=12)
    unknown = sizes(tmp_path, IMAGES)
    assert parameter_count("actor", network, unknown) is None
    assert parameter_count("critic", network, unknown) == critic_shape(network, 64).parameters
    size = sizes(tmp_path, IMAGES, {"width": 40})
    assert parameter_count("actor", network, size) == caption_actor_shape(network, 40, 64).parameters


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
