"""Draw where algorithms differ: test BLEU by the length of the references and by the number of their unknown words."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from erac_vaml.data.preparation import prepared_file
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.evaluation.breakdown import FEWEST_SENTENCES, bleu_of_buckets, by_length, by_unknown_words
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.figures.catalogue import VOCABULARY
from erac_vaml.reporting.figures.style import COLOURS, MARKERS, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.inputs import data_folder
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, data_statement, task_label
from erac_vaml.reporting.names import BREAKDOWN
from erac_vaml.reporting.texts import read_references
from erac_vaml.runs.hypotheses import read_hypotheses

_COLUMNS = ("task", "by", "bucket", "sentences", "algorithm", "run", "test_bleu")
_KINDS = {"length": "words in the reference", "unknown": "unknown words in the reference"}
_APART = 0.1
"""Distance of the points of two algorithms, so that none hides another; buckets are 1 apart."""


def breakdown(scores: CollectedScores, results: Path, task: str) -> Drawing:
    """Draw a task's test BLEU by length and by unknown words: each algorithm's mean over its finished runs.

    The figure has a note in place of the curves if the data are not prepared, or if no run has finished.

    Raises:
        UserError: a run's hypotheses are missing, or their number is not that of the references.
    """
    experiment = scores.experiment
    references, words = read_references(experiment, results, task), results / data_folder(experiment, task) / VOCABULARY
    if references is not None and words.exists():
        vocabulary = Vocabulary.load(prepared_file(words.parent, words.name))
        data, missing = _measured(scores, results, task, references, vocabulary), "no finished run"
    else:
        data, missing = pd.DataFrame(columns=list(_COLUMNS)), "the data are not prepared here"
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 2.6))
        panels = figure.subplots(1, len(_KINDS), sharey=True)
        for panel, (kind, label) in zip(panels, _KINDS.items(), strict=True):
            _draw_panel(panel, data[data["by"] == kind], missing)
            panel.set_xlabel(label)
        panels[0].set_ylabel("test BLEU")
        if not data.empty:
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(ALGORITHMS))
    caption = (
        "Test BLEU by the number of words in the reference, and by the number of these that are not in the vocabulary; "
        "mean over each algorithm's finished runs. Grey: number of sentences; groups of fewer than "
        f"{FEWEST_SENTENCES} are joined with a neighbour."
    )
    title, statement = (
        f"BLEU by length and unknown words, {task_label(experiment, task)}",
        data_statement(experiment, [task]),
    )
    return Drawing(f"{BREAKDOWN}{task}", title, caption, statement, figure, data)


def _measured(
    scores: CollectedScores, results: Path, task: str, references: list[list[str]], vocabulary: Vocabulary
) -> pd.DataFrame:
    """Return BLEU by bucket and run."""
    experiment = scores.experiment
    kinds = {"length": by_length(references), "unknown": by_unknown_words(references, vocabulary)}
    captions, rows = experiment.captions_images(task), []
    for algorithm in asked_algorithms(experiment, task):
        for run in scores.algorithm(task, algorithm).finished_runs:
            hypotheses = read_hypotheses(results / run.path, len(references))
            for kind, buckets in kinds.items():
                bleus = bleu_of_buckets(hypotheses, references, buckets, captions)
                rows += [
                    (task, kind, bucket.label, len(bucket.members), algorithm, run.name, bleu)
                    for bucket, bleu in zip(buckets, bleus, strict=True)
                ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _draw_panel(panel: Axes, data: pd.DataFrame, missing: str) -> None:
    if data.empty:
        panel.text(0.5, 0.5, missing, ha="center", va="center", transform=panel.transAxes, color=MISSING)
        panel.set_xticks([])
        return
    sizes = data.groupby("bucket", sort=False)["sentences"].first()
    places = list(range(len(sizes)))
    algorithms = list(data["algorithm"].unique())
    for number, name in enumerate(algorithms):
        means = data[data["algorithm"] == name].groupby("bucket", sort=False)["test_bleu"].mean()
        apart = _APART * (number - (len(algorithms) - 1) / 2)
        panel.plot(
            [place + apart for place in places],
            means,
            marker=MARKERS[name],
            linewidth=0.6,
            color=COLOURS[name],
            label=ALGORITHMS[name],
        )
    panel.set_xticks(places, list(sizes.index))
    panel.set_xlim(-0.5, len(places) - 0.5)
    for place, size in zip(places, sizes, strict=True):
        panel.text(
            place,
            1.01,
            f"{size}",
            ha="center",
            va="bottom",
            fontsize=6,
            color=MISSING,
            transform=panel.get_xaxis_transform(),
        )
