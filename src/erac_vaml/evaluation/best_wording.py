"""Compute the BLEU that can be reached on the mini language, by the most probable, a random and the best wording.

No network is involved: the grammar knows all wordings of a meaning and their probabilities. The most probable wording
(MAP) is what a perfect model finds with a perfect search. The wording of the highest expected BLEU (MBR) is what a
perfect policy outputs.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from erac_vaml.config.datasets import MiniDataset
from erac_vaml.data.corpus import Words
from erac_vaml.data.mini import mini_meanings, mini_pairs
from erac_vaml.data.mini_wording import Wordings, draw, most_probable
from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.evaluation.corpus_bleu import CorpusBleu, corpus_bleu
from erac_vaml.randomness import numpy_generator
from erac_vaml.rewards.bleu import prefix_bleu


def grammar_bounds(settings: MiniDataset) -> dict[str, dict[str, CorpusBleu]]:
    """Return the BLEU of the wordings that are most probable, random and best expected, by split and by these names."""
    meanings, pairs = mini_meanings(settings), mini_pairs(settings)
    generator = numpy_generator(settings.seed, "mini bounds")
    said: dict[str, Callable[[Wordings], Words]] = {
        "most probable": most_probable,
        "random": partial(draw, generator=generator),
        "best expected": partial(best_expected, generator=generator),
    }
    first = {"valid": 0, "test": settings.valid_pairs}
    return {
        split: {
            name: corpus_bleu(
                [" ".join(choose(meaning.target)) for meaning in meanings[start:][: len(pairs[split])]],
                [" ".join(target) for _, target in pairs[split]],
            )
            for name, choose in said.items()
        }
        for split, start in first.items()
    }


def best_expected(sentence: Wordings, generator: np.random.Generator, draws: int = 50) -> Words:
    """Return the wording with the highest expected sentence BLEU among drawn ones and the most probable one.

    Args:
        sentence: all wordings.
        generator: of the candidates and of the references that stand for the expectation.
        draws: candidates, and references.
    """
    drawn = [draw(sentence, generator) for _ in range(draws)]
    candidates = list(map(list, dict.fromkeys(map(tuple, [most_probable(sentence), *drawn]))))
    references = [draw(sentence, generator) for _ in range(draws)]
    return candidates[int(expected_bleu(candidates, references, [1.0 / draws] * draws).argmax())]


def expected_bleu(candidates: Sequence[Words], references: Sequence[Words], probabilities: Sequence[float]) -> Tensor:
    """Return the expected sentence BLEU (C,) of candidates against references with their probabilities."""
    numbers = {
        word: EOS + 1 + number
        for number, word in enumerate({word for words in [*candidates, *references] for word in words})
    }
    hypotheses, wanted = (
        _padded([[numbers[word] for word in words] for words in rows]) for rows in (candidates, references)
    )
    every_pair = prefix_bleu(
        hypotheses.repeat_interleave(len(wanted), dim=0),
        wanted.repeat(len(hypotheses), 1).unsqueeze(1),
        smoothing="higher",
        unknown_matches=True,
    )[:, -1]
    return every_pair.view(len(hypotheses), len(wanted)) @ torch.tensor(probabilities)


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    width = max(map(len, rows)) + 1
    return torch.tensor([[*row, EOS, *[PAD] * (width - 1 - len(row))] for row in rows])
