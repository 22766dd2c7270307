"""What is known of one case when it has been measured: a row of the tables, an entry of the JSON file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.cases import Case

_DISTURBING = 0.05


@dataclass(frozen=True)
class ProductTime:
    """One line of the table of shapes."""

    purpose: str
    direction: str
    count: int
    batch: int
    """Matrices that are multiplied at once."""
    rows: int
    inner: int
    columns: int
    ms: float
    """Of all `count`, by the fastest library and layout."""
    torch_mm_ms: float
    """Of all `count`, by `torch.mm` or `torch.bmm`."""


@dataclass(frozen=True)
class Measurement:
    """Times are in milliseconds of one step."""

    case: Case
    sentences: int
    """Sentence pairs a step."""
    target_tokens: int
    """Of the references a step, `eos` counted; of beam search those found, of prefix BLEU those scored."""
    decoded_length: float | None
    """Mean tokens of what the step samples or finds."""
    ms: float
    """Median."""
    min_ms: float
    max_ms: float
    peak_memory_bytes: int | None
    operations: int
    """Multiplications and additions of the bare products."""
    products_ms: float
    """All bare products."""
    products_torch_mm_ms: float
    moved_bytes: int
    """That the step must move."""
    moved_ms: float
    """Their time at the speed of a copy."""
    bound_ms: float | None
    """The lower bound: the products, on a GPU the larger one of products and bytes; None where there is none."""
    products: tuple[ProductTime, ...]
    neighbours_share: float | None
    """Share of the processors' time that other processes took meanwhile."""
    on_gpu: bool
    execution: dict[str, Any]
    """Where and when."""

    @property
    def disturbed(self) -> bool:
        """Whether other processes took so much that neither time nor ratio can be believed."""
        return self.neighbours_share is not None and self.neighbours_share > _DISTURBING

    @property
    def ratio(self) -> float | None:
        """The step's time over the lower bound."""
        return None if self.bound_ms is None else self.ms / self.bound_ms

    def to_json(self) -> dict[str, Any]:
        """Return all of it, the ratio too."""
        return asdict(self) | {"ratio": self.ratio}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Measurement":
        """Return what `to_json` was made of."""
        fields = {name: value for name, value in values.items() if name != "ratio"}
        products = tuple(ProductTime(**line) for line in values["products"])
        return cls(**fields | {"case": Case.from_json(values["case"]), "products": products})
