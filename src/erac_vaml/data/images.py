"""Images as sources of captions: a row of features for each image–caption pair."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Images:
    """The image of each pair of a split. The pairs are sorted by image."""

    features: np.ndarray
    """(images, D) float16 features of the data set's images, of all splits; possibly mapped from a file."""
    rows: np.ndarray
    """(pairs,) row of each pair's image, in ascending order."""

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.rows)

    @property
    def lengths(self) -> np.ndarray:
        """Lengths (pairs,) of the sources, all one: an image is read in one step."""
        return np.ones(len(self.rows), np.int64)

    @property
    def firsts(self) -> np.ndarray:
        """First pair of each image, (images of the split,)."""
        return np.flatnonzero(np.diff(self.rows, prepend=-1))

    def padded(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the features (B, D) float32 of pairs, and ones (B,)."""
        return self.features[self.rows[indices]].astype(np.float32), np.ones(len(indices), np.int64)

    def pairs_beside(self, indices: np.ndarray) -> np.ndarray:
        """Return for each pair (B,) all pairs (B, R) of the same image.

        R is the maximum number of pairs per image. An image with fewer repeats the given pair.
        """
        starts = np.searchsorted(self.rows, self.rows[indices], side="left")
        ends = np.searchsorted(self.rows, self.rows[indices], side="right")
        most = int(np.diff(np.append(self.firsts, len(self.rows))).max())
        pairs = starts[:, None] + np.arange(most)
        return np.where(pairs < ends[:, None], pairs, indices[:, None])
