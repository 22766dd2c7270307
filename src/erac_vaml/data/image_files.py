"""Files of images: read as RGB, and what is wrong with one told in a line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from erac_vaml.errors import UserError

_JPEG_END = b"\xff\xd9"


def read_image(path: Path) -> Image.Image:
    """Return an image as RGB, turned the way its EXIF orientation says; transparency is left out.

    Raises:
        UserError: it is missing or damaged.
    """
    with _damage_named(path), Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")  # Pillow warns of a palette with transparency otherwise.
        return upright.convert("RGB")


def refuse_unreadable(path: Path) -> None:
    """Check an image without decoding it, as far as its format allows.

    Raises:
        UserError: it is missing, cut off or no image, or has values of more than 8 bits, which conversion would clip.
    """
    with _damage_named(path):
        with Image.open(path) as image:
            kind, mode = image.format, image.mode
            image.verify()
        if kind == "JPEG" and not _ends_with(path, _JPEG_END):
            # Pillow verifies nothing of a JPEG; one without the end mark is cut off, or has something appended.
            read_image(path)
    if mode in ("I", "F") or mode.startswith("I;"):
        raise UserError(f"{path}: has more than 8 bits a channel (mode {mode}); convert it to 8-bit RGB")


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such image; check the folder of images and the image's name") from None
    except Exception as error:  # Pillow raises almost anything for a damaged file.
        reason = "of no known format" if isinstance(error, UnidentifiedImageError) else error
        raise UserError(f"{path}: cannot be read ({reason}); copy the image again, or save it as JPEG or PNG") from None


def _ends_with(path: Path, mark: bytes) -> bool:
    with path.open("rb") as stream:
        stream.seek(-len(mark), os.SEEK_END)
        return stream.read() == mark
