"""IWSLT 2014 German to English from the official archive by the MIXER recipe (Ranzato et al., 2015)."""

import hashlib
import re
import tarfile
import zlib
from collections import Counter
from pathlib import Path

from erac_vaml.config.datasets import Iwslt14Dataset
from erac_vaml.data.corpus import Pairs, within_limits
from erac_vaml.data.download import download
from erac_vaml.data.tokenise import lower, tokenise
from erac_vaml.errors import UserError

KNOWN_COUNTS = {"train": 153_326, "valid": 6_969, "test": 6_750, "source_words": 32_007, "target_words": 22_820}
"""Pairs, and words without the special symbols, that the recipe gives on the official archive."""

_LANGUAGES = ("de", "en")
_TEST_SETS = ("TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012")
_VALID_EVERY = 23
_LARGEST_MEMBER = 100 * 2**20
"""Bytes; the official training texts have about 20 MiB each."""


def iwslt14_pairs(settings: Iwslt14Dataset, directory: Path) -> tuple[dict[str, Pairs], Counter[str]]:
    """Return {"train", "valid", "test"}: tokenised, lower-cased pairs; and how many the cleaning dropped, by reason.

    The training text is cleaned (1 to `max_length` tokens, length ratio), then every 23rd pair goes to valid
    (released-code D4). The dev and tst sets together are the test set.

    Args:
        settings: where the archive is, and the limits.
        directory: where a download is kept.

    Raises:
        UserError: the archive cannot be had, has another checksum, lacks a file, or its sides do not match.
    """
    archive = _archive(settings, directory)
    with _open(archive) as tar:
        training = [training_lines(_member(tar, archive, f"train.tags.de-en.{language}")) for language in _LANGUAGES]
        testing = [
            [
                segment
                for name in _TEST_SETS
                for segment in segments(_member(tar, archive, f"IWSLT14.{name}.de-en.{language}.xml"))
            ]
            for language in _LANGUAGES
        ]
    dropped: Counter[str] = Counter()
    cleaned = within_limits(
        _pairs(archive, "train.tags", training), settings.max_length, settings.max_length_ratio, dropped
    )
    testing_pairs = _pairs(archive, "test sets", testing)
    for number, pair in enumerate(testing_pairs, start=1):
        if not all(pair):
            raise UserError(f"{archive}: sentence {number} of its test sets has no word; fetch it again")
    splits = {
        "train": [pair for number, pair in enumerate(cleaned, start=1) if number % _VALID_EVERY != 0],
        "valid": cleaned[_VALID_EVERY - 1 :: _VALID_EVERY],
        "test": testing_pairs,
    }
    return splits, dropped


def training_lines(text: str) -> list[str]:
    """Return the lines of a train.tags file: metadata left out, titles and descriptions without their tags."""
    lines = text.removesuffix("\n").split("\n")
    kept = [line for line in lines if not re.search("<url>|<talkid>|<keywords>", line)]
    return [re.sub("</?(title|description)>", "", line) for line in kept]


def segments(text: str) -> list[str]:
    """Return the sentences of an XML test set, a `<seg id="n">` each."""
    return re.findall(r"<seg id[^>]*>\s*(.*?)\s*</seg>", text)


def _pairs(archive: Path, part: str, sides: list[list[str]]) -> Pairs:
    if len(sides[0]) != len(sides[1]):
        raise UserError(
            f"{archive}: its {part} has {len(sides[0])} German, {len(sides[1])} English lines; fetch it again"
        )
    german, english = (lower(tokenise(lines, language)) for lines, language in zip(sides, _LANGUAGES, strict=True))
    return list(zip(german, english, strict=True))


def _archive(settings: Iwslt14Dataset, directory: Path) -> Path:
    """Return the archive's path, its SHA-256 checked; a download's is recorded at first sight and checked after."""
    if settings.archive is not None:
        archive, expected = Path(settings.archive), settings.sha256
        if expected is not None:
            _check(archive, expected)
        return archive
    archive = directory / "de-en.tgz"
    record = archive.with_name("de-en.tgz.sha256")
    if not archive.exists():
        download(settings.url, archive)
    if settings.sha256 is None and not record.exists():
        record.write_text(_sha256(archive) + "\n", encoding="utf-8")
    _check(archive, settings.sha256 or record.read_text(encoding="utf-8").strip())
    return archive


def _check(archive: Path, expected: str) -> None:
    found = _sha256(archive)
    if found != expected:
        raise UserError(f"{archive}: its sha256 is {found}, not {expected}; delete it and fetch it again")


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give the path of de-en.tgz as `archive`") from None


def _open(archive: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(archive)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{archive}: {error.strerror}; give the path of de-en.tgz as `archive`") from None
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise UserError(f"{archive}: no tar archive ({error}); fetch it again") from None


def _member(tar: tarfile.TarFile, archive: Path, name: str) -> str:
    """Return one text of the archive; nothing is unpacked to disk, so its paths and links cannot do harm."""
    try:
        member = next((found for found in tar if found.isfile() and Path(found.name).name == name), None)
        if member is None:
            raise UserError(f"{archive}: has no {name}; give the official IWSLT 2014 de-en archive")
        if member.size > _LARGEST_MEMBER:
            raise UserError(f"{archive}: {name} has {member.size} bytes; give the official IWSLT 2014 de-en archive")
        stream = tar.extractfile(member)
        assert stream is not None
        return stream.read().decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{archive}: {name} is not UTF-8; fetch it again") from None
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise UserError(f"{archive}: damaged ({error}); fetch it again") from None
