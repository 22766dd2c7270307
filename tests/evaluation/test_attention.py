"""The weights of attention, teacher-forced, with and without input feeding."""

import numpy as np
import pytest
import torch

from erac_vaml.config.settings import Network
from erac_vaml.data.batches import Batch, Split
from erac_vaml.data.sequences import shift_right
from erac_vaml.data.sides import flatten
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.evaluation.attention import attention_weights
from erac_vaml.networks.build import build_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

WORDS = Vocabulary.from_words("abcdef")
CPU = torch.device("cpu")


def batch_of(*pairs: tuple[str, str]) -> Batch:
    source, target = (flatten([list(text) for text in side], WORDS) for side in zip(*pairs, strict=True))
    return Split(source, target).batch(np.arange(len(pairs)), CPU)


def actor(**settings: object) -> SequenceToSequence:
    network = Network.model_validate({"units": 6, "embedding": 5, "initial_range": 1.0, **settings})
    return build_actor(network, len(WORDS), len(WORDS), torch.Generator().manual_seed(1))


def test_the_weights_are_the_softmax_of_the_products_of_states() -> None:
    network, batch = actor(), batch_of(("abc", "fed"), ("dd", "a"))
    memory = network.encode(batch.source, batch.source_lengths)
    hidden, _ = network.decoder.lstm(
        network.decoder.embedding(shift_right(batch.references)), (memory.hidden, memory.cell)
    )
    products = torch.einsum("bth,bsh->bts", hidden, memory.states).exp()
    products[1, :, 2] = 0.0
    torch.testing.assert_close(attention_weights(network, batch), products / products.sum(dim=-1, keepdim=True))


@pytest.mark.parametrize("attention", ["dot", "mlp"])
def test_with_input_feeding_they_depend_on_the_words_before(attention: str) -> None:
    network = actor(attention=attention, input_feeding=True)
    first, second = (attention_weights(network, batch_of(("abc", target)))[0] for target in ("feda", "fedb"))
    assert first.shape == (5, 3)
    torch.testing.assert_close(first.sum(dim=1), torch.ones(5))
    torch.testing.assert_close(first[:4], second[:4])
    assert not torch.allclose(first[4], second[4])
