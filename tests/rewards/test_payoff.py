import math

import pytest
import torch

from erac_vaml.data.vocabulary import EOS, PAD, UNK
from erac_vaml.rewards.bleu import prefix_bleu
from erac_vaml.rewards.payoff import incremental_rewards, payoffs

A, B, C, D = range(EOS + 1, EOS + 5)

HYPOTHESES = torch.tensor([[A, B, UNK, C, EOS], [A, D, EOS, PAD, PAD]])
REFERENCES = torch.tensor([[[A, B, C, D, EOS]], [[A, D, B, EOS, PAD]]])
MASK = HYPOTHESES != PAD


def released(hypotheses=HYPOTHESES, references=REFERENCES):
    return payoffs(hypotheses, references, smoothing="all", unknown_matches=True, scale_by_length=True)


def test_the_payoff_is_bleu_times_the_words_of_the_reference() -> None:
    plain = prefix_bleu(HYPOTHESES, REFERENCES, smoothing="all", unknown_matches=True)
    torch.testing.assert_close(released(), plain * torch.tensor([[4.0], [3.0]]))


def test_without_scaling_the_payoff_is_bleu() -> None:
    scores = payoffs(HYPOTHESES, REFERENCES, smoothing="higher", unknown_matches=False, scale_by_length=False)
    plain = prefix_bleu(HYPOTHESES, REFERENCES, smoothing="higher", unknown_matches=False)
    assert scores.tolist() == plain.tolist()


def test_several_references_scale_by_their_mean_length() -> None:
    references = torch.tensor([[[A, B, C, D, EOS], [A, B, EOS, PAD, PAD]]])
    arguments = {"smoothing": "higher", "unknown_matches": False}
    scaled = payoffs(HYPOTHESES[:1], references, scale_by_length=True, **arguments)
    plain = payoffs(HYPOTHESES[:1], references, scale_by_length=False, **arguments)
    torch.testing.assert_close(scaled, 3.0 * plain)


def test_a_reference_that_a_batch_repeats_counts_once_in_the_mean_length() -> None:
    long, short = [A, B, C, D, EOS], [A, B, EOS, PAD, PAD]
    for references in ([long, short, short, short], [short, long, long, short], [long, long, long, short]):
        scaled, plain = (
            payoffs(HYPOTHESES[:1], torch.tensor([references]), scale_by_length=on) for on in (True, False)
        )
        torch.testing.assert_close(scaled, 3.0 * plain)


def test_each_of_a_pairs_sequences_is_scored_against_that_pairs_references() -> None:
    both = torch.stack([HYPOTHESES, HYPOTHESES.flip(0)], dim=1)
    scores = payoffs(both, REFERENCES)
    assert scores.shape == both.shape
    for pair, sample in ((0, 0), (0, 1), (1, 0), (1, 1)):
        alone = payoffs(both[pair, sample : sample + 1], REFERENCES[pair : pair + 1])
        assert scores[pair, sample].tolist() == alone[0].tolist()


def test_rewards_are_the_increments_of_the_payoff() -> None:
    # Eq. 13 on numbers: R = 1, 3, 2.5, then eos.
    rewards = incremental_rewards(torch.tensor([[1.0, 3.0, 2.5, 2.5]]), torch.ones(1, 4, dtype=torch.bool))
    assert rewards.tolist() == [[1.0, 2.0, -0.5, 0.0]]


def test_rewards_sum_to_the_payoff_of_the_sentence() -> None:
    scores = released()
    torch.testing.assert_close(incremental_rewards(scores, MASK).sum(dim=1), scores[:, -1])


def test_eos_and_padding_earn_nothing() -> None:
    rewards = incremental_rewards(released(), MASK)
    assert rewards[HYPOTHESES == EOS].tolist() == [0.0, 0.0]
    assert rewards[~MASK].tolist() == [0.0, 0.0]


def test_rewards_after_the_end_are_zero_whatever_the_payoff_there() -> None:
    mask = torch.tensor([[True, True, False]])
    assert incremental_rewards(torch.tensor([[1.0, 1.0, 7.0]]), mask).tolist() == [[1.0, 0.0, 0.0]]


def released_code_rewards(hypothesis: list[int], reference: list[int]) -> list[float]:
    """Released-code A11, C1, C2 and C4 in loops: ids without EOS and PAD; one added to every order; UNK matches."""
    payoff, rewards = 0.0, []
    for t in range(1, len(hypothesis) + 1):
        log_precision = 0.0
        for n in range(1, 5):
            grams = [tuple(hypothesis[i : i + n]) for i in range(t - n + 1)]
            available = [tuple(reference[i : i + n]) for i in range(len(reference) - n + 1)]
            matched = sum(min(grams.count(gram), available.count(gram)) for gram in set(grams))
            log_precision += math.log((matched + 1) / (len(grams) + 1)) / 4
        score = math.exp(log_precision + min(0.0, 1 - len(reference) / t)) * len(reference)
        rewards.append(score - payoff)
        payoff = score
    return rewards


def test_recipe_released_gives_the_released_codes_rewards() -> None:
    generator = torch.Generator().manual_seed(5)
    hypotheses = torch.randint(EOS + 1, EOS + 6, (20, 9), generator=generator)
    hypotheses[::3, 2] = UNK
    references = hypotheses.roll(1, 0).where(torch.rand(20, 9, generator=generator) < 0.5, hypotheses)
    pairs = zip(hypotheses.tolist(), references.tolist(), strict=True)
    expected = [[*released_code_rewards(hypothesis, reference), 0.0] for hypothesis, reference in pairs]

    eos = torch.full((20, 1), EOS)
    sequences = torch.cat([hypotheses, eos], dim=1)
    scores = released(sequences, torch.cat([references, eos], dim=1)[:, None])
    rewards = incremental_rewards(scores, torch.ones_like(sequences, dtype=torch.bool))
    torch.testing.assert_close(rewards, torch.tensor(expected), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("scale_by_length", [True, False])
def test_a_sequence_without_words_earns_nothing(scale_by_length: bool) -> None:
    empty = torch.tensor([[EOS, PAD]])
    scores = payoffs(empty, REFERENCES[:1], smoothing="all", unknown_matches=True, scale_by_length=scale_by_length)
    assert scores.tolist() == [[0.0, 0.0]]
