"""Perplexity against its definition, one sentence at a time."""

import math

import pytest
import torch
from sides import side_of

from erac_vaml.config.settings import Network
from erac_vaml.data.batches import Split
from erac_vaml.evaluation.perplexity import perplexity
from erac_vaml.networks.build import build_actor

SOURCES = [[4, 5], [6, 7, 4, 5], [8], [5, 5, 5]]
TARGETS = [[4, 5, 6], [5], [4, 1, 5, 6], [6, 6]]


@pytest.fixture
def split() -> Split:
    return Split(side_of(SOURCES), side_of(TARGETS))


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_perplexity_is_the_inverse_geometric_mean_of_the_tokens_probabilities(split: Split, batch_size: int) -> None:
    settings = Network(units=4, embedding=4, dropout=0.5, initial_range=1.0)
    network = build_actor(settings, 9, 7, torch.Generator().manual_seed(0))

    log_probs = []
    for source, words in zip(SOURCES, TARGETS, strict=True):
        target = torch.tensor([[*words, 3]])
        logits = network.logits(network.encode(torch.tensor([source]), torch.tensor([len(source)])), target)[0]
        log_probs += [float(row[token].detach()) for row, token in zip(logits.log_softmax(-1), target[0], strict=True)]

    expected = math.exp(-sum(log_probs) / 14)  # 10 words and 4 EOS
    assert perplexity(network, split, batch_size, torch.device("cpu")) == pytest.approx(expected, rel=1e-5)


def test_a_uniform_actor_has_the_vocabulary_as_perplexity(split: Split) -> None:
    network = build_actor(Network(units=4, embedding=4), 9, 7, torch.Generator())
    with torch.no_grad():
        network.output.weight.zero_()
        network.output.bias.zero_()

    assert perplexity(network, split, 2, torch.device("cpu")) == pytest.approx(7.0, rel=1e-6)


def test_a_diverged_actor_has_an_infinite_perplexity(split: Split) -> None:
    network = build_actor(Network(units=4, embedding=4), 9, 7, torch.Generator())
    with torch.no_grad():
        network.output.bias[2] = 1e6

    assert perplexity(network, split, 2, torch.device("cpu")) == math.inf
