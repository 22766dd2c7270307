import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sides import side_of

from erac_vaml.data.batches import Split, evaluation_order, interleave_bits, training_order
from erac_vaml.data.vocabulary import EOS, PAD

CPU = torch.device("cpu")
SENTENCES = st.lists(st.lists(st.integers(4, 90), min_size=1, max_size=7), min_size=1, max_size=9)


def split_of_lengths(source, target):
    return Split(side_of([[4] * length for length in source]), side_of([[4] * length for length in target]))


def random_split(pairs, seed=0):
    lengths = np.random.default_rng(seed).integers(1, 51, (2, pairs))
    return split_of_lengths(*lengths)


def test_a_batch_pads_each_side_and_ends_references():
    split = Split(side_of([[4, 5], [6], [7, 8, 9]]), side_of([[10], [11, 12], [13]]))
    batch = split.batch(np.array([2, 1]), CPU)
    assert batch.source.tolist() == [[7, 8, 9], [6, PAD, PAD]]
    assert batch.source_lengths.tolist() == [3, 1]
    assert batch.references.tolist() == [[13, EOS, PAD], [11, 12, EOS]]
    assert batch.reference_lengths.tolist() == [2, 3]


def test_a_batch_is_int64():
    batch = random_split(3).batch(np.arange(3), CPU)
    assert {field.dtype for field in vars(batch).values()} == {torch.int64}


def test_text_to_translate_has_empty_references():
    split = Split(side_of([[4, 5], [6]]), side_of([[], []]))
    assert split.batch(np.array([0, 1]), CPU).references.tolist() == [[EOS], [EOS]]


@given(SENTENCES, st.randoms(use_true_random=False))
def test_every_sentence_comes_back_from_its_row(sentences, random):
    split = Split(side_of(sentences), side_of(sentences[::-1]))
    indices = np.array(random.choices(range(len(sentences)), k=5))
    batch = split.batch(indices, CPU)
    for row, index in enumerate(indices):
        expected = sentences[::-1][index]
        padding = batch.references.shape[1] - len(expected) - 1
        assert batch.references[row].tolist() == [*expected, EOS, *[PAD] * padding]
        assert batch.source[row, : batch.source_lengths[row]].tolist() == sentences[index]


@given(st.integers(1, 700), st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_has_every_index_once_in_full_batches_and_a_small_one(pairs, batch_size, epoch):
    order = training_order(random_split(pairs), batch_size, seed=1, epoch=epoch)
    assert sorted(np.concatenate(order)) == list(range(pairs))
    sizes = sorted(map(len, order))
    assert sizes[1:] == [batch_size] * (len(sizes) - 1)


@given(st.integers(1, 100), st.integers(1, 9))
def test_evaluation_has_every_index_once_by_rising_length(pairs, batch_size):
    split = random_split(pairs)
    order = np.concatenate(evaluation_order(split, batch_size))
    assert sorted(order) == list(range(pairs))
    assert (np.diff(split.source_lengths[order]) >= 0).all()


def test_the_order_depends_on_seed_and_epoch_alone():
    split = random_split(400)
    first, again, other_seed, other_epoch = (
        np.concatenate(training_order(split, 4, seed, epoch)).tolist()
        for seed, epoch in ((1, 1), (1, 1), (2, 1), (1, 2))
    )
    assert first == again
    assert len({tuple(first), tuple(other_seed), tuple(other_epoch)}) == 3


def test_a_chunk_of_fifty_batches_is_sorted_by_both_lengths():
    # One chunk: its batches in the order of their keys are one sorted sequence.
    split = random_split(100)
    order = training_order(split, 2, seed=0, epoch=0)
    keys = interleave_bits(split.source_lengths, split.target_lengths)
    runs = sorted(keys[batch].tolist() for batch in order)
    assert [key for run in runs for key in run] == sorted(keys.tolist())


def test_batches_of_a_chunk_come_in_random_order():
    split = random_split(100)
    means = [split.source_lengths[batch].mean() for batch in training_order(split, 2, seed=0, epoch=0)]
    assert means != sorted(means)


def test_chunks_follow_the_permutation():
    # 101 batches of one: the chunks have 50, 50 and 1 members, drawn from everywhere.
    order = np.concatenate(training_order(random_split(101), 1, seed=0, epoch=0))
    assert order[:50].max() > 50


@pytest.mark.parametrize(("first", "second", "key"), [(1, 0, 0b10), (0, 1, 0b01), (3, 3, 0b1111), (5, 2, 0b100110)])
def test_bits_are_interleaved_source_first(first, second, key):
    assert interleave_bits(np.array([first]), np.array([second])).tolist() == [key]


def test_sorting_leaves_little_padding():
    split = random_split(2_500)
    batches = [split.batch(indices, CPU) for indices in training_order(split, 50, seed=0, epoch=0)]
    tokens = sum(int(batch.reference_lengths.sum()) for batch in batches)
    assert tokens / sum(batch.references.numel() for batch in batches) > 0.75
