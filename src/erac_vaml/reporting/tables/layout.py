"""Describe a table as people read it, and render it as Markdown, LaTeX and HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import jinja2
import pandas as pd
from markupsafe import Markup, escape


@dataclass(frozen=True)
class Text:
    """The content of one field of a table."""

    text: str
    bold: bool = False
    paper: bool = False
    """The number is the paper's, not ours: italics."""
    runs: str = ""
    """`{task}/{algorithm}` of the runs that a number comes from; on the page the number links to them."""


@dataclass(frozen=True)
class Line:
    """A line of a table."""

    fields: tuple[Text, ...]
    apart: bool = False
    """A space above it starts a new group."""
    heading: bool = False
    """Its first field is the heading of the lines below, and stretches over all columns."""


@dataclass(frozen=True)
class Column:
    """A column's name, and the heading that it shares with adjacent columns."""

    name: str
    heading: str = ""
    wraps: bool = False
    """It has sentences, which are broken into lines."""


@dataclass(frozen=True)
class Table:
    """One table: its layout for people, and its cells as tidy rows."""

    name: str
    """File name, for example "table1"."""
    title: str
    """For example "Table 1"."""
    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    """Sentences below the table."""
    data: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row for each cell: the content of the CSV file, if the table has one."""
    statement: str = ""
    """Sentence on the data that the numbers come from. It ends the caption, except on the page, which has it once."""

    @property
    def full_caption(self) -> str:
        """The caption with the sentence on the data."""
        return f"{self.caption} {self.statement}".rstrip()

    @property
    def headings(self) -> list[tuple[str, int]]:
        """Shared headings and the columns that each spans; empty where no column has one."""
        if not any(column.heading for column in self.columns):
            return []
        return [(heading, len(list(group))) for heading, group in groupby(column.heading for column in self.columns)]

    @property
    def points(self) -> float:
        """Width that the table needs in LaTeX, in points: about 5.2 for each character of 10-point type, 9 a column."""
        lines = [tuple(Text(column.name) for column in self.columns)]
        lines += [line.fields for line in self.lines if not line.heading]
        longest = [max(len(line[place].text) for line in lines) for place in range(len(self.columns))]
        shown = (
            min(length, 20) if column.wraps else length for length, column in zip(longest, self.columns, strict=True)
        )
        return sum(5.2 * length + 9 for length in shown)

    @property
    def spans_columns(self) -> bool:
        """Whether it is wider than a column of a two-column page (219 points in the style of the ACL's conferences)."""
        return self.points > 219


def line(fields: Sequence[Text | str], apart: bool = False) -> Line:
    """Return a line of a table; a plain string becomes a text of ours."""
    return Line(tuple(Text(item) if isinstance(item, str) else item for item in fields), apart)


def heading(text: str, columns: int) -> Line:
    """Return a line with the heading of the lines below it, in a table of so many columns."""
    return Line((Text(text, bold=True), *[Text("")] * (columns - 1)), heading=True)


PAPER = Text("paper", paper=True)
"""First field of a line with the paper's numbers."""


def markdown(table: Table) -> str:
    """Return the table as GitHub Markdown; each column's name has the shared heading before it."""
    names = [
        _markdown_text(Text(f"{column.heading}: {column.name}" if column.heading else column.name))
        for column in table.columns
    ]
    body = pd.DataFrame([[_markdown_text(item) for item in row.fields] for row in table.lines], columns=names)
    alignment = ("left", *("left" if column.wraps else "center" for column in table.columns[1:]))
    drawn = body.to_markdown(index=False, disable_numparse=True, colalign=alignment, headers=names)
    parts = [f"**{markdown_escape(table.title)}.** {markdown_escape(table.full_caption)}", drawn]
    parts += map(markdown_escape, table.notes)
    return "\n\n".join(parts) + "\n"


def latex(table: Table) -> str:
    """Return the table as a LaTeX float, which needs the packages booktabs and tabularx; any engine works."""
    # LaTeX is full of braces.
    environment = templates("erac_vaml.reporting", autoescape=False, braces=("<<", ">>"))
    environment.filters |= {"latex": latex_escape, "latex_text": _latex_text}
    return environment.get_template("table.tex").render(table=table) + "\n"


def html(table: Table) -> Markup:
    """Return the table as an HTML figure for a page, without the sentence on the data."""
    environment = templates("erac_vaml.reporting")
    environment.filters["html_text"] = _html_text
    return Markup(environment.get_template("table.html").render(table=table))


def templates(package: str, *, autoescape: bool = True, braces: tuple[str, str] = ("{{", "}}")) -> jinja2.Environment:
    """Return the environment of a package's templates, in which an undefined name is an error.

    Args:
        package: the package with the folder templates/.
        autoescape: escape values for HTML.
        braces: what stands around a value.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=autoescape,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        variable_start_string=braces[0],
        variable_end_string=braces[1],
    )


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≠": r"$\neq$",
    "→": r"$\to$",
    "−": "$-$",
    "†": r"$^\dagger$",
    "–": "--",
    "’": "'",
    "β": r"$\beta$",
    "κ": r"$\kappa$",
    "π": r"$\pi$",
    "τ": r"$\tau$",
    "δ": r"$\delta$",
    "λ": r"$\lambda$",
    "β1": r"$\beta_1$",
    "λ_var": r"$\lambda_{\mathrm{var}}$",
    "λ_MLE": r"$\lambda_{\mathrm{MLE}}$",
}
_LATEX_PATTERN = re.compile("|".join(re.escape(key) for key in sorted(_LATEX, key=len, reverse=True)))


def latex_escape(text: str) -> str:
    """Return the LaTeX source of a text; symbols that plain fonts lack become mathematics."""
    return _LATEX_PATTERN.sub(lambda match: _LATEX[match.group()], text)


def _latex_text(item: Text) -> str:
    text = latex_escape(item.text)
    if item.bold:
        text = rf"\textbf{{{text}}}"
    return rf"\textit{{{text}}}" if item.paper else text


def markdown_escape(text: str) -> str:
    """Return a text as Markdown that shows it as it is, also in a table; nothing in it is HTML or a link."""
    return re.sub(r"[\\`*_~<|]|\](?=\()|&(?=#?\w+;)", r"\\\g<0>", text)


def _markdown_text(item: Text) -> str:
    text = markdown_escape(item.text)
    if item.bold:
        text = f"**{text}**"
    return f"*{text}*" if item.paper else text


def _html_text(item: Text) -> Markup:
    text = Markup("<b>{}</b>").format(item.text) if item.bold else escape(item.text)
    if item.runs:
        text = Markup('<a href="#{}">{}</a>').format(anchor(item.runs), text)
    return Markup('<span class="paper">{}</span>').format(text) if item.paper else text


def anchor(runs: str) -> str:
    """Return the id that the runs of `{task}/{algorithm}` have on the page, of characters that need no escape."""
    return "runs-" + re.sub("[^0-9A-Za-z]", lambda found: f"-{ord(found[0]):x}-", runs)
