"""Export the actor of a trained run to a folder that needs nothing else."""

import re
import shutil
from pathlib import Path

from erac_vaml.config import Experiment
from erac_vaml.config.datasets import TextForm
from erac_vaml.errors import UserError
from erac_vaml.files import replacing, write_text
from erac_vaml.models.card import CARD, model_card
from erac_vaml.models.description import ModelDescription, Translation, write_description
from erac_vaml.models.of_run import described
from erac_vaml.plan import Run
from erac_vaml.runs.scores import read_scores


def export_model(experiment: Experiment, run: Run, results: Path, output: Path, tokeniser: str | None) -> None:
    """Write the actor of a trained run, with all that it needs and a model card, into a folder.

    Args:
        experiment: the experiment that plans the run.
        run: the run.
        results: folder of the experiment's results.
        output: the folder to write; it must be empty or missing.
        tokeniser: `moses:SOURCE-TARGET`, two language codes, if the data set was tokenised already; otherwise None.

    Raises:
        UserError: the run has no actor, diverged, or it or its data are missing, were changed, or have other settings;
            the tokeniser is known, or not one of Moses; the folder has files.
        OSError: the folder cannot be written.
    """
    description, files = described(experiment, run, results)
    ended = read_scores(results / run.path)
    if ended.diverged is not None:
        raise UserError(f"{run.path}: diverged ({ended.diverged.reason}); export a run that has finished")
    if tokeniser is not None:
        description = _with_tokeniser(description, run, tokeniser)
    if output.exists() and any(output.iterdir()):
        raise UserError(f"{output}: has files already; name a new folder, or delete it")
    for name, path in files.items():
        with replacing(output / name) as temporary:
            shutil.copyfile(path, temporary)
    write_text(output / CARD, model_card(description))
    write_description(output, description)


def _with_tokeniser(description: ModelDescription, run: Run, tokeniser: str) -> ModelDescription:
    """Return a description of a model of tokenised text with the tokeniser that the user names."""
    task, found = description.task, re.fullmatch("moses:([a-z]{2,3})-([a-z]{2,3})", tokeniser)
    if found is None:
        raise UserError(f"--tokeniser {tokeniser}: not known; write moses:de-en, with the codes of your languages")
    if not isinstance(task, Translation) or task.source.tokeniser is not None:
        raise UserError(f"--tokeniser {tokeniser}: the tokeniser of {run.path} is known; leave the option out")
    source, target = (
        TextForm(tokeniser=f"moses:{language}", lowercase=form.lowercase)
        for language, form in zip(found.groups(), (task.source, task.target), strict=True)
    )
    named = Translation(source=source, target=target)
    return description.model_copy(update={"task": named})
