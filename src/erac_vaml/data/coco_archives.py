"""Download the missing files of MSCOCO (captions, Karpathy's split, images) and unpack them to the configured paths."""

import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from tqdm import tqdm

from erac_vaml.config.datasets import CocoDataset
from erac_vaml.config.published import COCO_CAPTIONS, COCO_IMAGES, KARPATHY_SPLIT, PublishedFile
from erac_vaml.data.coco_format import KarpathySplit, read_form
from erac_vaml.data.mirrors import fetch
from erac_vaml.errors import UserError
from erac_vaml.files import replacing

_CAPTIONS = ("captions_train2014.json", "captions_val2014.json")
_SPLIT = "dataset_coco.json"


def fetch_coco(dataset: CocoDataset) -> None:
    """Fetch and unpack the files of a data set that are missing.

    An archive beside the split is used instead of a download, and is kept. A download is deleted when it is
    unpacked. A stopped call resumes, in the middle of a download and of an archive.

    Raises:
        UserError: an archive cannot be fetched, is damaged or lacks a file, the split is malformed, or the disk has no
            room.
    """
    _unpack_missing(dataset, COCO_CAPTIONS, dict(zip(_CAPTIONS, map(Path, dataset.annotations), strict=True)))
    _unpack_missing(dataset, KARPATHY_SPLIT, {_SPLIT: Path(dataset.split)})
    if dataset.images is None or dataset.given_features:
        return
    images = read_form(Path(dataset.split), KarpathySplit, f"Karpathy's {_SPLIT}").images
    for folder, archive in COCO_IMAGES.items():
        names = [image.filename for image in images if image.filepath == folder]
        _unpack_missing(dataset, archive, {name: Path(dataset.images, folder, name) for name in names})


def missing_archives(dataset: CocoDataset) -> list[PublishedFile]:
    """Return the archives that `fetch_coco` would download. An existing folder of images counts as complete."""
    wanted = {COCO_CAPTIONS: [*dataset.annotations], KARPATHY_SPLIT: [dataset.split]}
    if dataset.images and not dataset.given_features:
        wanted |= {archive: [str(Path(dataset.images, folder))] for folder, archive in COCO_IMAGES.items()}
    return [
        archive
        for archive, paths in wanted.items()
        if not (all(Path(path).exists() for path in paths) or any(path.exists() for path in _places(dataset, archive)))
    ]


def _places(dataset: CocoDataset, archive: PublishedFile) -> tuple[Path, Path]:
    """Return the path of an archive that the user has fetched, and that of one that is downloaded here."""
    by_hand = Path(dataset.split).parent / archive.name
    return by_hand, by_hand.with_name(archive.name + ".fetched")


def _unpack_missing(dataset: CocoDataset, archive: PublishedFile, wanted: Mapping[str, Path]) -> None:
    """Unpack the missing ones of the wanted files, given by their names in the archive."""
    missing = {name: path for name, path in wanted.items() if not path.is_file()}
    if not missing:
        return
    by_hand, fetched = _places(dataset, archive)
    if by_hand.exists():
        _unpack(by_hand, missing)
        return
    if not fetched.exists():
        fetch(
            archive,
            fetched,
            urls=archive.among(dataset.urls),
            check=lambda path: _refuse_other_zip(path, missing),
            by_hand=f"put it at {by_hand}",
        )
    _unpack(fetched, missing)
    fetched.unlink()


def _unpack(path: Path, wanted: Mapping[str, Path]) -> None:
    """Unpack files of an archive. Each has its own name only when it is complete and has its checksum.

    Raises:
        UserError: the archive is damaged or lacks a file, or the disk has no room.
    """
    with _opened(path) as archive:
        members = _members(archive, wanted)
        needed = sum(member.file_size for member in members.values())
        for place in wanted.values():
            place.parent.mkdir(parents=True, exist_ok=True)
        folder = next(iter(wanted.values())).parent
        free = shutil.disk_usage(folder).free
        if needed > free:
            raise UserError(
                f"{folder}: {path.name} unpacks to {needed:,} bytes, {free:,} are free; free some space there"
            )
        for name, member in tqdm(members.items(), desc=f"unpacking {path.stem}", unit="file", disable=None):
            with (
                replacing(wanted[name]) as temporary,
                archive.open(member) as content,
                temporary.open("wb") as stream,
            ):
                shutil.copyfileobj(content, stream)


def _refuse_other_zip(path: Path, wanted: Iterable[str]) -> None:
    """Check by its table of contents that a file is a zip archive with the wanted files.

    Raises:
        UserError: it is not.
    """
    with _opened(path) as archive:
        _members(archive, wanted)


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(path) as archive:
            yield archive
    # What zipfile raises for a damaged, encrypted or unknown archive.
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error, zlib.error) as error:
        raise UserError(f"{path}: damaged, or not a zip archive ({error}); delete it and run it again") from None


def _members(archive: ZipFile, wanted: Iterable[str]) -> dict[str, ZipInfo]:
    """Return the members that have the wanted names, in any folder of the archive.

    Raises:
        UserError: one is missing.
    """
    members = {PurePosixPath(member.filename).name: member for member in archive.infolist() if not member.is_dir()}
    for name in wanted:
        if name not in members:
            raise UserError(f"{archive.filename}: has no {name}; give the official archive")
    return {name: members[name] for name in wanted}
