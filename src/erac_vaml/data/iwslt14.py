"""Read IWSLT 2014 German to English from the official archive by the MIXER recipe (Ranzato et al., 2015)."""

import re
from collections import Counter
from pathlib import Path

from erac_vaml.config.datasets import Iwslt14Dataset
from erac_vaml.config.published import IWSLT14
from erac_vaml.data.archive import read_texts
from erac_vaml.data.corpus import Pairs, within_limits
from erac_vaml.data.mirrors import fetch
from erac_vaml.data.tokenise import words_of
from erac_vaml.errors import UserError
from erac_vaml.files import sha256, write_text

_LANGUAGES = ("de", "en")
_TEST_SETS = ("TED.dev2010", "TEDX.dev2012", "TED.tst2010", "TED.tst2011", "TED.tst2012")
VALID_EVERY = 23
"""Every 23rd cleaned training pair goes to valid (released-code D4)."""
_LARGEST_TEXT = 100 * 2**20
"""Maximum bytes; the official training texts have about 20 MiB each."""
_MOST_BYTES = 500 * 2**20
"""Maximum bytes of the unpacked archive."""


def iwslt14_pairs(settings: Iwslt14Dataset, directory: Path) -> tuple[dict[str, Pairs], Counter[str]]:
    """Return the tokenised, lower-cased pairs of train, valid and test, and counts of the dropped pairs by reason.

    The training text is cleaned (1 to `max_length` tokens, length ratio), then every 23rd pair goes to valid
    (released-code D4). The dev and tst sets together are the test set.

    Args:
        settings: the archive and the limits.
        directory: folder for the download.

    Raises:
        UserError: the archive cannot be downloaded or read, has another checksum, lacks a file, or has sides that do
            not match.
    """
    archive = _archive(settings, directory)
    training, testing = read_archive(archive)
    dropped: Counter[str] = Counter()
    cleaned = within_limits(
        _pairs(settings, archive, "train.tags", training), settings.max_length, settings.max_length_ratio, dropped
    )
    testing_pairs = _pairs(settings, archive, "test sets", testing)
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
    """Return the lines of the training text and of the test sets, each as [German, English].

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
    """Return the lines of a train.tags file without metadata; titles and descriptions lose their tags."""
    lines = text.removesuffix("\n").split("\n")
    kept = [line for line in lines if not re.search("<url>|<talkid>|<keywords>", line)]
    return [re.sub("</?(title|description)>", "", line) for line in kept]


def segments(text: str) -> list[str]:
    """Return the sentences of an XML test set, each in a `<seg id="n">`."""
    # No regular expression: a damaged file would take it hours.
    found = []
    for part in text.split("<seg id")[1:]:
        content, end, _ = part.partition(">")[2].partition("</seg>")
        if end and "\n" not in content.strip():
            found.append(content.strip())
    return found


def _training_name(language: str) -> str:
    return f"train.tags.de-en.{language}"


def _test_names(language: str) -> list[str]:
    return [f"IWSLT14.{name}.de-en.{language}.xml" for name in _TEST_SETS]


def _pairs(settings: Iwslt14Dataset, archive: Path, part: str, sides: list[list[str]]) -> Pairs:
    if len(sides[0]) != len(sides[1]):
        raise UserError(
            f"{archive}: its {part} has {len(sides[0])} German, {len(sides[1])} English lines; fetch it again"
        )
    german, english = (words_of(lines, form) for lines, form in zip(sides, settings.text_forms, strict=True))
    return list(zip(german, english, strict=True))


def _archive(settings: Iwslt14Dataset, directory: Path) -> Path:
    """Return the path of the archive, given or downloaded, after its SHA-256 is checked.

    The expected SHA-256 of a download is that of the settings, or the one recorded after the first download. A download
    without a record is fetched again: older versions kept login pages.
    """
    expected = settings.sha256
    if settings.archive is not None:
        archive = Path(settings.archive)
    else:
        archive = directory / IWSLT14.name
        record = archive.with_name(archive.name + ".sha256")
        if expected is None and record.exists():
            expected = record.read_text(encoding="utf-8", errors="replace").strip()
        if not (archive.exists() and record.exists()):
            by_hand = "give its path as `archive`"
            fetch(IWSLT14, archive, urls=settings.urls, check=read_archive, by_hand=by_hand, required=expected)
            write_text(record, sha256(archive) + "\n")
            print(f"{archive}: sha256 {sha256(archive)}", flush=True)
    if expected is not None:
        try:
            found = sha256(archive)
        except OSError as error:
            raise UserError(f"{archive}: {error.strerror}; give the path of de-en.tgz as `archive`") from None
        if found != expected:
            raise UserError(f"{archive}: its sha256 is {found}, not {expected}; delete it and fetch it again")
    return archive
