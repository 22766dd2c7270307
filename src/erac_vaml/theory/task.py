"""Tasks on a listed space: the pay-off of every sequence."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from erac_vaml.config.settings import Rewards
from erac_vaml.data.vocabulary import EOS
from erac_vaml.rewards import incremental_rewards, payoffs
from erac_vaml.theory.sequence_space import SequenceSpace


@dataclass(frozen=True, eq=False)
class Task:
    """A pay-off for every prefix: R(prefix) = R(prefix + EOS) (Eq. 4)."""

    space: SequenceSpace
    of_state: Tensor
    """(S,) float64 R of every prefix, which is R of the sequence of the same number."""

    @cached_property
    def of_prefixes(self) -> Tensor:
        """(S, T) R(y_1^t) − R(∅) of every sequence and step; constant from EOS on."""
        after = self.space.successors[self.space.states, self.space.actions]
        return self.of_state[after] - self.of_state[0]

    @cached_property
    def rewards(self) -> Tensor:
        """(S, T) incremental pay-offs r(y_1^{t−1}, y_t) of every sequence (Eq. 13)."""
        return incremental_rewards(self.of_prefixes, self.space.mask)


@dataclass(frozen=True, eq=False)
class BleuTask(Task):
    """A task whose pay-off is sentence BLEU against one reference."""

    reference: int
    """Number of the reference among the sequences."""
    vocabulary: tuple[str, ...]
    """The K words."""

    def text(self, number: int) -> str:
        """Return the words of a sequence; "(nothing)" where it has none."""
        return " ".join(self.vocabulary[symbol - EOS - 1] for symbol in self.space.prefixes[number]) or "(nothing)"


def bleu_task(reference: str, max_length: int) -> BleuTask:
    """Return the task to produce a sentence whose words are the whole vocabulary, with the pay-off of the paper's text.

    Args:
        reference: the words, separated by spaces.
        max_length: T, length of the longest sequence, EOS included.
    """
    settings = Rewards()
    words = reference.split()
    vocabulary = tuple(dict.fromkeys(words))
    space = SequenceSpace(len(vocabulary), max_length)
    prefix = tuple(EOS + 1 + vocabulary.index(word) for word in words)
    ids = torch.tensor([[*prefix, EOS]])
    of_prefixes = payoffs(
        space.sequences,
        ids.expand(len(space.sequences), 1, -1),
        smoothing=settings.smoothing,
        unknown_matches=settings.unknown_matches,
        scale_by_length=settings.scale_by_length,
    )
    return BleuTask(space, of_prefixes[:, -1].double(), space.number[prefix], vocabulary)
