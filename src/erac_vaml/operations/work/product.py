"""Describe matrix products: the layers of a network, and the products of their forward and backward passes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Shape(NamedTuple):
    """The product of matrices (rows, inner) and (inner, columns), or of `batch` such pairs in one call."""

    rows: int
    inner: int
    columns: int
    batch: int = 1

    @property
    def operations(self) -> int:
        """Number of multiplications and additions."""
        return 2 * self.batch * self.rows * self.inner * self.columns

    def __str__(self) -> str:
        """Return, for example, `(50, 256)·(256, 1024)`, or `20 × …` for a batch."""
        batch = f"{self.batch} × " if self.batch > 1 else ""
        return f"{batch}({self.rows}, {self.inner})·({self.inner}, {self.columns})"


@dataclass(frozen=True)
class Product:
    """Products of one shape that serve one purpose."""

    purpose: str
    direction: Literal["forward", "backward"]
    count: int
    shape: Shape


@dataclass(frozen=True)
class Layer:
    """A right operand (inner, columns), such as the weights of a layer, and the left operands of its calls."""

    purpose: str
    rows: tuple[int, ...]
    """Rows of the left operand of each call."""
    inner: int
    columns: int
    batch: tuple[int, ...] = ()
    """Number of pairs of matrices in each call; empty: one pair in each."""
    copies: int = 1
    """Number of equal layers, such as the directions of an LSTM."""
    passes_gradient: bool = True
    """Whether the left operands need a gradient that is a product."""

    def forward(self) -> list[Product]:
        """Return the products of the forward pass, one for each call."""
        return self._products("forward", [Shape(rows, self.inner, self.columns, batch) for rows, batch in self._calls])

    def backward(self) -> list[Product]:
        """Return the products of the backward pass: one for each left operand, and one for the right operand."""
        left = [Shape(rows, self.columns, self.inner, batch) for rows, batch in self._calls if self.passes_gradient]
        most = max((batch for _, batch in self._calls), default=1)
        rows = round(sum(rows * batch for rows, batch in self._calls) / most)
        return self._products("backward", [*left, Shape(self.columns, rows, self.inner, most)] if rows else [])

    @property
    def _calls(self) -> list[tuple[int, int]]:
        return list(zip(self.rows, self.batch or (1,) * len(self.rows), strict=True))

    def _products(self, direction: Literal["forward", "backward"], shapes: Iterable[Shape]) -> list[Product]:
        counts = Counter(shapes).items()
        return [Product(self.purpose, direction, self.copies * count, shape) for shape, count in counts]


def forward(layers: Iterable[Layer]) -> list[Product]:
    """Return the products of the forward pass of some layers."""
    return [product for layer in layers for product in layer.forward()]


def backward(layers: Iterable[Layer]) -> list[Product]:
    """Return the products of the backward pass of some layers."""
    return [product for layer in layers for product in layer.backward()]


def trained(layers: list[Layer]) -> list[Product]:
    """Return the products of both passes of some layers."""
    return [*forward(layers), *backward(layers)]


def operations(products: Iterable[Product]) -> int:
    """Return the number of multiplications and additions of some products."""
    return sum(product.count * product.shape.operations for product in products)
