"""RAML and VAML from the same sequences: two ways of a table of logits to the same optimum (§2.1, §4.1, App. B)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from erac_vaml.objectives import target_losses, token_losses, weighted_sequence_loss
from erac_vaml.theory.samples import Stream
from erac_vaml.theory.sequence_space import SequenceSpace


def learn_policy(
    space: SequenceSpace,
    stream: Stream,
    steps: Sequence[int],
    learning_rate: Callable[[int], float],
    targets: Tensor | None = None,
    kappa: float = 1.0,
) -> Tensor:
    """Return log P_θ (steps, Z, S, A) after each of the given numbers of steps, from uniform tokens, for Z seeds.

    Args:
        space: of the sequences.
        stream: sequences and weights.
        steps: ascending.
        learning_rate: of each step, from 0, of gradient descent without momentum.
        targets: (Z, S, A) token-level targets for VAML; None for RAML.
        kappa: κ, VAML's chance that a token learns from the target and not from itself.
    """
    seeds = len(stream.numbers)
    logits = torch.zeros(seeds, *space.forbidden.shape, dtype=stream.weights.dtype, requires_grad=True)
    of_seed = torch.arange(seeds)[:, None, None]
    snapshots = []
    for step in range(max(steps) + 1):
        if step in steps:
            snapshots.append(space.allowed(logits.detach()).log_softmax(dim=-1))
        if step == max(steps):
            break
        numbers = stream.numbers[:, step]
        states, actions = space.states[numbers], space.actions[numbers]
        scores = space.allowed(logits)[of_seed, states]
        losses = _losses(scores, actions, None if targets is None else targets[of_seed, states], kappa)
        loss = weighted_sequence_loss(losses, space.mask[numbers], stream.weights[:, step])
        # The loss is a mean over the seeds, each a pair of its own; times Z, each has its own gradient.
        (gradient,) = torch.autograd.grad(seeds * loss, logits)
        with torch.no_grad():
            logits -= learning_rate(step) * gradient
    return torch.stack(snapshots)


def _losses(scores: Tensor, actions: Tensor, targets: Tensor | None, kappa: float) -> Tensor:
    """Return the losses (Z, M, T) of tokens: their own (App. B.1) or E_z[J_κ], its mean over z (App. B.2)."""
    if targets is None:
        return token_losses(scores, actions)
    losses = target_losses(scores, targets)
    return losses if kappa == 1 else kappa * losses + (1 - kappa) * token_losses(scores, actions)
