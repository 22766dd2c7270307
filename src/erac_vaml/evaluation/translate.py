"""Beam search over a split: translations or captions of the actor, and reconstructions of the Q-network."""

from collections.abc import Callable

import torch
from tqdm import tqdm

from erac_vaml.config.settings import Evaluation
from erac_vaml.data.batches import Batch, Split, evaluation_order
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.decoding.beam import beam_search
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence


def translate(
    network: SequenceToSequence, split: Split, vocabulary: Vocabulary, settings: Evaluation, device: torch.device
) -> list[str]:
    """Return the actor's sentence for each source by beam search, as tokenised text in the order of the split."""

    def encode(batch: Batch) -> Memory:
        return network.encode(batch.source, batch.source_lengths)

    return _decode(network, encode, split, vocabulary, settings, device, temperature=1.0)


def reconstruct(
    network: SequenceToSequence,
    split: Split,
    vocabulary: Vocabulary,
    settings: Evaluation,
    device: torch.device,
    temperature: float,
) -> list[str]:
    """Return the reconstruction of each reference by the policy softmax(Q / temperature), in the order of the split.

    The Q-network reads the references themselves. The BLEU of its reconstructions chooses its checkpoint (released-code
    E8).
    """

    def encode(batch: Batch) -> Memory:
        return network.encode_references(batch.references, batch.reference_lengths)

    return _decode(network, encode, split, vocabulary, settings, device, temperature)


@torch.no_grad()
def _decode(
    network: SequenceToSequence,
    encode: Callable[[Batch], Memory],
    split: Split,
    vocabulary: Vocabulary,
    settings: Evaluation,
    device: torch.device,
    temperature: float,
) -> list[str]:
    """Return the texts decoded from a split in batches of similar length, in the order of the split."""
    texts = [""] * len(split)
    for indices in tqdm(evaluation_order(split, settings.batch_size), desc="decoding", leave=False, disable=None):
        memory = encode(split.batch(indices, device))
        hypotheses = beam_search(network, memory, settings.beam_size, settings.max_length, temperature)
        for index, ids in zip(indices.tolist(), hypotheses.tokens.tolist(), strict=True):
            texts[index] = " ".join(vocabulary.words(ids))
    return texts
