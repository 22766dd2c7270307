"""The target `data`: one command from nothing to prepared data, from a server with the paths of the published files."""

import json

import pytest
import yaml
from calls import ROOT, plan, snakemake
from server import serving
from small_coco import archives
from small_iwslt14 import make_texts, pack

from erac_vaml.config.datasets import CocoDataset
from erac_vaml.config.loading import merge
from erac_vaml.config.published import IWSLT14

PAPER = ROOT / "config" / "paper.yaml"
TRAIN_IMAGES = "/zips/train2014.zip"


def path_of(url):
    """Return the path of an address on its server."""
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def server(tmp_path):
    """The published files in small. The first mirror of IWSLT 2014 sends a login page."""
    text = pack(tmp_path / "de-en.tgz", make_texts()).read_bytes()
    first, second = map(path_of, IWSLT14.urls)
    with serving(archives() | {first: b"<html>Sign in</html>", second: text}) as subject:
        yield subject


@pytest.fixture
def configuration(server, tmp_path):
    """The paper's experiment, with the addresses of the server and settings for a few images."""
    small = {"feature_network": "mini", "tokeniser": "none", "min_count": 1}
    urls = {"iwslt14": IWSLT14.urls, "coco": [url for archive in CocoDataset.archives for url in archive.urls]}
    changes = {name: {"urls": [server.url + path_of(url) for url in urls[name]]} for name in urls}
    changed = merge(yaml.safe_load(PAPER.read_text()), {"datasets": merge(changes, {"coco": small})})
    (tmp_path / "paper.yaml").write_text(yaml.safe_dump(changed))
    return tmp_path / "paper.yaml"


@pytest.mark.slow
def test_one_command_goes_from_nothing_to_prepared_data(server, configuration, tmp_path):
    server.breaks[TRAIN_IMAGES] = [1000]
    done = snakemake(tmp_path, "data", configuration=configuration)
    assert done.returncode == 0, done.stdout + done.stderr
    data = tmp_path / "results/paper/data"
    text, images = (json.loads((data / name / "statistics.json").read_text()) for name in ("iwslt14", "coco"))
    assert [text[split]["pairs"] for split in ("train", "valid", "test")] == [44, 2, 5]
    assert [images[split]["images"] for split in ("train", "valid", "test")] == [10, 2, 2]
    features = json.loads((data / "coco" / "features.json").read_text())
    assert (features["images"], features["network"], features["weights"]["name"]) == (14, "mini", "hand-made")
    assert server.asked[TRAIN_IMAGES] == [None, "bytes=1000-"]
    log = (tmp_path / "results/paper/logs/data/iwslt14.log").read_text()
    assert f"{server.url}{path_of(IWSLT14.urls[0])}: sent something else: damaged, or not a tar archive" in log

    server.asked.clear()
    again = snakemake(tmp_path, "data", configuration=configuration)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert not server.asked


def test_the_target_trains_nothing(tmp_path):
    planned = plan(tmp_path, "data", configuration=PAPER)
    assert planned.trained == set()
    assert planned.counts == {
        "write_dataset_settings": 2,
        "prepare_dataset": 1,
        "prepare_captions": 1,
        "extract_features": 1,
    }
