"""Where algorithms differ: test BLEU by the length of the references and by their unknown words."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from erac_vaml.config import Experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.data.vocabulary import Vocabulary
from erac_vaml.errors import UserError
from erac_vaml.evaluation.breakdown import Bucket, bleu_of_buckets, by_length, by_unknown_words
from erac_vaml.plan import algorithm_runs
from erac_vaml.reporting.figures.style import COLOURS, MISSING, PAGE_WIDTH, Drawing, figure_style
from erac_vaml.reporting.hypotheses import read_hypotheses
from erac_vaml.reporting.labels import ALGORITHMS, data_statement, task_label
from erac_vaml.reporting.scores import rows_of

_COLUMNS = ("task", "by", "bucket", "sentences", "algorithm", "run", "test_bleu")
_KINDS = {"length": "words of the reference", "unknown": "unknown words of the reference"}


def breakdown(experiment: Experiment, results: Path, scores: pd.DataFrame, task: str) -> Drawing:
    """Draw a task's test BLEU by length and by unknown words, each algorithm's mean over its finished runs.

    Where the data are not prepared, or no run has finished, the picture says so.

    Raises:
        UserError: the experiment has no such task, or a run's hypotheses are missing or not as many as references.
    """
    if task not in experiment.tasks:
        raise UserError(f"breakdown-{task}: the experiment has no such task; it has {', '.join(experiment.tasks)}")
    data = _measured(experiment, results, scores, task)
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, 2.6))
        panels = figure.subplots(1, len(_KINDS), sharey=True)
        for panel, (kind, label) in zip(panels, _KINDS.items(), strict=True):
            _draw_panel(panel, data[data["by"] == kind])
            panel.set_xlabel(label)
        panels[0].set_ylabel("test BLEU")
        if not data.empty:
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(COLOURS))
    caption = (
        f"{task_label(experiment, task)}: test BLEU of the sentences whose references have so many words, and so many "
        "words that the vocabulary lacks; mean over each algorithm's finished runs. Grey: how many sentences. "
        f"{data_statement(experiment, [task])}"
    )
    return Drawing(f"breakdown-{task}", f"Breakdown of BLEU, {task_label(experiment, task)}", caption, figure, data)


def _measured(experiment: Experiment, results: Path, scores: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return BLEU by bucket and run; empty where there are no data."""
    folder, captions = results / "data" / experiment.tasks[task].dataset, experiment.captions_images(task)
    path = folder / ("test.references.txt" if captions else "test.target.txt")
    words = folder / "vocabulary.target.txt"
    if not (path.exists() and words.exists()):
        return pd.DataFrame(columns=list(_COLUMNS))
    references = [line.split("\t") if captions else [line] for line in read_lines(path)]
    vocabulary = Vocabulary.load(words)
    kinds = {"length": by_length(references), "unknown": by_unknown_words(references, vocabulary)}
    rows = []
    for algorithm in (name for name in ALGORITHMS if name in experiment.tasks[task].algorithms):
        planned = rows_of(scores, algorithm_runs(experiment, task, algorithm))
        for run in planned.loc[planned["status"] == "finished", "run"]:
            said = read_hypotheses(results / "runs" / task / algorithm / run, len(references))
            for kind, buckets in kinds.items():
                rows += _rows(task, kind, algorithm, run, buckets, bleu_of_buckets(said, references, buckets, captions))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _rows(
    task: str, kind: str, algorithm: str, run: str, buckets: Sequence[Bucket], bleus: Sequence[float]
) -> list[tuple[str, str, str, int, str, str, float]]:
    return [
        (task, kind, bucket.label, len(bucket.members), algorithm, run, bleu)
        for bucket, bleu in zip(buckets, bleus, strict=True)
    ]


def _draw_panel(panel: Axes, data: pd.DataFrame) -> None:
    if data.empty:
        panel.text(0.5, 0.5, "no finished run", ha="center", va="center", transform=panel.transAxes, color=MISSING)
        panel.set_xticks([])
        return
    sizes = data.groupby("bucket", sort=False)["sentences"].first()
    places = list(range(len(sizes)))
    for algorithm, rows in data.groupby("algorithm", sort=False):
        means = rows.groupby("bucket", sort=False)["test_bleu"].mean()
        panel.plot(places, means, "o-", markersize=3, color=COLOURS[str(algorithm)], label=ALGORITHMS[str(algorithm)])
    panel.set_xticks(places, list(sizes.index))
    panel.set_xlim(-0.4, len(places) - 0.6)
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
