"""Ancestral sampling against the enumerated distribution."""

import bisect
import itertools
from collections import Counter

import pytest
import torch
from scipy.stats import chisquare

from erac_vaml.config.settings import Network
from erac_vaml.data import shapes
from erac_vaml.decoding.sampling import Samples, _draw, sample
from erac_vaml.networks.build import build_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

PAD, UNK, BOS, EOS = range(4)
SOURCE, SOURCE_LENGTH = torch.tensor([[5, 6, 4]]), torch.tensor([3])


def network_of(initial_range: float = 1.0, target_size: int = 6, **settings: object) -> SequenceToSequence:
    values = Network(units=4, embedding=4, dropout=0.5, initial_range=initial_range, **settings)
    return build_actor(values, 9, target_size, torch.Generator().manual_seed(2))


def draw(network: SequenceToSequence, count: int, max_length: int, noise: torch.Tensor | None = None) -> Samples:
    memory = network.encode(SOURCE, SOURCE_LENGTH).repeat(count)
    return sample(network, memory, max_length, torch.Generator().manual_seed(7), noise, enforce_eos=True)


def probability(network: SequenceToSequence, sequence: tuple[int, ...], noise: torch.Tensor | None) -> float:
    """Probability of a sequence that has no PAD or BOS, and ends in a forced EOS."""
    tokens = torch.tensor([sequence])
    noise = None if noise is None else noise[:1, : len(sequence)]
    logits = network.logits(network.encode(SOURCE, SOURCE_LENGTH), tokens, noise)[0]
    logits[:, [PAD, BOS]] = -torch.inf
    probs = logits.softmax(dim=-1)[torch.arange(len(sequence)), tokens[0]]
    return probs[:2].prod().item()


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("dropout", [False, True])
def test_frequencies_are_the_models_probabilities(input_feeding: bool, dropout: bool) -> None:
    network, count = network_of(input_feeding=input_feeding), 20_000
    noise = network.dropout_noise(1, 3, torch.Generator().manual_seed(5)) if dropout else None
    samples = draw(network, count, 3, None if noise is None else noise.expand(count, 3, 4))

    words = (UNK, 4, 5)
    outcomes = [(EOS,), *((a, EOS) for a in words), *((a, b, EOS) for a, b in itertools.product(words, words))]
    expected = [probability(network, outcome, noise) for outcome in outcomes]
    counts = Counter(tuple(token for token in row if token != PAD) for row in samples.tokens.tolist())

    assert sum(expected) == pytest.approx(1.0, abs=1e-5)
    assert set(counts) <= set(outcomes)
    total = sum(expected)
    result = chisquare([counts[outcome] for outcome in outcomes], [count * chance / total for chance in expected])
    assert result.pvalue > 1e-3


def test_a_sequence_is_words_eos_and_padding() -> None:
    samples = draw(network_of(initial_range=0.1), count=200, max_length=12)

    for row, length in zip(samples.tokens.tolist(), samples.lengths.tolist(), strict=True):
        assert row[length - 1] == EOS
        assert not {PAD, BOS, EOS} & set(row[: length - 1])
        assert set(row[length:]) <= {PAD}


def test_padding_and_bos_are_never_sampled_even_if_they_are_most_probable() -> None:
    network = network_of()
    with torch.no_grad():
        network.output.bias[[PAD, BOS]] = 100.0
    samples = draw(network, count=100, max_length=8)

    inside = torch.arange(samples.tokens.shape[1]) < samples.lengths.unsqueeze(1)
    assert not ((samples.tokens == PAD) & inside).any()
    assert not (samples.tokens == BOS).any()


def test_both_ends_of_the_unit_interval_draw_words() -> None:
    below_one = 1.0 - 2.0**-53
    drawn = _draw(torch.full((2, 6), 1 / 6), torch.tensor([[0.0], [below_one]], dtype=torch.float64))

    assert drawn.tolist() == [UNK, 5]


@pytest.mark.parametrize("size", [6, 127, 128, 129, 256, 300, 1000])
def test_a_draw_inverts_the_distribution_function_of_the_words(size: int) -> None:
    policy = torch.randn(1, size, generator=torch.Generator().manual_seed(size)).mul(3.0).softmax(dim=1)
    policy[0, size // 2] = 0.0
    words = policy[0].double()
    words[[PAD, BOS]] = 0.0
    borders = (words.cumsum(0) / words.sum()).tolist()
    uniforms = torch.linspace(0.0, 1.0, 2_001, dtype=torch.float64)[:-1]
    drawn = _draw(policy.expand(2_000, size), uniforms.unsqueeze(1)).tolist()

    # Single precision moves a border a little: either word is right for a uniform number that lies on one.
    low, high = (
        [bisect.bisect_right(borders, uniform + shift) for uniform in uniforms.tolist()] for shift in (-1e-6, 1e-6)
    )
    assert all(first <= word <= last and words[word] > 0 for first, word, last in zip(low, drawn, high, strict=True))


def test_an_improbable_word_in_an_improbable_block_is_drawn_with_its_probability() -> None:
    policy = torch.zeros(1, 256)
    policy[0, EOS], policy[0, 200], policy[0, 210] = 1.0, 3e-9, 1e-9
    uniforms = 1.0 - torch.arange(1, 4_000, dtype=torch.float64) * 1e-12
    drawn = Counter(_draw(policy.expand(len(uniforms), 256), uniforms.unsqueeze(1)).tolist())

    assert set(drawn) == {200, 210}
    assert drawn[210] == pytest.approx(1_000, abs=2)


def test_a_policy_that_is_not_a_number_draws_some_word() -> None:
    drawn = _draw(torch.full((1, 300), torch.nan), torch.tensor([[0.5]], dtype=torch.float64))
    assert 0 <= drawn.item() < 300


def test_tokens_are_trimmed_to_the_longest_sample() -> None:
    samples = draw(network_of(initial_range=0.1), count=3, max_length=100)

    assert samples.tokens.shape[1] == samples.lengths.max() < 100


def test_eos_is_forced_at_the_limit() -> None:
    network = network_of()
    with torch.no_grad():
        network.output.bias[EOS] = -1000.0
    samples = draw(network, count=5, max_length=4)

    assert samples.lengths.tolist() == [4] * 5
    assert samples.tokens[:, 3].tolist() == [EOS] * 5
    assert not (samples.tokens[:, :3] == EOS).any()


def test_a_limit_of_one_leaves_only_eos() -> None:
    samples = draw(network_of(), count=2, max_length=1)

    assert samples.tokens.tolist() == [[EOS], [EOS]]
    assert samples.lengths.tolist() == [1, 1]


def test_equal_generators_draw_equal_samples() -> None:
    network = network_of()

    assert torch.equal(draw(network, 50, 9).tokens, draw(network, 50, 9).tokens)


def test_rows_sample_from_their_own_source() -> None:
    network = network_of(initial_range=3.0)
    with torch.no_grad():
        network.output.weight.mul_(1000.0)  # all chance on one word: a sample is what greedy decoding gives
        network.output.bias[[PAD, BOS]] = -1e5
    sources, lengths = torch.tensor([[5, 6, 4], [7, 7, 0]]), torch.tensor([3, 2])

    both = sample(
        network, network.encode(sources, lengths).repeat(2), 6, torch.Generator().manual_seed(1), enforce_eos=True
    )

    for row, source in enumerate((0, 0, 1, 1)):
        memory = network.encode(sources[source : source + 1], lengths[source : source + 1])
        alone = sample(network, memory, 6, torch.Generator().manual_seed(2), enforce_eos=True)
        assert torch.equal(both.tokens[row, : alone.tokens.shape[1]], alone.tokens[0])
    assert not torch.equal(both.tokens[0], both.tokens[2])


def test_sampling_builds_no_graph() -> None:
    network = network_of()
    memory = network.encode(SOURCE, SOURCE_LENGTH)

    assert memory.states.requires_grad
    sampled = sample(network, memory, 5, torch.Generator(), enforce_eos=False)
    assert not sampled.policy.requires_grad


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("enforce_eos", [False, True])
def test_the_policy_is_that_of_the_sampled_sequences_states(input_feeding: bool, enforce_eos: bool) -> None:
    network = network_of(input_feeding=input_feeding, initial_range=0.3)
    sources, lengths = torch.tensor([[5, 6, 4], [7, 7, 0], [8, 0, 0]]), torch.tensor([3, 2, 1])
    memory = network.encode(sources, lengths).repeat(4)
    noise = network.dropout_noise(12, 7, torch.Generator().manual_seed(3))
    sampled = sample(network, memory, 7, torch.Generator().manual_seed(4), noise, enforce_eos=enforce_eos)

    assert sampled.tokens.shape[1] == 7
    expected = network.logits(memory, sampled.tokens, noise).softmax(dim=-1)
    if enforce_eos:
        expected[:, -1] = 0.0
        expected[:, -1, EOS] = 1.0
    inside = torch.arange(7) < sampled.lengths.unsqueeze(1)
    needed = sampled.rows.select(inside)
    assert needed.sum() == inside.sum()
    expected = sampled.rows.select(expected)[needed]
    torch.testing.assert_close(sampled.policy[needed], expected, rtol=0, atol=1e-6)


def test_samples_are_the_same_if_finished_ones_stay_in_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(initial_range=0.3)
    leaving = draw(network, 40, 12)
    monkeypatch.setattr(shapes, "follow_values", lambda values: False)
    staying = draw(network, 40, 12)

    length = leaving.tokens.shape[1]
    assert torch.equal(staying.tokens[:, :length], leaving.tokens)
    assert torch.equal(staying.lengths, leaving.lengths)
    everywhere = torch.zeros(40 * staying.tokens.shape[1], 6).index_copy(0, staying.rows.places, staying.policy)
    needed = leaving.rows.select(torch.arange(length) < leaving.lengths.unsqueeze(1))
    expected = leaving.rows.select(everywhere.view(40, -1, 6)[:, :length])
    torch.testing.assert_close(leaving.policy[needed], expected[needed], rtol=0, atol=1e-6)
