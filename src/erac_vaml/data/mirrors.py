"""Fetch a published file from the first of its addresses that has it, and check it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from erac_vaml.config.published import PublishedFile
from erac_vaml.data.download import RefusedError, download
from erac_vaml.errors import UserError
from erac_vaml.files import sha256

_MOST_TIMES_ITS_SIZE = 10
"""Maximum size of a download as a multiple of the published size: a mirror may have packed it in another way."""


def fetch(
    file: PublishedFile,
    path: Path,
    *,
    urls: Sequence[str],
    check: Callable[[Path], object],
    by_hand: str,
    required: str | None = None,
) -> None:
    """Fetch a published file; it appears under its name only when it is complete and checked.

    A wrong file, such as a login page, is deleted, and the next address is tried. A valid file with other bytes than
    published is accepted, with a warning, only if no other address has the published one.

    Args:
        file: the published file.
        path: the file to write; a missing folder is created.
        urls: addresses, http or https.
        check: raises a `UserError` if a file is not what it should be.
        by_hand: what to do with a file that was fetched by hand, for the message.
        required: SHA-256 that the file must have, in place of the published checksum; None: none.

    Raises:
        UserError: no address has the file, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new, other = (path.with_name(path.name + suffix) for suffix in (".new", ".other"))
    faults: list[str] = []
    for url in urls:
        try:
            download(url, new, _MOST_TIMES_ITS_SIZE * file.size)
            _refuse_wrong(new, check, required)
        except RefusedError as error:
            new.unlink(missing_ok=True)
            faults.append(f"{url}: {error}")
            print(faults[-1], flush=True)
            continue
        difference = None if required else file.fault(new)
        if difference is None:
            new.replace(path)
            other.unlink(missing_ok=True)
            print(f"{path}: fetched from {url}", flush=True)
            return
        faults.append(f"{url}: {difference}")
        if other.exists():
            new.unlink()
        else:
            new.replace(other)
    if not other.exists():
        raise UserError(
            f"{file.name} ({file.size:,} bytes) cannot be fetched: {', '.join(faults)}; run it again, or fetch it by "
            f"hand and {by_hand}"
        )
    other.replace(path)
    print(f"warning: {path}: is sound, but not the published file ({', '.join(faults)})", flush=True)


def _refuse_wrong(path: Path, check: Callable[[Path], object], required: str | None) -> None:
    """Check that a file is what it should be, and has the required SHA-256.

    Raises:
        RefusedError: it is not.
    """
    try:
        check(path)
    except UserError as error:
        fault = str(error).removeprefix(f"{path}: ").rpartition("; ")[0]  # Without the advice for the user.
        raise RefusedError(f"sent something else: {fault}") from None
    if required is not None and (found := sha256(path)) != required:
        raise RefusedError(f"its sha256 is {found}, not {required} as expected")
