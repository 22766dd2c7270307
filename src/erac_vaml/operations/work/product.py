"""Matrix products as data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from erac_vaml.operations.work.sentences import Sentences

Direction = Literal["forward", "backward"]


class Shape(NamedTuple):
    """The product of a matrix (rows, inner) and a matrix (inner, columns), or of `batch` such pairs in one call."""

    rows: int
    inner: int
    columns: int
    batch: int = 1

    @property
    def operations(self) -> int:
        """Return its multiplications and additions."""
        return 2 * self.batch * self.rows * self.inner * self.columns

    def __str__(self) -> str:
        """Return for example `(50, 256)·(256, 1024)`, or `20 × …` for a batch."""
        batch = f"{self.batch} × " if self.batch > 1 else ""
        return f"{batch}({self.rows}, {self.inner})·({self.inner}, {self.columns})"


@dataclass(frozen=True)
class Product:
    """Equal products that serve one purpose."""

    purpose: str
    direction: Direction
    count: int
    shape: Shape


def forward(purpose: str, shapes: Iterable[Shape]) -> list[Product]:
    """Return products of a forward pass, those of equal shape counted together."""
    return [Product(purpose, "forward", count, shape) for shape, count in Counter(shapes).items()]


def backward(purpose: str, shapes: Iterable[Shape]) -> list[Product]:
    """Return products of a backward pass, those of equal shape counted together."""
    return [Product(purpose, "backward", count, shape) for shape, count in Counter(shapes).items()]


def operations(products: Iterable[Product]) -> int:
    """Return the multiplications and additions of some products."""
    return sum(product.count * product.shape.operations for product in products)


def linear(sequences: Sentences, inputs: int, outputs: int, *, step_by_step: bool) -> list[Shape]:
    """Return the products of a linear layer at every token, of all steps at once or step by step."""
    return [Shape(rows, inputs, outputs) for rows in (sequences.going_on if step_by_step else [sequences.tokens])]


def linear_backward(sequences: Sentences, inputs: int, outputs: int, *, step_by_step: bool) -> list[Shape]:
    """Return the products of a linear layer's backward pass: for the inputs, then, at once, for the weights."""
    of_inputs = linear(sequences, outputs, inputs, step_by_step=step_by_step)
    return [*of_inputs, Shape(outputs, sequences.tokens, inputs)]
