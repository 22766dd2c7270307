"""Stored features of images: a matrix and the names of its rows.

A folder has `features.npy`, an (N, D) float16 matrix; `features.ids.txt`, where line n is the name of the image of
row n; and `features.json`, the origin of the features: the network, and the name, tag and SHA-256 of its weights.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.lib.format import open_memmap

from erac_vaml.data.corpus import read_lines
from erac_vaml.errors import UserError
from erac_vaml.files import open_regular

_ROWS_AT_ONCE = 4096
"""Rows of a stored matrix that are in memory at once."""


@dataclass(frozen=True)
class Features:
    """Names of images, and a row of features for each."""

    names: tuple[str, ...]
    matrix: np.ndarray
    """(N, D) floats, possibly mapped from a file."""


def load_features(matrix: Path, ids: Path) -> Features:
    """Map a matrix of features into memory, and read the names of its rows.

    Args:
        matrix: an (N, D) array of floats (.npy).
        ids: N lines, each the name of an image.

    Raises:
        UserError: a file is missing or damaged, the array has another type or shape or values that are not finite, or
            the names differ from the rows in number or are not unique.
    """
    names = tuple(read_lines(ids))
    try:
        open_regular(matrix).close()  # A pipe would never end.
        rows = open_memmap(matrix, mode="r")
    except FileNotFoundError:
        raise UserError(f"{matrix}: no such file; make the features first, or correct the path") from None
    except (OSError, ValueError, TokenError) as error:  # TokenError: an incomplete header.
        reason = str(error).partition("\n")[0]
        raise UserError(f"{matrix}: no array that can be read ({reason}); save it with numpy.save") from None
    if rows.ndim != 2 or rows.shape[1] == 0 or not np.issubdtype(rows.dtype, np.floating):
        raise UserError(f"{matrix}: is {rows.shape} of {rows.dtype}; save floats, a row for each image")
    if len(names) != len(rows):
        raise UserError(f"{ids} has {len(names)} lines, {matrix} {len(rows)} rows: make line n the name of row n")
    refuse_doubles(names, ids)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        sound = np.isfinite(rows[start : start + _ROWS_AT_ONCE]).all(axis=1)
        if not sound.all():
            number = start + int(np.argmin(sound))
            raise UserError(f"{matrix}: row {number} ({names[number]}) has NaN or infinity; make that row again")
    return Features(names, rows)


def refuse_doubles(names: Sequence[str], origin: Path) -> None:
    """Check that no image is named twice.

    Raises:
        UserError: an image is.
    """
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError(f"{origin}: {name} is named {count} times; name each image once")
