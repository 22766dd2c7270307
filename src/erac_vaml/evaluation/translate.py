"""Texts decoded from a split: translations or captions of the actor, its samples, reconstructions of the Q-network."""

import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from tqdm import tqdm

from erac_vaml.config.settings import Evaluation
from erac_vaml.data.batches import Batch, Split, evaluation_order
from erac_vaml.data.corpus import Words
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.decoding.beam import beam_search, n_best_search
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.randomness import torch_generator

_Decoded = TypeVar("_Decoded")


class Hypothesis(NamedTuple):
    """A sequence that beam search has found."""

    words: Words
    score: float
    """Natural logarithm of its probability, the end of the sequence included."""


def translate(
    network: SequenceToSequence, split: Split, vocabulary: Vocabulary, settings: Evaluation, device: torch.device
) -> list[str]:
    """Return the actor's sentence for each source by beam search, as tokenised text in the order of the split."""
    return _texts(_source_encoder(network), _beam_search(network, settings), split, vocabulary, settings, device)


def n_best(
    network: SequenceToSequence,
    split: Split,
    vocabulary: Vocabulary,
    settings: Evaluation,
    device: torch.device,
    count: int,
) -> list[list[Hypothesis]]:
    """Return the best hypotheses of beam search for each source, best first, in the order of the split.

    The first is that of `translate`. A source has fewer than `count` if there are no more.

    Args:
        network: the actor.
        split: the sources.
        vocabulary: of the hypotheses.
        settings: of the beam search.
        device: device of the network.
        count: hypotheses of each source, at most the size of the beam.
    """

    def search(memory: Memory) -> list[list[Hypothesis]]:
        found = n_best_search(network, memory, settings.beam_size, settings.max_length, count)
        return [
            [
                Hypothesis(vocabulary.words(ids), score)
                for ids, score in zip(sequences, scores, strict=True)
                if score != -math.inf
            ]
            for sequences, scores in zip(found.tokens.tolist(), found.scores.tolist(), strict=True)
        ]

    return _decode(_source_encoder(network), search, split, settings, device)


def greedy_texts(
    network: SequenceToSequence, split: Split, vocabulary: Vocabulary, settings: Evaluation, device: torch.device
) -> list[str]:
    """Return the sentence of the most probable word at each step for each source, in the order of the split."""
    return translate(network, split, vocabulary, settings.model_copy(update={"beam_size": 1}), device)


def sample_texts(
    network: SequenceToSequence,
    split: Split,
    vocabulary: Vocabulary,
    settings: Evaluation,
    device: torch.device,
    seed: int,
) -> list[str]:
    """Return a sentence drawn from the actor's policy for each source, in the order of the split.

    The random numbers depend only on the seed: they are the same after each epoch and on each split.
    """
    generator = torch_generator(seed, "validation samples", device=device)

    def draw(memory: Memory) -> Tensor:
        return sample(network, memory, settings.max_length, generator, enforce_eos=True).tokens

    return _texts(_source_encoder(network), draw, split, vocabulary, settings, device)


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

    return _texts(encode, _beam_search(network, settings, temperature), split, vocabulary, settings, device)


def _source_encoder(network: SequenceToSequence) -> Callable[[Batch], Memory]:
    return lambda batch: network.encode(batch.source, batch.source_lengths)


def _beam_search(
    network: SequenceToSequence, settings: Evaluation, temperature: float = 1.0
) -> Callable[[Memory], Tensor]:
    return lambda memory: beam_search(network, memory, settings.beam_size, settings.max_length, temperature).tokens


def _texts(
    encode: Callable[[Batch], Memory],
    decode: Callable[[Memory], Tensor],
    split: Split,
    vocabulary: Vocabulary,
    settings: Evaluation,
    device: torch.device,
) -> list[str]:
    """Return decoded sequences, words EOS PAD (B, T), as texts; `_decode` describes the arguments."""
    sequences = _decode(encode, lambda memory: decode(memory).tolist(), split, settings, device)
    return [" ".join(vocabulary.words(ids)) for ids in sequences]


@torch.no_grad()
def _decode(
    encode: Callable[[Batch], Memory],
    decode: Callable[[Memory], list[_Decoded]],
    split: Split,
    settings: Evaluation,
    device: torch.device,
) -> list[_Decoded]:
    """Return what is decoded for each source, in batches of similar length, in the order of the split.

    Args:
        encode: batch to memory of its sources.
        decode: memory to a result for each source.
        split: the pairs.
        settings: batch size.
        device: device of the networks.
    """
    found: dict[int, _Decoded] = {}
    for indices in tqdm(evaluation_order(split, settings.batch_size), desc="decoding", leave=False, disable=None):
        results = decode(encode(split.batch(indices, device)))
        found.update(zip(indices.tolist(), results, strict=True))
    return [found[index] for index in range(len(split))]
