"""The verdict on an experiment, from whatever runs are there."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.reporting.files import write_text
from erac_vaml.reporting.scores import collect_scores
from erac_vaml.verdict.collect import Evidence
from erac_vaml.verdict.document import VerdictOfExperiment, as_markdown, json_text, judge_experiment
from erac_vaml.verdict.significance import system_tests


def experiment_verdict(experiment: Experiment, results: Path) -> VerdictOfExperiment:
    """Return the verdict on an experiment from whatever runs are there.

    Raises:
        UserError: a run's scores or hypotheses cannot be read.
    """
    evidence = Evidence(experiment, collect_scores(experiment, results))
    return judge_experiment(evidence, system_tests(evidence, results))


def write_verdict(experiment: Experiment, results: Path) -> None:
    """Write results/verdict.json and verdict.md.

    Raises:
        UserError: a run's scores or hypotheses cannot be read.
    """
    verdict = experiment_verdict(experiment, results)
    write_text(results / "verdict.json", json_text(verdict))
    write_text(results / "verdict.md", as_markdown(verdict))
