"""Pay-offs and rewards of a batch's sequences by a task's settings; add a new pay-off here."""

from functools import partial

from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.rewards import PrefixScore, incremental_rewards, payoffs_by, prefix_bleu, prefix_chrf, prefix_gleu
from erac_vaml.training.stages.base import Context


def prefix_payoffs(sequences: Tensor, batch: Batch, context: Context, scale_by_length: bool) -> Tensor:
    """Return the pay-off R (N, T) of every prefix of sequences (N, T), N = B·M for B pairs (Eq. 4)."""
    return payoffs_by(
        _prefix_score(context),
        sequences.unflatten(0, (len(batch.references), -1)),
        batch.payoff_references,
        scale_by_length=scale_by_length,
    ).flatten(0, 1)


def token_rewards(sequences: Tensor, mask: Tensor, batch: Batch, context: Context) -> Tensor:
    """Return the reward r (N, T) of every token of sequences (N, T) under their mask (N, T) (Eq. 13)."""
    scale_by_length = context.settings.rewards.scale_by_length
    return incremental_rewards(prefix_payoffs(sequences, batch, context, scale_by_length), mask)


def _prefix_score(context: Context) -> PrefixScore:
    settings = context.settings.rewards
    if settings.metric == "gleu":
        return partial(prefix_gleu, unknown_matches=settings.unknown_matches)
    if settings.metric == "chrf":
        return partial(prefix_chrf, spelling=context.spelling, unknown_matches=settings.unknown_matches)
    return partial(prefix_bleu, smoothing=settings.smoothing, unknown_matches=settings.unknown_matches)
