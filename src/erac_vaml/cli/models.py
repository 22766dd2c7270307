"""The commands that train and use models: train, translate, caption, score."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import Config, Device, PlannedSettings, Results, Threads, refuse_other_settings, set_threads
from erac_vaml.config import load_experiment, with_execution
from erac_vaml.config.datasets import CaptionedImages
from erac_vaml.errors import UserError


def train(
    run: Annotated[str, typer.Option(help="The run, as `erac-vaml plan --runs` names it.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
    settings: PlannedSettings = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            envvar="ERAC_VAML_TIME_LIMIT",
            help="Time limit of this job in minutes; by default Slurm's. The run stops earlier, by the experiment's "
            "margin, with a checkpoint and exit status 75.",
        ),
    ] = None,
    execution: Annotated[
        str | None,
        typer.Option(help="Section `execution` as JSON, in place of the configuration's. It changes no number."),
    ] = None,
    keep_files: Annotated[
        bool,
        typer.Option(
            "--keep-files",
            help="Keep the finished run's files in its state folder, too, and restore lost files from there. The "
            "workflow sets this, because Snakemake deletes the files of a run that it did not see end.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Train a finished run again.")] = False,
) -> None:
    """Train one run, score it on test and write its files. The runs that it starts from must be there.

    A run that was stopped or killed continues from its last checkpoint. A finished run stays as it is.
    """
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.stopping import EXIT_STATUS, StoppedError
    from erac_vaml.runs.train import find_run, train_run

    experiment = load_experiment(config)
    if execution is not None:
        experiment = with_execution(experiment, execution)
    set_threads(threads)
    found = find_run(experiment, run)
    refuse_other_settings(settings, found.digest, str(found.path), config)
    folder = results or experiment.results
    try:
        scores = train_run(
            experiment, found, folder, choose_device(device), time_limit, keep_files=keep_files, force=force
        )
    except StoppedError as stopped:
        print(f"{found.path}: stopped ({stopped}); started again, it continues from {folder / found.state_path}")
        sys.exit(EXIT_STATUS)
    shown = (f"{name} {value:.4g}" for name, value in scores.measures.items() if value is not None)
    print(f"{found.path}: {scores.status}  " + "  ".join(shown))


def translate(
    run: Annotated[str, typer.Option(help="A trained run of an actor: runs/TASK/ALGORITHM/RUN.")],
    source: Annotated[Path, typer.Option(help="Tokenised, lower-cased text, one sentence a line.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Translate a text with the actor of a trained run, and print the translations."""
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.inference import translate_text
    from erac_vaml.runs.train import find_run

    experiment = load_experiment(config)
    set_threads(threads)
    found = find_run(experiment, run)
    for line in translate_text(experiment, found, results or experiment.results, source, choose_device(device)):
        print(line)


def caption(
    run: Annotated[str, typer.Option(help="A trained run of a captioning task's actor: runs/TASK/ALGORITHM/RUN.")],
    images: Annotated[Path | None, typer.Option(help="Folder of images.")] = None,
    features: Annotated[Path | None, typer.Option(help="Or a matrix of their features (.npy).")] = None,
    feature_ids: Annotated[Path | None, typer.Option(help="The image of each row of the matrix, one a line.")] = None,
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Caption images with the actor of a trained run, and print lines of image, tab, caption."""
    from erac_vaml.data.features import load_features
    from erac_vaml.data.prepare_captions import features_of_folder
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.inference import caption_images
    from erac_vaml.runs.train import find_run

    experiment = load_experiment(config)
    set_threads(threads)
    found, where = find_run(experiment, run), choose_device(device)
    settings = experiment.datasets[found.dataset]
    if features is not None and feature_ids is not None:
        shown = load_features(features, feature_ids)
    elif images is not None and isinstance(settings, CaptionedImages):
        shown = features_of_folder(settings, images, where)
    else:
        raise UserError(
            "caption: give --images, a folder, or --features with --feature-ids, and the run of a captioning task"
        )
    captions = caption_images(experiment, found, results or experiment.results, shown, where)
    for name, text in zip(shown.names, captions, strict=True):
        print(f"{name}\t{text}")


def score(
    hypotheses: Annotated[Path, typer.Option(help="Tokenised hypotheses, one a line.")],
    references: Annotated[Path, typer.Option(help="Tokenised references, one a line; several with tabs between.")],
) -> None:
    """Print the corpus BLEU of hypotheses; for lines with several references, COCO's scores of captions."""
    from erac_vaml.data.corpus import read_lines
    from erac_vaml.evaluation.caption_scores import caption_scores
    from erac_vaml.evaluation.corpus_bleu import corpus_bleu

    said, wanted = read_lines(hypotheses), read_lines(references)
    if len(said) != len(wanted):
        raise UserError(f"{hypotheses} has {len(said)} lines, {references} has {len(wanted)}: give one for each")
    if any("\t" in line for line in wanted):
        scores = caption_scores(said, [line.split("\t") for line in wanted])
        print(f"BLEU-4 {scores.bleu:.2f}  CIDEr {scores.cider:.2f}  ROUGE-L {scores.rouge_l:.2f}  {scores.signature}")
        return
    bleu = corpus_bleu(said, wanted)
    print(f"BLEU {bleu.score:.2f}  {bleu.signature}")
