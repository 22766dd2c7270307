"""The verdict on an experiment, from whatever runs are there."""

from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.files import write_text
from erac_vaml.reporting.figures import save_drawing
from erac_vaml.reporting.scores import collect_scores
from erac_vaml.reporting.tables import save_table
from erac_vaml.verdict.collect import Evidence
from erac_vaml.verdict.document import VerdictOfExperiment, as_markdown, json_text, judge_experiment
from erac_vaml.verdict.effects import recipe_effects
from erac_vaml.verdict.forest import forest_plot
from erac_vaml.verdict.significance import system_tests
from erac_vaml.verdict.tables import differences_table


def experiment_verdict(experiment: Experiment, results: Path) -> VerdictOfExperiment:
    """Return the verdict on an experiment from whatever runs are there.

    Raises:
        UserError: a run's scores or hypotheses cannot be read.
    """
    evidence = Evidence(experiment, collect_scores(experiment, results))
    return judge_experiment(evidence, system_tests(evidence, results))


def write_differences(experiment: Experiment, results: Path) -> None:
    """Write tables/recipe-differences.* and, where a grid flips one of them, the forest plot of the same name.

    Raises:
        UserError: a run's scores cannot be read.
    """
    effects = recipe_effects(Evidence(experiment, collect_scores(experiment, results)))
    save_table(differences_table(experiment, effects), results)
    if effects:
        save_drawing(forest_plot(experiment, effects), results)


def write_verdict(experiment: Experiment, results: Path) -> None:
    """Write results/verdict.json and verdict.md.

    Raises:
        UserError: a run's scores or hypotheses cannot be read.
    """
    verdict = experiment_verdict(experiment, results)
    write_text(results / "verdict.json", json_text(verdict))
    write_text(results / "verdict.md", as_markdown(verdict))
