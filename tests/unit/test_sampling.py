"""Ancestral sampling against the enumerated distribution."""

import itertools
from collections import Counter

import pytest
import torch
from scipy.stats import chisquare

from erac_vaml.config.settings import Network
from erac_vaml.decoding.sampling import Samples, _draw, sample
from erac_vaml.networks.build import build_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

PAD, UNK, BOS, EOS = range(4)
SOURCE, SOURCE_LENGTH = torch.tensor([[5, 6, 4]]), torch.tensor([3])


def network_of(initial_range: float = 1.0, target_size: int = 6, **settings: object) -> SequenceToSequence:
    values = Network(units=4, embedding=4, dropout=0.5, initial_range=initial_range, **settings)
    return build_actor(values, 9, target_size, torch.Generator().manual_seed(2))


def draw(network: SequenceToSequence, rows: int, max_length: int, noise: torch.Tensor | None = None) -> Samples:
    memory = network.encode(SOURCE, SOURCE_LENGTH).repeat(rows)
    return sample(network, memory, max_length, torch.Generator().manual_seed(7), noise)


def probability(network: SequenceToSequence, sequence: tuple[int, ...], noise: torch.Tensor | None) -> float:
    """Chance of a sequence whose words are never PAD or BOS and whose last place holds EOS by force."""
    tokens = torch.tensor([sequence])
    noise = None if noise is None else noise[:1, : len(sequence)]
    logits = network.logits(network.encode(SOURCE, SOURCE_LENGTH), tokens, noise)[0]
    logits[:, [PAD, BOS]] = -torch.inf
    probs = logits.softmax(dim=-1)[torch.arange(len(sequence)), tokens[0]]
    return probs[:2].prod().item()


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("dropout", [False, True])
def test_frequencies_are_the_models_probabilities(input_feeding: bool, dropout: bool) -> None:
    network, rows = network_of(input_feeding=input_feeding), 20_000
    noise = network.dropout_noise(1, 3, torch.Generator().manual_seed(5)) if dropout else None
    samples = draw(network, rows, 3, None if noise is None else noise.expand(rows, 3, 4))

    words = (UNK, 4, 5)
    outcomes = [(EOS,), *((a, EOS) for a in words), *((a, b, EOS) for a, b in itertools.product(words, words))]
    expected = [probability(network, outcome, noise) for outcome in outcomes]
    counts = Counter(tuple(token for token in row if token != PAD) for row in samples.tokens.tolist())

    assert sum(expected) == pytest.approx(1.0, abs=1e-5)
    assert set(counts) <= set(outcomes)
    total = sum(expected)
    result = chisquare([counts[outcome] for outcome in outcomes], [rows * chance / total for chance in expected])
    assert result.pvalue > 1e-3


def test_a_sequence_is_words_eos_and_padding() -> None:
    samples = draw(network_of(initial_range=0.1), rows=200, max_length=12)

    for row, length in zip(samples.tokens.tolist(), samples.lengths.tolist(), strict=True):
        assert row[length - 1] == EOS
        assert not {PAD, BOS, EOS} & set(row[: length - 1])
        assert set(row[length:]) <= {PAD}


def test_padding_and_bos_are_never_sampled_even_if_they_are_most_probable() -> None:
    network = network_of()
    with torch.no_grad():
        network.output.bias[[PAD, BOS]] = 100.0
    samples = draw(network, rows=100, max_length=8)

    inside = torch.arange(samples.tokens.shape[1]) < samples.lengths.unsqueeze(1)
    assert not ((samples.tokens == PAD) & inside).any()
    assert not (samples.tokens == BOS).any()


def test_both_ends_of_the_unit_interval_draw_words() -> None:
    below_one = 1.0 - 2.0**-53
    drawn = _draw(torch.zeros(2, 6), torch.tensor([[0.0], [below_one]], dtype=torch.float64))

    assert drawn.tolist() == [UNK, 5]


def test_tokens_are_trimmed_to_the_longest_sample() -> None:
    samples = draw(network_of(initial_range=0.1), rows=3, max_length=100)

    assert samples.tokens.shape[1] == samples.lengths.max() < 100


def test_eos_is_forced_at_the_limit() -> None:
    network = network_of()
    with torch.no_grad():
        network.output.bias[EOS] = -1000.0
    samples = draw(network, rows=5, max_length=4)

    assert samples.lengths.tolist() == [4] * 5
    assert samples.tokens[:, 3].tolist() == [EOS] * 5
    assert not (samples.tokens[:, :3] == EOS).any()


def test_a_limit_of_one_leaves_only_eos() -> None:
    samples = draw(network_of(), rows=2, max_length=1)

    assert samples.tokens.tolist() == [[EOS], [EOS]]
    assert samples.lengths.tolist() == [1, 1]


def test_equal_generators_draw_equal_samples() -> None:
    network = network_of()

    assert torch.equal(draw(network, 50, 9).tokens, draw(network, 50, 9).tokens)


def test_rows_sample_from_their_own_source() -> None:
    network = network_of(initial_range=3.0)
    with torch.no_grad():
        network.output.weight.mul_(1000.0)  # all chance on one word: a sample is what greedy decoding gives
    sources, lengths = torch.tensor([[5, 6, 4], [7, 7, 0]]), torch.tensor([3, 2])

    both = sample(network, network.encode(sources, lengths).repeat(2), 6, torch.Generator().manual_seed(1))

    for row, source in enumerate((0, 0, 1, 1)):
        memory = network.encode(sources[source : source + 1], lengths[source : source + 1])
        alone = sample(network, memory, 6, torch.Generator().manual_seed(2))
        assert torch.equal(both.tokens[row, : alone.tokens.shape[1]], alone.tokens[0])
    assert not torch.equal(both.tokens[0], both.tokens[2])


def test_sampling_builds_no_graph() -> None:
    network = network_of()
    memory = network.encode(SOURCE, SOURCE_LENGTH)

    assert memory.states.requires_grad
    assert not sample(network, memory, 5, torch.Generator()).tokens.requires_grad
