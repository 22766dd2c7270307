"""The decoder: its parts against hand-written equations, and its state."""

import torch

from erac_vaml.networks.decoder import Decoder, State
from erac_vaml.networks.memory import Memory


def random_memory(units: int, layers: int = 1) -> Memory:
    states = torch.randn(2, 3, units)
    mask = torch.tensor([[True, True, True], [True, True, False]])
    return Memory(states, states, mask, torch.randn(layers, 2, units), torch.randn(layers, 2, units))


def decoder_of(*, input_feeding: bool, layers: int = 1) -> Decoder:
    torch.manual_seed(3)
    return Decoder(7, embedding=5, units=4, layers=layers, attention="dot", input_feeding=input_feeding)


def test_the_attentional_vector_is_the_tanh_of_the_combined_state_and_context() -> None:
    decoder, memory = decoder_of(input_feeding=False), random_memory(4)

    vectors, state = decoder.step(torch.tensor([2, 5]), decoder.start(memory), memory)

    hidden = state.hidden[-1]
    contexts = []
    for row, length in enumerate((3, 2)):
        words = memory.states[row, :length]
        contexts.append((words @ hidden[row]).softmax(0) @ words)
    expected = torch.tanh(torch.cat((hidden, torch.stack(contexts)), dim=1) @ decoder.combine.weight.T)
    torch.testing.assert_close(vectors, expected)


def test_only_mlp_attention_has_a_bias() -> None:
    assert decoder_of(input_feeding=False).combine.bias is None
    assert Decoder(7, 5, 4, 1, "mlp", False).combine.bias is not None


def test_input_feeding_feeds_the_vector_after_dropout() -> None:
    decoder, memory = decoder_of(input_feeding=True), random_memory(4)
    noise = torch.tensor([[0.0, 2.0, 0.0, 2.0]]).expand(2, 4)

    vectors, state = decoder.step(torch.tensor([2, 2]), decoder.start(memory), memory, noise)

    assert state.feed is vectors
    assert torch.equal(vectors[:, 0::2], torch.zeros(2, 2))


def test_input_feeding_changes_the_second_step_but_not_the_first() -> None:
    decoder, memory = decoder_of(input_feeding=True), random_memory(4)
    sequences = torch.tensor([[4, 5], [6, 5]])
    before = decoder(memory, sequences)
    with torch.no_grad():
        decoder.lstm.weight_ih_l0[:, 5:] += 1.0  # the columns of the vector that is fed back

    after = decoder(memory, sequences)

    assert torch.equal(before[:, 0], after[:, 0])
    assert not torch.allclose(before[:, 1], after[:, 1])


def test_a_step_sees_only_earlier_tokens() -> None:
    for input_feeding in (False, True):
        decoder, memory = decoder_of(input_feeding=input_feeding, layers=2), random_memory(4, layers=2)
        vectors = decoder(memory, torch.tensor([[4, 5, 6], [4, 5, 6]]))
        changed = decoder(memory, torch.tensor([[4, 6, 3], [4, 6, 3]]))

        torch.testing.assert_close(vectors[:, :2], changed[:, :2])
        assert not torch.allclose(vectors[:, 2], changed[:, 2])


def test_select_takes_the_rows_of_the_whole_state() -> None:
    rows = torch.arange(3.0)
    state = State(rows.view(1, 3, 1), 10 * rows.view(1, 3, 1), 100 * rows.view(3, 1))

    selected = state.select(torch.tensor([2, 0, 0]))

    assert selected.hidden.flatten().tolist() == [2.0, 0.0, 0.0]
    assert selected.cell.flatten().tolist() == [20.0, 0.0, 0.0]
    assert selected.feed is not None
    assert selected.feed.flatten().tolist() == [200.0, 0.0, 0.0]
