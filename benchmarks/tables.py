"""The measurements as tables on the screen."""

from collections.abc import Mapping, Sequence

import pandas as pd

from benchmarks.measurement import Measurement
from erac_vaml.operations.work.product import Shape

_LEGEND = """\
bound: ms of the bare matrix products with the faster of torch.mm and oneDNN (on a GPU: of the bytes, if longer).
torch.mm: ms of the same products with torch.mm alone. bytes: ms to copy the bytes that the step must move.
decoded: mean tokens of a sample or hypothesis."""
_WARNING = "\n!: other processes were running; measure again."


def machine_table(measurements: Sequence[Measurement]) -> str:
    """Return every step next to its lower bound on the same machine."""
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


def growth_table(growth: Mapping[str, Sequence[Measurement]]) -> str:
    """Return how cost grows, by the quantity that grows."""
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
    """Return a step's bare products, a row for each shape."""
    rows = [
        {
            "purpose": line.purpose,
            "direction": line.direction,
            "count": str(line.count),
            "shapes": str(Shape(line.rows, line.inner, line.columns, line.batch)),
            "ms": _number(line.ms),
            "torch.mm": _number(line.torch_mm_ms),
        }
        for line in measured.products
    ]
    return f"{measured.case.label}: the bare products of one step\n{_table(rows, names=2)}"


def _label(measured: Measurement) -> str:
    """Return the case's name, with a mark if its numbers are unreliable."""
    return measured.case.label + (" !" if measured.disturbed else "")


def _number(value: float | None) -> str:
    """Return a number with three significant digits, or all digits before the point."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(value: float | None) -> str:
    """Return a number with two digits after the point."""
    return "–" if value is None else f"{value:.2f}"


def _gigabytes(value: int | None) -> str:
    return _number(None if value is None else value / 1e9)


def _table(rows: Sequence[Mapping[str, str]], names: int = 1) -> str:
    """Return rows of text as a table; the first `names` columns are left-aligned."""
    alignment = ["left"] * names + ["right"] * (len(rows[0]) - names)
    return pd.DataFrame(rows).to_markdown(
        index=False, tablefmt="simple", disable_numparse=True, colalign=tuple(alignment)
    )
