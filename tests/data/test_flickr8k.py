"""Real captioned images: counts of the official split, and features that match the captions."""

from pathlib import Path

import numpy as np
import pytest
import torch

from erac_vaml.config import load_experiment
from erac_vaml.config.datasets import CaptionsDataset
from erac_vaml.data.batches import Split
from erac_vaml.data.images import Images
from erac_vaml.data.prepare_captions import prepare_captions, write_features
from erac_vaml.data.prepared import PreparedDataset, load_prepared

FLICKR8K = Path(__file__).parents[3] / "shared" / "data" / "flickr8k"
CONFIGURATION = Path(__file__).parents[2] / "config" / "flickr8k.yaml"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FLICKR8K.is_dir(), reason=f"Flickr8k's captions and features are not at {FLICKR8K}"),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> PreparedDataset:
    """The data set of config/flickr8k.yaml, with the files in shared/."""
    settings = load_experiment(CONFIGURATION).datasets["flickr8k"].model_dump_json()
    dataset = CaptionsDataset.model_validate_json(settings.replace("data/flickr8k", str(FLICKR8K)))
    folder = tmp_path_factory.mktemp("flickr8k")
    prepare_captions("flickr8k", dataset, folder)
    write_features(dataset, folder, torch.device("cpu"))
    return load_prepared(folder)


def test_the_split_is_the_official_one(prepared: PreparedDataset) -> None:
    splits = (prepared.train, prepared.valid, prepared.test)
    assert [len(split.one_of_each_image()) for split in splits] == [6_000, 1_000, 1_000]
    assert [len(split) for split in splits] == [30_000, 5_000, 5_000]
    assert {len(references) for split in ("valid", "test") for references in prepared.references[split]} == {5}
    assert prepared.feature_width == 1280


def words_of_images(split: Split) -> list[set[int]]:
    images = split.source
    assert isinstance(images, Images)
    ids = [
        split.target.ids[start:end] for start, end in zip(split.target.offsets, split.target.offsets[1:], strict=False)
    ]
    return [set(np.concatenate(ids[first : first + 5]).tolist()) for first in images.firsts]


def test_images_of_like_features_have_like_captions(prepared: PreparedDataset) -> None:
    """If rows and names did not match, an image and its nearest one would share no more words than any two images."""
    images = prepared.valid.source
    assert isinstance(images, Images)
    features = torch.from_numpy(images.features[images.rows[images.firsts]].astype(np.float32))
    similarity = torch.nn.functional.normalize(features, dim=1)
    similarity = similarity @ similarity.t()
    similarity.fill_diagonal_(-1.0)
    words = words_of_images(prepared.valid)

    def shared(others: list[int]) -> float:
        pairs = [(words[one], words[other]) for one, other in enumerate(others)]
        return float(np.mean([len(one & other) / len(one | other) for one, other in pairs]))

    nearest = similarity.argmax(dim=1).tolist()
    assert shared(nearest) > 1.4 * shared([(place + 1) % len(nearest) for place in nearest])
