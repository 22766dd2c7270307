"""Make the tables of README.md and docs/ that summarise results, as Markdown.

A table stands between `<!-- results/mini/tables/table3.md -->` and `<!-- end -->`. A task follows the file if the table
is of one task.
"""

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from erac_vaml.page.opening import MARKS
from erac_vaml.plan import CONTROL
from erac_vaml.reporting.labels import ALGORITHMS
from erac_vaml.reporting.tables.numbers import number
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.rules import Outcome
from erac_vaml.verdict.wording import signed, signed_interval

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/findings/reproduction.md")
TABLE = re.compile(r"<!-- (?P<file>results/\S+)(?: (?P<task>\S+))? -->\n(?P<content>.*?)\n?<!-- end -->", re.DOTALL)
PAPER_ALGORITHMS = ("mle", "raml", "vaml", "ac", "erac")
TASKS = {"mt": "Translation", "mt-input-feeding": "Input feeding", "captioning": "Captioning"}
VERDICTS = (
    ("Mini, translation", "mini", "mt"),
    ("Mini, input feeding", "mini", "mt-input-feeding"),
    ("Mini, captioning", "mini", "captioning"),
    ("IWSLT-short", "recorded/iwslt14-38-short", "mt"),
    ("Flickr8k", "recorded/flickr8k", "captioning"),
)
"""Columns of the matrix of claims: a title, a folder below results/ and a task."""


def refreshed(document: str) -> str:
    """Return a document with its tables made again."""
    return TABLE.sub(
        lambda marked: f"{marked[0].splitlines()[0]}\n{table(marked['file'], marked['task'])}\n<!-- end -->", document
    )


def table(file: str, task: str | None = None) -> str:
    """Return the table that stands for a file of results.

    Args:
        file: the file, below the project's folder.
        task: name of the task, for gains.csv and scores.csv.
    """
    path = ROOT / file
    match path.name:
        case "table1.csv":
            return demo_scores(path)
        case "verdict.json":
            return claims(ROOT / "results")
        case "gains.csv":
            return algorithms(path.parents[1], task)
        case "scores.csv":
            return critics(path.parent, task)
        case _:
            return path.read_text(encoding="utf-8").strip()


def demo_scores(path: Path) -> str:
    """Return a row for each algorithm of the paper: our mean and spread of test BLEU, and the paper's mean.

    Args:
        path: table1.csv of the mini experiment.
    """
    scores = pd.read_csv(path).query("metric == 'test_bleu'").set_index(["task", "algorithm"])
    rows = []
    for algorithm in PAPER_ALGORITHMS:
        cells = [scores.loc[task, algorithm] for task in TASKS]
        ours = [f"{cell['mean']:.2f} ± {cell['std']:.2f} | *{cell['paper_mean']:.2f}*" for cell in cells]
        rows.append([ALGORITHMS[algorithm], *ours])
    titles = [title for task in TASKS.values() for title in (task, "paper")]
    runs = ", ".join(f"{scores.loc[task, 'mle']['n']:.0f}" for task in TASKS)
    return f"{_markdown(['Algorithm', *titles], rows)}\n\nSeeds per column: {runs}; the paper has 9."


def claims(results: Path) -> str:
    """Return a row for each claim that a verdict tests, a column for each of `VERDICTS`.

    Args:
        results: the folder of all experiments.
    """
    rows: dict[str, list[str]] = {}
    for column, (_, name, task) in enumerate(VERDICTS):
        verdict = json.loads((results / name / "verdict.json").read_text(encoding="utf-8"))
        for claim in verdict["claims"]:
            if claim["task"] == task and claim["outcome"] != Outcome.NOT_TESTED:
                rows.setdefault(claim["statement"], [""] * len(VERDICTS))[column] = _claim(claim)
    return _markdown(
        ["Claim", *(title for title, _, _ in VERDICTS)], [[claim, *cells] for claim, cells in rows.items()]
    )


def algorithms(results: Path, task: str) -> str:
    """Return a row for each algorithm of a task: its runs, BLEU, gain over MLE with its parts, and other searches.

    Args:
        results: the folder of the experiment.
        task: name of the task.
    """
    runs = _runs(results, task).groupby("algorithm")
    gains, parts = (_table(results, name, task) for name in ("gains", "gain-parts"))
    captions = runs["test_cider"].count().any()
    rows = []
    for algorithm, gain in gains.iterrows():
        own, part = runs.get_group(algorithm), parts.loc[algorithm]
        interval = Interval(gain["gain_estimate"], gain["gain_low"], gain["gain_high"])
        gained = [signed_interval(interval), signed(part["by_length"]), signed(part["by_words"])]
        rows.append(
            [
                ALGORITHMS[algorithm],
                str(len(own)),
                number(own["valid_bleu"].mean()),
                _spread(own["test_bleu"]),
                *(gained if not math.isnan(interval.estimate) else [""] * 3),
                f"{part['length_ratio']:.3f}",
                number(part["greedy_bleu"]),
                number(part["sampled_bleu"]),
                *([_spread(own["test_cider"])] if captions else []),
            ]
        )
    titles = ["Algorithm", "n", "Valid BLEU", "Test BLEU", "Gain over MLE, same seeds", "by length", "by words"]
    titles += ["Length ratio", "Greedy", "Samples"]
    return _markdown([*titles, "CIDEr"] if captions else titles, rows)


def critics(results: Path, task: str) -> str:
    """Return a row for each critic: the mean test BLEU of each algorithm's runs with the critic's seeds.

    Args:
        results: the folder of the experiment.
        task: name of the task.
    """
    runs = _runs(results, task)
    bleu = runs.pivot_table("test_bleu", "seed", "algorithm")
    bleu["ERAC − AC"] = bleu["erac"] - bleu["ac"]
    bleu[f"ERAC − {ALGORITHMS[CONTROL]}"] = bleu["erac"] - bleu[CONTROL]
    of_erac = runs.query("algorithm == 'erac'").set_index("seed")["run"].str.extract(r"critic(\d+)-")[0]
    names = [name for name in ALGORITHMS if name in bleu]
    differences = [name for name in bleu if name.startswith("ERAC −")]
    rows = []
    for critic, seeds in of_erac.groupby(of_erac).groups.items():
        done = bleu.loc[bleu.index.intersection(seeds)]
        means = done.mean()
        title = f"critic {critic}, seed{'s' * (len(done) > 1)} {', '.join(map(str, done.index))}"
        rows.append([title, *(number(means[name]) for name in names), *(signed(means[name]) for name in differences)])
    return _markdown(["", *(ALGORITHMS[name] for name in names), *differences], rows)


def _runs(results: Path, task: str) -> pd.DataFrame:
    """Return the scores of the finished runs of a task's algorithms, without those of grids."""
    scores = pd.read_csv(results / "scores.csv")
    return scores.query("task == @task and algorithm in @ALGORITHMS and status == 'finished'")


def _table(results: Path, name: str, task: str) -> pd.DataFrame:
    return pd.read_csv(results / "tables" / f"{name}.csv").query("task == @task").set_index("algorithm")


def _spread(scores: pd.Series) -> str:
    return f"{number(scores.mean())} ± {number(scores.std())}"


def _claim(claim: dict[str, Any]) -> str:
    """Return the mark and the number of a claim, with the interval if the claim is one difference of means."""
    tests, result = claim["tests"], claim["number"]
    if len(tests) == 1 and tests[0]["comparison"]:
        result = signed_interval(Interval(**tests[0]["comparison"]["difference"]))
    return f"{MARKS[Outcome(claim['outcome'])][0]} {result}"


def _markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, ["---"] * len(titles), *rows))
