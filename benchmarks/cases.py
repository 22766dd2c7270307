"""The cases that are measured: a stage at some size, with or without input feeding."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

SOURCE_VOCABULARY, TARGET_VOCABULARY = 32_009, 22_822
"""Ids of the two sides of IWSLT14, special symbols counted."""

MEAN_TARGET_WORDS = 17.8
"""Words of a target sentence of IWSLT14, `eos` not counted."""


class Stage(StrEnum):
    """A stage, beam search or prefix BLEU, by its name on the command line."""

    MLE = "mle"
    RAML = "raml"
    Q_NETWORK = "q-network"
    VAML = "vaml"
    CRITIC = "critic"
    ERAC = "erac"
    BEAM_SEARCH = "beam-search"
    PREFIX_BLEU = "prefix-bleu"

    @property
    def label(self) -> str:
        """The name in tables."""
        return _LABELS[self]


_LABELS = {
    Stage.MLE: "MLE",
    Stage.RAML: "RAML",
    Stage.Q_NETWORK: "soft Q-learning",
    Stage.VAML: "VAML",
    Stage.CRITIC: "critic pre-training",
    Stage.ERAC: "ERAC",
    Stage.BEAM_SEARCH: "beam search",
    Stage.PREFIX_BLEU: "prefix BLEU",
}


@dataclass(frozen=True)
class Case:
    """One row of the benchmark; the defaults are the sizes of IWSLT14."""

    stage: Stage
    input_feeding: bool = False
    batch_size: int | None = None
    """Sentence pairs; None: the batch size of the stage's settings."""
    target_words: float = MEAN_TARGET_WORDS
    """Mean words of a target sentence of the batch."""
    target_vocabulary: int = TARGET_VOCABULARY

    @property
    def label(self) -> str:
        """The name in tables."""
        return f"{self.stage.label}, input feeding" if self.input_feeding else self.stage.label


def stage_cases(stages: Collection[Stage], input_feeding_too: bool) -> list[Case]:
    """Return the cases at the size of IWSLT14; prefix BLEU uses no network and has one case."""
    plain = [Case(stage) for stage in stages]
    fed = [Case(stage, input_feeding=True) for stage in stages if stage != Stage.PREFIX_BLEU]
    return plain + fed if input_feeding_too else plain


def growth_cases(stages: Collection[Stage]) -> dict[str, list[Case]]:
    """Return the cases that show how cost grows, by the quantity that grows; MLE and ERAC stand for all stages."""
    grown = [stage for stage in (Stage.MLE, Stage.ERAC) if stage in stages]
    return {
        "batch size": [Case(stage, batch_size=size) for stage in grown for size in (10, 25, 50, 100)],
        "target words": [Case(stage, target_words=words) for stage in grown for words in (10.0, 20.0, 40.0)],
        "target vocabulary": [
            Case(stage, target_vocabulary=size) for stage in grown for size in (2_000, 8_000, TARGET_VOCABULARY)
        ],
    }


@dataclass(frozen=True)
class Effort:
    """The number of steps and repetitions."""

    warm_up: int
    """Steps before the first one that counts: the first steps use new memory, which is slow."""
    repetitions: int
    """Measured steps; the median counts."""
    product_repetitions: int
    """Measurements of each bare product; the median counts."""


FULL, SHORT = Effort(6, 11, 5), Effort(3, 5, 3)
