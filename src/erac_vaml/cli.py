"""Each step on files, without the workflow. A fault of the input ends in one line with exit status 2."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from erac_vaml.config import Experiment, load_experiment
from erac_vaml.config.datasets import CaptionedImages, Dataset
from erac_vaml.errors import UserError
from erac_vaml.faults import run_command_line
from erac_vaml.operations import commands as operations
from erac_vaml.options import Config, Results, results_folder
from erac_vaml.page import commands as page
from erac_vaml.reporting import commands as reporting
from erac_vaml.verdict import commands as verdict

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
Threads = Annotated[int | None, typer.Option(min=1, help="CPU threads; torch's own choice where it is not given.")]


def main() -> NoReturn:
    """Run the command line; the entry point of `erac-vaml`."""
    run_command_line(app)


app.command()(operations.plan)
app.command()(operations.status)
app.command()(operations.doctor)


@app.command()
def prepare(
    dataset: Annotated[str, typer.Option(help="Name of the data set in the configuration.")],
    output: Annotated[Path | None, typer.Option(help="Folder; results/NAME/data/DATASET by default.")] = None,
    config: Config = Path("config.yaml"),
) -> None:
    """Turn one data set's raw text, or captions, into vocabularies, ids and statistics."""
    experiment = load_experiment(config)
    settings = _dataset(experiment, dataset, config)
    folder = output or results_folder(experiment, None) / "data" / dataset
    if isinstance(settings, CaptionedImages):
        from erac_vaml.data.prepare_captions import prepare_captions

        prepare_captions(dataset, settings, folder)
    else:
        from erac_vaml.data.prepare_text import prepare_text

        prepare_text(dataset, settings, folder)


@app.command()
def features(
    dataset: Annotated[str, typer.Option(help="Name of a prepared data set of captioned images.")],
    output: Annotated[Path | None, typer.Option(help="Its folder; results/NAME/data/DATASET by default.")] = None,
    config: Config = Path("config.yaml"),
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Turn a data set's images into the features that captioning starts from, or take those that are given."""
    from erac_vaml.data.prepare_captions import write_features
    from erac_vaml.training.device import choose_device

    experiment = load_experiment(config)
    settings = _dataset(experiment, dataset, config)
    if not isinstance(settings, CaptionedImages):
        raise UserError(f"--dataset {dataset}: is text, which has no features; name a data set of captioned images")
    _set_threads(threads)
    write_features(settings, output or results_folder(experiment, None) / "data" / dataset, choose_device(device))


@app.command()
def train(
    run: Annotated[str, typer.Option(help="The run, as `erac-vaml plan --runs` names it.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            envvar="ERAC_VAML_TIME_LIMIT",
            help="Minutes that this job may take; Slurm is asked where it is not given. The run stops before, by the "
            "experiment's margin, with a checkpoint and exit status 75.",
        ),
    ] = None,
    keep_files: Annotated[
        bool,
        typer.Option(
            "--keep-files",
            help="Keep the finished run's files in its state folder, too, and take them from there where they have "
            "been lost; the workflow's runs do, for Snakemake deletes files of runs that it has not seen to end.",
        ),
    ] = False,
) -> None:
    """Train one run, score it on test and write its files; the runs that it starts from must be there.

    A run that was stopped or killed goes on from its last checkpoint.
    """
    from erac_vaml.training.device import choose_device
    from erac_vaml.training.run import find_run, train_run
    from erac_vaml.training.stopping import EXIT_STATUS, StoppedError

    experiment = load_experiment(config)
    _set_threads(threads)
    found = find_run(experiment, run)
    folder = results_folder(experiment, results)
    try:
        scores = train_run(experiment, found, folder, choose_device(device), time_limit, keep_files)
    except StoppedError as stopped:
        print(f"{found.path}: stopped ({stopped}); started again, it goes on from {folder / found.state_path}")
        sys.exit(EXIT_STATUS)
    shown = {name: value for name, value in scores.items() if name.startswith(("valid", "test", "recon"))}
    print(
        f"{found.path}: {scores['status']}  "
        + "  ".join(f"{name} {value:.4g}" for name, value in shown.items() if value is not None)
    )


@app.command()
def translate(
    run: Annotated[str, typer.Option(help="A trained run of an actor: runs/TASK/ALGORITHM/RUN.")],
    source: Annotated[Path, typer.Option(help="Tokenised, lower-cased text, one sentence a line.")],
    config: Config = Path("config.yaml"),
    results: Results = None,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Translate a text with a trained run's actor; the translations go to standard output."""
    from erac_vaml.training.device import choose_device
    from erac_vaml.training.inference import translate_text
    from erac_vaml.training.run import find_run

    experiment = load_experiment(config)
    _set_threads(threads)
    found = find_run(experiment, run)
    for line in translate_text(experiment, found, results_folder(experiment, results), source, choose_device(device)):
        print(line)


@app.command()
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
    from erac_vaml.training.device import choose_device
    from erac_vaml.training.inference import caption_images
    from erac_vaml.training.run import find_run

    experiment = load_experiment(config)
    _set_threads(threads)
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


@app.command()
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


app.command()(reporting.collect)
app.command()(reporting.table)
app.command()(reporting.figure)
app.command()(verdict.verdict)
app.command()(verdict.differences)
app.command()(page.report)
app.command()(page.summarise)


@app.command()
def theory(
    output: Annotated[Path, typer.Option(help="Folder of the figure and its tables.")],
    seeds: Annotated[int, typer.Option(min=1, help="Streams of random sequences to learn from.")] = 10,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each learner, five sequences each.")] = 5000,
) -> None:
    """Show Proposition 1, soft Q-learning, RAML and VAML where all sequences can be listed: a figure and tables."""
    from erac_vaml.theory.learning import Effort
    from erac_vaml.theory.run import write_theory

    write_theory(output, Effort(seeds=seeds, steps=steps))


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="File; standard output where it is not given.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="A table of every key instead.")] = False,
) -> None:
    """Print the JSON schema of the configuration, or a table of every key."""
    import json

    from erac_vaml.config.schema import experiment_schema, settings_reference

    text = settings_reference() if markdown else json.dumps(experiment_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8")


def _dataset(experiment: Experiment, name: str, config: Path) -> Dataset:
    if name not in experiment.datasets:
        known = ", ".join(experiment.datasets)
        raise UserError(f"--dataset {name}: {config} has no such data set; it has {known}")
    return experiment.datasets[name]


def _set_threads(threads: int | None) -> None:
    from erac_vaml.training.allocator import keep_freed_memory

    keep_freed_memory()
    if threads is not None:
        import torch

        torch.set_num_threads(threads)


if __name__ == "__main__":
    main()
