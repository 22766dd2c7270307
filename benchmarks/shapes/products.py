"""Matrix products as data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.shapes.sentences import Sentences


@dataclass(frozen=True)
class Product:
    """`count` equal products (rows, inner)·(inner, columns), each of `batch` matrices at once."""

    rows: int
    inner: int
    columns: int
    count: int = 1
    batch: int = 1

    @property
    def operations(self) -> int:
        """Multiplications and additions of all of them."""
        return 2 * self.count * self.batch * self.rows * self.inner * self.columns

    def __str__(self) -> str:
        """Return for example "20 × (50, 256)·(256, 1024)"; a batch of matrices has its size in front."""
        batch = f"{self.batch}, " if self.batch > 1 else ""
        return f"{self.count} × ({batch}{self.rows}, {self.inner})·({batch}{self.inner}, {self.columns})"


@dataclass(frozen=True)
class Part:
    """One purpose's products, in one or more ways of which the fastest counts."""

    purpose: str
    direction: Literal["forward", "backward"]
    ways: tuple[tuple[Product, ...], ...]


def forward(purpose: str, *ways: tuple[Product, ...]) -> Part:
    """Return a part of the forward pass."""
    return Part(purpose, "forward", ways)


def backward(purpose: str, *ways: tuple[Product, ...]) -> Part:
    """Return a part of the backward pass."""
    return Part(purpose, "backward", ways)


def one_by_one(shapes: Iterable[tuple[int, int, int]]) -> tuple[Product, ...]:
    """Return products (rows, inner, columns) that wait for each other, those of equal shape counted together."""
    return tuple(Product(*shape, count=count) for shape, count in Counter(shapes).items())


def linear(sequences: Sentences, inputs: int, outputs: int, *, step_by_step: bool) -> tuple[Product, ...]:
    """Return a linear layer at every token."""
    if step_by_step:
        return one_by_one((rows, inputs, outputs) for rows in sequences.going_on)
    return (Product(sequences.tokens, inputs, outputs),)


def linear_backward(sequences: Sentences, inputs: int, outputs: int, *, step_by_step: bool) -> tuple[Product, ...]:
    """Return a linear layer's backward pass: gradients of the inputs at every token, then of the weights at once."""
    of_inputs = linear(sequences, outputs, inputs, step_by_step=step_by_step)
    return (*of_inputs, Product(outputs, sequences.tokens, inputs))
