"""Write the model card of an exported model: its data, settings, scores and limits."""

import json
from typing import Any

from erac_vaml.config.datasets import SPLITS
from erac_vaml.models.description import ModelDescription, Translation
from erac_vaml.reporting.labels import ALGORITHMS, DATA, MEASURE_LABELS
from erac_vaml.reporting.tables.layout import templates

CARD = "README.md"

_SYNTHETIC = ("mini", "mini-captions")
"""Kinds of data set that the program makes itself."""
_SIZES = {"images": "Images", "source_tokens": "Source tokens", "target_tokens": "Target tokens"}


def model_card(description: ModelDescription) -> str:
    """Return the model card of an exported model in Markdown."""
    training = description.training
    return (
        templates("erac_vaml.models", autoescape=False)
        .get_template(CARD)
        .render(
            model=description,
            translates=isinstance(description.task, Translation),
            algorithm=ALGORITHMS[training.algorithm.partition("@")[0]],
            data=DATA[training.data.kind],
            synthetic=training.data.kind in _SYNTHETIC,
            sizes=_sizes(description),
            scores=_scores(training.scores),
            settings={name: json.dumps(value) for name, value in sorted(training.settings.items())},
        )
        + "\n"
    )


def _sizes(description: ModelDescription) -> dict[str, list[str]]:
    """Return the sizes of each split by their names."""
    names = {"pairs": "Sentence pairs" if isinstance(description.task, Translation) else "Captions"} | _SIZES
    counts = description.training.data.counts
    return {
        label: [f"{counts[split][name]:,}" for split in SPLITS]
        for name, label in names.items()
        if name in counts["train"]
    }


def _scores(scores: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Return validation and test score by measure; a measure that one of them lacks has a dash there."""
    measures = dict.fromkeys(name.partition("_")[2] for name in scores)
    return {
        MEASURE_LABELS.get(f"test_{measure}", measure.replace("_", " ").replace("bleu", "BLEU")): {
            split: f"{scores[name]:.2f}" if (name := f"{split}_{measure}") in scores else "–"
            for split in ("valid", "test")
        }
        for measure in measures
    }
