"""Read drawn figures: PNG files with their title and caption."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular


@dataclass(frozen=True)
class Picture:
    """A drawn figure."""

    title: str
    caption: str
    statement: str
    """Sentence on the data."""
    content: bytes
    """The PNG file."""

    @property
    def address(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.content).decode("ascii")


def read_picture(results: Path, name: str) -> Picture:
    """Return results/figures/{name}.png.

    Raises:
        UserError: the file is missing or damaged.
    """
    path, fix = results / "figures" / f"{name}.png", "draw it with `erac-vaml summarise`"
    try:
        content = read_regular(path)
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            texts = {key: str(value) for key, value in image.info.items()}
        return Picture(texts["Title"], texts["Description"], texts.get("Comment", ""), content)
    except (OSError, SyntaxError, KeyError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a figure ({error}); {fix}") from None
