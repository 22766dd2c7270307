"""The lower bound of a step: the sum of its unavoidable matrix products, each timed alone at its own shape."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import torch
from torch import Tensor

from benchmarks.measurement import ProductTime
from benchmarks.timing import milliseconds
from erac_vaml.kernels.products import product as library_product
from erac_vaml.operations.work.product import Product, Shape

_LONG_ENOUGH = 1.0
"""Minimum milliseconds of a measurement: a shorter product is repeated."""
_WARM = 20.0
"""Milliseconds from which a product's first call counts: its set-up is negligible then."""
_CONTENDER = 1.2
"""A library or layout whose first call takes this many times the fastest one's is not measured again."""


def bare_products(products: Sequence[Product], device: torch.device, repetitions: int) -> list[ProductTime]:
    """Time each product alone.

    Args:
        products: of one step.
        device: of the step.
        repetitions: measurements of each library and layout; the median counts.
    """
    if not products:
        return []
    shapes = {product.shape for product in products}
    arrays = _shared_arrays(shapes, device)
    times = {shape: _bare_time(shape, arrays, device, repetitions) for shape in shapes}
    return [
        ProductTime(
            product.purpose,
            product.direction,
            product.count,
            **product.shape._asdict(),
            ms=product.count * fastest,
            torch_mm_ms=product.count * torch_mm,
        )
        for product in products
        for fastest, torch_mm in [times[product.shape]]
    ]


def _shared_arrays(shapes: Iterable[Shape], device: torch.device) -> list[Tensor]:
    """Return arrays for the left operand, the right operand and the result, large enough for the largest product.

    All products share them, so that no product touches new memory while it is timed.
    """
    sizes = [
        (batch * rows * inner, batch * inner * columns, batch * rows * columns)
        for rows, inner, columns, batch in shapes
    ]
    return [torch.rand(max(sizes_of_one), device=device) for sizes_of_one in zip(*sizes, strict=True)]


def _bare_time(shape: Shape, arrays: Sequence[Tensor], device: torch.device, repetitions: int) -> tuple[float, float]:
    """Return the time of one product in ms with the fastest library, and with `torch.mm` or `torch.bmm`.

    Each library counts with its faster layout: the right operand in order or transposed.
    """
    rows, inner, columns, batch = shape
    left_array, right_array, result_array = arrays
    left = _view(left_array, batch, rows, inner)
    rights = (_view(right_array, batch, inner, columns), _view(right_array, batch, columns, inner).mT)
    result = _view(result_array, batch, rows, columns)
    by_torch = torch.bmm if batch > 1 else torch.mm
    torch_mm = _fastest([partial(by_torch, left, right, out=result) for right in rights], device, repetitions)
    if batch > 1 or device.type == "cuda":
        return torch_mm, torch_mm
    by_library = _fastest([partial(library_product, left, right) for right in rights], device, repetitions)
    return min(torch_mm, by_library), torch_mm


def _view(array: Tensor, batch: int, rows: int, columns: int) -> Tensor:
    """Return the start of an array as a matrix, or as a batch of several."""
    shape = (batch, rows, columns) if batch > 1 else (rows, columns)
    return array[: batch * rows * columns].view(shape)


def _fastest(actions: Sequence[Callable[[], object]], device: torch.device, repetitions: int) -> float:
    """Return the median time in ms of the fastest action."""
    actions[0]()  # From now on the memory of a result that an action allocates itself is reused.
    first_times = [_first_time(action, device) for action in actions]
    limit = _CONTENDER * min(first_times)
    medians = []
    for action, first_time in zip(actions, first_times, strict=True):
        if first_time <= limit:
            times = math.ceil(_LONG_ENOUGH / first_time)
            medians.append(statistics.median(milliseconds(action, device, times) for _ in range(repetitions)))
    return min(medians)


def _first_time(action: Callable[[], object], device: torch.device) -> float:
    """Return the time of a first call, or, where that is short, of a second one."""
    time = milliseconds(action, device)
    return time if time > _WARM else milliseconds(action, device)
