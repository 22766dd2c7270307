"""Style all figures, and render them: the same data gives the same bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

COLUMN_WIDTH, PAGE_WIDTH = 3.25, 6.75
"""Widths in a two-column paper, in inches."""

COLOURS = {
    "mle": "#595959",
    "mle-continued": "#A6761D",
    "raml": "#56B4E9",
    "vaml": "#0072B2",
    "ac": "#E69F00",
    "erac": "#009E73",
    "erac-no-future-entropy": "#CC79A7",
}
"""Colour of each algorithm; colour-blind readers can distinguish them, too (Okabe and Ito, 2008)."""
MARKERS = dict(zip(COLOURS, "osvDP^X", strict=True))
"""Marker of each algorithm, where several share a panel."""
DIVERGED = "#D55E00"
MISSING = "#8C8C8C"


@dataclass(frozen=True)
class Drawing:
    """A figure with its data and its caption."""

    name: str
    """File name, for example "figure1"."""
    title: str
    """For example "Figure 1"."""
    caption: str
    statement: str
    """Sentence on the data of the experiment."""
    figure: Figure
    data: pd.DataFrame

    def render(self, kind: str) -> bytes:
        """Return the figure as "png" or "pdf"."""
        return render(self.figure, self.title, self.caption, kind, self.statement)


def render(figure: Figure, title: str, caption: str, kind: str, statement: str = "") -> bytes:
    """Return a figure as "png" or "pdf", without the date.

    Its metadata holds the title, the caption and the statement.

    Args:
        figure: the figure.
        title: its title.
        caption: its caption.
        kind: "png" or "pdf".
        statement: the sentence on its data.
    """
    buffer = io.BytesIO()
    subject = f"{caption} {statement}".rstrip()
    metadata: dict[str, Any] = (
        {"Title": title, "Subject": subject, "Creator": None, "Producer": None, "CreationDate": None}
        if kind == "pdf"
        else {"Title": title, "Description": caption, "Comment": statement, "Software": None}
    )
    with figure_style():
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


@contextmanager
def figure_style() -> Iterator[None]:
    """Use the project's style, and no other settings of matplotlib, inside the block."""
    with as_file(files("erac_vaml.reporting") / "figures.mplstyle") as path, matplotlib.style.context([path], True):
        yield
