"""Counter-based randomness: every random number is a function of (seed, purpose, counters), never of a global state.

A run that is stopped and resumed therefore draws the same numbers, although no state of a generator is stored.
"""

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def _sequence(seed: int, purpose: str, counters: tuple[int, ...]) -> np.random.SeedSequence:
    return np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *counters])


def stream_seed(seed: int, purpose: str, *counters: int) -> int:
    """Return the seed of a torch generator for a purpose and counters, for example `(seed, "joint", step)`."""
    return int(_sequence(seed, purpose, counters).generate_state(1, np.uint64)[0] >> np.uint64(1))


def torch_generator(seed: int, purpose: str, *counters: int, device: "torch.device | str" = "cpu") -> "torch.Generator":
    """Return the torch generator for a purpose and counters, for example `(seed, "joint", step)`."""
    import torch  # Here, because data are prepared without torch, which takes seconds and 150 MB to import.

    return torch.Generator(device=device).manual_seed(stream_seed(seed, purpose, *counters))


def numpy_generator(seed: int, purpose: str, *counters: int) -> np.random.Generator:
    """Return the NumPy generator for a purpose and counters, for example `(seed, "epoch order", epoch)`."""
    return np.random.default_rng(_sequence(seed, purpose, counters))
