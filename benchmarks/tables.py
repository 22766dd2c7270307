"""The measurements as tables on the screen."""

from collections.abc import Mapping, Sequence

import pandas as pd

from benchmarks.measurement import Measurement, ProductTime
from benchmarks.released import RELEASED

_LEGEND = """\
bound: ms of the bare matrix products, by the faster of torch.mm and oneDNN (on a GPU of the bytes, if longer).
torch.mm: the same by torch.mm alone. bytes: ms of a copy of what the step must move.
decoded: mean tokens of what is sampled or found."""
_WARNING = "\n!: other processes ran meanwhile; measure again."
_COMPARISON = """\
The released code ran on torch 2.13 on 2 CPU cores at 205 GFLOP/s; its ratio is to its own products there.
Milliseconds, and so the speed-up, compare machines of this kind only."""


def machine_table(measurements: Sequence[Measurement]) -> str:
    """Return every step beside the lower bound of the machine that it was measured on."""
    rows = [
        {
            "one step": _label(measured),
            "ms": _number(measured.ms),
            "min–max": f"{_number(measured.min_ms)}–{_number(measured.max_ms)}",
            "bound": _number(measured.bound_ms),
            "ratio": _ratio(measured.ratio),
            "torch.mm": _number(measured.products_torch_mm_ms or None),
            "bytes": _number(measured.moved_ms or None),
            "pairs/s": _number(1e3 * measured.sentences / measured.ms),
            "tokens/s": _number(1e3 * measured.target_tokens / measured.ms),
            "decoded": _number(measured.decoded_length),
            "peak GB": _gigabytes(measured.peak_memory_bytes),
        }
        for measured in measurements
    ]
    return f"{_table(rows)}\n\n{_LEGEND}" + (_WARNING if any(measured.disturbed for measured in measurements) else "")


def released_table(measurements: Sequence[Measurement]) -> str:
    """Return every step beside the released code's; "" where it has none of them."""
    rows = [
        {
            "one step": _label(measured),
            "ms": _number(measured.ms),
            "released ms": _number(released.ms),
            "speed-up": _ratio(released.ms / measured.ms),
            "ratio": _ratio(measured.ratio),
            "released ratio": _ratio(released.ratio),
            "peak GB": _gigabytes(measured.peak_memory_bytes),
            "released GB": _number(released.memory_gb),
        }
        for measured in measurements
        if (released := RELEASED.get(measured.case))
    ]
    return f"{_table(rows)}\n\n{_COMPARISON}" if rows else ""


def growth_table(growth: Mapping[str, Sequence[Measurement]]) -> str:
    """Return how cost grows, by what grows."""
    rows = [
        {
            "growing": what,
            "one step": measured.case.stage.label,
            "pairs": str(measured.sentences),
            "tokens": str(measured.target_tokens),
            "vocabulary": str(measured.case.target_vocabulary),
            "ms": _number(measured.ms),
            "ratio": _ratio(measured.ratio),
            "µs a token": _number(1e3 * measured.ms / measured.target_tokens),
            "peak GB": _gigabytes(measured.peak_memory_bytes),
        }
        for what, measurements in growth.items()
        for measured in measurements
    ]
    return _table(rows, names=2)


def shapes_table(measured: Measurement) -> str:
    """Return a step's bare products, shape by shape."""
    rows = [
        {
            "purpose": line.purpose,
            "direction": line.direction,
            "count": str(line.count),
            "shapes": _shapes(line),
            "ms": _number(line.ms),
            "torch.mm": _number(line.torch_mm_ms),
        }
        for line in measured.products
    ]
    return f"{measured.case.label}: the bare products of one step\n{_table(rows, names=2)}"


def _label(measured: Measurement) -> str:
    """Return the case's name, marked where its numbers cannot be believed."""
    return measured.case.label + (" !" if measured.disturbed else "")


def _shapes(line: ProductTime) -> str:
    batch = f"{line.batch} × " if line.batch > 1 else ""
    return f"{batch}({line.rows}, {line.inner})·({line.inner}, {line.columns})"


def _number(value: float | None) -> str:
    """Return a number with three digits, and all of those before the point."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    """Return a number with two digits behind the point."""
    return "–" if value is None else f"{value:.2f}"


def _gigabytes(value: int | None) -> str:
    return _number(None if value is None else value / 1e9)


def _table(rows: Sequence[Mapping[str, str]], names: int = 1) -> str:
    """Return rows of text as a table, its first columns, the names, flush left."""
    alignment = ["left"] * names + ["right"] * (len(rows[0]) - names)
    return pd.DataFrame(rows).to_markdown(
        index=False, tablefmt="simple", disable_numparse=True, colalign=tuple(alignment)
    )
