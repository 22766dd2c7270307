"""Pay-offs and rewards of a batch's sequences by a task's settings; a new pay-off is chosen here."""

from torch import Tensor

from erac_vaml.config.settings import Rewards
from erac_vaml.data.batches import Batch
from erac_vaml.rewards import incremental_rewards, payoffs


def prefix_payoffs(sequences: Tensor, batch: Batch, settings: Rewards, scale_by_length: bool) -> Tensor:
    """Return the pay-off R (N, T) of every prefix of sequences (N, T), N = B·M for B pairs (Eq. 4)."""
    return payoffs(
        sequences.unflatten(0, (len(batch.references), -1)),
        batch.payoff_references,
        smoothing=settings.smoothing,
        unknown_matches=settings.unknown_matches,
        scale_by_length=scale_by_length,
    ).flatten(0, 1)


def token_rewards(sequences: Tensor, mask: Tensor, batch: Batch, settings: Rewards) -> Tensor:
    """Return the reward r (N, T) of every token of sequences (N, T) under their mask (N, T) (Eq. 13)."""
    return incremental_rewards(prefix_payoffs(sequences, batch, settings, settings.scale_by_length), mask)
