"""The encoder: directions, the decoder's start, and padding."""

import pytest
import torch

from erac_vaml.networks.encoder import Encoder


@pytest.fixture(params=[1, 2], ids=["1 layer", "2 layers"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    torch.manual_seed(1)
    return Encoder(vocabulary_size=9, embedding=3, units=4, layers=request.param)


def test_the_decoder_starts_from_the_last_states_of_both_directions(encoder: Encoder) -> None:
    states, hidden, _ = encoder(torch.tensor([[5, 6, 7]]), torch.tensor([3]))

    top = hidden[-1, 0]
    torch.testing.assert_close(top[:2], states[0, 2, :2])  # forward: after the last word
    torch.testing.assert_close(top[2:], states[0, 0, 2:])  # backward: after the first word


def test_each_layer_of_the_decoder_starts_from_the_same_layer_of_the_encoder() -> None:
    torch.manual_seed(1)
    two = Encoder(vocabulary_size=9, embedding=3, units=4, layers=2)
    one = Encoder(vocabulary_size=9, embedding=3, units=4, layers=1)
    one.load_state_dict({name: value for name, value in two.state_dict().items() if "_l1" not in name})
    ids, lengths = torch.tensor([[5, 6, 7], [8, 4, 0]]), torch.tensor([3, 2])

    _, hidden, cell = one(ids, lengths)
    _, hidden_two, cell_two = two(ids, lengths)

    torch.testing.assert_close(hidden_two[:1], hidden)
    torch.testing.assert_close(cell_two[:1], cell)


def test_padding_changes_nothing(encoder: Encoder) -> None:
    sources = [[5, 6, 7, 8, 4], [6], [7, 5, 8]]
    lengths = torch.tensor([5, 1, 3])
    padded = torch.tensor([source + [0] * (5 - len(source)) for source in sources])

    states, hidden, cell = encoder(padded, lengths)

    for row, source in enumerate(sources):
        alone_states, alone_hidden, alone_cell = encoder(torch.tensor([source]), lengths[row : row + 1])
        torch.testing.assert_close(states[row, : len(source)], alone_states[0], rtol=0, atol=1e-6)
        torch.testing.assert_close(hidden[:, row], alone_hidden[:, 0], rtol=0, atol=1e-6)
        torch.testing.assert_close(cell[:, row], alone_cell[:, 0], rtol=0, atol=1e-6)


def test_states_at_padding_are_zero_up_to_the_full_width(encoder: Encoder) -> None:
    states, _, _ = encoder(torch.tensor([[5, 6, 0, 0]]), torch.tensor([2]))

    assert states.shape == (1, 4, 4)
    assert torch.equal(states[0, 2:], torch.zeros(2, 4))


def test_padding_gets_no_gradient(encoder: Encoder) -> None:
    states, hidden, cell = encoder(torch.tensor([[5, 6, 0], [7, 8, 4]]), torch.tensor([2, 3]))
    (states.square().sum() + hidden.square().sum() + cell.square().sum()).backward()

    assert encoder.embedding.weight.grad is not None
    assert torch.equal(encoder.embedding.weight.grad[0], torch.zeros(3))
