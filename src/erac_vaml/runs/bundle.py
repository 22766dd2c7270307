"""Pack a run into one file that lets anyone challenge its scores, and read such a file.

A bundle is a zip archive of the files that a run wrote, without its model, and of bundle.json, which describes the
references. It contains no text of the corpus, because its owners do not allow that: the digest of the references
identifies them.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import CaptionDataset
from erac_vaml.data.corpus import lines_of
from erac_vaml.errors import UserError, content_fault
from erac_vaml.files import FileDigest, json_bytes, open_regular
from erac_vaml.plan import ALGORITHM_NAMES, Run
from erac_vaml.runs.history import HISTORY_FILE
from erac_vaml.runs.hypotheses import HYPOTHESES_FILE, hypotheses_bytes
from erac_vaml.runs.manifest import MANIFEST, Manifest, checked_file, parse_manifest, read_manifest
from erac_vaml.runs.scores import SCORES_FILE, Scores, parse_scores, read_scores

BUNDLE_FILE = "bundle.json"
FORMAT: Final = 1
"""Version of the content of a bundle."""

_MEMBERS = (SCORES_FILE, HISTORY_FILE, HYPOTHESES_FILE)
"""Files of a run in a bundle, besides its manifest."""
_BUNDLE_AGAIN = "ask for the bundle again, or make it with `erac-vaml bundle`"
_MOST_BYTES = 1 << 28
"""Largest archive, and largest file in it, in bytes: the hypotheses of over a million sentences."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods that zipfile can unpack in parts; with other methods it unpacks a whole file at once."""
_STRICT = ConfigDict(strict=True)


def _printable(text: str) -> str:
    """Return a text if it has neither line ends nor control characters: `erac-vaml verify` prints it.

    Raises:
        ValueError: it has.
    """
    if not text.isprintable():
        raise ValueError("has control characters")
    return text


Line = Annotated[str, AfterValidator(_printable)]


@dataclass(frozen=True, config=_STRICT)
class ReferencesRecord:
    """What the hypotheses of a run were compared with."""

    file: Line
    """Prepared file with the references of the test set, one line for each sentence or image."""
    sha256: str
    lines: int
    per_line: int | None
    """Number of references of each line; None: it differs between lines."""


@dataclass(frozen=True, config=_STRICT)
class Record:
    """The content of bundle.json. All of it but the experiment's name follows from the other files of the bundle."""

    format: Literal[1]
    experiment: Line
    run: Line
    """Path below results/{experiment}/."""
    references: ReferencesRecord
    evaluation: Mapping[str, Any]
    """The run's settings of section `evaluation`, by `section.field`."""
    bleu_signature: Line
    """As in scores.json."""


class Bundle(NamedTuple):
    """The content of a bundle about a run, after its files were compared with each other."""

    record: Record
    scores: Scores
    hypotheses: list[str]

    @property
    def of_captions(self) -> bool:
        """Whether the hypotheses are captions of images."""
        return self.record.references.file == CaptionDataset.references_file


_RECORD = TypeAdapter(Record)


def bundle_run(experiment: Experiment, run: Run, results: Path) -> bytes:
    """Check the files of a run that has ended, the model excepted, and return them as the bytes of a bundle.

    The same files give the same bytes, on every machine.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results.

    Raises:
        UserError: the run has no hypotheses, has not ended, or a file is missing, was changed or cannot be read.
    """
    if not run.speaks:
        raise UserError(f"{run.path}: a {run.stage} has no hypotheses; name a run of {ALGORITHM_NAMES}")
    folder = results / run.path
    manifest = read_manifest(folder, str(run.path))
    scores = read_scores(folder, manifest)
    contents = {name: checked_file(folder, name, manifest).read_bytes() for name in (SCORES_FILE, HISTORY_FILE)}
    contents[HYPOTHESES_FILE] = hypotheses_bytes(folder)
    lines = lines_of(contents[HYPOTHESES_FILE], folder / HYPOTHESES_FILE)
    references_file = experiment.datasets[run.dataset].references_file
    try:
        record = _describe(experiment.name, references_file, manifest, scores, len(lines))
    except ValueError as error:
        raise UserError(f"{folder}: {error}; name a run that was trained and scored on these data") from None
    head = {BUNDLE_FILE: json_bytes(asdict(record)), MANIFEST: (folder / MANIFEST).read_bytes()}
    return _zip(head | contents)


def read_bundle(path: Path) -> Bundle:
    """Read a bundle, and check that its files belong together.

    The scores are not checked here: whoever edits a file can also write its new digest into the manifest.

    Raises:
        UserError: the file is missing, is no bundle of a known format, is too large or damaged, lacks a file, or its
            files do not belong together.
    """
    contents = _unzip(path, (BUNDLE_FILE, MANIFEST, *_MEMBERS))
    with _named(path, BUNDLE_FILE):
        record = _parse_record(_member(contents, BUNDLE_FILE))
    with _named(path, MANIFEST):
        manifest = parse_manifest(_member(contents, MANIFEST))
    for name in _MEMBERS:
        with _named(path, name):
            if FileDigest.of_bytes(_member(contents, name)) != manifest.files.get(name):
                raise ValueError("is not the file that the run wrote: its digest is not the one in the manifest")
    with _named(path, SCORES_FILE):
        scores = parse_scores(contents[SCORES_FILE])
        if scores.path != manifest.run:
            raise ValueError("belongs to another run than the manifest")
    hypotheses = lines_of(contents[HYPOTHESES_FILE], f"{path}: {HYPOTHESES_FILE}")
    with _named(path, BUNDLE_FILE):
        if record != _describe(record.experiment, record.references.file, manifest, scores, len(hypotheses)):
            raise ValueError("does not agree with the run's own files")
    return Bundle(record, scores, hypotheses)


def _describe(experiment: str, references_file: str, manifest: Manifest, scores: Scores, lines: int) -> Record:
    """Return the content of a bundle about a run.

    Args:
        experiment: name of the experiment.
        references_file: prepared file with the references of the test set.
        manifest: the run's manifest.
        scores: the run's scores.
        lines: number of its hypotheses, which is that of the sentences or images of the test set.

    Raises:
        ValueError: the run has no test BLEU, or its data have no such file.
    """
    if scores.test_bleu is None or scores.bleu_signature is None:
        why = f" ({scores.diverged.reason})" if scores.diverged else ""
        raise ValueError(f"has no test BLEU{why}")
    if references_file not in manifest.data.sha256:
        raise ValueError(f"was not scored on {references_file}")
    # Only sacrebleu has counted the references; the corpus may be elsewhere by now.
    counted = re.search(r"\bnrefs:(\d+)", scores.bleu_signature)
    return Record(
        format=FORMAT,
        experiment=experiment,
        run=manifest.run,
        references=ReferencesRecord(
            file=references_file,
            sha256=manifest.data.sha256[references_file],
            lines=lines,
            per_line=int(counted[1]) if counted else None,
        ),
        evaluation={name: value for name, value in manifest.settings.items() if name.startswith("evaluation.")},
        bleu_signature=scores.bleu_signature,
    )


def _parse_record(content: bytes) -> Record:
    """Return the content of a bundle.json.

    Raises:
        ValueError: it is damaged or of another format.
    """
    try:
        return _RECORD.validate_json(content)
    except ValidationError as error:
        if error.errors()[0]["loc"] == ("format",):
            raise ValueError(f"is not of format {FORMAT}, the only one that this version reads") from None
        raise ValueError(f"damaged ({content_fault(error)})") from None


def _zip(contents: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files whose bytes depend only on their names and contents."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            # Not compressed, because the result would depend on the version of zlib.
            member = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def _unzip(path: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the named files that a zip archive contains, and ignore all others.

    Raises:
        UserError: the archive is missing, damaged or no archive, or it or a file in it is too large.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path}: is over {_MOST_BYTES:,} bytes, too large for a bundle; {_BUNDLE_AGAIN}")
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            there = archive.namelist()
            return {name: _read(archive, name, path) for name in names if name in there}
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise UserError(f"{path}: {error.strerror}; give a file that `erac-vaml bundle` wrote") from None
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
        raise UserError(f"{path}: damaged, or not a bundle ({error}); {_BUNDLE_AGAIN}") from None


def _read(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """Return the content of a file in an archive.

    Raises:
        UserError: it is too large.
        ValueError: it is compressed by another method than zip's usual one.
    """
    member = archive.getinfo(name)
    if member.file_size > _MOST_BYTES:
        raise UserError(f"{path}: {name} unpacks to over {_MOST_BYTES:,} bytes; {_BUNDLE_AGAIN}")
    if member.compress_type not in _METHODS:
        raise ValueError(f"{name} is compressed by method {member.compress_type}")
    with archive.open(member) as stream:
        # One byte more than it should have, so that the end is reached and the checksum compared. Without a limit,
        # zipfile would unpack all that is there before it compares the size.
        return stream.read(member.file_size + 1)


def _member(contents: Mapping[str, bytes], name: str) -> bytes:
    """Return a file of a bundle.

    Raises:
        ValueError: the bundle does not have it.
    """
    if name not in contents:
        raise ValueError("is missing in the bundle")
    return contents[name]


@contextmanager
def _named(path: Path, name: str) -> Iterator[None]:
    """Turn a ValueError about a file of a bundle into a UserError that names both."""
    try:
        yield
    except ValueError as error:
        raise UserError(f"{path}: {name}: {error}; {_BUNDLE_AGAIN}") from None
