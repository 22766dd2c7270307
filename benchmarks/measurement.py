"""The result of measuring one case: a row of the tables, an entry of the JSON file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from benchmarks.cases import Case

DISTURBING = 0.05
"""Share of the processors' time from which on other processes disturb a measurement."""


@dataclass(frozen=True)
class ProductTime:
    """Equal products with their time: one line of the table of shapes."""

    purpose: str
    direction: str
    count: int
    rows: int
    inner: int
    columns: int
    batch: int
    """Pairs of matrices that one call multiplies."""
    ms: float
    """Of all `count` products, with the fastest library and layout."""
    torch_mm_ms: float
    """Of all `count` products, with `torch.mm` or `torch.bmm`."""


@dataclass(frozen=True)
class Measurement:
    """The measurement of one case; times are in milliseconds of one step."""

    case: Case
    sentences: int
    """Sentence pairs of a step."""
    target_tokens: int
    """Tokens of a step's references, `eos` counted; for beam search, of its hypotheses; for BLEU, of its samples."""
    decoded_length: float | None
    """Mean tokens of a sample or hypothesis."""
    ms: float
    """Median."""
    min_ms: float
    max_ms: float
    peak_memory_bytes: int | None
    operations: int
    """Multiplications and additions of the bare products."""
    products_ms: float
    """Time of all bare products."""
    products_torch_mm_ms: float
    moved_bytes: int
    """Bytes that the step must move."""
    moved_ms: float
    """Time to copy as many bytes."""
    bound_ms: float | None
    """The lower bound: the time of the products; on a GPU, of products or bytes, whichever is longer. None for BLEU."""
    products: tuple[ProductTime, ...]
    neighbours_share: float
    """Share of the processors' time that other processes used during the measurement."""
    on_gpu: bool
    execution: dict[str, Any]
    """Device, packages and time of the measurement."""

    @property
    def disturbed(self) -> bool:
        """Whether other processes used so much time that the result is unreliable."""
        return self.neighbours_share > DISTURBING

    @property
    def ratio(self) -> float | None:
        """The step's time divided by the lower bound."""
        return None if self.bound_ms is None else self.ms / self.bound_ms

    def to_json(self) -> dict[str, Any]:
        """Return all fields and the ratio."""
        return asdict(self) | {"ratio": self.ratio}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Measurement":
        """Return the measurement that `to_json` has turned into these values."""
        return TypeAdapter(cls).validate_python(values)
