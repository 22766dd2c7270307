"""A sequence task small enough to list: every sequence over {eos, a, b} of at most T = 4 tokens, and every prefix.

The sums over all sequences here are plain loops, written from the paper's definitions and not from the code under test.
"""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.rewards.payoff import payoffs

MAX_LENGTH = 4
SYMBOLS = (EOS, EOS + 1, EOS + 2)
"""Ids of the symbols of W; action a is SYMBOLS[a], action 0 is eos."""

Prefix = tuple[int, ...]
PREFIXES: list[Prefix] = [
    prefix for length in range(MAX_LENGTH) for prefix in itertools.product(SYMBOLS[1:], repeat=length)
]
"""The states Y⁻, shortest first; the sequence of number i is PREFIXES[i] + eos."""
STATE = {prefix: number for number, prefix in enumerate(PREFIXES)}

SEQUENCES = torch.tensor([(*prefix, EOS) + (PAD,) * (MAX_LENGTH - 1 - len(prefix)) for prefix in PREFIXES])
MASK = SEQUENCES != PAD
ACTIONS = (SEQUENCES - EOS).clamp(min=0)
"""(15, 4) number of the action taken at each step; 0 at padding."""
STATES = torch.tensor([[STATE[prefix[: min(t, len(prefix))]] for t in range(MAX_LENGTH)] for prefix in PREFIXES])
"""(15, 4) number of the state in which the token of each step is chosen."""
AT_LIMIT = torch.tensor([len(prefix) == MAX_LENGTH - 1 for prefix in PREFIXES])
"""(15,) states in which only eos may follow."""
FORBIDDEN = AT_LIMIT[:, None] & (torch.arange(len(SYMBOLS)) > 0)
"""(15, 3) actions that the length limit forbids."""


def allowed(scores: Tensor) -> Tensor:
    """Return scores (15, 3) with −10⁴, whose exponential is zero, where the length limit leaves eos alone."""
    return scores.masked_fill(FORBIDDEN, -1e4)


@dataclass(frozen=True)
class Task:
    """A pay-off for every prefix: R(prefix) = R(prefix + eos)."""

    of_state: Tensor
    """(15,) float64."""

    @property
    def of_prefixes(self) -> Tensor:
        """(15, 4) R(y_1^t) of every sequence and step."""
        after = [[self.of_state[STATE[prefix[: t + 1]]] for t in range(MAX_LENGTH)] for prefix in PREFIXES]
        return torch.tensor(after, dtype=torch.float64) - self.of_state[0]


def random_task(seed: int) -> Task:
    of_state = torch.randn(len(PREFIXES), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    of_state[0] = 0.0
    return Task(of_state)


def bleu_task() -> Task:
    reference = torch.tensor([[SYMBOLS[1], SYMBOLS[2], SYMBOLS[2], EOS]]).expand(len(PREFIXES), 1, 4)
    scores = payoffs(SEQUENCES, reference, smoothing="all", unknown_matches=False, scale_by_length=True)
    return Task(scores[:, -1].double())


def random_policy(seed: int, spread: float = 1.0) -> Tensor:
    """Return (15, 3) log-probabilities of a random policy, which takes eos at the length limit."""
    generator = torch.Generator().manual_seed(seed)
    return allowed(spread * torch.randn(len(PREFIXES), 3, generator=generator, dtype=torch.float64)).log_softmax(-1)


def continuations(log_probs: Tensor, prefix: Prefix) -> list[tuple[Prefix, float]]:
    """Return all sequences that go on from the prefix, eos left out, and their probabilities given the prefix."""
    found = []
    for whole in PREFIXES:
        if whole[: len(prefix)] == prefix:
            probability = log_probs[STATE[whole], 0].exp().item()
            for t in range(len(prefix), len(whole)):
                probability *= log_probs[STATE[whole[:t]], whole[t] - EOS].exp().item()
            found.append((whole, probability))
    return found


def state_entropy(log_probs: Tensor, prefix: Prefix) -> float:
    return -sum(p * math.log(p) for p in log_probs[STATE[prefix]].exp().tolist() if p > 0)


def exact_q(task: Task, log_probs: Tensor, tau: float) -> Tensor:
    """Return (15, 3) Q^π of Eq. 9: the expected return plus τ × the entropy of all later steps, by listing them.

    Entries at the length limit other than eos are NaN.
    """
    q = torch.full((len(PREFIXES), len(SYMBOLS)), math.nan, dtype=torch.float64)
    for prefix in PREFIXES:
        start = task.of_state[STATE[prefix]].item()
        q[STATE[prefix], 0] = 0.0
        if len(prefix) == MAX_LENGTH - 1:
            continue
        for action in (1, 2):
            chosen = (*prefix, SYMBOLS[action])
            q[STATE[prefix], action] = sum(
                probability
                * (
                    task.of_state[STATE[whole]].item()
                    - start
                    + tau * sum(state_entropy(log_probs, whole[:t]) for t in range(len(chosen), len(whole) + 1))
                )
                for whole, probability in continuations(log_probs, chosen)
            )
    return q


def regularised_return(task: Task, log_probs: Tensor, tau: float) -> float:
    """Return J = E_π Σ_t [r_t + τ H(π(·|s_t))] by listing all sequences."""
    total = 0.0
    for whole, probability in continuations(log_probs, ()):
        entropies = sum(state_entropy(log_probs, whole[:t]) for t in range(len(whole) + 1))
        total += probability * (task.of_state[STATE[whole]].item() - task.of_state[0].item() + tau * entropies)
    return total
