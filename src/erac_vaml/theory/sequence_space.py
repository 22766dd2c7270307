"""A space of sequences that is small enough to list: Y, its prefixes Y⁻, and the transitions between them (§2)."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import EOS, PAD

Prefix = tuple[int, ...]
"""Ids of the words of an unfinished sequence, EOS left out."""

_IMPOSSIBLE = -1e4
"""A score whose exponential is 0 at every temperature in use. It is finite, so that 0 times it is 0."""


@dataclass(frozen=True)
class SequenceSpace:
    """Every sequence of at most T tokens over K words and EOS.

    A state is the number of a prefix; the sequence of the same number is that prefix and EOS. An action is the number
    of a symbol of W: 0 is EOS, a word's action is its place among the words, from 1. A table has a row for each state
    and a column for each action: S states, A = K + 1 actions.
    """

    words: int
    """K."""
    max_length: int
    """T, EOS included: after T − 1 words only EOS may follow (Corollary 1)."""

    @cached_property
    def symbols(self) -> tuple[int, ...]:
        """The ids of W; action a is symbols[a]."""
        return tuple(range(EOS, EOS + 1 + self.words))

    @cached_property
    def prefixes(self) -> list[Prefix]:
        """The states Y⁻, shortest first."""
        return [
            prefix for length in range(self.max_length) for prefix in itertools.product(self.symbols[1:], repeat=length)
        ]

    @cached_property
    def number(self) -> dict[Prefix, int]:
        """The state of each prefix."""
        return {prefix: number for number, prefix in enumerate(self.prefixes)}

    @cached_property
    def sequences(self) -> Tensor:
        """(S, T) ids: words EOS PAD."""
        return torch.tensor([(*prefix, EOS) + (PAD,) * (self.max_length - 1 - len(prefix)) for prefix in self.prefixes])

    @cached_property
    def mask(self) -> Tensor:
        """(S, T) bool, True at tokens up to and including EOS."""
        return self.sequences != PAD

    @cached_property
    def actions(self) -> Tensor:
        """(S, T) action of each token; 0 at padding."""
        return (self.sequences - EOS).clamp(min=0)

    @cached_property
    def states(self) -> Tensor:
        """(S, T) state in which each token is chosen; at padding, the state in which EOS was."""
        places = range(self.max_length)
        return torch.tensor([[self.number[prefix[:t]] for t in places] for prefix in self.prefixes])

    @cached_property
    def depths(self) -> Tensor:
        """(S,) number of words of each prefix."""
        return torch.tensor([len(prefix) for prefix in self.prefixes])

    @cached_property
    def forbidden(self) -> Tensor:
        """(S, A) bool, True at the actions that the length limit forbids."""
        return (self.depths == self.max_length - 1)[:, None] & (torch.arange(len(self.symbols)) > 0)

    @cached_property
    def successors(self) -> Tensor:
        """(S, A) state after each action; the state itself after EOS and after a forbidden action."""
        return torch.tensor(
            [
                [self.number.get((*prefix, symbol), state) for symbol in self.symbols]
                for state, prefix in enumerate(self.prefixes)
            ]
        )

    def allowed(self, scores: Tensor) -> Tensor:
        """Return scores (…, S, A) with an impossible score for each forbidden action."""
        return scores.masked_fill(self.forbidden, _IMPOSSIBLE)

    def numbers(self, sequences: Tensor) -> Tensor:
        """Return the numbers (…) of sequences (…, L) words EOS PAD, L ≤ T."""
        state = torch.zeros_like(sequences[..., 0])
        for action in (sequences - EOS).clamp(min=0).unbind(dim=-1):
            state = self.successors[state, action]
        return state

    def sequence_log_probs(self, log_probs: Tensor) -> Tensor:
        """Return log P(y), (…, S), of every sequence from log-probabilities (…, S, A) of the tokens.

        It is the logarithm of the left side of Eq. 5.
        """
        return log_probs[..., self.states, self.actions].masked_fill(~self.mask, 0.0).sum(dim=-1)
