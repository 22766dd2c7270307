"""Perplexity of the references of a split under the actor."""

import torch

from erac_vaml.data.batches import Split, evaluation_order
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.objectives import sum_over_time, token_losses


@torch.no_grad()
def perplexity(network: SequenceToSequence, split: Split, batch_size: int, device: torch.device) -> float:
    """Return the actor's perplexity exp(−Σ log π / tokens) of the references, EOS included, without dropout.

    The perplexity of a diverged actor may be infinite or NaN.
    """
    total = torch.zeros((), dtype=torch.float64, device=device)
    for indices in evaluation_order(split, batch_size):
        batch = split.batch(indices, device)
        features = network.features(network.encode(batch.source, batch.source_lengths), batch.references)
        mask = batch.reference_mask
        losses = network.output.at(mask, token_losses, features, batch.references)
        total += sum_over_time(losses, mask).double().sum()
    tokens = int(split.target_lengths.sum()) + len(split)
    return (total / tokens).exp().item()
