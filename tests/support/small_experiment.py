"""A small experiment of text and of captioned images: raw data, prepared data, and some of its runs."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image
from spoil import pack, save, write

from erac_vaml.cli import main
from erac_vaml.config.datasets import CocoDataset

SPLITS = ("train", "valid", "test")
STAGES = ("mle", "raml", "q_network", "vaml", "critic", "joint")
IMAGES = {"train": ["1.png", "2.png"], "valid": ["3.png"], "test": ["4.png"]}
NAMES = [name for names in IMAGES.values() for name in names]
TEXT = {
    "kind": "parallel",
    "tokenised": True,
    "min_count": 1,
    **{split: [f"{split}.de", f"{split}.en"] for split in SPLITS},
}
CAPTIONS = {"tokeniser": "none", "min_count": 1, "feature_network": "mini", "images": "images"}
SPLIT_BY_FILES = CAPTIONS | {"kind": "captions", **{split: f"{split}.txt" for split in SPLITS}}
ABSENT = {
    "kind": "coco",
    "annotations": ["absent/captions_train2014.json", "absent/captions_val2014.json"],
    "split": "absent/dataset_coco.json",
    "download": True,
    "urls": [f"file:///{archive.name}" for archive in CocoDataset.archives],
}
CONFIGURATION: dict[str, Any] = {
    "name": "small",
    "datasets": {
        "text": TEXT,
        "zipped": TEXT | {"train": ["train.de.gz", "train.en"]},
        "pictures": SPLIT_BY_FILES | {"captions": ["captions.tsv"]},
        "given": SPLIT_BY_FILES | {"captions": ["captions.tsv"], "features": "features.npy", "feature_ids": "ids.txt"},
        "annotated": SPLIT_BY_FILES | {"captions": ["captions.json"]},
        "coco": CAPTIONS | {"kind": "coco", "annotations": ["captions.json", "captions.json"], "split": "split.json"},
        "absent": CAPTIONS | ABSENT,
        "iwslt14": {"kind": "iwslt14", "archive": "de-en.tgz"},
    },
    "defaults": {
        "network": {"units": 4, "embedding": 4},
        "evaluation": {"max_length": 6, "beam_size": 1},
        "actor_critic": {"max_length": 6},
        "seeds": {"critics": 1, "actors": 1},
        **{stage: {"max_epochs": 1, "batch_size": 4} for stage in STAGES},
    },
    "tasks": {"mt": {"dataset": "text"}, "captioning": {"dataset": "given"}},
    "ablations": {"entropy": {"task": "mt", "vary": {"actor_critic.tau": [0.0, 0.1]}}},
}
DONE = (
    "prepare --dataset text",
    "prepare --dataset given",
    "features --dataset given",
    "train --run runs/mt/mle/seed1",
    "train --run runs/mt/q-network/critic1",
    "train --run runs/captioning/mle/seed1",
    "bundle runs/mt/mle/seed1 --output bundle.zip",
    "export runs/mt/mle/seed1 --output exported",
)


def make_experiment(folder: Path) -> None:
    """Write raw data and a configuration into a folder, prepare the data and train some runs."""
    write("config.yaml", yaml.safe_dump(CONFIGURATION))(folder)
    german, english = "ein hund\nder hund sieht\n", "a dog\nthe dog sees\n"
    for split, names in IMAGES.items():
        write(f"{split}.de", german)(folder)
        write(f"{split}.en", english)(folder)
        write(f"{split}.txt", "".join(f"{name}\n" for name in names))(folder)
    write("train.de.gz", gzip.compress(german.encode()))(folder)
    write("captions.tsv", "".join(f"{name}\ta dog\n{name}\tthe dog sees\n" for name in NAMES))(folder)
    write("captions.json", json.dumps(_annotations()))(folder)
    write("split.json", json.dumps(_karpathy_split()))(folder)
    write("ids.txt", "".join(f"{name}\n" for name in NAMES))(folder)
    save("features.npy", np.ones((len(NAMES), 3), np.float32))(folder)
    pack("de-en.tgz", {"de-en/train.tags.de-en.de": german})(folder)
    (folder / "images").mkdir()
    for name in NAMES:
        Image.new("RGB", (4, 4)).save(folder / "images" / name)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        assert [call(command, patched) for command in DONE] == [0] * len(DONE)


def call(command: str, patched: pytest.MonkeyPatch) -> int:
    """Run the command line in this process; return its exit status."""
    patched.setattr(sys, "argv", ["erac-vaml", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder without the state of runs, whose locks and attempts stay after a fault."""
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {str(name): path.read_bytes() for name, path in found.items() if "state" not in name.parts}


def _annotations() -> dict[str, Any]:
    """Return a caption of each image in COCO's format."""
    return {
        "images": [{"id": number, "file_name": name} for number, name in enumerate(NAMES, start=1)],
        "annotations": [{"id": number, "image_id": number, "caption": "a dog"} for number in range(1, len(NAMES) + 1)],
    }


def _karpathy_split() -> dict[str, Any]:
    """Return a split in Karpathy's format with all images in train."""
    return {
        "images": [{"split": "train", "filename": name, "cocoid": number} for number, name in enumerate(NAMES, start=1)]
    }
