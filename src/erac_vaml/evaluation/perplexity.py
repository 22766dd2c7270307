"""Perplexity of a split's references under the actor."""

import torch
from torch.nn.functional import cross_entropy

from erac_vaml.data.batches import Split, evaluation_order
from erac_vaml.data.vocabulary import PAD
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


@torch.no_grad()
def perplexity(network: SequenceToSequence, split: Split, batch_size: int, device: torch.device) -> float:
    """Return the actor's perplexity of a reference token, EOS counted: exp(−Σ log π / tokens), without dropout.

    A diverged actor's may be infinite or not a number.
    """
    total = torch.zeros((), dtype=torch.float64, device=device)
    for indices in evaluation_order(split, batch_size):
        batch = split.batch(indices, device)
        logits = network.logits(network.encode(batch.source, batch.source_lengths), batch.references)
        total += cross_entropy(logits.flatten(0, 1), batch.references.flatten(), ignore_index=PAD, reduction="sum")
    tokens = int(split.target_lengths.sum()) + len(split)
    return (total / tokens).exp().item()
