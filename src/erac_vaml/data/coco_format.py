"""Models of the JSON files of captioned images, COCO's and Karpathy's, with the fields that are read."""

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, StrictInt, StrictStr, ValidationError

from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError, content_fault

_NAME = r"[^\t\r\n]+"

FileName = Annotated[str, Field(pattern=f"^{_NAME}$")]
"""A name without the characters that separate columns and lines of a table."""


def _without_separators(identifier: int | str) -> int | str:
    fits = re.fullmatch(_NAME, identifier) if isinstance(identifier, str) else identifier >= 0
    if not fits:
        raise ValueError("is neither a whole number from 0 on nor a name without tabs and line ends")
    return identifier


Identifier = Annotated[StrictInt | StrictStr, AfterValidator(_without_separators)]
"""A number or a name that a column of a table holds (`identifier_text`)."""


class AnnotatedImage(BaseModel):
    """An image of COCO's annotation format."""

    id: Identifier
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
    """The file's folder, relative to the folder of images."""


class KarpathySplit(BaseModel):
    """Karpathy's split of MSCOCO."""

    images: list[SplitImage]


_Form = TypeVar("_Form", bound=BaseModel)


def read_form(path: Path, form: type[_Form], name: str) -> _Form:
    """Read a JSON file as a model; `name` describes the expected file in messages.

    Raises:
        UserError: the file cannot be read, is not JSON, or has another form.
    """
    try:
        return form.model_validate_json("\n".join(read_lines(path)))
    except ValidationError as error:
        raise UserError(f"{path}: {content_fault(error)}; give {name}") from None
