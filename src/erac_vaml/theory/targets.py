"""First experiment: the sequence-level target P_R and token-level targets with the exact Q and wrong ones, by τ."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from erac_vaml.objectives import entropy, log_policy
from erac_vaml.randomness import torch_generator
from erac_vaml.theory.exact import divergence, optimal_q, payoff_distribution, target_log_probs, total_variation
from erac_vaml.theory.task import BleuTask

TAUS = np.geomspace(0.05, 10, 47)
"""From a target that is almost only the reference to one that is almost uniform; in words, like R (§6.1)."""
SHOWN_TAUS = (0.1, 0.4, 1.0, 4.0)
"""Temperatures whose likeliest sequences are listed."""
NOISE = 0.3
"""Standard deviation of the noisy Q's error, in words."""
DISCOUNT = 0.5
SEQUENCE_LEVEL, EXACT = "sequence-level", "exact"

_LISTED = 5
_NOISY_DRAWS = 20

_WRONG: dict[str, Callable[[BleuTask, float], Tensor]] = {
    "hard": lambda task, tau: optimal_q(task, tau, hard=True),
    "discounted": lambda task, tau: optimal_q(task, tau, discount=DISCOUNT),
    "greedy": lambda task, tau: optimal_q(task, tau, discount=0.0),
    "noisy": lambda task, tau: optimal_q(task, tau) + NOISE * _noise(task),
}
"""Q without the entropy of later words; with γ < 1; with γ = 0, so that only the reward counts; with random errors."""


def target_probs(task: BleuTask, tau: float) -> dict[str, Tensor]:
    """Return distributions (1 or draws, S) over sequences: P_R, then P_Q of the exact Q, then of wrong ones."""
    of_q = {EXACT: optimal_q(task, tau), **{name: make(task, tau) for name, make in _WRONG.items()}}
    probs = {name: target_log_probs(task.space, q, tau).exp() for name, q in of_q.items()}
    return {
        SEQUENCE_LEVEL: payoff_distribution(task, tau)[None],
        **{name: of_draws.reshape(-1, of_draws.shape[-1]) for name, of_draws in probs.items()},
    }


def measure_targets(task: BleuTask) -> pd.DataFrame:
    """Return a row for each τ and target: its measures, and its distances from P_R; means over the draws."""
    words = task.space.depths.double()
    rows = []
    for tau in TAUS:
        for name, probs in (found := target_probs(task, tau)).items():
            right = found[SEQUENCE_LEVEL][0]
            measures = {
                "reference_probability": probs[:, task.reference],
                "entropy": entropy(probs),
                "expected_payoff": probs @ task.of_state,
                "mean_words": probs @ words,
                "total_variation": total_variation(right, probs),
                "kl": divergence(right, log_policy(probs)),
            }
            rows.append({"tau": tau, "target": name, **{key: values.mean().item() for key, values in measures.items()}})
    return pd.DataFrame(rows)


def likeliest_sequences(task: BleuTask) -> pd.DataFrame:
    """Return the five likeliest sequences of each target at some τ, by the mean over the draws."""
    rows = []
    for tau in SHOWN_TAUS:
        for name, of_draws in target_probs(task, tau).items():
            probs = of_draws.mean(dim=0)
            # Rounded, so that equally likely sequences are in the order of their numbers.
            order = probs.mul(1e12).round().argsort(descending=True, stable=True)
            for rank, number in enumerate(order[:_LISTED].tolist(), start=1):
                rows.append(
                    {
                        "tau": tau,
                        "target": name,
                        "rank": rank,
                        "sequence": task.text(number),
                        "payoff": task.of_state[number].item(),
                        "probability": probs[number].item(),
                    }
                )
    return pd.DataFrame(rows)


def _noise(task: BleuTask) -> Tensor:
    """Return (draws, S, A) standard normal numbers, the same at every temperature."""
    shape = (_NOISY_DRAWS, *task.space.forbidden.shape)
    return torch.randn(shape, dtype=torch.float64, generator=torch_generator(0, "theory noise"))
