"""Compute features of images by a convolutional network, or select given ones, and store them."""

import tempfile
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

from erac_vaml.data.feature_networks import FeatureNetwork, build_feature_network
from erac_vaml.data.features import Features, refuse_doubles
from erac_vaml.data.image_files import read_image, refuse_unreadable
from erac_vaml.data.preparation import FEATURES, record_of
from erac_vaml.errors import UserError
from erac_vaml.files import read_json, short_digest, write_json, write_text

_BATCHES_PER_SAVE = 8
"""Maximum number of batches that are repeated after a run was killed."""


def select_features(given: Features, names: Sequence[str], output: Path, *, origin: str) -> None:
    """Write the rows of the named images, in the order of `names`, into a folder, with their `origin`.

    Raises:
        UserError: an image has no row, or a value is too large for float16.
    """
    rows = {name: row for row, name in enumerate(given.names)}
    missing = [name for name in names if name not in rows]
    if missing:
        raise UserError(f"{origin}: no row for image {missing[0]} ({len(missing):,} missing in total); add them")
    chosen = given.matrix[[rows[name] for name in names]]
    if max(chosen.max(), -chosen.min()) > np.finfo(np.float16).max:
        raise UserError(f"{origin}: has values over 65,504, which float16 cannot hold; scale the features down")
    partial = _PartialMatrix(output, chosen.shape, short_digest([origin, list(names)]))
    partial.append(chosen.astype(np.float16))
    weights = {"name": origin, "tag": None, "sha256": None}
    partial.publish(names, {"network": "given", "width": chosen.shape[1], "weights": weights, "input_size": None})


def extract_features(
    images: Path,
    names: Sequence[str],
    network: str,
    output: Path,
    *,
    batch_size: int,
    device: torch.device,
) -> None:
    """Compute the features of images and write them into a folder, in the order of `names`.

    All images are checked before the network starts. A stopped run is resumed if network and images are the same.

    Args:
        images: folder that the names are relative to.
        names: image files, each once.
        network: name of the network.
        output: the folder for the features; created if missing.
        batch_size: images per batch of the network.
        device: device of the network. If it is not the CPU, as many processes as torch has threads decode the images.

    Raises:
        UserError: there are no names or a name is repeated, an image is missing or damaged, or the network cannot be
            built (`build_feature_network`).
    """
    if not names:
        raise UserError(f"{images}: no image is named; give at least one")
    refuse_doubles(names, images)
    cnn = build_feature_network(network)
    paths = [images / name for name in names]
    for path in tqdm(paths, desc="looking at the images", unit="image", disable=None):
        refuse_unreadable(path)
    origin = {"network": cnn.name, "width": cnn.width, "weights": cnn.weights, "input_size": cnn.input_size}
    partial = _PartialMatrix(output, (len(names), cnn.width), short_digest([origin, list(map(_version, names, paths))]))
    _compute(cnn, paths, partial, batch_size, device)
    partial.publish(names, origin)


def features_of_images(
    images: Sequence[Path], network: str, *, batch_size: int, device: torch.device
) -> tuple[np.ndarray, dict[str, str]]:
    """Return features (N, D) of images, and the origin of the network's weights; arguments as in `extract_features`.

    Raises:
        UserError: there are no images, or `extract_features` raises one.
    """
    rows = {name: row for row, name in enumerate(dict.fromkeys(map(str, images)))}
    with tempfile.TemporaryDirectory() as folder:
        extract_features(Path(), list(rows), network, Path(folder), batch_size=batch_size, device=device)
        matrix = np.load(Path(folder) / "features.npy", allow_pickle=False)
        weights = read_json(Path(folder) / FEATURES)["weights"]
    return matrix[[rows[str(path)] for path in images]], weights


def _version(name: str, path: Path) -> tuple[str, int, int]:
    """Return values that change when an image is replaced."""
    status = path.stat()
    return name, status.st_size, status.st_mtime_ns


class _Images(Dataset[Tensor | UserError]):
    """Images as input of the network; an image that cannot be decoded is returned as an error.

    If the error were raised in a process of the DataLoader, its message would contain a traceback.
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
    """Compute the rows that are missing."""
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
    """A float16 matrix on disk that one or more runs fill row by row; it gets its final name when it is complete."""

    def __init__(self, folder: Path, shape: tuple[int, int], identity: str) -> None:
        """Resume the folder's matrix of the same identity, or start a new one."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._identity = folder, identity
        self._path, self._progress = folder / "features.npy.partial", folder / "features.partial.json"
        self.done = 0
        """Rows that are filled."""
        with suppress(OSError, ValueError, KeyError, TypeError):  # It is missing or damaged.
            progress = read_json(self._progress)
            if progress["identity"] == identity and progress["rows"] in range(shape[0] + 1):
                self._matrix = open_memmap(self._path, mode="r+")
                self.done = progress["rows"]
        if self.done == 0:
            # The old progress goes first: it must never be read with the new matrix.
            self._progress.unlink(missing_ok=True)
            self._matrix = open_memmap(self._path, mode="w+", dtype=np.float16, shape=shape)

    def append(self, rows: np.ndarray) -> None:
        """Fill the next rows."""
        self._matrix[self.done : self.done + len(rows)] = rows
        self.done += len(rows)

    def save(self) -> None:
        """Save the progress, so that a later run starts after the rows that are filled now."""
        self._matrix.flush()
        write_json(self._progress, {"identity": self._identity, "rows": self.done})

    def publish(self, names: Sequence[str], origin: dict[str, Any]) -> None:
        """Give the complete matrix its final name, and write the names of its rows and its origin."""
        self._matrix.flush()
        final = self._folder / "features.npy"
        # The old matrix goes first: it must never be read with the new names.
        for path in (self._folder / FEATURES, final):
            path.unlink(missing_ok=True)
        write_text(self._folder / "features.ids.txt", "".join(name + "\n" for name in names))
        self._path.replace(final)
        self._progress.unlink(missing_ok=True)
        files = record_of(self._folder, ("features.npy", "features.ids.txt"))
        write_json(self._folder / FEATURES, origin | {"images": len(names), "files": files})
