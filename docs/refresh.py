"""Refresh the tables, the pictures and the checklist of README.md and docs/ from the results of `make demo`.

Usage: python docs/refresh.py

A table stands between `<!-- results/mini/tables/table1.md -->` and `<!-- end -->`. Screenshots need Chromium.
"""

import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "mini"
CHECKLIST = ROOT / "results" / "mini" / "checklist.md"
"""Checklist that docs/findings/checklist.md is a copy of."""
IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
TABLE = re.compile(r"<!-- (results/\S+) -->\n.*?<!-- end -->", re.DOTALL)


def main() -> None:
    """Rewrite the documents' tables, copy the checklist and the figures, and take the screenshots."""
    for document in (ROOT / "README.md", ROOT / "docs" / "findings" / "reproduction.md"):
        text = document.read_text(encoding="utf-8")
        document.write_text(TABLE.sub(_table, text), encoding="utf-8")
    shutil.copy(CHECKLIST, ROOT / "docs" / "findings" / "checklist.md")
    for figure, image in (
        ("figure1", "mini-figure1"),
        ("learning-curves-mt", "mini-learning-curves"),
        ("learning-curves-captioning", "mini-learning-curves-captioning"),
    ):
        shutil.copy(RESULTS / "figures" / f"{figure}.png", IMAGES / f"{image}.png")
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for image, width, height, colours, part in (
            ("report-laptop", 1280, 1000, "light", None),
            ("report-phone", 390, 844, "dark", None),
            ("report-cells", 1100, 800, "light", "#cells"),
        ):
            page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=colours)
            page.goto((RESULTS / "report.html").as_uri())
            if part:
                page.locator(part).scroll_into_view_if_needed()
                page.evaluate("part => document.querySelector(part).scrollIntoView()", part)
            page.screenshot(path=IMAGES / f"{image}.png")
        chromium.close()


def _table(marked: re.Match[str]) -> str:
    content = (ROOT / marked[1]).read_text(encoding="utf-8").strip()
    return f"<!-- {marked[1]} -->\n{content}\n<!-- end -->"


if __name__ == "__main__":
    main()
