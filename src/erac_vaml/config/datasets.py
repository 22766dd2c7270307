"""Settings of the three kinds of translation data set."""

from typing import Annotated, Literal

from pydantic import Field

from erac_vaml.config.base import Settings


class TextDataset(Settings):
    """What every pair of text corpora has: limits on the length and on the vocabulary."""

    max_length: int = Field(50, ge=1)
    """Longest sentence in tokens, on either side (MIXER recipe; released-code D1)."""
    drop_long_evaluation: bool = False
    """Drop pairs over `max_length` from valid and test too, as the released code does (D1); they are counted."""
    min_count: int = Field(3, ge=1)
    """A word seen less often in the training text is unknown (MIXER recipe; D3)."""
    max_vocabulary: int = Field(50_000, ge=1)
    """Most words a side, special symbols aside; the most frequent are kept (D3)."""


class Iwslt14Dataset(TextDataset):
    """IWSLT 2014 German to English by the recipe of Ranzato et al. (2015), from the official archive."""

    kind: Literal["iwslt14"] = "iwslt14"
    archive: str | None = None
    """Path of de-en.tgz; where it is null the archive is downloaded from `url`."""
    url: str = "https://wit3.fbk.eu/archive/2014-01/texts/de/en/de-en.tgz"
    """Where the official archive is."""
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """Expected checksum; null records the one that the first download had and checks it from then on."""
    max_length_ratio: float = Field(1.5, ge=1.0)
    """Training pairs with a longer to shorter length ratio above this are dropped (MIXER recipe)."""
    check_counts: bool = True
    """Compare pairs and words with the known 153,326 / 6,969 / 6,750 and 32,007 / 22,820; report a difference."""


class ParallelDataset(TextDataset):
    """Anybody's parallel text: a file a side and split, one sentence a line, plain or gzipped, UTF-8."""

    kind: Literal["parallel"] = "parallel"
    train: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the training text."""
    valid: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the validation text."""
    test: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the test text."""
    tokenised: bool = False
    """True: tokens are separated by spaces already. False: sacremoses tokenises (escaped, as Moses does)."""
    source_language: str = Field("de", pattern=r"^[a-z]{2,3}$")
    """Language code for the tokeniser."""
    target_language: str = Field("en", pattern=r"^[a-z]{2,3}$")
    """Language code for the tokeniser."""
    lowercase: bool = True
    """Lower-case both sides (MIXER recipe)."""
    max_length_ratio: float | None = Field(None, ge=1.0)
    """Training pairs with a longer to shorter length ratio above this are dropped; null keeps all."""
    max_train_pairs: int | None = Field(None, ge=1)
    """Use only the first so many training pairs, for a quick look; null uses all."""
    vocabularies: tuple[str, str] | None = Field(None, strict=False)
    """[source, target] word lists, one word a line, most frequent first; null counts words in the training text."""


class MiniDataset(TextDataset):
    """A small synthetic translation task from a seeded synchronous grammar; needs no download."""

    kind: Literal["mini"] = "mini"
    seed: int = Field(1, ge=0)
    """Seed of the generator."""
    train_pairs: int = Field(1_500, ge=1)
    """Training pairs."""
    valid_pairs: int = Field(200, ge=1)
    """Validation pairs."""
    test_pairs: int = Field(400, ge=1)
    """Test pairs."""
    noise: float = Field(0.2, ge=0.0, le=1.0)
    """Share of training references with a word dropped, doubled, replaced or swapped; valid and test have none."""


Dataset = Annotated[Iwslt14Dataset | ParallelDataset | MiniDataset, Field(discriminator="kind")]
