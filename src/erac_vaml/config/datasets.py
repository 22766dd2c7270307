"""The kinds of data set, three for translation and three for image captioning: settings, and the files of each.

A data set names its raw files by their paths, and the files that it is turned into by their names in the folder
results/EXPERIMENT/data/NAME.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from erac_vaml.config.base import Settings
from erac_vaml.files import short_digest

SPLITS = ("train", "valid", "test")
SIDES = ("source", "target")
SCORED_SPLITS = ("valid", "test")
"""Splits whose text is kept, since hypotheses are compared with it."""


class TextDataset(Settings):
    """What every data set has: limits on the length and on the vocabulary."""

    captions_images: ClassVar[bool] = False
    """Whether its sources are images; otherwise they are sentences."""
    prepared_files: ClassVar[tuple[str, ...]] = ()
    """What `erac-vaml prepare` writes, and training or evaluation reads."""
    feature_files: ClassVar[tuple[str, ...]] = ()
    """What `erac-vaml features` writes of its images."""
    references_file: ClassVar[str] = ""
    """Prepared file that the hypotheses of the test set are scored by."""

    @property
    def raw_files(self) -> list[str]:
        """Files that preparation reads."""
        return []

    @property
    def required_files(self) -> list[str]:
        """Raw files without which a workflow does not start at all."""
        return self.raw_files

    @property
    def image_sources(self) -> list[str]:
        """What the features are made of: a folder of images, or given features with their names."""
        return []

    @property
    def given_features(self) -> tuple[str, str] | None:
        """Matrix of features and names of its rows, where these are given."""
        return None

    @property
    def digest(self) -> str:
        """Names all settings: a job that prepares the data set compares it with the one that was planned."""
        return short_digest(self.model_dump(mode="json"))

    max_length: int = Field(50, ge=1)
    """Longest sentence in tokens, on either side (MIXER recipe; released-code D1)."""
    min_count: int = Field(3, ge=1)
    """A word seen less often in the training text is unknown (MIXER recipe; D3)."""
    max_vocabulary: int = Field(50_000, ge=1)
    """Most words a side, special symbols aside; the most frequent are kept (D3)."""


class TranslationDataset(TextDataset):
    """What every pair of text corpora has."""

    prepared_files: ClassVar[tuple[str, ...]] = (
        "statistics.json",
        *(f"vocabulary.{side}.txt" for side in SIDES),
        *(f"{split}.npz" for split in SPLITS),
        *(f"{split}.{side}.txt" for split in SCORED_SPLITS for side in SIDES),
    )
    references_file: ClassVar[str] = "test.target.txt"

    drop_long_evaluation: bool = False
    """Drop pairs over `max_length` from valid and test too, as the released code does (D1); they are counted."""


class CaptionDataset(TextDataset):
    """What every set of captioned images has. The paper's preprocessing is Karpathy and Fei-Fei's (2015) (§6.1)."""

    captions_images: ClassVar[bool] = True
    prepared_files: ClassVar[tuple[str, ...]] = (
        "statistics.json",
        "vocabulary.target.txt",
        "images.tsv",
        *(f"{split}.npz" for split in SPLITS),
        *(f"{split}.references.txt" for split in SCORED_SPLITS),
    )
    feature_files: ClassVar[tuple[str, ...]] = ("features.npy", "features.ids.txt", "features.json")
    references_file: ClassVar[str] = "test.references.txt"

    min_count: int = Field(5, ge=1)
    """A word seen less often in the training captions is unknown (Karpathy and Fei-Fei, 2015)."""
    tokeniser: Literal["java", "python", "none"] = "java"
    """Tokenises captions, for training and scores alike, so that what is trained is what is scored: Stanford's PTB
    tokeniser, which COCO's evaluation uses and which needs Java; a Java-free one that is nearly the same; or none, for
    text whose tokens stand between blanks already. All but the last lower-case and drop punctuation."""
    feature_network: Literal["resnet101", "efficientnet-lite2", "mini"] = "resnet101"
    """Network that turns the images into features (§6.1: ResNet-101, which needs the extra `vision`); unread where the
    features are given."""
    feature_batch_size: int = Field(64, ge=1)
    """Images that it sees at once."""


class Iwslt14Dataset(TranslationDataset):
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

    @property
    def raw_files(self) -> list[str]:
        """The archive, unless it is downloaded."""
        return [self.archive] if self.archive else []


class ParallelDataset(TranslationDataset):
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

    @property
    def raw_files(self) -> list[str]:
        """Both sides of each split, and the word lists where they are given."""
        return [*self.train, *self.valid, *self.test, *(self.vocabularies or ())]


class MiniDataset(TranslationDataset):
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


class ImagesOrFeatures(CaptionDataset):
    """Image files, or ready features of them."""

    images: str | None = None
    """Folder of the image files; not needed where `features` are given."""
    features: str | None = None
    """Matrix of features (.npy), a row for each line of `feature_ids`; null: `feature_network` makes them."""
    feature_ids: str | None = None
    """Names of the images whose features the rows are, one a line."""

    @property
    def given_features(self) -> tuple[str, str] | None:
        """`features` and `feature_ids`, or None."""
        return (self.features, self.feature_ids) if self.features and self.feature_ids else None

    @property
    def image_sources(self) -> list[str]:
        """The given features, or else the folder of images."""
        return list(self.given_features or filter(None, [self.images]))

    @model_validator(mode="after")
    def _given(self) -> Self:
        if (self.features is None) != (self.feature_ids is None):
            raise ValueError("features and feature_ids go together: a matrix, and the image of each of its rows")
        if self.features is None and self.images is None:
            raise ValueError("give `images`, a folder of image files, or `features` with `feature_ids`")
        return self


class CocoDataset(ImagesOrFeatures):
    """MSCOCO by Karpathy's split, from the official annotation files (§6.1)."""

    kind: Literal["coco"] = "coco"
    annotations: tuple[str, str] = Field(strict=False)
    """[captions_train2014.json, captions_val2014.json]: the official captions."""
    split: str
    """dataset_coco.json, Karpathy's split; "restval" joins train: 113,287 / 5,000 / 5,000 images."""
    check_counts: bool = True
    """Compare the images with the known 113,287 / 5,000 / 5,000; report a difference."""

    @property
    def raw_files(self) -> list[str]:
        """The annotations and the split."""
        return [*self.annotations, self.split]

    @property
    def required_files(self) -> list[str]:
        """Those that are there: nobody may hand them out, and a workflow that lacks them does its other tasks."""
        return [path for path in self.raw_files if Path(path).exists()]


class CaptionsDataset(ImagesOrFeatures):
    """Anybody's captioned images."""

    kind: Literal["captions"] = "captions"
    captions: list[str] = Field(min_length=1)
    """Files of captions: COCO's annotation format (.json), or tables of image, tab, caption (.tsv, or .tsv.gz); of more
    columns the first and the last count."""
    train: str
    """File of the names of the training images, one a line."""
    valid: str
    """File of the names of the validation images, one a line."""
    test: str
    """File of the names of the test images, one a line."""

    @property
    def raw_files(self) -> list[str]:
        """The captions and the names of each split's images."""
        return [*self.captions, self.train, self.valid, self.test]


class MiniCaptionsDataset(CaptionDataset):
    """Rendered scenes of coloured shapes with captions from a seeded grammar; needs no download."""

    kind: Literal["mini-captions"] = "mini-captions"
    min_count: int = Field(1, ge=1)
    tokeniser: Literal["java", "python", "none"] = "none"
    feature_network: Literal["resnet101", "efficientnet-lite2", "mini"] = "mini"
    seed: int = Field(1, ge=0)
    """Seed of the generator."""
    train_images: int = Field(500, ge=1)
    """Training images, of five captions each."""
    valid_images: int = Field(100, ge=1)
    """Validation images."""
    test_images: int = Field(200, ge=1)
    """Test images."""


ParallelText = Iwslt14Dataset | ParallelDataset | MiniDataset
CaptionedImages = CocoDataset | CaptionsDataset | MiniCaptionsDataset
CAPTION_KINDS = tuple(model.model_fields["kind"].default for model in get_args(CaptionedImages))
"""Kinds of captioned images, as a configuration file names them."""

Dataset = Annotated[ParallelText | CaptionedImages, Field(discriminator="kind")]
