"""Format numbers, lists and commands for people."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path


def duration(seconds: float) -> str:
    """Return seconds as `45 s`, `12 min`, `3 h 20 min` or `4 d 6 h`."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} d {hours} h"


def hours(seconds: float) -> str:
    """Return seconds as hours with two significant digits or more: `0`, `0.021`, `0.35`, `4.2`, `1,234`."""
    value = seconds / 3600
    if value < 0.0005:
        return "<0.001" if value else "0"
    if value >= 9.95:
        return f"{value:,.0f}"
    digits = next((number for number in (1, 2, 3) if value >= 9.95 * 10.0**-number), 3)
    return f"{value:.{digits}f}"


def size(count: float) -> str:
    """Return bytes as `12 kB`, `3.4 MB`, `56 GB` (powers of ten)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 9.95 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def some(items: Sequence[str], most: int = 3) -> str:
    """Return the first items of a list, and the number of the others: `a, b, c and 2 more`."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most:,} more"


def config_options(files: Iterable[Path]) -> str:
    """Return the options that give configuration files to a command: `--config a.yaml --config b.yaml`."""
    return " ".join(f"--config {shlex.quote(str(file))}" for file in files)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 run`, `2,000 runs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
