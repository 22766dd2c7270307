"""Soft Q-learning of a table (Eq. 16, Algorithm 1), and its error against the exact action values."""

from collections.abc import Sequence

import torch
from torch import Tensor

from erac_vaml.objectives import action_value, soft_q_loss, soft_value, taken
from erac_vaml.theory.samples import Stream
from erac_vaml.theory.task import Task

LEARNING_RATE = 0.4
"""Of gradient descent without momentum; 0.6 diverges where all M sequences are the reference."""


def learn_q(task: Task, stream: Stream, tau: float, steps: Sequence[int]) -> Tensor:
    """Return Q_φ (steps, Z, S, A) after each of the given numbers of steps, from Q_φ = 0, for Z seeds.

    Only the actions that the stream's sequences take have a residual of their own. The gradient flows through the
    values too (§4.1), and so to the other actions.

    Args:
        task: the pay-offs.
        stream: sequences; their weights play no part.
        tau: temperature of the soft value.
        steps: ascending.
    """
    space = task.space
    seeds = len(stream.numbers)
    table = torch.zeros(seeds, *space.forbidden.shape, dtype=task.of_state.dtype, requires_grad=True)
    of_seed = torch.arange(seeds)[:, None, None]
    snapshots = []
    for step in range(max(steps) + 1):
        if step in steps:
            snapshots.append(table.detach().clone())
        if step == max(steps):
            break
        numbers = stream.numbers[:, step]
        states, mask = space.states[numbers], space.mask[numbers]
        q = space.allowed(table)[of_seed, states]
        target = action_value(task.rewards[numbers], soft_value(q, tau), mask)
        loss = soft_q_loss(taken(q, space.actions[numbers]), target, mask)
        # The loss is a mean over the seeds' sequences together; times Z, each seed has the gradient of its own.
        (gradient,) = torch.autograd.grad(seeds * loss, table)
        with torch.no_grad():
            table -= LEARNING_RATE * gradient
    return torch.stack(snapshots)


def rms_errors(q: Tensor, exact: Tensor, entries: Tensor) -> Tensor:
    """Return the root of the mean squared difference, (…), of action values (…, S, A) over entries (S, A), bool."""
    return (q - exact)[..., entries].square().mean(dim=-1).sqrt()


def taken_by_replacements(task: Task, words: int) -> Tensor:
    """Return (S, A) bool: the actions that sequences with the reference's number of words can take (App. B.1)."""
    space = task.space
    before_end = (space.depths < words)[:, None] & (torch.arange(len(space.symbols)) > 0)
    at_end = (space.depths == words)[:, None] & (torch.arange(len(space.symbols)) == 0)
    return before_end | at_end
