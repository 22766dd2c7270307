"""The sequences that learners see: the same ones for all of them, for each seed a stream of its own."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from erac_vaml.objectives import importance_weights
from erac_vaml.randomness import torch_generator
from erac_vaml.rewards import ngram_replacement, with_reference
from erac_vaml.theory.exact import payoff_distribution
from erac_vaml.theory.task import BleuTask

Source = Literal["target", "ngram"]
"""Where sequences come from: the target distribution P_R itself, which can be sampled only because everything is
listed here (§2.1), or n-gram replacements of the reference, and the reference (App. B.1), as in practice."""

_MAX_NGRAM = 4
"""App. B.1."""


@dataclass(frozen=True)
class Stream:
    """M sequences for each of a learner's steps, of Z seeds at once."""

    numbers: Tensor
    """(Z, steps, M) of the sequences."""
    weights: Tensor
    """(Z, steps, M) importance weights, summing to one over M."""

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.numbers.shape[1]


def draw(task: BleuTask, source: Source, tau: float, *, seeds: int, steps: int, samples: int) -> Stream:
    """Draw the streams of the seeds 1 … Z; a seed's stream does not depend on how many seeds there are.

    Args:
        task: the reference and the pay-offs.
        source: where the sequences come from.
        tau: temperature of P_R and of the weights.
        seeds: Z.
        steps: batches of sequences.
        samples: M, sequences a step.
    """
    shape = (steps, samples)
    if source == "target":
        # Sequences that come from the target itself count alike.
        probs = payoff_distribution(task, tau)
        numbers = torch.stack(
            [
                probs.multinomial(steps * samples, replacement=True, generator=_generator(seed, source)).view(shape)
                for seed in range(1, seeds + 1)
            ]
        )
        return Stream(numbers, torch.full(numbers.shape, 1 / samples, dtype=probs.dtype))
    numbers = torch.stack([_replacements(task, seed, steps, samples) for seed in range(1, seeds + 1)])
    weights = importance_weights(task.of_state[numbers].flatten(0, 1), tau)
    return Stream(numbers, weights.view(numbers.shape))


def _replacements(task: BleuTask, seed: int, steps: int, samples: int) -> Tensor:
    """Return (steps, M) numbers of n-gram replacements of the reference, and of the reference as the M-th."""
    space = task.space
    reference = space.sequences[task.reference]
    proposals = ngram_replacement(
        reference.expand(steps, -1),
        space.mask[task.reference].sum().expand(steps),
        samples - 1,
        max(space.symbols) + 1,
        _MAX_NGRAM,
        _generator(seed, "ngram"),
    )
    return space.numbers(with_reference(proposals, reference.expand(steps, -1)))


def _generator(seed: int, source: Source) -> torch.Generator:
    return torch_generator(seed, f"theory {source}")
