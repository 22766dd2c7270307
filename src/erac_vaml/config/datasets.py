"""Settings and files of the six kinds of data set, three for translation and three for image captioning.

A data set has the paths of its raw files, and the names of its prepared files in the folder
results/EXPERIMENT/data/NAME.
"""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from erac_vaml.config.base import Settings
from erac_vaml.config.published import COCO_CAPTIONS, COCO_IMAGES, IWSLT14, KARPATHY_SPLIT, PublishedFile
from erac_vaml.files import short_digest

SPLITS = ("train", "valid", "test")
SIDES = ("source", "target")
SCORED_SPLITS = ("valid", "test")
"""Splits whose text is kept, because hypotheses are compared with it."""

CaptionTokeniser = Literal["java", "python", "none"]

FEATURE_NETWORKS = ("resnet101", "resnet101-v2", "efficientnet-lite2", "mini")
"""Names of networks for features; `timm:NAME` is any network of timm with weights."""
_TIMM_NAME = r"timm:[\w.]+"


def _known_network(name: str) -> str:
    if name not in FEATURE_NETWORKS and not re.fullmatch(_TIMM_NAME, name):
        raise ValueError(f"{name!r} is not a network; choose one of {', '.join(FEATURE_NETWORKS)}, or timm:NAME")
    return name


_NETWORK_SCHEMA = {"anyOf": [{"enum": list(FEATURE_NETWORKS)}, {"type": "string", "pattern": f"^{_TIMM_NAME}$"}]}
FeatureNetworkName = Annotated[str, AfterValidator(_known_network), WithJsonSchema(_NETWORK_SCHEMA)]


class TextForm(Settings):
    """How raw text becomes the tokens of one side, and tokens become text again (`data.tokenise`)."""

    tokeniser: str | None = Field(pattern=r"^moses:[a-z]{2,3}$")
    """`moses:LANGUAGE` is sacremoses; None: unknown, because the text was tokenised before the preparation."""
    lowercase: bool
    """Whether tokens are lower-cased."""


class TextDataset(Settings):
    """A data set with limits on length and vocabulary, the base of all kinds."""

    captions_images: ClassVar[bool] = False
    """True if the sources are images, False if they are sentences."""
    prepared_files: ClassVar[tuple[str, ...]] = ()
    """Files that `erac-vaml prepare` writes and training or evaluation reads."""
    feature_files: ClassVar[tuple[str, ...]] = ()
    """Files that `erac-vaml features` writes."""
    references_file: ClassVar[str] = ""
    """Prepared file with the references of the test set."""

    @property
    def raw_files(self) -> list[str]:
        """Files that preparation reads."""
        return []

    @property
    def required_files(self) -> list[str]:
        """Raw files that a workflow needs to start."""
        return self.raw_files

    @property
    def image_sources(self) -> list[str]:
        """Sources of the features: a folder of images, or given features and their names."""
        return []

    @property
    def given_features(self) -> tuple[str, str] | None:
        """Matrix of features and names of its rows, if they are given."""
        return None

    @property
    def digest(self) -> str:
        """Digest of all settings, which a job that prepares the data set compares with the planned one."""
        return short_digest(self.model_dump(mode="json"))

    max_length: int = Field(50, ge=1, le=10_000)
    """Longest sentence in tokens, on either side (MIXER recipe; released-code D1)."""
    min_count: int = Field(3, ge=1, le=1_000_000)
    """A word seen less often in the training text is unknown (MIXER recipe; D3)."""
    max_vocabulary: int = Field(50_000, ge=1, le=10_000_000)
    """Maximum number of words per side, without special symbols; the most frequent are kept (D3)."""

    @model_validator(mode="after")
    def _no_braces(self) -> Self:
        for path in (*self.raw_files, *self.image_sources):
            if "{" in path or "}" in path:
                raise ValueError(f"{path}: Snakemake would take the braces for a wildcard; rename the file")
        return self


class TranslationDataset(TextDataset):
    """A pair of text corpora."""

    prepared_files: ClassVar[tuple[str, ...]] = (
        "statistics.json",
        *(f"vocabulary.{side}.txt" for side in SIDES),
        *(f"{split}.npz" for split in SPLITS),
        *(f"{split}.{side}.txt" for split in SCORED_SPLITS for side in SIDES),
    )
    references_file: ClassVar[str] = "test.target.txt"

    drop_long_evaluation: bool = False
    """Drop pairs over `max_length` from valid and test too, as the released code does, and count them (D1)."""

    @property
    def text_forms(self) -> tuple[TextForm, TextForm]:
        """How the text of [source, target] is tokenised and cased: German and English by the MIXER recipe."""
        return TextForm(tokeniser="moses:de", lowercase=True), TextForm(tokeniser="moses:en", lowercase=True)


class CaptionDataset(TextDataset):
    """A set of captioned images. The paper preprocesses captions like Karpathy and Fei-Fei (2015) (§6.1)."""

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

    min_count: int = Field(5, ge=1, le=1_000_000)
    """A word seen less often in the training captions is unknown (Karpathy and Fei-Fei, 2015)."""
    tokeniser: CaptionTokeniser = "java"
    """Tokeniser of captions, the same for training and scores: `java` is Stanford's PTB tokeniser, which COCO's
    evaluation uses; `python` needs no Java and differs very little; `none` splits text at spaces. `java` and `python`
    lower-case and drop punctuation."""
    feature_network: FeatureNetworkName = "resnet101"
    """Network that computes the features of the images, unused if they are given (§6.1: ResNet-101): `resnet101` has
    the weights of the paper's time, `resnet101-v2` newer ones; `timm:NAME` is any network of timm
    (docs/how-to/get-the-data.md)."""
    feature_batch_size: int = Field(64, ge=1, le=100_000)
    """Images per batch of the network."""

    @property
    def needs_gpu(self) -> bool:
        """True if the job that makes the features asks for a GPU, because a large network computes them."""
        return self.given_features is None and self.feature_network != "mini"


class Iwslt14Dataset(TranslationDataset):
    """IWSLT 2014 German to English by the recipe of Ranzato et al. (2015), from the official archive."""

    kind: Literal["iwslt14"] = "iwslt14"
    archive: str | None = None
    """Path of de-en.tgz; null: the archive is downloaded."""
    urls: list[str] = Field(list(IWSLT14.urls), min_length=1)
    """Addresses of the archive, tried in order: fairseq's copy, then the official address, which is dead."""
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """Required SHA-256; null: that of the first download is printed, recorded and required from then on."""
    max_length_ratio: float = Field(1.5, ge=1.0, le=1e6)
    """Training pairs with a longer to shorter length ratio above this are dropped (MIXER recipe)."""
    check_counts: bool = True
    """Warn if the numbers of pairs and words are not the known 153,326 / 6,969 / 6,750 and 32,007 / 22,820."""

    @property
    def raw_files(self) -> list[str]:
        """The archive, unless it is downloaded."""
        return [self.archive] if self.archive else []


class ParallelDataset(TranslationDataset):
    """The user's parallel text: one file per side and split, one sentence per line, plain or gzipped, UTF-8."""

    kind: Literal["parallel"] = "parallel"
    train: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the training text."""
    valid: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the validation text."""
    test: tuple[str, str] = Field(strict=False)
    """[source file, target file] of the test text."""
    tokenised: bool = False
    """True: the text is already tokenised, with spaces between tokens. False: sacremoses tokenises it."""
    source_language: str = Field("de", pattern=r"^[a-z]{2,3}$")
    """Language code for the tokeniser."""
    target_language: str = Field("en", pattern=r"^[a-z]{2,3}$")
    """Language code for the tokeniser."""
    lowercase: bool = True
    """Lower-case both sides (MIXER recipe)."""
    max_length_ratio: float | None = Field(None, ge=1.0, le=1e6)
    """Training pairs with a longer to shorter length ratio above this are dropped; null: no limit."""
    max_train_pairs: int | None = Field(None, ge=1, le=1_000_000_000)
    """Use only the first so many training pairs, for a quick test; null: all."""
    vocabularies: tuple[str, str] | None = Field(None, strict=False)
    """[source, target] word lists, one word per line, most frequent first; null: words of the training text."""

    @property
    def raw_files(self) -> list[str]:
        """Both sides of each split, and the word lists if they are given."""
        return [*self.train, *self.valid, *self.test, *(self.vocabularies or ())]

    @property
    def text_forms(self) -> tuple[TextForm, TextForm]:
        """How the text of [source, target] is tokenised and cased."""

        def form(language: str) -> TextForm:
            return TextForm(tokeniser=None if self.tokenised else f"moses:{language}", lowercase=self.lowercase)

        return form(self.source_language), form(self.target_language)


class MiniDataset(TranslationDataset):
    """A small synthetic translation task from a seeded synchronous grammar; no download is needed."""

    bounds_file: ClassVar[str] = "bounds.json"

    kind: Literal["mini"] = "mini"
    seed: int = Field(1, ge=0, le=1_000_000_000)
    """Seed of the generator."""
    train_pairs: int = Field(1_500, ge=1, le=10_000_000)
    """Training pairs."""
    valid_pairs: int = Field(400, ge=1, le=10_000_000)
    """Validation pairs."""
    test_pairs: int = Field(500, ge=1, le=10_000_000)
    """Test pairs."""
    noise: float = Field(0.2, ge=0.0, le=1.0)
    """Share of training references with a word dropped, doubled, replaced or swapped; valid and test have none."""


class ImagesOrFeatures(CaptionDataset):
    """Image files, or given features of them."""

    images: str | None = None
    """Folder of the image files; not needed where `features` are given."""
    features: str | None = None
    """Matrix of features (.npy), a row for each line of `feature_ids`; null: `feature_network` computes them."""
    feature_ids: str | None = None
    """File with the image name of each row, one per line."""

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

    archives: ClassVar[tuple[PublishedFile, ...]] = (COCO_CAPTIONS, KARPATHY_SPLIT, *COCO_IMAGES.values())
    """Published archives of the captions, the split and the images."""

    kind: Literal["coco"] = "coco"
    download: bool = False
    """Download and unpack the missing ones of the captions, the split and the images (20.4 GB for all)."""
    urls: list[str] = [url for archive in archives for url in archive.urls]
    """Addresses of the four archives. Addresses with the same file name are tried in order."""
    annotations: tuple[str, str] = Field(strict=False)
    """[captions_train2014.json, captions_val2014.json]: the official captions."""
    split: str
    """dataset_coco.json, Karpathy's split; "restval" joins train: 113,287 / 5,000 / 5,000 images."""
    check_counts: bool = True
    """Warn if the numbers of images are not the known 113,287 / 5,000 / 5,000."""

    @property
    def raw_files(self) -> list[str]:
        """The annotations and the split."""
        return [*self.annotations, self.split]

    @property
    def required_files(self) -> list[str]:
        """None if they are downloaded; else the files that exist: without them a workflow does its other tasks."""
        return [] if self.download else [path for path in self.raw_files if Path(path).exists()]

    @model_validator(mode="after")
    def _addresses_given(self) -> Self:
        for archive in self.archives:
            if not archive.among(self.urls):
                raise ValueError(f"urls: none ends in {archive.name}; add its address")
        return self


class CaptionsDataset(ImagesOrFeatures):
    """The user's captioned images."""

    kind: Literal["captions"] = "captions"
    captions: list[str] = Field(min_length=1)
    """Files of captions, each image in one: COCO's annotation format (.json), or tables (.tsv, or .tsv.gz) with the
    image in the first column and the caption in the last."""
    train: str
    """File of the names of the training images, one per line."""
    valid: str
    """File of the names of the validation images, one per line."""
    test: str
    """File of the names of the test images, one per line."""

    @property
    def raw_files(self) -> list[str]:
        """The captions and the names of each split's images."""
        return [*self.captions, self.train, self.valid, self.test]


class MiniCaptionsDataset(CaptionDataset):
    """Rendered scenes of coloured shapes with captions from a seeded grammar; no download is needed."""

    kind: Literal["mini-captions"] = "mini-captions"
    min_count: int = Field(1, ge=1, le=1_000_000)
    tokeniser: CaptionTokeniser = "none"
    feature_network: FeatureNetworkName = "mini"
    seed: int = Field(1, ge=0, le=1_000_000_000)
    """Seed of the generator."""
    train_images: int = Field(500, ge=1, le=1_000_000)
    """Training images, with five captions each."""
    valid_images: int = Field(100, ge=1, le=1_000_000)
    """Validation images."""
    test_images: int = Field(200, ge=1, le=1_000_000)
    """Test images."""


ParallelText = Iwslt14Dataset | ParallelDataset | MiniDataset
CaptionedImages = CocoDataset | CaptionsDataset | MiniCaptionsDataset
CAPTION_KINDS = tuple(model.model_fields["kind"].default for model in get_args(CaptionedImages))
"""Values of `kind` for captioned images."""

Dataset = Annotated[ParallelText | CaptionedImages, Field(discriminator="kind")]
