import pytest
import torch
from scipy.stats import chisquare

from erac_vaml.data.vocabulary import EOS, PAD, UNK
from erac_vaml.rewards.proposals import ngram_replacement, token_corruption, with_reference

VOCABULARY = 1000


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def reference_batch(word_counts: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """References of UNK, which no proposal draws, so that every replacement shows."""
    width = max(word_counts) + 1
    rows = [[UNK] * words + [EOS] + [PAD] * (width - words - 1) for words in word_counts]
    return torch.tensor(rows), torch.tensor(word_counts) + 1


def ngrams(words: int, samples: int, max_ngram: int = 4) -> torch.Tensor:
    references, lengths = reference_batch([words])
    return ngram_replacement(references, lengths, samples, VOCABULARY, max_ngram, generator())[0]


def assert_uniform(values: torch.Tensor, low: int, high: int) -> None:
    counts = values.flatten().bincount(minlength=high + 1)
    assert counts[:low].sum() == 0
    assert len(counts) == high + 1
    assert low == high or chisquare(counts[low:]).pvalue > 0.001


draw = pytest.mark.parametrize(
    "propose",
    [
        pytest.param(lambda *arguments: ngram_replacement(*arguments[:4], 4, arguments[4]), id="ngram"),
        pytest.param(lambda *arguments: token_corruption(*arguments[:4], 0.9, arguments[4]), id="token"),
    ],
)


@draw
def test_eos_and_padding_stay(propose) -> None:
    references, lengths = reference_batch([7, 0, 1, 3, 12])
    proposals = propose(references, lengths, 50, VOCABULARY, generator())
    special = (references <= EOS) & (references != UNK)
    assert proposals.shape == (5, 50, 13)
    assert (proposals.transpose(1, 2)[special] == references[special][:, None]).all()


@draw
def test_a_reference_without_words_stays(propose) -> None:
    references, lengths = reference_batch([0, 2])
    assert (propose(references, lengths, 20, VOCABULARY, generator())[0] == references[0]).all()


@draw
def test_replaced_words_are_uniform_over_the_ordinary_words(propose) -> None:
    references, lengths = reference_batch([20] * 50)
    proposals = propose(references, lengths, 20, 24, generator())
    assert_uniform(proposals[proposals > EOS], EOS + 1, 23)


@draw
def test_draws_depend_on_the_generator_alone(propose) -> None:
    references, lengths = reference_batch([9, 4])
    first, again, other = (propose(references, lengths, 5, VOCABULARY, generator(seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@draw
def test_samples_of_a_pair_differ(propose) -> None:
    references, lengths = reference_batch([9])
    proposals = propose(references, lengths, 2, VOCABULARY, generator())
    assert (proposals[0, 0] != proposals[0, 1]).any()


@draw
def test_no_samples_give_an_empty_axis(propose) -> None:
    references, lengths = reference_batch([9])
    assert propose(references, lengths, 0, VOCABULARY, generator()).shape == (1, 0, 10)


def test_the_ngram_is_one_run_of_words() -> None:
    replaced = (ngrams(words=12, samples=500) > EOS).int()
    starts = (replaced.diff(dim=1, prepend=torch.zeros(500, 1, dtype=torch.int32)) == 1).sum(dim=1)
    assert (starts == 1).all()


@pytest.mark.parametrize(("words", "max_ngram", "longest"), [(12, 4, 4), (3, 4, 3), (1, 4, 1), (12, 1, 1), (9, 9, 9)])
def test_the_ngrams_length_is_uniform_up_to_the_limit_or_the_sentence(words: int, max_ngram: int, longest: int) -> None:
    lengths = (ngrams(words, 5000, max_ngram) > EOS).sum(dim=1)
    assert_uniform(lengths, 1, longest)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_ngrams_position_is_uniform_and_fits_the_sentence(n: int) -> None:
    replaced = ngrams(words=9, samples=20_000) > EOS
    starts = replaced[replaced.sum(dim=1) == n].int().argmax(dim=1)
    assert_uniform(starts, 0, 9 - n)


def test_token_corruption_changes_a_share_of_the_words() -> None:
    # Released-code A8: 3.9 of 20 tokens at rate 0.2 (4.0 replaced, a few by themselves in a small vocabulary).
    references = torch.tensor([[EOS + 1] * 20 + [EOS]] * 100)
    proposals = token_corruption(references, torch.full((100,), 21), 100, 44, 0.2, generator())
    changed = (proposals != references[:, None]).sum(dim=2).float()
    assert changed.mean().item() == pytest.approx(20 * 0.2 * 39 / 40, abs=0.05)
    assert changed.var().item() == pytest.approx(20 * 0.195 * 0.805, rel=0.05)  # binomial: words are independent


def test_token_corruption_can_leave_a_reference_as_it_is() -> None:
    # Released-code A8: about 1 % of the copies equal a reference of 20 words (0.8²⁰ = 1.2 %).
    references, lengths = reference_batch([20])
    proposals = token_corruption(references, lengths, 20_000, VOCABULARY, 0.2, generator())
    assert (proposals == references).all(dim=2).float().mean().item() == pytest.approx(0.8**20, abs=0.003)


def test_rate_one_replaces_every_word() -> None:
    references, lengths = reference_batch([20, 5])
    proposals = token_corruption(references, lengths, 10, VOCABULARY, 1.0, generator())
    assert ((proposals > EOS) == (references == UNK)[:, None]).all()


def test_the_reference_comes_last() -> None:
    references = torch.tensor([[5, EOS], [6, EOS]])
    proposals = torch.tensor([[[7, EOS], [8, EOS]], [[9, EOS], [4, EOS]]])
    assert with_reference(proposals, references)[:, :, 0].tolist() == [[7, 8, 5], [9, 4, 6]]
