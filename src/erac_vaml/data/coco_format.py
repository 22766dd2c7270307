"""The JSON files of captioned images, COCO's and Karpathy's: what is read of them, checked before anything is done."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError

FileName = Annotated[str, Field(pattern=r"^[^\t\r\n]+$")]
"""Has none of the characters that end a name in the tables that are written of it."""


class AnnotatedImage(BaseModel):
    """An image of COCO's annotation format."""

    id: int | str
    file_name: FileName


class Annotation(BaseModel):
    """A caption of COCO's annotation format."""

    id: int | str
    image_id: int | str
    caption: str


class Annotations(BaseModel):
    """COCO's annotation format."""

    images: list[AnnotatedImage]
    annotations: list[Annotation]


class SplitImage(BaseModel):
    """An image of Karpathy's split of MSCOCO."""

    split: Literal["train", "restval", "val", "test"]
    cocoid: int
    filename: FileName
    filepath: str = ""
    """Folder of the file, below the folder of images."""


class KarpathySplit(BaseModel):
    """Karpathy's split of MSCOCO."""

    images: list[SplitImage]


_Form = TypeVar("_Form", bound=BaseModel)


def read_annotations(path: Path) -> Annotations:
    """Read a file in COCO's annotation format.

    Raises:
        UserError: it cannot be read, is no JSON, or has another form.
    """
    return _read(path, Annotations, "COCO's annotation format")


def read_karpathy_split(path: Path) -> KarpathySplit:
    """Read dataset_coco.json.

    Raises:
        UserError: it cannot be read, is no JSON, or has another form.
    """
    return _read(path, KarpathySplit, "Karpathy's dataset_coco.json")


def _read(path: Path, form: type[_Form], name: str) -> _Form:
    try:
        return form.model_validate_json("\n".join(read_lines(path)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: {where or 'all of it'}: {first['msg']}; give {name}") from None
