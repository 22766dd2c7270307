"""Describe a trained actor: all that it needs besides its parameters and vocabularies, and where it comes from.

An exported model is a folder with the files of `FILES`, their digests and this description in `model.json`, and a model
card. `model.json` is written last: if it exists, the other files are complete.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import from_json

from erac_vaml.config.base import Settings
from erac_vaml.config.datasets import FeatureNetworkName, TextForm
from erac_vaml.config.settings import Evaluation, Network
from erac_vaml.errors import UnreadableError, UserError, content_fault
from erac_vaml.files import FileDigest, read_regular, write_json
from erac_vaml.runs.manifest import MODEL_FILE

FORMAT, VERSION = "erac-vaml model", 1
"""Name and version of the format. Raise the version when the content of the folder changes."""
DESCRIPTION = "model.json"
SOURCE_WORDS, TARGET_WORDS = "vocabulary.source.txt", "vocabulary.target.txt"
EXPORT_AGAIN = "copy the folder again, or export the run again"
"""How to fix a damaged model."""


class Translation(Settings):
    """The input and output of a model that translates."""

    kind: Literal["translation"] = "translation"
    source: TextForm
    target: TextForm

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files of an exported model that have a digest."""
        return MODEL_FILE, SOURCE_WORDS, TARGET_WORDS


class Captioning(Settings):
    """The input and output of a model that captions images."""

    kind: Literal["captioning"] = "captioning"
    feature_network: FeatureNetworkName | None
    """Network that computes the features of an image, its preparation of the image included; None: unknown, because the
    features were given."""
    weights: dict[str, str] | None
    """Origin of the network's weights: `name`, `tag`, `sha256`; None: unknown."""
    width: int
    """Number of features of an image."""
    batch_size: int
    """Images per batch of the network."""
    tokeniser: str
    """Tokeniser of the training captions, whose tokens a caption has."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files of an exported model that have a digest."""
        return MODEL_FILE, TARGET_WORDS


class Data(Settings):
    """The prepared data set that a model was trained on."""

    name: str
    kind: str
    words: dict[str, int]
    """Size of the vocabulary of each side, without special symbols."""
    counts: dict[str, dict[str, int]]
    """By split: pairs, tokens, images."""
    sha256: dict[str, str]
    """Digest of each prepared file by name."""


class Training(Settings):
    """The run that trained a model."""

    experiment: str
    run: str
    """Path below results/{experiment}/."""
    algorithm: str
    seed: int
    settings: dict[str, Any]
    """Every setting that the numbers depend on, by `section.field`."""
    data: Data
    code: str
    """Commit, or version of the package."""
    packages: dict[str, str]
    scores: dict[str, float]
    """Measures of the run by the names of scores.json."""
    bleu_signature: str | None
    """sacrebleu's version and settings."""


class ModelDescription(Settings):
    """The content of model.json."""

    format: str = FORMAT
    version: int = VERSION
    task: Annotated[Translation | Captioning, Field(discriminator="kind")]
    network: Network
    evaluation: Evaluation
    training: Training
    files: dict[str, FileDigest]
    """Digest of each file that `task.files` names."""


def write_description(folder: Path, description: ModelDescription) -> None:
    """Write model.json.

    Raises:
        OSError: the file cannot be written.
    """
    write_json(folder / DESCRIPTION, description.model_dump(mode="json"))


def read_description(folder: Path) -> ModelDescription:
    """Return the description of an exported model after all its files are checked.

    Raises:
        UserError: the folder has no model, one in another version of the format, or a file that is missing, damaged or
            changed, or cannot be read.
    """
    path = folder / DESCRIPTION
    try:
        content = read_regular(path)
        found = from_json(content)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{path}: no such file; give a folder that `erac-vaml export` wrote") from None
    except OSError as error:
        raise UnreadableError(path, error) from None
    except ValueError as error:
        raise UserError(f"{path}: damaged ({error}); {EXPORT_AGAIN}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise UserError(f"{path}: not a model of this program; give a folder that `erac-vaml export` wrote")
    if found.get("version") != VERSION:
        raise UserError(
            f"{path}: is in version {found.get('version')} of the format, this program reads version {VERSION}; "
            "export the run with this program, or install the program that wrote it"
        )
    try:
        description = ModelDescription.model_validate_json(content)
    except ValidationError as error:
        raise UserError(f"{path}: damaged ({content_fault(error)}); {EXPORT_AGAIN}") from None
    for name in description.task.files:
        digest = description.files.get(name)
        if digest is None:
            raise UserError(f"{path}: damaged (no digest of {name}); {EXPORT_AGAIN}")
        digest.check(folder / name, EXPORT_AGAIN)
    return description
