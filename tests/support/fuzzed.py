"""The folder that the fuzz tests spoil: raw data of each kind, runs that are finished or stopped, a model, a bundle."""

from pathlib import Path

import pytest
import yaml
from odd_configurations import SOUND
from small_experiment import call, make_experiment
from small_iwslt14 import make_texts
from small_iwslt14 import pack as pack_iwslt14
from spoil import write
from steps import after_each_step, end_time

from erac_vaml.config import configuration_text, load_experiment

SPLITS = ("train", "train", "val", "test")
STOPPED = "train --run runs/mt/raml/seed1 --device cpu"
DONE = ("train --run runs/mt/critic/critic1 --device cpu", "collect")


def make_fuzzed(folder: Path) -> Path:
    """Make the small experiment with a data set of each kind, a stopped run and collected scores; return its folder."""
    folder = folder / "fuzzed"
    folder.mkdir()
    make_experiment(folder)
    write("sound.yaml", (folder / "config.yaml").read_bytes())(folder)
    write("config.yaml", yaml.safe_dump(SOUND))(folder)
    write("results/small/config.yaml", configuration_text(load_experiment(folder / "config.yaml")))(folder)
    split = (folder / "split.json").read_text()
    for name in SPLITS:
        split = split.replace('"split": "train"', f'"split":"{name}"', 1)
    write("split.json", split)(folder)
    pack_iwslt14(folder / "de-en.tgz", make_texts())
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        assert [call(command, patched) for command in DONE] == [0] * len(DONE)
        after_each_step(lambda step, must_stop: end_time(), patched.setattr)
        assert call(STOPPED, patched) == 75
    return folder
