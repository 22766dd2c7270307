"""Images as sources: their batches, in memory and on a device, and the order of these."""

import numpy as np
import pytest
import torch
from sides import side_of

from erac_vaml.data.batches import Split, training_order
from erac_vaml.data.images import Images
from erac_vaml.data.resident import ResidentSplit

CPU = torch.device("cpu")
PAD, EOS = 0, 3
CAPTIONS = [[4, 5], [6], [7, 8, 9], [4], [5, 5], [6, 7]]
ROWS = np.array([1, 1, 1, 2, 4, 4])  # images 1, 2 and 4; the others belong to other splits
FEATURES = np.arange(15, dtype=np.float16).reshape(5, 3)


def split_of(captions=CAPTIONS, rows=ROWS, all_captions=False) -> Split:
    return Split(Images(FEATURES, rows), side_of(captions), rewards_all_captions=all_captions)


def test_a_pair_is_its_images_features_and_its_caption() -> None:
    batch = split_of().batch(np.array([3, 0]), CPU)
    assert batch.source.dtype == torch.float32
    assert batch.source.tolist() == [[6.0, 7.0, 8.0], [3.0, 4.0, 5.0]]
    assert batch.references.tolist() == [[4, EOS, PAD], [4, 5, EOS]]
    assert batch.reference_lengths.tolist() == [2, 3]


def test_the_pay_offs_reference_is_the_pairs_own() -> None:
    batch = split_of().batch(np.array([3, 0]), CPU)
    assert torch.equal(batch.payoff_references, batch.references.unsqueeze(1))


def test_all_captions_of_the_image_are_references_where_asked_and_images_with_fewer_repeat_the_pairs_own() -> None:
    batch = split_of(all_captions=True).batch(np.array([1, 3, 5]), CPU)
    of_image = [[4, 5, EOS, PAD], [6, EOS, PAD, PAD], [7, 8, 9, EOS]]
    alone = [[4, EOS, PAD, PAD]] * 3
    two = [[5, 5, EOS, PAD], [6, 7, EOS, PAD], [6, 7, EOS, PAD]]
    assert batch.payoff_references.tolist() == [of_image, alone, two]


@pytest.mark.parametrize("all_captions", [False, True])
def test_a_resident_batch_is_that_of_the_split(all_captions: bool) -> None:
    split, indices = split_of(all_captions=all_captions), np.array([5, 1, 3])
    resident, plain = ResidentSplit(split, CPU).batch(indices), split.batch(indices, CPU)
    for name in ("source", "source_lengths", "references", "reference_lengths", "payoff_references"):
        assert torch.equal(getattr(resident, name), getattr(plain, name)), name


def test_resident_references_of_pay_offs_are_padded_to_a_multiple() -> None:
    batch = ResidentSplit(split_of(all_captions=True), CPU).batch(np.array([1, 3]), 8, 8)
    assert batch.references.shape == (2, 8)
    assert batch.payoff_references.shape == (2, 3, 8)
    assert batch.source.shape == (2, 3)


def test_what_is_decoded_has_one_pair_of_each_image() -> None:
    decoded = split_of().one_of_each_image()
    batch = decoded.batch(np.arange(len(decoded)), CPU)
    assert batch.source[:, 0].tolist() == [3.0, 6.0, 12.0]
    assert batch.references.tolist() == [[4, 5, EOS], [4, EOS, PAD], [5, 5, EOS]]


def test_sentence_pairs_are_all_decoded() -> None:
    split = Split(side_of([[4], [5]]), side_of([[4], [5]]))
    assert split.one_of_each_image() is split


def test_a_batch_has_all_captions_of_its_images() -> None:
    many = split_of([[4]] * 200, np.repeat(np.arange(40), 5))
    order = training_order(many, 160, seed=1, epoch=1)
    assert [len(batch) for batch in order] == [160, 40]
    assert sorted(np.concatenate(order)) == list(range(200))
    for batch in order:
        images, counts = np.unique(batch // 5, return_counts=True)
        assert (counts == 5).all()
        assert len(images) == len(batch) // 5


def test_images_come_in_an_order_that_seed_and_epoch_decide() -> None:
    many = split_of([[4]] * 200, np.repeat(np.arange(40), 5))

    def first(seed: int, epoch: int) -> list[int]:
        return training_order(many, 20, seed, epoch)[0].tolist()

    assert first(1, 1) == first(1, 1)
    assert first(1, 1) != first(1, 2)
    assert first(1, 1) != first(2, 1)


def test_a_batch_has_as_many_images_as_have_so_many_captions_on_average() -> None:
    uneven = split_of([[4]] * 60, np.repeat(np.arange(20), [2, 4] * 10))
    order = training_order(uneven, 12, seed=1, epoch=1)
    assert [len(np.unique(np.repeat(np.arange(20), [2, 4] * 10)[batch])) for batch in order] == [4] * 5
