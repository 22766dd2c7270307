"""Make consoles and tables for output on a terminal, or as plain text into a file or a pipe."""

import sys
import time
from collections.abc import Callable

from rich import box
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table

_WIDTH_OF_TEXT = 400
"""Width of a line in plain text, so large that no line is wrapped."""
_SECONDS_BETWEEN_LOOKS = 5.0


def make_console() -> Console:
    """Return a console with the width and colours of the terminal, or for plain text."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_TEXT, highlight=False)


def make_table(*headings: str) -> Table:
    """Return an empty table. A heading that begins with `>` is that of a column of numbers."""
    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading.removeprefix(">"), justify="right" if heading.startswith(">") else "left")
    return table


def keep_showing(look: Callable[[], tuple[RenderableType, bool]]) -> None:
    """Show what `look` returns, again and again, until it also returns that this is all, or Ctrl-C is pressed."""
    shown, is_all = look()
    with Live(shown, console=make_console(), auto_refresh=False) as live:
        try:
            while not is_all:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                shown, is_all = look()
                live.update(shown, refresh=True)
        except KeyboardInterrupt:
            return
