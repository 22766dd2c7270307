"""Record an experiment for others: its configuration, its runs without their models, and all results made from them."""

import shutil
from pathlib import Path

from erac_vaml.config import Experiment, configuration_text
from erac_vaml.data.preparation import FEATURES, STATISTICS
from erac_vaml.errors import UserError
from erac_vaml.files import write_bytes, write_text
from erac_vaml.page.summary import summarise
from erac_vaml.plan import Plan
from erac_vaml.runs.history import HISTORY_FILE
from erac_vaml.runs.hypotheses import compress_hypotheses
from erac_vaml.runs.manifest import MANIFEST, checked_file
from erac_vaml.runs.scores import SCORES_FILE, has_ended


def record(experiment: Experiment, results: Path, output: Path) -> None:
    """Write the record of an experiment: a few megabytes, without models and without text of the corpus.

    `summarise` makes the tables, the figures, the verdict and the page from the record alone. Comparisons that need the
    references are left out, in the record as well.

    Args:
        experiment: the experiment.
        results: folder of its results. Copied are the scores, history, manifest and hypotheses of each run that has
            ended, and the counts and digests of the prepared data.
        output: a new folder.

    Raises:
        UserError: `output` is not empty, or a file of a run is missing, was changed or cannot be read.
    """
    if output.exists() and any(output.iterdir()):
        raise UserError(f"{output}: is not empty; delete it, or choose another folder")
    write_text(output / "config.yaml", configuration_text(experiment))
    for run in Plan(experiment).runs.values():
        source, target = results / run.path, output / run.path
        if has_ended(source):
            compress_hypotheses(source, target)
            shutil.copyfile(source / MANIFEST, target / MANIFEST)
            for name in (HISTORY_FILE, SCORES_FILE):
                shutil.copyfile(checked_file(source, name), target / name)
    for dataset in experiment.datasets:
        for name in (STATISTICS, FEATURES):
            path = results / "data" / dataset / name
            if path.exists():
                write_bytes(output / "data" / dataset / name, path.read_bytes())
    summarise(experiment, output)
