"""Write verdict.json and verdict.md from scores.csv, with tables and the plot of the gains, and read verdict.json."""

from pathlib import Path
from typing import Any

from erac_vaml.config import Experiment
from erac_vaml.errors import UserError
from erac_vaml.files import read_json, write_json, write_text
from erac_vaml.plan import Plan
from erac_vaml.reporting.collected_scores import load_scores
from erac_vaml.reporting.figures.drawing import save_drawing
from erac_vaml.reporting.tables import save_table
from erac_vaml.verdict.as_json import as_json
from erac_vaml.verdict.as_markdown import as_markdown, verdict_tables
from erac_vaml.verdict.forest import gains_plot
from erac_vaml.verdict.inputs import VERDICT_FILE
from erac_vaml.verdict.judgement import judge_experiment
from erac_vaml.verdict.significance import system_tests


def write_verdict(experiment: Experiment, results: Path) -> None:
    """Write results/verdict.json and verdict.md from scores.csv, the verdict's tables, and figures/gains.*.

    Raises:
        UserError: scores.csv or a run's hypotheses cannot be read.
    """
    scores = load_scores(Plan(experiment), results)
    judgement = judge_experiment(scores, system_tests(scores, results))
    for table in verdict_tables(judgement):
        save_table(table, results)
    save_drawing(gains_plot(experiment, judgement.gains), results)
    write_json(results / VERDICT_FILE, as_json(judgement))
    write_text(results / "verdict.md", as_markdown(judgement))


def read_verdict(results: Path) -> dict[str, Any]:
    """Return the content of verdict.json.

    Raises:
        UserError: it is missing or damaged.
    """
    path, fix = results / VERDICT_FILE, "write it with `erac-vaml verdict`"
    try:
        verdict: dict[str, Any] = read_json(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; {fix}") from None
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: cannot be read ({error}); {fix}") from None
    return verdict
