"""The whole network: teacher forcing against steps, gradients, dropout, padding, initialisation."""

import itertools

import pytest
import torch

from erac_vaml.config.settings import Network
from erac_vaml.networks.build import build_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

SOURCES = torch.tensor([[5, 6, 7, 8], [6, 4, 0, 0], [7, 5, 8, 0]])
SOURCE_LENGTHS = torch.tensor([4, 2, 3])
SEQUENCES = torch.tensor([[4, 5, 6, 3], [5, 3, 0, 0], [6, 6, 3, 0]])

KINDS = [
    pytest.param({"attention": attention, "layers": layers, "input_feeding": feeding}, id=f"{attention}-{layers}-{fed}")
    for attention, layers, (feeding, fed) in itertools.product(
        ("dot", "mlp"), (1, 2), ((False, "plain"), (True, "feeding"))
    )
]


def network_of(kind: dict[str, object], units: int = 6, dropout: float = 0.5) -> SequenceToSequence:
    settings = Network(units=units, embedding=5, dropout=dropout, initial_range=0.8, **kind)
    return build_actor(settings, source_size=9, target_size=7, generator=torch.Generator().manual_seed(4))


def stepwise_features(network: SequenceToSequence, noise: torch.Tensor | None) -> torch.Tensor:
    memory = network.encode(SOURCES, SOURCE_LENGTHS)
    state = network.start(memory)
    previous = torch.full((3,), 2)
    features = []
    for step in range(SEQUENCES.shape[1]):
        vectors, state = network.step(previous, state, memory, None if noise is None else noise[:, step])
        features.append(vectors)
        previous = SEQUENCES[:, step]
    return torch.stack(features, dim=1)


@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_steps_agree_with_teacher_forcing_under_the_same_dropout(kind: dict[str, object], dropout: bool) -> None:
    network = network_of(kind)
    noise = network.dropout_noise(3, 4, torch.Generator().manual_seed(1)) if dropout else None
    features = network.features(network.encode(SOURCES, SOURCE_LENGTHS), SEQUENCES, noise)

    torch.testing.assert_close(stepwise_features(network, noise), features, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_of_a_batch_does_not_change_a_sentence(kind: dict[str, object]) -> None:
    network = network_of(kind)
    logits = network.logits(network.encode(SOURCES, SOURCE_LENGTHS), SEQUENCES)

    alone = network.logits(network.encode(SOURCES[1:2, :2], SOURCE_LENGTHS[1:2]), SEQUENCES[1:2, :2])

    torch.testing.assert_close(logits[1, :2], alone[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_repeated_memory_scores_like_a_repeated_source(kind: dict[str, object]) -> None:
    network = network_of(kind)
    sequences = torch.cat((SEQUENCES, SEQUENCES.flip(0)))

    repeated = network.logits(network.encode(SOURCES, SOURCE_LENGTHS).repeat(2), sequences)

    rows = torch.tensor([0, 0, 1, 1, 2, 2])
    expected = network.logits(network.encode(SOURCES[rows], SOURCE_LENGTHS[rows]), sequences)
    torch.testing.assert_close(repeated, expected, rtol=0, atol=1e-5)


class SummedLogProb(torch.nn.Module):
    """The log-probability of two sequences, as a function of the network's parameters."""

    def __init__(self, network: SequenceToSequence) -> None:
        super().__init__()
        self.network = network
        self.noise = network.dropout_noise(2, 2, torch.Generator().manual_seed(1))

    def forward(self) -> torch.Tensor:
        sequences = torch.tensor([[4, 3], [3, 0]])
        memory = self.network.encode(torch.tensor([[5, 6], [7, 0]]), torch.tensor([2, 1]))
        log_probs = self.network.logits(memory, sequences, self.noise).log_softmax(dim=-1)
        return log_probs.gather(-1, sequences.unsqueeze(-1)).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_agree_with_finite_differences(kind: dict[str, object]) -> None:
    module = SummedLogProb(network_of(kind, units=2).double())
    names, parameters = zip(*module.named_parameters(), strict=True)

    def function(*values: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(names, values, strict=True)), ())

    assert torch.autograd.gradcheck(function, parameters, fast_mode=True)


def test_dropout_acts_only_through_the_noise() -> None:
    network = network_of({"attention": "dot"})
    memory = network.encode(SOURCES, SOURCE_LENGTHS)

    assert torch.equal(network.train().features(memory, SEQUENCES), network.eval().features(memory, SEQUENCES))


def test_dropout_noise_keeps_its_mean() -> None:
    noise = network_of({}, dropout=0.25).dropout_noise(100, 50, torch.Generator().manual_seed(0))

    assert noise is not None
    torch.testing.assert_close(noise.unique(), torch.tensor([0.0, 4 / 3]))
    assert noise.mean().item() == pytest.approx(1.0, abs=0.02)


def test_no_dropout_needs_no_noise() -> None:
    assert network_of({}, dropout=0.0).dropout_noise(3, 4, torch.Generator()) is None


def test_every_parameter_starts_uniform_within_the_range() -> None:
    settings = Network(units=64, embedding=32, initial_range=0.1)
    network = build_actor(settings, 50, 60, torch.Generator().manual_seed(0))

    for name, parameter in network.named_parameters():
        assert parameter.abs().max() <= 0.1, name
        assert parameter.std().item() == pytest.approx(0.1 / 3**0.5, rel=0.2), name
    assert network.encoder.embedding.weight[0].abs().min() > 0  # the row of PAD too (released-code B9)


def test_equal_generators_build_equal_networks() -> None:
    first, second = (network_of({}).state_dict() for _ in range(2))

    assert all(torch.equal(first[name], second[name]) for name in first)


def test_each_network_has_its_own_reader_attention_and_dropout() -> None:
    settings = Network(units=4, embedding=3, attention="dot", critic_attention="mlp")
    actor = build_actor(settings, 11, 7, torch.Generator())
    critic = build_critic(settings, 7, torch.Generator())
    q_network = build_q_network(settings, 7, torch.Generator())

    def description(network: SequenceToSequence) -> tuple[int, int, str, float]:
        readers = network.encoder.embedding.num_embeddings, network.decoder.embedding.num_embeddings
        return *readers, type(network.decoder.attention).__name__, network.dropout

    assert description(actor) == (11, 7, "DotAttention", 0.3)
    assert description(critic) == (7, 7, "MlpAttention", 0.0)
    assert description(q_network) == (7, 7, "DotAttention", 0.1)


def test_a_saved_network_loads_into_a_fresh_one() -> None:
    network = network_of({"attention": "mlp", "layers": 2})
    fresh = build_actor(Network(units=6, embedding=5, attention="mlp", layers=2), 9, 7, torch.Generator())
    fresh.load_state_dict(network.state_dict())

    memories = [each.encode(SOURCES, SOURCE_LENGTHS) for each in (network, fresh)]
    assert torch.equal(network.logits(memories[0], SEQUENCES), fresh.logits(memories[1], SEQUENCES))
