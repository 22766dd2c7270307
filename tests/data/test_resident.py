"""Batches made on a device from resident ids equal those made on the host."""

import numpy as np
import pytest
import torch
from sides import side_of

from erac_vaml.data.batches import Split
from erac_vaml.data.resident import ResidentSplit

CPU = torch.device("cpu")
INDICES = np.array([3, 0, 2])


SPLIT = Split(
    side_of([range(4, 7), range(10, 19), [20], range(30, 35)]),
    side_of([range(7, 11), range(20, 22), range(22, 29), [49]]),
)


@pytest.mark.parametrize(("multiple", "source_width", "reference_width"), [(1, 5, 8), (3, 6, 9), (8, 8, 8)])
def test_a_batch_is_that_of_the_split_padded_to_multiples(
    multiple: int, source_width: int, reference_width: int
) -> None:
    batch, plain = ResidentSplit(SPLIT, CPU).batch(INDICES, multiple, multiple), SPLIT.batch(INDICES, CPU)
    assert batch.source.shape == (3, source_width)
    assert batch.references.shape == (3, reference_width)
    assert torch.equal(batch.source_lengths, plain.source_lengths)
    assert torch.equal(batch.reference_lengths, plain.reference_lengths)
    assert torch.equal(batch.source[:, :5], plain.source)
    assert torch.equal(batch.references[:, :8], plain.references)
    assert (batch.source[:, 5:] == 0).all()
    assert (batch.references[:, 8:] == 0).all()
