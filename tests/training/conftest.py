"""A small data set for the training stages."""

import pytest

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.data.prepared import load_prepared


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    prepare_text("mini", MiniDataset(train_pairs=60, valid_pairs=10, test_pairs=10, min_count=1), folder)
    return load_prepared(folder)
