"""Soft Q-learning of a table (Eq. 16, Algorithm 1), and its error against the exact action values."""

from collections.abc import Sequence

import torch
from torch import Tensor

from erac_vaml.objectives import action_value, soft_q_loss, soft_value, taken
from erac_vaml.theory.descent import descend
from erac_vaml.theory.samples import Stream
from erac_vaml.theory.task import Task

LEARNING_RATE = 0.4
"""Learning rate of gradient descent without momentum; 0.6 diverges if all M sequences are the reference."""


def learn_q(task: Task, stream: Stream, tau: float, steps: Sequence[int]) -> Tensor:
    """Return Q_φ (steps, Z, S, A) after each of the given numbers of steps, from Q_φ = 0, for Z seeds.

    Only the actions that the stream's sequences take have residuals. The gradient flows through the values, too (§4.1),
    and so to the other actions.

    Args:
        task: the pay-offs.
        stream: sequences; their weights are not used.
        tau: temperature of the soft value.
        steps: ascending.
    """
    space = task.space

    def loss(q: Tensor, numbers: Tensor, _: Tensor) -> Tensor:
        mask = space.mask[numbers]
        target = action_value(task.rewards[numbers], soft_value(q, tau), mask)
        return soft_q_loss(taken(q, space.actions[numbers]), target, mask)

    return descend(space, stream, steps, lambda step: LEARNING_RATE, loss)


def rms_errors(q: Tensor, exact: Tensor, entries: Tensor) -> Tensor:
    """Return the root mean squared difference, (…), of action values (…, S, A) over the entries (S, A), bool."""
    return (q - exact)[..., entries].square().mean(dim=-1).sqrt()


def taken_by_replacements(task: Task, words: int) -> Tensor:
    """Return (S, A) bool: the actions that sequences with the reference's number of words can take (App. B.1)."""
    space = task.space
    before_end = (space.depths < words)[:, None] & (torch.arange(len(space.symbols)) > 0)
    at_end = (space.depths == words)[:, None] & (torch.arange(len(space.symbols)) == 0)
    return before_end | at_end
