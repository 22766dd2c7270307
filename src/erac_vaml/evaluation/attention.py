"""The weights that a decoder's attention gives to the words of a source."""

import torch
from torch import Tensor

from erac_vaml.data.batches import Batch
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


@torch.no_grad()
def attention_weights(network: SequenceToSequence, batch: Batch) -> Tensor:
    """Return the weights (B, T, S) of the source's words at each token of the references, which are fed.

    The network must have attention; captioners have none.
    """
    attention = network.decoder.attention
    assert attention is not None
    weights: list[Tensor] = []
    # The decoder calls attention once for all steps, or once for each step if it feeds its input.
    hook = attention.register_forward_hook(lambda module, inputs, _: weights.append(module.weights(*inputs)))
    try:
        network.features(network.encode(batch.source, batch.source_lengths), batch.references)
    finally:
        hook.remove()
    return torch.cat(weights, dim=1)
