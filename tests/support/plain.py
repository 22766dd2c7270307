"""The objectives as the paper writes them, on whole (…, T, V) arrays under autograd.

The program works row by row and writes its gradients itself (`erac_vaml.networks.output`); it must agree with these.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from erac_vaml.data.vocabulary import EOS
from erac_vaml.objectives.steps import one_step_ahead, sum_over_time


def taken(scores: Tensor, tokens: Tensor) -> Tensor:
    """Return the scores (…) of the tokens (…) out of the scores (…, V) of all words."""
    return scores.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def expectation(probs: Tensor, values: Tensor) -> Tensor:
    """Return Σ_w probs · values (…) of two (…, V); what has no probability adds nothing, infinite or not."""
    return (probs * values.masked_fill(probs == 0, 0.0)).sum(dim=-1)


def sequence_log_probs(log_probs: Tensor, sequences: Tensor, mask: Tensor) -> Tensor:
    """Return log P(y | x), (…), of sequences (…, T)."""
    return sum_over_time(taken(log_probs, sequences), mask)


def mle_loss(log_probs: Tensor, sequences: Tensor, mask: Tensor) -> Tensor:
    return -sequence_log_probs(log_probs, sequences, mask).mean()


def raml_loss(weights: Tensor, sequence_log_probs: Tensor) -> Tensor:
    """App. B.1 of log-probabilities (B, M) of whole sequences."""
    return -(weights * sequence_log_probs).sum(dim=1).mean()


def soft_value(q: Tensor, tau: float) -> Tensor:
    """Eq. 14: (…) out of (…, V)."""
    return tau * (q / tau).logsumexp(dim=-1)


def token_target(q: Tensor, tau: float) -> Tensor:
    """Eq. 3: (…, V)."""
    return (q / tau).softmax(dim=-1)


def cross_entropy(target_probs: Tensor, log_probs: Tensor) -> Tensor:
    """Return −Σ_w target(w) log model(w), (…) out of two (…, V)."""
    return -expectation(target_probs, log_probs)


def vaml_loss(
    weights: Tensor, q: Tensor, log_probs: Tensor, sequences: Tensor, choose_target: Tensor, mask: Tensor, tau: float
) -> Tensor:
    """App. B.2 of (B, M, T, V); z of every token is `choose_target` (B, M, T)."""
    towards_target = cross_entropy(token_target(q.detach(), tau), log_probs)
    per_sequence = sum_over_time(towards_target.where(choose_target, -taken(log_probs, sequences)), mask)
    return (weights * per_sequence).sum(dim=1).mean()


def eos_alone(log_probs: Tensor) -> Tensor:
    """Return log-probabilities (…, V) of the policy that can only end (Corollary 1)."""
    ended = torch.full_like(log_probs, -torch.inf)
    ended[..., EOS] = 0.0
    return ended


def entropy(log_probs: Tensor) -> Tensor:
    """Return H (…) in nats out of (…, V)."""
    return -expectation(log_probs.exp(), log_probs)


@torch.no_grad()
def td_target(rewards: Tensor, log_probs: Tensor, target_q: Tensor, mask: Tensor, tau: float) -> Tensor:
    """Eq. 19: (B, T) out of the policy's and the target critic's (B, T, V)."""
    return rewards + one_step_ahead(expectation(log_probs.exp(), target_q - tau * log_probs), mask)


def squared_deviations(q: Tensor) -> Tensor:
    """Return Σ_w (Q(w) − mean Q)², (…) out of (…, V)."""
    return (q - q.mean(dim=-1, keepdim=True)).square().sum(dim=-1)


def smoothing_loss(q: Tensor, mask: Tensor, kind: Literal["sum", "variance"]) -> Tensor:
    """§4.2 of (B, T, V)."""
    return sum_over_time(q.var(dim=-1) if kind == "variance" else squared_deviations(q), mask).mean()


def policy_losses(log_probs: Tensor, q: Tensor, tau: float, normalise_log_probs: bool) -> Tensor:
    """Eq. 20: −Σ_w π(w) [Q(w) − τ log π(w)], (…) out of (…, V), the bracket constant to the gradient."""
    constant = log_probs.detach()
    if normalise_log_probs:
        constant = normalize(constant.masked_fill(constant.isneginf(), 0.0), dim=-1)
    return -expectation(log_probs.exp(), q.detach() - tau * constant)


def actor_loss(log_probs: Tensor, q: Tensor, mask: Tensor, tau: float, normalise_log_probs: bool) -> Tensor:
    """Eq. 20 of (B, T, V)."""
    return sum_over_time(policy_losses(log_probs, q, tau, normalise_log_probs), mask).mean()
