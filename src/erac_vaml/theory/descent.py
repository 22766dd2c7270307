"""Gradient descent of tables: Z tables at once, one for each seed."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from erac_vaml.theory.samples import Stream
from erac_vaml.theory.sequence_space import SequenceSpace

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Returns the loss, a mean over the seeds, of three arguments: rows (Z, M, T, A) of the tables in the states of the
sequences, numbers (Z, M) of the sequences, and their weights (Z, M)."""


def descend(
    space: SequenceSpace, stream: Stream, steps: Sequence[int], learning_rate: Callable[[int], float], loss: Loss
) -> Tensor:
    """Return tables (steps, Z, S, A) after each of the given numbers of steps, starting from 0.

    Args:
        space: the space of the sequences.
        stream: the sequences of each step, and their weights.
        steps: ascending.
        learning_rate: of each step, from 0; there is no momentum.
        loss: of the sequences of one step.
    """
    seeds = len(stream.numbers)
    tables = torch.zeros(seeds, *space.forbidden.shape, dtype=stream.weights.dtype, requires_grad=True)
    of_seed = torch.arange(seeds)[:, None, None]
    snapshots = []
    for begin, end in pairwise([0, *steps]):
        for step in range(begin, end):
            numbers = stream.numbers[:, step]
            rows = space.allowed(tables)[of_seed, space.states[numbers]]
            # The loss is a mean over the seeds; times Z, it gives each seed its own gradient.
            (gradient,) = torch.autograd.grad(seeds * loss(rows, numbers, stream.weights[:, step]), tables)
            with torch.no_grad():
                tables -= learning_rate(step) * gradient
        snapshots.append(tables.detach().clone())
    return torch.stack(snapshots)
