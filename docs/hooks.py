"""What `make docs` adds to MkDocs: included files, the commands, links to the sources, and formulas as MathML.

The pages read the same on GitHub, where none of this runs.
"""

import html
import logging
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INCLUDED = {"reference/configuration.md": "config/README.md", "reference/results.md": "results/README.md"}
"""Pages whose text is that of another file."""
COMMANDS = "reference/commands.md"
SOURCES = os.environ.get("SOURCES_URL")
"""Where the files can be read, such as https://github.com/OWNER/NAME/blob/main; unset: the site links to none."""
LINK = re.compile(r"(!?)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
FONT = Path(str(distribution("ziamath").locate_file("ziamath/fonts/STIXTwoMath-Regular.ttf")))
"""Font of the formulas, under the Open Font Licence; ziamath is installed for it."""
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
THIN = '<mspace width="0.17em"/>'
REPAIRS = (
    ("<mi>;</mi>", '<mo separator="true">;</mo>'),
    ("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>"),
    ("<mi>(log|min|max)</mi>(?!<mo[^>]*>&#x00028;)", rf"{THIN}<mi>\1</mi>{THIN}"),
)
"""What latex2mathml gets wrong: a semicolon and a tilde as letters, and no space around a function without brackets."""
FOREIGN = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=["']?(?:https?:)?//[^>]*>""")

log = logging.getLogger("mkdocs.hooks.docs")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the font of the formulas."""
    files.append(File.generated(config, f"fonts/{FONT.name}", abs_src_path=str(FONT)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Complete a page with text from elsewhere, and lead links that leave the site to the sources."""
    here = DOCS / page.file.src_uri
    written = here
    if page.file.src_uri in INCLUDED:
        written = ROOT / INCLUDED[page.file.src_uri]
        markdown = written.read_text(encoding="utf-8")
    if page.is_homepage:
        page.meta["hide"] = ["navigation", "toc"]
    if page.file.src_uri == COMMANDS:
        markdown += _commands()
    return LINK.sub(lambda link: _link(link, written.parent, here.parent), markdown)


def on_page_content(content: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the formulas of a page into MathML, which browsers show without a script."""
    return FORMULA.sub(lambda formula: _mathml(formula[2], display=formula[1] == "div"), content)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Warn of what a reader's browser would fetch from another host."""
    for element in FOREIGN.findall(output):
        if 'rel="canonical"' not in element:
            log.warning("%s would fetch from another host: %s", page.file.src_uri, element)
    return output


def _link(link: re.Match[str], written: Path, here: Path) -> str:
    """Return a link of a file in folder `written` as it has to be in a page in folder `here`."""
    image, text, target, anchor = link[1], link[2], (written / link[3]).resolve(), link[4] or ""
    if not target.exists():
        return link[0]
    name = target.relative_to(ROOT).as_posix() if target.is_relative_to(ROOT) else ""
    page = next((page for page, included in INCLUDED.items() if included == name), None)
    if page or target.is_relative_to(DOCS):
        return f"{image}[{text}]({os.path.relpath(DOCS / page if page else target, here)}{anchor})"
    return f"[{text}]({SOURCES}/{name}{anchor})" if SOURCES else text


def _mathml(formula: str, *, display: bool) -> str:
    found = convert(html.unescape(formula).strip(), display="block" if display else "inline")
    for pattern, replacement in REPAIRS:
        found = re.sub(pattern, replacement, found)
    return f'<div class="formula">{found}</div>' if display else found


def _commands() -> str:
    """Return the options of every command of `erac-vaml`, without the list of commands, which the contents repeat."""
    done = subprocess.run(
        [sys.executable, "-m", "typer", "erac_vaml.cli.app", "utils", "docs", "--name", "erac-vaml"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    _, _, commands = done.stdout.partition("\n## ")
    return "\n## " + commands
