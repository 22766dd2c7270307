"""Perplexity of a split's references under the actor."""

import math

import torch
from torch.nn.functional import cross_entropy

from erac_vaml.data.batches import Split, evaluation_order
from erac_vaml.data.vocabulary import PAD
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


@torch.no_grad()
def perplexity(network: SequenceToSequence, split: Split, batch_size: int, device: torch.device) -> float:
    """Return the actor's perplexity of a reference token, EOS counted: exp(−Σ log π / tokens), without dropout."""
    total = torch.zeros((), dtype=torch.float64, device=device)
    tokens = 0
    for indices in evaluation_order(split, batch_size):
        batch = split.batch(indices, device)
        logits = network.logits(network.encode(batch.source, batch.source_lengths), batch.references)
        total += cross_entropy(logits.flatten(0, 1), batch.references.flatten(), ignore_index=PAD, reduction="sum")
        tokens += int(split.target_lengths[indices].sum()) + len(indices)
    return math.exp(total.item() / tokens)
