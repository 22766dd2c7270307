"""A sequence task small enough to list: every sequence over {eos, a, b} of at most T = 4 tokens, and every prefix.

The sums over all sequences are plain loops. They follow the paper's definitions, not the code under test.
"""

import math

import torch
from torch import Tensor

from erac_vaml.data.vocabulary import EOS
from erac_vaml.rewards.payoff import payoffs
from erac_vaml.theory.sequence_space import Prefix, SequenceSpace
from erac_vaml.theory.task import Task

MAX_LENGTH = 4
SPACE = SequenceSpace(words=2, max_length=MAX_LENGTH)
SYMBOLS = SPACE.symbols
"""Ids of the symbols of W. Action a is SYMBOLS[a]; action 0 is eos."""

PREFIXES = SPACE.prefixes
"""The states Y⁻, shortest first. Sequence i is PREFIXES[i] + eos."""
STATE = SPACE.number

SEQUENCES = SPACE.sequences
MASK = SPACE.mask
ACTIONS = SPACE.actions
"""(15, 4) number of the action taken at each step; 0 at padding."""
STATES = SPACE.states
"""(15, 4) number of the state in which the token of each step is chosen."""
AT_LIMIT = SPACE.forbidden[:, 1]
"""(15,) states in which only eos may follow."""
FORBIDDEN = SPACE.forbidden
"""(15, 3) actions that the length limit forbids."""
allowed = SPACE.allowed


def random_task(seed: int) -> Task:
    of_state = torch.randn(len(PREFIXES), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    of_state[0] = 0.0
    return Task(SPACE, of_state)


def bleu_task() -> Task:
    reference = torch.tensor([[SYMBOLS[1], SYMBOLS[2], SYMBOLS[2], EOS]]).expand(len(PREFIXES), 1, 4)
    scores = payoffs(SEQUENCES, reference, smoothing="all", unknown_matches=False, scale_by_length=True)
    return Task(SPACE, scores[:, -1].double())


def random_policy(seed: int, spread: float = 1.0) -> Tensor:
    """Return log-probabilities (15, 3) of a random policy, which takes eos at the length limit."""
    generator = torch.Generator().manual_seed(seed)
    return allowed(spread * torch.randn(len(PREFIXES), 3, generator=generator, dtype=torch.float64)).log_softmax(-1)


def continuations(log_probs: Tensor, prefix: Prefix) -> list[tuple[Prefix, float]]:
    """Return all sequences that continue the prefix, without eos, and their probabilities given the prefix."""
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
    """Return Q^π (15, 3) of Eq. 9: the expected return plus τ × the entropy of all later steps, by listing them.

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
