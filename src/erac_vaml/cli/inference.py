"""The commands that use and score trained models: translate, caption, score."""

from pathlib import Path
from typing import Annotated

import typer

from erac_vaml.cli.options import Config, Device, Results, Threads, results_folder, set_threads
from erac_vaml.config import load_experiment
from erac_vaml.config.datasets import CaptionedImages
from erac_vaml.errors import UserError


def translate(
    run: Annotated[str, typer.Option(help="A trained run of an actor: runs/TASK/ALGORITHM/RUN.")],
    source: Annotated[Path, typer.Option(help="Tokenised, lower-cased text, one sentence a line.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Translate a text with a trained run's actor; the translations go to standard output."""
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.inference import translate_text
    from erac_vaml.runs.train import find_run

    experiment = load_experiment(config)
    set_threads(threads)
    found = find_run(experiment, run)
    for line in translate_text(experiment, found, results_folder(experiment, results), source, choose_device(device)):
        print(line)


def caption(
    run: Annotated[str, typer.Option(help="A trained run of a captioning task's actor: runs/TASK/ALGORITHM/RUN.")],
    images: Annotated[Path | None, typer.Option(help="Folder of images.")] = None,
    features: Annotated[Path | None, typer.Option(help="Or a matrix of their features (.npy).")] = None,
    feature_ids: Annotated[Path | None, typer.Option(help="The image of each of its rows, one a line.")] = None,
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Caption images with a trained run's actor; lines of image, tab, caption go to standard output."""
    from erac_vaml.data.features import load_features
    from erac_vaml.data.prepare_captions import features_of_folder
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.inference import caption_images
    from erac_vaml.runs.train import find_run

    experiment = load_experiment(config)
    set_threads(threads)
    found, where = find_run(experiment, run), choose_device(device)
    settings = experiment.datasets[experiment.tasks[found.task].dataset]
    if features is not None and feature_ids is not None:
        shown = load_features(features, feature_ids)
    elif images is not None and isinstance(settings, CaptionedImages):
        shown = features_of_folder(settings, images, where)
    else:
        raise UserError("caption: give --images, a folder, or --features with --feature-ids; of a captioning run")
    said = caption_images(experiment, found, results_folder(experiment, results), shown, where)
    for name, text in zip(shown.names, said, strict=True):
        print(f"{name}\t{text}")


def score(
    hypotheses: Annotated[Path, typer.Option(help="Tokenised hypotheses, one a line.")],
    references: Annotated[Path, typer.Option(help="Tokenised references, one a line; several with tabs between.")],
) -> None:
    """Print corpus BLEU of a text against another; where lines have several references, COCO's scores of captions."""
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
