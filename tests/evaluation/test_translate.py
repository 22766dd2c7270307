"""Decoding of a split: order, text, and the input of each network."""

import math

import pytest
import torch
from sides import side_of

from erac_vaml.config.settings import Evaluation, Network
from erac_vaml.data.batches import Split
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.decoding.beam import beam_search
from erac_vaml.evaluation.translate import n_best, reconstruct, sample_texts, translate
from erac_vaml.networks.build import build_actor, build_q_network
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence

CPU = torch.device("cpu")
VOCABULARY = Vocabulary.from_words(["a", "b", "c", "d", "e", "f", "g", "h"])
SOURCES = [[4, 5, 6, 7], [8], [6, 7], [4, 4, 4], [5], [7, 8, 6, 5, 4], [9, 10]]
TARGETS = [[4, 6], [7, 8, 9], [5], [6, 10, 11, 4], [9], [8, 8], [11]]
SETTINGS = Network(units=8, embedding=6, initial_range=1.5)


SPLIT = Split(side_of(SOURCES), side_of(TARGETS))


def text_of(network: SequenceToSequence, memory: Memory, temperature: float = 1.0) -> str:
    found = beam_search(network, memory, beam_size=3, max_length=9, temperature=temperature)
    return " ".join(VOCABULARY.words(found.tokens[0].tolist()))


@pytest.mark.parametrize("batch_size", [1, 2, 50])
def test_translations_keep_the_splits_order(batch_size: int) -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))

    texts = translate(
        network, SPLIT, VOCABULARY, Evaluation(beam_size=3, max_length=9, batch_size=batch_size), device=CPU
    )

    alone = [text_of(network, network.encode(torch.tensor([ids]), torch.tensor([len(ids)]))) for ids in SOURCES]
    assert texts == alone
    assert len(set(alone)) > 3  # otherwise the order would not matter


def test_the_first_of_the_best_is_the_translation() -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    settings = Evaluation(beam_size=3, max_length=9, batch_size=2)
    found = n_best(network, SPLIT, VOCABULARY, settings, CPU, 3)
    assert [" ".join(best.words) for best, *_ in found] == translate(network, SPLIT, VOCABULARY, settings, CPU)
    assert [len(hypotheses) for hypotheses in found] == [3] * len(SOURCES)
    assert all(hypotheses == sorted(hypotheses, key=lambda one: -one.score) for hypotheses in found)


def test_there_are_no_more_hypotheses_than_sequences() -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    words = len(VOCABULARY) - 3  # <unk> is a word, <pad>, <s> and </s> are none.
    settings = Evaluation(beam_size=200, max_length=2)
    found = n_best(network, SPLIT, VOCABULARY, settings, CPU, 200)
    assert [len(hypotheses) for hypotheses in found] == [1 + words + words**2] * len(SOURCES)
    for hypotheses in found:
        # The sequences are those that have ended or have two words: a partition of all, but for <pad> and <s>.
        assert 0.5 < sum(math.exp(one.score) for one in hypotheses) < 1.0


def test_the_q_network_reads_the_references_between_bos_and_eos() -> None:
    network = build_q_network(SETTINGS, len(VOCABULARY), torch.Generator().manual_seed(3))

    texts = reconstruct(
        network, SPLIT, VOCABULARY, Evaluation(beam_size=3, max_length=9, batch_size=3), CPU, temperature=0.4
    )

    sequences = [torch.tensor([[2, *ids, 3]]) for ids in TARGETS]
    assert texts == [text_of(network, network.encode(ids, torch.tensor([ids.shape[1]])), 0.4) for ids in sequences]


def test_an_empty_translation_is_an_empty_text() -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    with torch.no_grad():
        network.output.bias[3] = 1000.0

    assert translate(network, SPLIT, VOCABULARY, Evaluation(), CPU) == [""] * len(SOURCES)


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    translate(network, SPLIT, VOCABULARY, Evaluation(max_length=5), CPU)

    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_samples_depend_on_the_seed_alone() -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    settings = Evaluation(max_length=9, batch_size=3)
    first, again, other = (sample_texts(network, SPLIT, VOCABULARY, settings, CPU, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert max(len(text.split()) for text in first) < settings.max_length


def test_samples_keep_the_splits_order() -> None:
    network = build_actor(SETTINGS, 12, len(VOCABULARY), torch.Generator().manual_seed(6))
    with torch.no_grad():
        network.output.weight.mul_(1e4)  # A sharp policy: its samples are what greedy search finds.
    settings = Evaluation(beam_size=1, max_length=9, batch_size=3)
    # The last token of a sample is EOS: one word less than a hypothesis may have.
    greedy = [" ".join(text.split()[:8]) for text in translate(network, SPLIT, VOCABULARY, settings, CPU)]
    assert sample_texts(network, SPLIT, VOCABULARY, settings, CPU, seed=1) == greedy
    assert len(set(greedy)) > 1
