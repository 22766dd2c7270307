"""Beam search against enumeration, and its scores against the network's."""

import itertools

import pytest
import torch

from erac_vaml.config.settings import Network
from erac_vaml.decoding.beam import beam_search, largest, n_best_search
from erac_vaml.networks.build import build_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

PAD, UNK, BOS, EOS = range(4)

KINDS = [
    pytest.param({"attention": attention, "layers": layers, "input_feeding": feeding}, id=f"{attention}-{layers}-{fed}")
    for attention, layers, (feeding, fed) in itertools.product(
        ("dot", "mlp"), (1, 2), ((False, "plain"), (True, "feeding"))
    )
]


def network_of(kind: dict[str, object], target_size: int = 6, seed: int = 1, spread: float = 1.5) -> SequenceToSequence:
    settings = Network(units=4, embedding=4, initial_range=spread, **kind)
    return build_actor(settings, 9, target_size, torch.Generator().manual_seed(seed))


def random_sources(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(count)
    lengths = torch.randint(1, 6, (count,), generator=generator)
    ids = torch.randint(4, 9, (count, 5), generator=generator)
    return ids.masked_fill(torch.arange(5) >= lengths.unsqueeze(1), PAD), lengths


def summed_log_probs(
    network: SequenceToSequence, source: torch.Tensor, length: torch.Tensor, tokens: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Log-probabilities (N,) of N sequences of one source, by teacher forcing; PAD is not counted."""
    logits = network.logits(network.encode(source, length).repeat(len(tokens)), tokens)
    log_probs = (logits / temperature).log_softmax(dim=-1).gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
    return log_probs.masked_fill(tokens == PAD, 0.0).sum(dim=-1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [1.0, 0.4])
def test_the_score_is_the_networks_log_probability(kind: dict[str, object], temperature: float) -> None:
    network = network_of(kind, target_size=20)
    sources, lengths = random_sources(30)

    found = beam_search(network, network.encode(sources, lengths), 4, 12, temperature)

    for row in range(30):
        tokens = found.tokens[row : row + 1, : found.lengths[row]]
        score = summed_log_probs(network, sources[row : row + 1], lengths[row : row + 1], tokens, temperature)
        torch.testing.assert_close(found.scores[row : row + 1], score, rtol=0, atol=1e-4)


def every_sequence(words: tuple[int, ...], max_length: int) -> torch.Tensor:
    """All sequences up to the limit: those that end, and those of full length that do not."""
    ended = [
        (*prefix, EOS) + (PAD,) * (max_length - size - 1)
        for size in range(max_length)
        for prefix in itertools.product(words, repeat=size)
    ]
    return torch.tensor(ended + list(itertools.product(words, repeat=max_length)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_beam_finds_the_most_probable_of_all_sequences(kind: dict[str, object]) -> None:
    network = network_of(kind)
    sources, lengths = random_sources(8)
    candidates = every_sequence((UNK, 4, 5), 4)

    found = beam_search(network, network.encode(sources, lengths), beam_size=27, max_length=4)

    for row in range(8):
        scores = summed_log_probs(network, sources[row : row + 1], lengths[row : row + 1], candidates, 1.0)
        best, index = scores.max(dim=0)
        torch.testing.assert_close(found.scores[row], best, rtol=0, atol=1e-4)
        width = found.tokens.shape[1]
        assert found.tokens[row].tolist() == candidates[index, :width].tolist()
        assert not candidates[index, width:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_beam_finds_the_best_of_all_sequences_in_order(kind: dict[str, object]) -> None:
    network = network_of(kind)
    sources, lengths = random_sources(8)
    candidates = every_sequence((UNK, 4, 5), 4)

    found = n_best_search(network, network.encode(sources, lengths), len(candidates), 4, best=50)

    for row in range(8):
        scores = summed_log_probs(network, sources[row : row + 1], lengths[row : row + 1], candidates, 1.0)
        best, indices = scores.topk(50)
        torch.testing.assert_close(found.scores[row], best, rtol=0, atol=1e-4)
        assert found.tokens[row].tolist() == candidates[indices].tolist()
        assert found.lengths[row].tolist() == (candidates[indices] != PAD).sum(dim=1).tolist()


@pytest.mark.parametrize("best", [1, 3, 4])
def test_the_first_of_the_best_is_what_beam_search_finds(best: int) -> None:
    network = network_of({}, target_size=20)
    sources, lengths = random_sources(30)
    memory = network.encode(sources, lengths)

    first, found = beam_search(network, memory, 4, 12), n_best_search(network, memory, 4, 12, best)

    width = first.tokens.shape[1]
    assert torch.equal(found.tokens[:, 0, :width], first.tokens)
    assert not found.tokens[:, 0, width:].any()
    torch.testing.assert_close(found.scores[:, 0], first.scores)
    assert torch.equal(found.scores, found.scores.sort(dim=1, descending=True).values)
    assert (found.scores > -torch.inf).all()


@pytest.mark.parametrize("input_feeding", [False, True])
def test_a_beam_of_one_is_greedy(input_feeding: bool) -> None:
    network = network_of({"input_feeding": input_feeding}, target_size=20)
    sources, lengths = random_sources(10)
    found = beam_search(network, network.encode(sources, lengths), 1, 8)

    logits = network.logits(network.encode(sources, lengths), found.tokens)
    logits[:, :, [PAD, BOS]] = -torch.inf
    inside = torch.arange(found.tokens.shape[1]) < found.lengths.unsqueeze(1)
    assert torch.equal(logits.argmax(dim=-1)[inside], found.tokens[inside])


def test_a_source_is_decoded_in_a_batch_as_alone() -> None:
    network = network_of({"input_feeding": True}, target_size=20, spread=1.0)
    sources, lengths = random_sources(12)
    found = beam_search(network, network.encode(sources, lengths), 3, 10)

    for row in range(12):
        memory = network.encode(sources[row : row + 1, : lengths[row]], lengths[row : row + 1])
        alone = beam_search(network, memory, 3, 10)
        assert alone.lengths[0] == found.lengths[row]
        assert torch.equal(alone.tokens[0], found.tokens[row, : found.lengths[row]])


def test_padding_and_bos_are_never_chosen_but_keep_their_share_of_the_softmax() -> None:
    network = network_of({})
    with torch.no_grad():
        network.output.bias[[PAD, BOS]] = 100.0
    sources, lengths = random_sources(4)

    found = beam_search(network, network.encode(sources, lengths), 3, 5)

    inside = torch.arange(found.tokens.shape[1]) < found.lengths.unsqueeze(1)
    assert not ((found.tokens == PAD) | (found.tokens == BOS))[inside].any()
    assert (found.scores < -50.0).all()


def test_an_unfinished_hypothesis_stays_unfinished() -> None:
    network = network_of({})
    with torch.no_grad():
        network.output.bias[EOS] = -1000.0

    found = beam_search(network, network.encode(*random_sources(3)), 3, 6)

    assert found.tokens.shape == (3, 6)
    assert found.lengths.tolist() == [6, 6, 6]
    assert not (found.tokens == EOS).any()


def test_nothing_but_padding_follows_eos() -> None:
    network = network_of({}, target_size=20)
    found = beam_search(network, network.encode(*random_sources(30)), 4, 12)

    for row, length in zip(found.tokens.tolist(), found.lengths.tolist(), strict=True):
        assert EOS not in row[: length - 1]
        assert set(row[length:]) <= {PAD}
    assert found.tokens.shape[1] == found.lengths.max()


def test_a_wider_beam_than_the_vocabulary_is_fine() -> None:
    network = network_of({})
    memory = network.encode(*random_sources(2))

    found, exact = beam_search(network, memory, 40, 3), beam_search(network, memory, 9, 3)

    torch.testing.assert_close(found.scores, exact.scores)


@pytest.mark.parametrize("size", [3, 63, 64, 65, 200])
@pytest.mark.parametrize("count", [1, 5])
def test_the_largest_values_are_those_of_topk(size: int, count: int) -> None:
    values = torch.randn(7, size, generator=torch.Generator().manual_seed(size))
    values[0, : min(size, 70)] = -torch.inf
    found, positions = largest(values, count)
    assert torch.equal(found, values.topk(min(count, size), dim=1).values)
    assert torch.equal(values.gather(1, positions), found)
