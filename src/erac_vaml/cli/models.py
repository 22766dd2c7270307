"""The commands that train and use models: train, export, translate, caption, score."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from erac_vaml.cli.completion import complete_run
from erac_vaml.cli.options import (
    Config,
    Device,
    PlannedSettings,
    Results,
    Threads,
    refuse_other_settings,
    run_and_results,
    set_threads,
)
from erac_vaml.config import with_execution
from erac_vaml.errors import UserError

if TYPE_CHECKING:
    from erac_vaml.models.model import Model

_MINUTES_OF_A_YEAR = 525_600
_ACTOR = "A trained run of an actor: TASK/ALGORITHM/RUN or its path."
TrainedRun = Annotated[str | None, typer.Option("--run", help=_ACTOR, autocompletion=complete_run)]
ModelFolder = Annotated[Path | None, typer.Option("--model", help="Or the folder of an exported model.")]
NBest = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1000,
        help="Print the N best outputs for each input, in columns separated by tabs: number or name of the input, "
        "text, log-probability.",
    ),
]


def train(
    run: Annotated[str, typer.Option(help="The run: TASK/ALGORITHM/RUN or its path.", autocompletion=complete_run)],
    config: Config = None,
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
    settings: PlannedSettings = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=_MINUTES_OF_A_YEAR,
            envvar="ERAC_VAML_TIME_LIMIT",
            help="Time limit of this job in minutes (default: Slurm's). The run stops before it, with a checkpoint and "
            "exit status 75.",
        ),
    ] = None,
    execution: Annotated[
        str | None,
        typer.Option(help="Section `execution` as JSON, instead of the configuration's. It does not affect scores."),
    ] = None,
    keep_files: Annotated[
        bool,
        typer.Option(
            "--keep-files",
            help="Keep a copy of the finished run's files in its state folder, and restore lost files from it. The "
            "workflow sets this, because Snakemake deletes the files of a run whose end it missed.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Train a finished run again.")] = False,
) -> None:
    """Train one run, score it on the test set and write its files. The runs that it starts from must be finished.

    A run that was stopped or killed continues from its last checkpoint. A finished run is not trained again without
    --force.
    """
    from erac_vaml.runs.device import choose_device
    from erac_vaml.runs.stopping import EXIT_STATUS, StoppedError
    from erac_vaml.runs.train import train_run

    experiment, found, folder = run_and_results(run, config, results)
    if execution is not None:
        experiment = with_execution(experiment, execution)
    set_threads(threads)
    refuse_other_settings(settings, found.digest, str(found.path))
    try:
        scores = train_run(
            experiment, found, folder, choose_device(device), time_limit, keep_files=keep_files, force=force
        )
    except StoppedError as stopped:
        again = "start it again with --force" if force else "start it again"
        print(f"{found.path}: stopped ({stopped}); {again} to continue from {folder / found.state_path}")
        sys.exit(EXIT_STATUS)
    shown = (f"{name} {value:.4g}" for name, value in scores.measures.items() if value is not None)
    print(f"{found.path}: {scores.status}  " + "  ".join(shown))


def export(
    run: Annotated[str, typer.Argument(help=_ACTOR, autocompletion=complete_run)],
    output: Annotated[Path, typer.Option(help="Folder to write; it must be empty or missing.")],
    tokeniser: Annotated[
        str | None,
        typer.Option(
            help="Tokeniser of a data set that was tokenised before (`tokenised: true`): moses:SOURCE-TARGET with two "
            "language codes, for example moses:de-en. Without it the model accepts only tokens."
        ),
    ] = None,
    config: Config = None,
    results: Results = None,
) -> None:
    """Export the actor of a trained run as a self-contained folder with a model card."""
    from erac_vaml.models.export import export_model

    experiment, found, folder = run_and_results(run, config, results)
    export_model(experiment, found, folder, output, tokeniser)
    print(f"{found.path}: exported; {output}/README.md describes it")


def translate(
    run: TrainedRun = None,
    model: ModelFolder = None,
    source: Annotated[Path, typer.Option(help="Raw text, one sentence per line; -: standard input.")] = Path("-"),
    tokenised: Annotated[
        bool,
        typer.Option("--tokenised", help="Read and print tokens separated by blanks."),
    ] = False,
    n_best: NBest = None,
    config: Config = None,
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Translate a text, line by line, with a trained run or an exported model.

    The text is tokenised and cased like the training text, and its translation is detokenised.
    """
    from erac_vaml.data.corpus import read_lines

    actor = _model(run, model, config, results, device, threads)
    found = actor.translate_n_best(read_lines(source), n_best or 1, tokenised=tokenised)
    for number, outputs in enumerate(found, start=1):
        for output in outputs:
            print(output.text if n_best is None else f"{number}\t{output.text}\t{output.score:.4f}")


def caption(
    run: TrainedRun = None,
    model: ModelFolder = None,
    images: Annotated[Path | None, typer.Option(help="An image, or a folder of images.")] = None,
    features: Annotated[Path | None, typer.Option(help="Or a matrix of their features (.npy).")] = None,
    feature_ids: Annotated[Path | None, typer.Option(help="The image of each row of the matrix, one per line.")] = None,
    n_best: NBest = None,
    config: Config = None,
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Caption images with a trained run or an exported model, and print lines of image, tab, caption."""
    from erac_vaml.data.features import load_features
    from erac_vaml.data.image_files import image_files

    if (features is None) != (feature_ids is None) or (images is None) == (features is None):
        raise UserError("caption: give --images, an image or a folder, or --features with --feature-ids")
    paths = [] if images is None else image_files(images)
    given = None if features is None or feature_ids is None else load_features(features, feature_ids)
    actor = _model(run, model, config, results, device, threads)
    if given is None:
        names, found = [path.name for path in paths], actor.caption_n_best(paths, n_best or 1)
    else:
        names, found = list(given.names), actor.caption_features(given.matrix, n_best or 1)
    for name, outputs in zip(names, found, strict=True):
        for output in outputs:
            print(f"{name}\t{output.text}" + ("" if n_best is None else f"\t{output.score:.4f}"))


def _model(
    run: str | None,
    folder: Path | None,
    config: list[Path] | None,
    results: Path | None,
    device: str,
    threads: int | None,
) -> "Model":
    """Return the model that a command names: the actor of a run, or an exported one.

    Raises:
        UserError: the command names both or none, or the model is missing or damaged.
    """
    set_threads(threads)
    if run is not None and folder is None:
        from erac_vaml.models.of_run import model_of_run
        from erac_vaml.runs.device import choose_device

        return model_of_run(*run_and_results(run, config, results), choose_device(device))
    if folder is not None and run is None:
        from erac_vaml.models.model import load

        return load(folder, device)
    raise UserError("give either --run, a trained run, or --model, the folder of an exported model")


def score(
    hypotheses: Annotated[Path, typer.Option(help="Tokenised hypotheses, one per line; -: standard input.")],
    references: Annotated[
        Path, typer.Option(help="Tokenised references, one line per hypothesis; tabs separate several.")
    ],
    comet: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Also compute COMET with this model: a name such as Unbabel/wmt22-comet-da, or a checkpoint file. "
            "Needs the program `comet-score` and --source.",
        ),
    ] = None,
    source: Annotated[Path | None, typer.Option(help="Sources for COMET, one per line.")] = None,
    device: Device = "auto",
) -> None:
    """Print BLEU and chrF2 of a text; with several references for a line, also COCO's caption scores."""
    from erac_vaml.data.corpus import STANDARD_INPUT, read_lines
    from erac_vaml.evaluation.caption_scores import caption_scores
    from erac_vaml.evaluation.corpus_bleu import corpus_bleu
    from erac_vaml.evaluation.corpus_chrf import corpus_chrf

    if comet is not None and STANDARD_INPUT in (hypotheses, references, source):
        raise UserError("--comet: its program reads files; give files, not standard input")
    said, wanted = read_lines(hypotheses), [line.split("\t") for line in read_lines(references)]
    if len(said) != len(wanted):
        raise UserError(f"{hypotheses} has {len(said)} lines, {references} has {len(wanted)}: give one for each")
    several = any(len(texts) > 1 for texts in wanted)
    if comet is not None and (source is None or several or len(read_lines(source)) != len(said)):
        raise UserError("--comet: give --source with one line for each hypothesis, and one reference a line")
    if several:
        found = caption_scores(said, wanted)
        print(f"BLEU-4 {found.bleu.score:.2f}  CIDEr {found.cider:.2f}  ROUGE-L {found.rouge_l:.2f}  {found.signature}")
    else:
        bleu = corpus_bleu(said, [text for (text,) in wanted])
        print(f"BLEU {bleu.score:.2f}  {bleu.signature}")
    chrf = corpus_chrf(said, wanted)
    print(f"chrF2 {chrf.score:.2f}  {chrf.signature}")
    if comet is not None and source is not None:
        from erac_vaml.evaluation.comet import comet_score
        from erac_vaml.runs.device import choose_device

        on_gpu = choose_device(device).type == "cuda"
        print(f"COMET {comet_score(source, hypotheses, references, comet, on_gpu=on_gpu):.4f}  {comet}")
