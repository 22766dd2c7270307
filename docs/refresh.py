"""Refresh the tables, the pictures and the checklist of README.md and docs/ from results and the built site.

Usage: python docs/refresh.py

Run `make demo` first. Pictures of a report on an own corpus also need results/mine (docs/tutorials/own-corpus.md),
those of the site `make docs`. A table stands between `<!-- results/mini/tables/table1.md -->` and `<!-- end -->`; a CSV
file becomes a summary, verdict.json a matrix of the claims. Screenshots need Chromium.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from playwright.sync_api import sync_playwright

from erac_vaml.page.opening import MARKS
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.rules import Outcome
from erac_vaml.verdict.wording import signed_interval

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results" / "mini"
DOCUMENTS = ("README.md", "docs/findings/reproduction.md")
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
TABLE = re.compile(r"<!-- (results/\S+) -->\n.*?<!-- end -->", re.DOTALL)
ALGORITHMS = {"mle": "MLE", "raml": "RAML", "vaml": "VAML", "ac": "AC", "erac": "ERAC"}
TASKS = {"mt": "Translation", "mt-input-feeding": "Input feeding", "captioning": "Captioning"}
VERDICTS = (
    ("Mini, translation", "mini", "mt"),
    ("Mini, input feeding", "mini", "mt-input-feeding"),
    ("Mini, captioning", "mini", "captioning"),
    ("IWSLT-short", "recorded/iwslt14-38-short", "mt"),
    ("Flickr8k", "recorded/flickr8k", "captioning"),
)
"""Columns of the matrix of claims: a title, a folder below results/ and a task."""


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
        document.write_text(TABLE.sub(_table, document.read_text(encoding="utf-8")), encoding="utf-8")
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


def _table(marked: re.Match[str]) -> str:
    path = ROOT / marked[1]
    match path.suffix:
        case ".csv":
            content = _summary(path)
        case ".json":
            content = _claims()
        case _:
            content = path.read_text(encoding="utf-8").strip()
    return f"<!-- {marked[1]} -->\n{content}\n<!-- end -->"


def _summary(path: Path) -> str:
    """Return Table 1 as Markdown with a row for each algorithm of the paper: our mean and spread, and the paper's."""
    scores = pd.read_csv(path).query("metric == 'test_bleu'").set_index(["task", "algorithm"])
    rows = [f"| {' | '.join(['Algorithm', *(f'{task} | paper' for task in TASKS.values())])} |", "|---" * 7 + "|"]
    for algorithm, label in ALGORITHMS.items():
        cells = [scores.loc[task, algorithm] for task in TASKS]
        ours = [f"{cell['mean']:.2f} ± {cell['std']:.2f} | *{cell['paper_mean']:.2f}*" for cell in cells]
        rows.append(f"| {' | '.join([label, *ours])} |")
    runs = ", ".join(f"{scores.loc[task, 'mle']['n']:.0f}" for task in TASKS)
    return "\n".join([*rows, "", f"Seeds per column: {runs}; the paper has 9."])


def _claims() -> str:
    """Return the claims that a verdict tests as Markdown: a row for each claim, a column for each task."""
    titles, rows = [], {}
    for column, (title, name, task) in enumerate(VERDICTS):
        titles.append(title)
        verdict = json.loads((RESULTS.parent / name / "verdict.json").read_text(encoding="utf-8"))
        for claim in verdict["claims"]:
            if claim["task"] == task and claim["outcome"] != Outcome.NOT_TESTED:
                cells = rows.setdefault(claim["statement"], [""] * len(VERDICTS))
                cells[column] = _claim(claim)
    lines = [["Claim", *titles], ["---"] * (1 + len(titles)), *([claim, *cells] for claim, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _claim(claim: dict[str, Any]) -> str:
    """Return the mark and the number of a claim, with the interval if the claim is one difference of means."""
    tests, number = claim["tests"], claim["number"]
    if len(tests) == 1 and tests[0]["comparison"]:
        number = signed_interval(Interval(**tests[0]["comparison"]["difference"]))
    return f"{MARKS[Outcome(claim['outcome'])][0]} {number}"


if __name__ == "__main__":
    main()
