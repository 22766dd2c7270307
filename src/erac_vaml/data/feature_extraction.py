"""Features of images: made by a convolutional network, or taken from given ones, and stored."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from erac_vaml.data.feature_networks import FeatureNetwork, FeatureNetworkName, build_feature_network
from erac_vaml.data.features import Features, refuse_doubles
from erac_vaml.data.image_files import read_image, refuse_unreadable
from erac_vaml.data.preparation import FEATURES, record_of
from erac_vaml.errors import UserError
from erac_vaml.files import read_json, sha256_of, write_json, write_text

_BATCHES_PER_SAVE = 8
"""A run that is killed has to do so many batches again, at most."""


def select_features(given: Features, names: Sequence[str], output: Path, *, origin: str) -> None:
    """Write the rows of some images, in the order of `names`, into a folder; `origin` says where they are from.

    Raises:
        UserError: an image has no row, or a value is too large for float16.
    """
    rows = {name: row for row, name in enumerate(given.names)}
    missing = [name for name in names if name not in rows]
    if missing:
        raise UserError(f"{origin}: no row for the image {missing[0]}, {len(missing):,} such in all; add them")
    chosen = given.matrix[[rows[name] for name in names]]
    if max(chosen.max(), -chosen.min()) > np.finfo(np.float16).max:
        raise UserError(f"{origin}: has values over 65,504, which float16 cannot hold; scale the features down")
    partial = _PartialMatrix(output, chosen.shape, _digest([origin, list(names)]))
    partial.append(chosen.astype(np.float16))
    partial.publish(names, {"network": "given", "width": chosen.shape[1], "weights": origin, "input_size": None})


def extract_features(
    images: Path,
    names: Sequence[str],
    network: FeatureNetworkName,
    output: Path,
    *,
    batch_size: int,
    device: torch.device,
) -> None:
    """Write images' features by a network into a folder, in the order of `names`.

    All images are looked at before the first is computed. A run that was stopped is taken up where it was, if network
    and images are the same.

    Args:
        images: the folder that the names are relative to.
        names: image files, each once.
        network: which network.
        output: where to write; made if need be.
        batch_size: images that the network sees at once.
        device: where it runs. Images are decoded meanwhile if that is not the CPU, by as many processes as torch has
            threads.

    Raises:
        UserError: there are no names, or one twice; an image is missing or damaged; or as `build_feature_network`.
    """
    if not names:
        raise UserError(f"{images}: no image is named; give at least one")
    refuse_doubles(names, images)
    cnn = build_feature_network(network)
    paths = [images / name for name in names]
    for path in tqdm(paths, desc="looking at the images", unit="image", disable=None):
        refuse_unreadable(path)
    origin = {"network": cnn.name, "width": cnn.width, "weights": cnn.weights, "input_size": cnn.input_size}
    partial = _PartialMatrix(output, (len(names), cnn.width), _digest([origin, list(map(_version, names, paths))]))
    _compute(cnn, paths, partial, batch_size, device)
    partial.publish(names, origin)


def _version(name: str, path: Path) -> tuple[str, int, int]:
    """Return what changes when an image is replaced."""
    status = path.stat()
    return name, status.st_size, status.st_mtime_ns


def _digest(value: Any) -> str:
    return sha256_of(json.dumps(value).encode())


class _Images(Dataset[Tensor | UserError]):
    """Images as the network reads them; an error in place of one that cannot be decoded.

    An error that a DataLoader's process raised would arrive with a traceback in its message.
    """

    def __init__(self, cnn: FeatureNetwork, paths: Sequence[Path]) -> None:
        self._prepare = cnn.prepare
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Tensor | UserError:
        try:
            return self._prepare(read_image(self._paths[index]))
        except UserError as error:
            return error


def _stack_or_error(items: list[Tensor | UserError]) -> Tensor | UserError:
    tensors = []
    for item in items:
        if isinstance(item, UserError):
            return item
        tensors.append(item)
    return torch.stack(tensors)


@torch.inference_mode()
def _compute(
    cnn: FeatureNetwork, paths: Sequence[Path], partial: "_PartialMatrix", batch_size: int, device: torch.device
) -> None:
    """Fill in the rows that are not done."""
    module = cnn.module.to(device)
    loader = DataLoader(
        _Images(cnn, paths[partial.done :]),
        batch_size,
        num_workers=_loading_processes(device),
        collate_fn=_stack_or_error,
        pin_memory=device.type == "cuda",
    )
    with tqdm(total=len(paths), initial=partial.done, desc=f"{cnn.name} features", unit="image", disable=None) as bar:
        for number, batch in enumerate(loader, start=1):
            if isinstance(batch, UserError):
                raise batch
            partial.append(module(batch.to(device, non_blocking=True)).half().cpu().numpy())
            if number % _BATCHES_PER_SAVE == 0:
                partial.save()
            bar.update(len(batch))


def _loading_processes(device: torch.device) -> int:
    return 0 if device.type == "cpu" else torch.get_num_threads()


class _PartialMatrix:
    """A float16 matrix on disk that is filled row by row, also by several runs, and gets its final name when whole."""

    def __init__(self, folder: Path, shape: tuple[int, int], identity: str) -> None:
        """Take up the matrix of the same shape and identity that lies in the folder, or begin one."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._identity = folder, identity
        self._path, self._progress = folder / "features.npy.partial", folder / "features.partial.json"
        self.done = 0
        """Rows that are filled."""
        with suppress(OSError, ValueError, KeyError, TypeError):  # There is none, or what there is was damaged.
            progress = read_json(self._progress)
            if progress["identity"] == identity:
                self._matrix = open_memmap(self._path, mode="r+")
                self.done = progress["rows"]
        if self.done == 0:
            # Before the matrix: what is said of the old one must never be read beside the new one.
            self._progress.unlink(missing_ok=True)
            self._matrix = open_memmap(self._path, mode="w+", dtype=np.float16, shape=shape)

    def append(self, rows: np.ndarray) -> None:
        """Fill in the next rows."""
        self._matrix[self.done : self.done + len(rows)] = rows
        self.done += len(rows)

    def save(self) -> None:
        """Let a later run begin after the rows that are filled now."""
        self._matrix.flush()
        write_json(self._progress, {"identity": self._identity, "rows": self.done})

    def publish(self, names: Sequence[str], origin: dict[str, Any]) -> None:
        """Move the whole matrix to its final name, the names of its rows and its origin beside it."""
        self._matrix.flush()
        final = self._folder / "features.npy"
        # An old matrix goes first, for it must never stand beside new names.
        for path in (self._folder / FEATURES, final):
            path.unlink(missing_ok=True)
        write_text(self._folder / "features.ids.txt", "".join(name + "\n" for name in names))
        os.replace(self._path, final)
        self._progress.unlink(missing_ok=True)
        files = record_of(self._folder, ("features.npy", "features.ids.txt"))
        write_json(self._folder / FEATURES, origin | {"images": len(names), "files": files})
