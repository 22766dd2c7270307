"""The lower bound of a step: its unavoidable matrix products, each timed bare at its own shape, added up."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from benchmarks.measurement import ProductTime
from benchmarks.shapes.products import Part, Product
from benchmarks.timing import milliseconds
from erac_vaml.kernels.products import product as library_product

_LONG_ENOUGH = 1.0
"""Milliseconds that a measurement should take: a shorter product is repeated."""
_WARM = 20.0
"""Milliseconds of a product whose first call needs no second one: what it sets up takes no time beside it."""
_CONTENDER = 1.2
"""A way to make a product whose first time is so many times the fastest one's is not measured again."""


@dataclass(frozen=True)
class BareTime:
    """Milliseconds of one product."""

    fastest: float
    """By whichever library and layout is fastest."""
    torch_mm: float
    """By `torch.mm` or `torch.bmm`, in the faster layout."""


def bare_products(parts: Sequence[Part], device: torch.device, repetitions: int) -> list[ProductTime]:
    """Time every product of some parts bare; of a part with several ways only the fastest way's are returned.

    Args:
        parts: of one step.
        device: of the step.
        repetitions: measurements of each way to make a product, of which the median counts.
    """
    products = [product for part in parts for way in part.ways for product in way]
    if not products:
        return []
    arrays = _Arrays.of(products, device)
    times = {
        shape: _bare_time(shape, arrays, device, repetitions)
        for shape in dict.fromkeys(replace(product, count=1) for product in products)
    }
    lines: list[ProductTime] = []
    for part in parts:
        ways = [[_line(part, product, times[replace(product, count=1)]) for product in way] for way in part.ways]
        lines += min(ways, key=lambda way: sum(line.ms for line in way))
    return lines


def _line(part: Part, product: Product, time: BareTime) -> ProductTime:
    """Return a line of the table of shapes."""
    return ProductTime(
        part.purpose,
        part.direction,
        product.count,
        product.batch,
        product.rows,
        product.inner,
        product.columns,
        ms=product.count * time.fastest,
        torch_mm_ms=product.count * time.torch_mm,
    )


@dataclass(frozen=True)
class _Arrays:
    """Memory for the operands and results of all products, one after the other: none is new when it is timed."""

    left: Tensor
    right: Tensor
    result: Tensor

    @classmethod
    def of(cls, products: Sequence[Product], device: torch.device) -> "_Arrays":
        """Return arrays as large as the largest product needs them, full of random numbers."""
        sizes = (
            max(product.batch * product.rows * product.inner for product in products),
            max(product.batch * product.inner * product.columns for product in products),
            max(product.batch * product.rows * product.columns for product in products),
        )
        return cls(*(torch.rand(size, device=device) for size in sizes))


def _bare_time(product: Product, arrays: _Arrays, device: torch.device, repetitions: int) -> BareTime:
    """Return the time of one product, its right operand as it lies or transposed."""
    batch, rows, inner, columns = product.batch, product.rows, product.inner, product.columns
    left = _view(arrays.left, batch, rows, inner)
    rights = (_view(arrays.right, batch, inner, columns), _view(arrays.right, batch, columns, inner).mT)
    result = _view(arrays.result, batch, rows, columns)
    by_torch = torch.bmm if batch > 1 else torch.mm
    torch_mm = _fastest([partial(by_torch, left, right, out=result) for right in rights], device, repetitions)
    if batch > 1 or device.type == "cuda":
        return BareTime(torch_mm, torch_mm)
    by_library = _fastest([partial(library_product, left, right) for right in rights], device, repetitions)
    return BareTime(min(torch_mm, by_library), torch_mm)


def _view(array: Tensor, batch: int, rows: int, columns: int) -> Tensor:
    """Return the start of an array as a matrix, or as a batch of several."""
    shape = (batch, rows, columns) if batch > 1 else (rows, columns)
    return array[: batch * rows * columns].view(shape)


def _fastest(actions: Sequence[Callable[[], object]], device: torch.device, repetitions: int) -> float:
    """Return the median time in ms of the fastest of some actions."""
    actions[0]()  # the memory of a result that it makes itself is used again from now on
    first_times = [_first_time(action, device) for action in actions]
    limit = _CONTENDER * min(first_times)
    medians = []
    for action, first_time in zip(actions, first_times, strict=True):
        if first_time <= limit:
            times = math.ceil(_LONG_ENOUGH / first_time)
            medians.append(statistics.median(milliseconds(action, device, times) for _ in range(repetitions)))
    return min(medians)


def _first_time(action: Callable[[], object], device: torch.device) -> float:
    """Return the time of a first call, or where it is short that of a second."""
    time = milliseconds(action, device)
    return time if time > _WARM else milliseconds(action, device)
