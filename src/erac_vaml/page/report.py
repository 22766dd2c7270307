"""Write results/{experiment}/report.html: one page of what the other commands wrote, readable without a network."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from math import nan
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import read_regular, sha256, write_text
from erac_vaml.page.chart import gains_chart
from erac_vaml.page.checklist import CHECKLIST_FILE, checklist
from erac_vaml.page.cost import stage_costs
from erac_vaml.page.opening import MARKS, headline
from erac_vaml.page.parts import page_pictures, page_tables
from erac_vaml.page.pictures import read_picture
from erac_vaml.page.provenance import SHOWN_DIGITS, data_digest, provenance
from erac_vaml.page.samples import spread_samples
from erac_vaml.plan import Plan
from erac_vaml.reporting import names
from erac_vaml.reporting.collected_scores import load_scores
from erac_vaml.reporting.labels import ALGORITHMS, FIGURE1_GRIDS, task_label
from erac_vaml.reporting.paper import Spread
from erac_vaml.reporting.tables.layout import anchor, templates
from erac_vaml.reporting.tables.numbers import NOTHING, mean_std
from erac_vaml.runs.manifest import MANIFEST, Manifest, read_manifest
from erac_vaml.verdict.inputs import VERDICT_FILE
from erac_vaml.verdict.intervals import Interval
from erac_vaml.verdict.rules import Outcome
from erac_vaml.verdict.verdict_files import read_verdict
from erac_vaml.verdict.wording import PERCENT, plural, signed_interval


def write_report(experiment: Experiment, results: Path) -> None:
    """Write results/report.html, and results/checklist.md beside it.

    Raises:
        UserError: a table, a figure, the verdict or scores.csv has not been written, or a file is damaged.
    """
    plan = Plan(experiment)
    scores, verdict = load_scores(plan, results), read_verdict(results)
    rows = scores.rows
    ended = rows[rows["status"] != "missing"]
    manifests = _manifests(results, ended.index)
    tables = {name: _read_table(results, name) for name in page_tables(plan)}
    pictures = {name: read_picture(results, name) for name in page_pictures(experiment)}
    figure1 = [name for name in FIGURE1_GRIDS if name in experiment.ablations]
    stages = zip(ended["stage"], ended.index, strict=True)
    try:
        claims = _claims(verdict)
        page = _template().render(
            contents=[],
            experiment=experiment,
            verdict=verdict,
            headline=headline(experiment, verdict),
            chart=gains_chart(experiment, [(gain, _interval(gain["gain"])) for gain in verdict["gains"]]),
            tested=[found for found in claims if _is_tested(found)],
            untested=[found for found in claims if not _is_tested(found)],
            without_runs=[claim for claim in verdict["claims"] if not claim["task"]],
            outcomes=Counter(claim["outcome"] for claim in verdict["claims"] if claim["task"]),
            levels={(cell["task"], cell["algorithm"]): cell for cell in verdict["cells"] if _is_test_score(cell)},
            kept=_kept_starts(rows),
            figure1=figure1,
            grids=[
                grid for grid in experiment.ablations if f"{names.ABLATION}{grid}" in tables and grid not in figure1
            ],
            names=names,
            tables=tables,
            pictures=pictures,
            samples={task: spread_samples(scores, results, task) for task in experiment.tasks},
            divergences=_records(rows[rows["status"] == "diverged"]),
            costs=stage_costs([(stage, manifests[path]) for stage, path in stages if path in manifests]),
            origin=provenance(list(manifests.values()), len(ended)),
            runs=_run_groups(rows, manifests, results),
        )
        listed = checklist(scores, verdict, manifests, results)
    except (KeyError, TypeError, jinja2.UndefinedError) as error:
        raise UserError(f"{results / VERDICT_FILE}: damaged ({error}); write it with `erac-vaml verdict`") from None
    write_text(results / "report.html", f"{page}\n")
    write_text(results / CHECKLIST_FILE, listed)


def _read_table(results: Path, name: str) -> Markup:
    """Return the HTML file of a table."""
    path = results / "tables" / f"{name}.html"
    try:
        return Markup(read_regular(path).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({error}); write it with `erac-vaml summarise`") from None


def _template() -> jinja2.Template:
    environment = templates("erac_vaml.page")
    environment.filters |= {
        "signed": lambda record: signed_interval(_interval(record)),
        "paper_score": _paper_score,
        "anchor": anchor,
        "plural": plural,
    }
    environment.globals |= {
        "ALGORITHMS": ALGORITHMS,
        "MARKS": MARKS,
        "NOTHING": NOTHING,
        "PERCENT": PERCENT,
        "task_label": task_label,
    }
    return environment.get_template("page.html")


def _interval(record: dict[str, float | None]) -> Interval:
    """Return an interval of verdict.json, where null stands for NaN."""
    return Interval(**{name: nan if value is None else value for name, value in record.items()})


def _paper_score(cell: dict[str, Any] | None) -> str:
    """Return the paper's score for a cell of verdict.json: its mean with the spread, or the best run's, or a dash."""
    if cell is None:
        return NOTHING
    paper = Spread(**cell["paper"])
    if paper.mean is None and paper.max is not None:
        return f"best: {paper.max:.2f}"
    return mean_std(paper)


def _claims(verdict: dict[str, Any]) -> list[dict[str, dict[str, Any]]]:
    """Return the claims of verdict.json by task, of those for which the experiment has runs."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for claim in verdict["claims"]:
        if claim["task"]:
            found.setdefault(claim["claim"], {})[claim["task"]] = claim
    return list(found.values())


def _is_tested(claim: dict[str, dict[str, Any]]) -> bool:
    """Return whether the runs of any task test a claim."""
    return any(found["outcome"] != Outcome.NOT_TESTED for found in claim.values())


def _is_test_score(cell: dict[str, Any]) -> bool:
    return cell["metric"] == "test_bleu"


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, None where there is none."""
    plain = rows.astype(object).where(rows.notna(), None)
    return [dict(zip(plain.columns, values, strict=True)) for values in plain.itertuples(index=False, name=None)]


def _manifests(results: Path, paths: Iterable[str]) -> dict[str, Manifest]:
    """Return the readable manifests by the path of their run; the page counts the other runs."""
    found = {}
    for path in paths:
        with suppress(UserError):
            found[path] = read_manifest(results / path)
    return found


def _kept_starts(rows: pd.DataFrame) -> dict[str, int]:
    """Return the number of runs of each `{task}/{algorithm}` whose start, epoch 0, was the best in validation."""
    kept = rows[(rows["status"] == "finished") & (rows["best_epoch"] == 0)]
    return dict(Counter(kept["task"] + "/" + kept["algorithm"]))


def _run_groups(rows_of_runs: pd.DataFrame, manifests: dict[str, Manifest], results: Path) -> list[dict[str, Any]]:
    """Return the runs of each task and algorithm, with the number of runs of each status."""
    shown = {
        path: {
            "attempts": sum(attempt.ended is not None for attempt in manifest.attempts) or 1,
            "ended": manifest.ended[:16].replace("T", " "),
            "digest": sha256(results / path / MANIFEST)[:SHOWN_DIGITS],
            "code": manifest.code,
            "data": data_digest(manifest),
        }
        for path, manifest in manifests.items()
    }
    return [
        {
            "name": f"{task}/{algorithm}",
            "counts": rows["status"].value_counts().to_dict(),
            "runs": [run | {"manifest": shown.get(path)} for run, path in zip(_records(rows), rows.index, strict=True)],
        }
        for (task, algorithm), rows in rows_of_runs.groupby(["task", "algorithm"], sort=False)
    ]
