"""Read image files as RGB, and check them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from erac_vaml.errors import UserError
from erac_vaml.files import open_regular

_JPEG_END = b"\xff\xd9"


def image_files(path: Path) -> list[Path]:
    """Return an image file, or all images of a folder in the order of their names.

    Raises:
        UserError: there is no such file or folder, or the folder has no image.
    """
    if path.is_file():
        return [path]
    found = sorted(file for file in path.glob("*") if file.suffix.lower() in Image.registered_extensions())
    if not found:
        raise UserError(f"{path}: no such folder, or no images in it; give an image or a folder of images")
    return found


def read_image(path: Path) -> Image.Image:
    """Return an image as RGB, rotated by its EXIF orientation; transparency is dropped.

    Raises:
        UserError: the file is missing, damaged, or no regular file.
    """
    with _damage_named(path), open_regular(path) as file, Image.open(file) as image:
        upright = ImageOps.exif_transpose(image)
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")  # Otherwise Pillow warns of a palette with transparency.
        return upright.convert("RGB")


def refuse_unreadable(path: Path) -> None:
    """Check an image without decoding it, as far as its format allows.

    Raises:
        UserError: the file is missing, incomplete, no regular file or no image, or has more than 8 bits per channel,
            which the conversion to RGB would clip.
    """
    with _damage_named(path):
        with open_regular(path) as file, Image.open(file) as image:
            kind, mode = image.format, image.mode
            image.verify()
        if kind == "JPEG" and not _ends_with(path, _JPEG_END):
            # Pillow does not verify a JPEG. One without the end mark is incomplete, or has appended bytes.
            read_image(path)
    if mode in ("I", "F") or mode.startswith("I;"):
        raise UserError(f"{path}: has more than 8 bits per channel (mode {mode}); convert it to 8-bit RGB")


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: no such image; check the folder of images and the image's name") from None
    except Exception as error:  # Pillow raises almost anything for a damaged file.
        reason = "unknown format" if isinstance(error, UnidentifiedImageError) else error
        raise UserError(f"{path}: cannot be read ({reason}); copy the image again, or save it as JPEG or PNG") from None


def _ends_with(path: Path, mark: bytes) -> bool:
    with path.open("rb") as stream:
        stream.seek(-len(mark), os.SEEK_END)
        return stream.read() == mark
