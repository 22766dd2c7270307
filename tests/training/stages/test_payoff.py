"""The pay-off of the settings: each metric by the field's own libraries, on the texts of a batch."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from nltk.translate.gleu_score import sentence_gleu
from sacrebleu.metrics import BLEU, CHRF
from small_stages import CPU, stage_of, task

from erac_vaml.data.vocabulary import PAD
from erac_vaml.randomness import torch_generator
from erac_vaml.training.stages.payoff import prefix_payoffs, token_rewards
from erac_vaml.training.stages.proposals import propose

ADD_ONE = BLEU(tokenize="none", smooth_method="add-k", smooth_value=1, effective_order=False)
SCORES = {
    "bleu": lambda said, wanted: ADD_ONE.sentence_score(said, wanted).score / 100,
    "gleu": lambda said, wanted: sentence_gleu([text.split() for text in wanted], said.split()),
    "chrf": lambda said, wanted: CHRF().sentence_score(said, wanted).score / 100,
}


@pytest.fixture
def batch(dataset):
    """Eight pairs, each with the next pair's reference as a second one."""
    made = dataset.train.batch(np.arange(8), CPU)
    return replace(made, payoff_references=torch.stack([made.references, made.references.roll(1, 0)], dim=1))


def texts(ids, dataset):
    return [" ".join(dataset.target_vocabulary.words(row)) for row in ids.tolist()]


@pytest.mark.parametrize("scale_by_length", [True, False])
@pytest.mark.parametrize("metric", SCORES)
def test_rewards_add_up_to_the_metrics_score_of_the_sentence(metric, scale_by_length, dataset, batch):
    settings = task(rewards={"metric": metric, "scale_by_length": scale_by_length})
    stage, _ = stage_of("joint", dataset, settings)
    sequences = batch.references.roll(-1, 0)
    sequences = torch.cat([sequences[:, 1:2], sequences[:, 1:]], dim=1)  # Not quite any of the references.
    rewards = token_rewards(sequences, sequences != PAD, batch, stage._context)
    for row, said in enumerate(texts(sequences, dataset)):
        wanted = texts(batch.payoff_references[row], dataset)
        length = np.mean([len(text.split()) for text in wanted]) if scale_by_length else 1.0
        assert rewards[row].sum().item() == pytest.approx(length * SCORES[metric](said, wanted), rel=1e-4)


@pytest.mark.parametrize("metric", SCORES)
def test_ramls_weights_are_the_softmax_of_the_metrics_scores(metric, dataset, batch):
    settings = task(rewards={"metric": metric}, raml={"samples": 4, "tau": 0.5, "scale_by_length": False})
    stage, _ = stage_of("raml", dataset, settings)
    proposals = propose(batch, settings.raml, stage._context, torch_generator(1, "test"))
    said = texts(proposals.sequences, dataset)
    wanted = [texts(references, dataset) for references in batch.payoff_references for _ in range(4)]
    scores = torch.tensor([SCORES[metric](*pair) for pair in zip(said, wanted, strict=True)]).view(8, 4)
    torch.testing.assert_close(proposals.weights, (scores / 0.5).softmax(dim=1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("metric", SCORES)
def test_unknown_words_match_as_the_settings_say(metric, dataset, batch):
    unknown = batch.references.where(batch.references != batch.references[0, 0], 1)
    batch = replace(batch, payoff_references=unknown.unsqueeze(1))
    best = {}
    for matches in (True, False):
        settings = task(rewards={"metric": metric, "unknown_matches": matches})
        stage, _ = stage_of("joint", dataset, settings)
        best[matches] = prefix_payoffs(unknown, batch, stage._context, False)[:, -1]
    assert best[True].tolist() == [1.0] * 8
    assert best[False][0] < 1.0
