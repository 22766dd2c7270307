"""Refresh the tables, the pictures and the checklist of README.md and docs/ from results and the built site.

Usage: python docs/refresh.py

Run `make demo` first. Pictures of a report on an own corpus also need results/mine (docs/tutorials/own-corpus.md),
those of the site `make docs`. Screenshots need Chromium.
"""

import shutil
from typing import NamedTuple

from playwright.sync_api import sync_playwright
from tables import DOCUMENTS, ROOT, refreshed

RESULTS = ROOT / "results" / "mini"
IMAGES = ROOT / "docs" / "images"
FIGURES = {
    "mini/figures/figure1": "mini-figure1",
    "mini/figures/learning-curves-mt": "mini-learning-curves",
    "mini/figures/learning-curves-captioning": "mini-learning-curves-captioning",
    "recorded/iwslt14-38-short/figures/learning-curves-mt": "real-learning-curves",
    "recorded/flickr8k/figures/learning-curves-captioning": "real-learning-curves-captioning",
}
"""Image by its figure below results/."""
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Shot(NamedTuple):
    """A screenshot."""

    image: str
    page: str
    width: int
    height: int
    colours: str
    part: str | None = None
    """Selector of an element to scroll to."""


SHOTS = (
    Shot("report-laptop", "results/mini/report.html", 1280, 1000, "light"),
    Shot("report-phone", "results/mini/report.html", 390, 844, "dark"),
    Shot("report-claims", "results/mini/report.html", 1100, 800, "light", "#claims"),
    Shot("own-report-laptop", "results/mine/report.html", 1280, 1000, "light"),
    Shot("own-report-phone", "results/mine/report.html", 390, 844, "dark"),
    Shot("site-laptop", "site/index.html", 1280, 1000, "light"),
    Shot("site-phone", "site/index.html", 390, 844, "dark"),
)


def main() -> None:
    """Rewrite the documents' tables, copy the checklist and figures, and take screenshots of the pages that exist."""
    for name in DOCUMENTS:
        document = ROOT / name
        document.write_text(refreshed(document.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(RESULTS / "checklist.md", ROOT / "docs" / "findings" / "checklist.md")
    for figure, image in FIGURES.items():
        shutil.copy(RESULTS.parent / f"{figure}.png", IMAGES / f"{image}.png")
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for shot in SHOTS:
            if not (ROOT / shot.page).exists():
                print(f"{shot.image}: not taken, because {shot.page} is missing")
                continue
            size = {"width": shot.width, "height": shot.height}
            page = chromium.new_page(viewport=size, color_scheme=shot.colours)
            page.goto((ROOT / shot.page).as_uri())
            if shot.part:
                page.evaluate("part => document.querySelector(part).scrollIntoView()", shot.part)
            page.screenshot(path=IMAGES / f"{shot.image}.png")
        chromium.close()


if __name__ == "__main__":
    main()
