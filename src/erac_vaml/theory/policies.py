"""RAML and VAML from the same sequences: two ways for a table of logits to the same optimum (§2.1, §4.1, App. B)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from erac_vaml.objectives import target_losses, token_losses, weighted_sequence_loss
from erac_vaml.theory.descent import descend
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
        space: the space of the sequences.
        stream: sequences and weights.
        steps: ascending.
        learning_rate: of each step, from 0, of gradient descent without momentum.
        targets: (Z, S, A) token-level targets for VAML; None for RAML.
        kappa: κ, the probability in VAML that a token's loss is that of its target, and not RAML's.
    """

    def loss(scores: Tensor, numbers: Tensor, weights: Tensor) -> Tensor:
        actions = space.actions[numbers]
        if targets is None:
            losses = token_losses(scores, actions)
        else:
            of_seed = torch.arange(len(targets))[:, None, None]
            losses = target_losses(scores, targets[of_seed, space.states[numbers]])
            if kappa != 1:
                # E_z[J_κ], the mean over z (App. B.2).
                losses = kappa * losses + (1 - kappa) * token_losses(scores, actions)
        return weighted_sequence_loss(losses, space.mask[numbers], weights)

    return space.allowed(descend(space, stream, steps, learning_rate, loss)).log_softmax(dim=-1)
