"""NIC: the actor of image captioning."""

import math

import pytest
import torch

from erac_vaml.config.settings import Network
from erac_vaml.decoding.beam import beam_search
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.build import build_actor, build_caption_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

FEATURES = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.5]])
ONES = torch.ones(2, dtype=torch.long)
CAPTIONS = torch.tensor([[4, 5, 3, 0], [6, 4, 5, 3]])


def network_of(layers: int = 1, initial_range: float = 0.8) -> SequenceToSequence:
    settings = Network(units=4, embedding=5, layers=layers, dropout=0.5, initial_range=initial_range)
    return build_caption_actor(settings, 3, 8, torch.Generator().manual_seed(1))


@pytest.mark.parametrize("layers", [1, 2])
def test_the_scores_are_those_of_a_loop_over_lstm_cells(layers: int) -> None:
    """The projected features are the first state of PyTorch's cells."""
    network = network_of(layers)
    started = network.encoder.project(FEATURES)
    hidden = [torch.tanh(started[:, 4 * layer : 4 * layer + 4]) for layer in range(layers)]
    cells = [started[:, 4 * (layers + layer) : 4 * (layers + layer) + 4] for layer in range(layers)]
    lstm = network.decoder.lstm
    expected = []
    previous = torch.tensor([2, 2])
    for step in range(4):
        inputs = network.decoder.embedding(previous)
        for layer in range(layers):
            names = (f"weight_ih_l{layer}", f"weight_hh_l{layer}", f"bias_ih_l{layer}", f"bias_hh_l{layer}")
            cell = torch.nn.LSTMCell(inputs.shape[1], 4)
            for parameter, name in zip(cell.parameters(), names, strict=True):
                parameter.data = getattr(lstm, name).data
            hidden[layer], cells[layer] = cell(inputs, (hidden[layer], cells[layer]))
            inputs = hidden[layer]
        expected.append(inputs @ network.output.weight.T + network.output.bias)
        previous = CAPTIONS[:, step]
    logits = network.logits(network.encode(FEATURES, ONES), CAPTIONS)
    torch.testing.assert_close(logits, torch.stack(expected, dim=1))


def test_every_parameter_learns() -> None:
    network = network_of(layers=2)
    network.logits(network.encode(FEATURES, ONES), CAPTIONS).logsumexp(-1).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_dropout_drops_the_decoders_output() -> None:
    network = network_of()
    memory = network.encode(FEATURES, ONES)
    noise = network.dropout_noise(2, 4, torch.Generator().manual_seed(3))
    assert noise is not None
    dropped = network.features(memory, CAPTIONS, noise)
    torch.testing.assert_close(dropped, network.features(memory, CAPTIONS) * noise)
    assert (dropped == 0).any()


def test_each_of_an_images_rows_samples_as_the_image_alone() -> None:
    network = network_of(initial_range=2.0)
    with torch.no_grad():
        network.output.weight.mul_(1000.0)  # all chance on one word
        network.output.bias[[0, 2]] = -1e5
    both = sample(network, network.encode(FEATURES, ONES).repeat(3), 5, torch.Generator(), enforce_eos=True)
    for row in range(6):
        image = slice(row // 3, row // 3 + 1)
        alone = sample(network, network.encode(FEATURES[image], ONES[image]), 5, torch.Generator(), enforce_eos=True)
        assert torch.equal(both.tokens[row, : alone.tokens.shape[1]], alone.tokens[0])


def test_beam_search_finds_the_most_probable_caption() -> None:
    """Against all sequences of up to three tokens of a small vocabulary."""
    network = network_of(initial_range=1.5)
    found = beam_search(network, network.encode(FEATURES, ONES), beam_size=200, max_length=3)
    words = [1, 4, 5, 6, 7]
    sequences = [
        [3, 0, 0],
        *([a, 3, 0] for a in words),
        *([a, b, c] for a in words for b in words for c in [3, *words]),
    ]
    for row in range(2):
        image = slice(row, row + 1)
        tokens = torch.tensor(sequences)
        memory = network.encode(FEATURES[image], ONES[image]).repeat(len(sequences))
        log_probs = network.logits(memory, tokens).log_softmax(-1).gather(2, tokens.unsqueeze(2)).squeeze(2)
        scores = log_probs.masked_fill(tokens == 0, 0.0).sum(dim=1)
        assert math.isclose(found.scores[row].item(), scores.max().item(), rel_tol=1e-5)
        assert found.tokens[row].tolist() == sequences[int(scores.argmax())][: found.tokens.shape[1]]


def test_the_actor_of_translation_has_no_projection_and_that_of_captions_no_attention() -> None:
    settings = Network(units=4, embedding=5)
    words = build_actor(settings, 9, 8, torch.Generator().manual_seed(1))
    assert not any("project" in name for name, _ in words.named_parameters())
    assert {name for name, _ in network_of().named_parameters() if "combine" in name or "attention" in name} == set()
