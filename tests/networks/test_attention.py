"""Attention against hand-worked numbers, and its padding."""

import math

import torch

from erac_vaml.networks.attention import DotAttention, MlpAttention
from erac_vaml.networks.memory import Memory


def memory_of(states: torch.Tensor, keys: torch.Tensor, mask: torch.Tensor, rows: int = 1) -> Memory:
    start = torch.zeros(1, rows, states.shape[-1])
    return Memory(states, keys, mask, start, start)


def test_dot_attention_weighs_states_by_the_softmax_of_plain_products() -> None:
    states = torch.tensor([[[math.log(3.0), 0.0], [0.0, 4.0]]])
    query = torch.tensor([[[1.0, 0.0]]])  # products log 3 and 0: weights 3/4 and 1/4

    context = DotAttention()(query, memory_of(states, states, torch.ones(1, 2, dtype=torch.bool)))

    torch.testing.assert_close(context, torch.tensor([[[0.75 * math.log(3.0), 1.0]]]))


def test_mlp_attention_scores_the_tanh_of_query_and_state() -> None:
    attention = MlpAttention(1)
    with torch.no_grad():
        attention.query.weight.fill_(2.0)
        attention.key.weight.fill_(-1.0)
        attention.key.bias.fill_(0.5)
        attention.score.weight.fill_(3.0)
    states = torch.tensor([[[1.0], [2.0]]])

    memory = memory_of(states, attention.keys(states), torch.ones(1, 2, dtype=torch.bool))
    context = attention(torch.tensor([[[0.25]]]), memory)

    first, second = (math.exp(3.0 * math.tanh(2.0 * 0.25 - state + 0.5)) for state in (1.0, 2.0))
    torch.testing.assert_close(context, torch.tensor([[[(first + 2.0 * second) / (first + second)]]]))


def test_mlp_attention_is_right_where_the_kernels_exponentials_would_overflow() -> None:
    attention = MlpAttention(1)
    with torch.no_grad():
        attention.query.weight.fill_(1.0)
        attention.key.weight.fill_(1.0)
        attention.key.bias.fill_(0.0)
        attention.score.weight.fill_(1.0)
    states = torch.tensor([[[-60.0], [-40.0], [-99.0]]])
    memory = memory_of(states, attention.keys(states), torch.ones(1, 3, dtype=torch.bool))

    scores = attention.scores(torch.tensor([[[100.0]]]), memory)

    differences = (scores - scores[..., :1]).flatten()  # The kernel leaves out a constant.
    torch.testing.assert_close(differences, torch.tensor([0.0, 0.0, math.tanh(1.0) - 1.0]))


def test_padding_has_no_weight_whatever_its_content() -> None:
    states = torch.tensor([[[1.0, 2.0], [torch.finfo().max, 0.0]]])
    mask = torch.tensor([[True, False]])

    for attention in (DotAttention(), MlpAttention(2)):
        context = attention(torch.tensor([[[1.0, 1.0]]]), memory_of(states, states, mask))
        assert torch.equal(context, torch.tensor([[[1.0, 2.0]]]))


def test_repeat_keeps_the_rows_of_a_source_together() -> None:
    memory = memory_of(torch.zeros(2, 1, 1), torch.zeros(2, 1, 1), torch.ones(2, 1, dtype=torch.bool), rows=2)
    hidden = torch.tensor([[[1.0], [2.0]]])
    memory = Memory(memory.states, memory.keys, memory.mask, hidden, -hidden).repeat(2)

    assert memory.hidden[0, :, 0].tolist() == [1.0, 1.0, 2.0, 2.0]
    assert memory.cell[0, :, 0].tolist() == [-1.0, -1.0, -2.0, -2.0]
