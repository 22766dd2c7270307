"""Draw the sequences that learners see: one stream for each seed, the same for all learners."""

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
"""Origin of the sequences: the target distribution P_R, which can be sampled only because all sequences are listed here
(§2.1); or n-gram replacements of the reference, and the reference, as in practice (App. B.1)."""

_MAX_NGRAM = 4
"""App. B.1."""


@dataclass(frozen=True)
class Stream:
    """M sequences for each of a learner's steps, of Z seeds at once."""

    numbers: Tensor
    """(Z, steps, M) numbers of the sequences."""
    weights: Tensor
    """(Z, steps, M) importance weights, with sum 1 over M."""


def draw(task: BleuTask, source: Source, tau: float, *, seeds: int, steps: int, samples: int) -> Stream:
    """Draw the streams of the seeds 1 … Z; a seed's stream does not depend on how many seeds there are.

    Args:
        task: the reference and the pay-offs.
        source: origin of the sequences.
        tau: temperature of P_R and of the weights.
        seeds: Z.
        steps: number of steps.
        samples: M, sequences in each step.
    """
    generators = [torch_generator(seed, f"theory {source}") for seed in range(1, seeds + 1)]
    if source == "target":
        # Sequences from the target itself have equal weights.
        probs = payoff_distribution(task, tau)
        drawn = [probs.multinomial(steps * samples, replacement=True, generator=each) for each in generators]
        numbers = torch.stack(drawn).view(seeds, steps, samples)
        return Stream(numbers, torch.full(numbers.shape, 1 / samples, dtype=probs.dtype))
    numbers = torch.stack([_replacements(task, steps, samples, generator) for generator in generators])
    weights = importance_weights(task.of_state[numbers].flatten(0, 1), tau)
    return Stream(numbers, weights.view(numbers.shape))


def _replacements(task: BleuTask, steps: int, samples: int, generator: torch.Generator) -> Tensor:
    """Return (steps, M) numbers: M − 1 n-gram replacements of the reference, then the reference."""
    space = task.space
    reference = space.sequences[task.reference]
    proposals = ngram_replacement(
        reference.expand(steps, -1),
        space.mask[task.reference].sum().expand(steps),
        samples - 1,
        max(space.symbols) + 1,
        _MAX_NGRAM,
        generator,
    )
    return space.numbers(with_reference(proposals, reference.expand(steps, -1)))
