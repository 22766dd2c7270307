"""Fetching a file, whole or not at all."""

import http.client
import os
import urllib.request
from pathlib import Path

from tqdm import tqdm

from erac_vaml.errors import UserError

_TIMEOUT_SECONDS = 60
_BLOCK = 1 << 16


def download(url: str, path: Path) -> None:
    """Fetch a file; it appears under its name only when it is whole.

    Raises:
        UserError: the server cannot be reached, has no such file, or breaks off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response, part.open("wb") as stream:
            size = int(response.headers.get("Content-Length") or 0)
            with tqdm(total=size or None, desc=path.name, unit="B", unit_scale=True, disable=None) as progress:
                while block := response.read(_BLOCK):
                    stream.write(block)
                    progress.update(len(block))
        received = part.stat().st_size
        if size and received != size:
            raise UserError(f"{url}: broke off after {received} of {size} bytes; run it again")
        os.replace(part, path)
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError and time-outs are OSErrors
        raise UserError(f"{url}: {error}; fetch it by hand and give its path as `archive`") from None
    finally:
        part.unlink(missing_ok=True)
