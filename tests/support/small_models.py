"""Small trained models: of a German text with quotes and apostrophes, of the mini language, and of rendered scenes."""

from pathlib import Path

import pytest
import yaml
from small_experiment import call

GERMAN = (
    "„Schöne Grüße!“, sagt Frau Müller.",
    "Wie geht's dir & deiner Familie?",
    "Das Öl kostet 3,5% mehr – für alle.",
    "Er fragt: „Ist das z.B. süß?“",
)
ENGLISH = (
    '"Kind regards!" says Mrs. Müller.',
    "How's it going, and isn't the family well?",
    "The oil costs 3.5% more for all.",
    'He asks, "Is it sweet?"',
)
FEW_STEPS = {"max_epochs": 2, "batch_size": 20, "optimizer": "adam", "learning_rate": 0.01}
LEARNS_ALL = {**FEW_STEPS, "max_epochs": 6, "batch_size": 4, "learning_rate": 0.02}
REPEATED = 40
"""Copies of the text in the training text: the fewer epochs, the less validation."""
CONFIGURATION = {
    "name": "models",
    "datasets": {
        "talks": {
            "kind": "parallel",
            "min_count": 1,
            **{split: [f"{split}.de", f"{split}.en"] for split in ("train", "valid", "test")},
        },
        "mini": {"kind": "mini", "train_pairs": 200, "valid_pairs": 10, "test_pairs": 20, "min_count": 1},
        "scenes": {"kind": "mini-captions", "train_images": 20, "valid_images": 4, "test_images": 6},
    },
    "defaults": {
        "network": {"units": 32, "embedding": 32, "dropout": 0.0},
        "evaluation": {"max_length": 20, "beam_size": 3},
        "seeds": {"critics": 1, "actors": 1},
    },
    "tasks": {
        "talks": {"dataset": "talks", "mle": LEARNS_ALL},
        "mt": {"dataset": "mini", "mle": FEW_STEPS},
        "captioning": {"dataset": "scenes", "mle": FEW_STEPS},
    },
}
DONE = (
    *(f"prepare --dataset {name}" for name in CONFIGURATION["datasets"]),
    "features --dataset scenes --device cpu",
    *(f"train --run {task}/mle/seed1 --device cpu" for task in CONFIGURATION["tasks"]),
)


def make_models(folder: Path) -> None:
    """Write raw text and the configuration into a folder, prepare the data and train a run of MLE for each task."""
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIGURATION))
    for split in ("train", "valid", "test"):
        for side, lines in (("de", GERMAN), ("en", ENGLISH)):
            text = "".join(f"{line}\n" for line in lines)
            (folder / f"{split}.{side}").write_text(text * (REPEATED if split == "train" else 1))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        assert [call(command, patched) for command in DONE] == [0] * len(DONE)
