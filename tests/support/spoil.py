"""Ways to spoil the files of a folder: each function returns a function of the folder that does it."""

import io
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Spoil = Callable[[Path], object]


def nothing(folder: Path) -> None:
    """Change nothing."""


def all_of(*ways: Spoil) -> Spoil:
    """Spoil in several ways, one after the other."""
    return lambda folder: [way(folder) for way in ways]


def write(name: str, content: str | bytes) -> Spoil:
    """Write a file."""
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def change(name: str, changed: Callable[[bytes], bytes]) -> Spoil:
    """Replace the content of a file by a function of it."""
    return lambda folder: (folder / name).write_bytes(changed((folder / name).read_bytes()))


def cut(name: str, share: float = 0.5) -> Spoil:
    """Keep only the first share of a file's bytes."""
    return change(name, lambda content: content[: int(share * len(content))])


def replace(name: str, old: str, new: str) -> Spoil:
    """Replace words of a text."""
    return change(name, lambda content: content.replace(old.encode(), new.encode()))


def copy(origin: str, name: str) -> Spoil:
    """Overwrite a file with another."""
    return lambda folder: shutil.copy(folder / origin, folder / name)


def delete(name: str) -> Spoil:
    """Delete a file, or a folder and its contents."""
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def make_folder(name: str) -> Spoil:
    """Replace a file by an empty folder."""
    return all_of(delete(name), lambda folder: (folder / name).mkdir())


def make_pipe(name: str) -> Spoil:
    """Replace a file by a named pipe to which nobody writes."""
    return all_of(delete(name), lambda folder: os.mkfifo(folder / name))


def configure(path: str, value: Any) -> Spoil:
    """Change a setting of config.yaml, named section.field."""

    def spoil(folder: Path) -> None:
        settings = yaml.safe_load((folder / "config.yaml").read_text())
        *sections, field = path.split(".")
        reduce(getitem, sections, settings)[field] = value
        (folder / "config.yaml").write_text(yaml.safe_dump(settings))

    return spoil


def save(name: str, values: np.ndarray) -> Spoil:
    """Save an array, which may hold objects."""
    return lambda folder: np.save(folder / name, values, allow_pickle=True)


def repack(name: str, changes: dict[str, Callable[[bytes], bytes] | None], method: int = zipfile.ZIP_STORED) -> Spoil:
    """Replace the content of files in a zip archive by a function of it, or leave a file out (None)."""

    def spoil(folder: Path) -> None:
        with zipfile.ZipFile(folder / name) as archive:
            contents = {member: archive.read(member) for member in archive.namelist()}
        with zipfile.ZipFile(folder / name, "w", method) as archive:
            for member, content in contents.items():
                changed = changes.get(member, lambda same: same)
                if changed is not None:
                    archive.writestr(member, changed(content))

    return spoil


def pack(name: str, texts: dict[str, str]) -> Spoil:
    """Pack texts as a gzipped tar archive."""

    def spoil(folder: Path) -> None:
        with tarfile.open(folder / name, "w:gz") as tar:
            for member, text in texts.items():
                info = tarfile.TarInfo(member)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))

    return spoil
