"""IWSLT 2014 German to English from the official archive by the MIXER recipe (Ranzato et al., 2015)."""

import re
from collections import Counter
from pathlib import Path

from erac_vaml.config.datasets import Iwslt14Dataset
from erac_vaml.data.archive import read_texts
from erac_vaml.data.corpus import Pairs, within_limits
from erac_vaml.data.download import download
from erac_vaml.data.tokenise import lower, tokenise
from erac_vaml.errors import UserError
from erac_vaml.files import sha256, write_text

KNOWN_COUNTS = {"train": 153_326, "valid": 6_969, "test": 6_750, "source_words": 32_007, "target_words": 22_820}
"""Pairs, and words without the special symbols, that the recipe gives on the official archive."""

_LANGUAGES = ("de", "en")
_TEST_SETS = ("TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012")
VALID_EVERY = 23
"""Of the cleaned training pairs every 23rd goes to valid (released-code D4)."""
_LARGEST_ARCHIVE = 200 * 2**20
"""Bytes; the official one has about 20 MiB."""
_LARGEST_TEXT = 100 * 2**20
"""Bytes; the official training texts have about 20 MiB each."""
_MOST_BYTES = 500 * 2**20
"""Bytes of all that is in the archive."""


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
    training, testing = read_archive(archive)
    if settings.archive is None and settings.sha256 is None:
        _record(archive)  # Only now: what is no archive must not be expected of the next download.
    dropped: Counter[str] = Counter()
    cleaned = within_limits(
        _pairs(archive, "train.tags", training), settings.max_length, settings.max_length_ratio, dropped
    )
    testing_pairs = _pairs(archive, "test sets", testing)
    for number, pair in enumerate(testing_pairs, start=1):
        if not all(pair):
            raise UserError(f"{archive}: sentence {number} of its test sets has no word; fetch it again")
    splits = {
        "train": [pair for number, pair in enumerate(cleaned, start=1) if number % VALID_EVERY != 0],
        "valid": cleaned[VALID_EVERY - 1 :: VALID_EVERY],
        "test": testing_pairs,
    }
    return splits, dropped


def read_archive(archive: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Return the lines of the training text and the sentences of the test sets: of each a German and an English list.

    Raises:
        UserError: the archive is missing or damaged, or lacks a file.
    """
    names = [name for language in _LANGUAGES for name in (_training_name(language), *_test_names(language))]
    texts = read_texts(archive, names, largest=_LARGEST_TEXT, most_bytes=_MOST_BYTES)
    training = [training_lines(texts[_training_name(language)]) for language in _LANGUAGES]
    testing = [
        [segment for name in _test_names(language) for segment in segments(texts[name])] for language in _LANGUAGES
    ]
    return training, testing


def training_lines(text: str) -> list[str]:
    """Return the lines of a train.tags file: metadata left out, titles and descriptions without their tags."""
    lines = text.removesuffix("\n").split("\n")
    kept = [line for line in lines if not re.search("<url>|<talkid>|<keywords>", line)]
    return [re.sub("</?(title|description)>", "", line) for line in kept]


def segments(text: str) -> list[str]:
    """Return the sentences of an XML test set, a `<seg id="n">` each."""
    return re.findall(r"<seg id[^>]*>\s*(.*?)\s*</seg>", text)


def _training_name(language: str) -> str:
    return f"train.tags.de-en.{language}"


def _test_names(language: str) -> list[str]:
    return [f"IWSLT14.{name}.de-en.{language}.xml" for name in _TEST_SETS]


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
        archive = Path(settings.archive)
        if settings.sha256 is not None:
            _check(archive, settings.sha256)
        return archive
    archive = directory / "de-en.tgz"
    expected = settings.sha256
    if expected is None and _record_of(archive).exists():
        expected = _record_of(archive).read_text(encoding="utf-8", errors="replace").strip()
    if not archive.exists():
        download(settings.url, archive, largest=_LARGEST_ARCHIVE, sha256=expected)
    if expected is not None:
        _check(archive, expected)
    return archive


def _record(archive: Path) -> None:
    """Write down a download's SHA-256, if this is the first."""
    if not _record_of(archive).exists():
        write_text(_record_of(archive), _digest(archive) + "\n")


def _record_of(archive: Path) -> Path:
    return archive.with_name(archive.name + ".sha256")


def _check(archive: Path, expected: str) -> None:
    found = _digest(archive)
    if found != expected:
        raise UserError(f"{archive}: its sha256 is {found}, not {expected}; delete it and fetch it again")


def _digest(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give the path of de-en.tgz as `archive`") from None
