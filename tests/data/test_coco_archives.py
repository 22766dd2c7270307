"""MSCOCO from a local server: fetched where it is missing, resumed, checked and unpacked to its place."""

from collections import namedtuple
from pathlib import Path

import pytest
from server import serving
from small_coco import FOLDERS, archives, image_name, pack

from erac_vaml.config.datasets import CocoDataset
from erac_vaml.data import coco_archives
from erac_vaml.data.coco_archives import fetch_coco, missing_archives
from erac_vaml.errors import UserError

ANNOTATIONS, SPLIT = "/annotations/annotations_trainval2014.zip", "/people/karpathy/deepimagesent/caption_datasets.zip"
TRAIN, VAL = "/zips/train2014.zip", "/zips/val2014.zip"
NAMES = ["annotations_trainval2014.zip", "caption_datasets.zip", "train2014.zip", "val2014.zip"]


@pytest.fixture
def server():
    with serving(archives()) as subject:
        yield subject


@pytest.fixture
def dataset(server, tmp_path):
    """The settings of a data set whose files all lie in the folder `coco`."""
    folder = tmp_path / "coco"
    return CocoDataset(
        annotations=tuple(str(folder / f"annotations/captions_{name}.json") for name in FOLDERS),
        split=str(folder / "dataset_coco.json"),
        images=str(folder),
        download=True,
        urls=[server.url + path for path in (ANNOTATIONS, SPLIT, TRAIN, VAL)],
    )


def found(tmp_path: Path) -> set[str]:
    return {str(path.relative_to(tmp_path / "coco")) for path in (tmp_path / "coco").rglob("*") if path.is_file()}


EVERYTHING = {f"annotations/captions_{folder}.json" for folder in FOLDERS} | {"dataset_coco.json"}
EVERYTHING |= {f"{folder}/{image_name(folder, number)}" for folder in FOLDERS for number in FOLDERS[folder]}


def test_everything_lies_where_the_settings_have_it_and_the_archives_are_gone(server, dataset, tmp_path):
    fetch_coco(dataset)
    assert found(tmp_path) == EVERYTHING
    server.files.clear()
    fetch_coco(dataset)


def test_a_broken_download_resumes(server, dataset, tmp_path):
    server.breaks[TRAIN] = [1000]
    server.statuses = [200]  # An empty answer to the first request, which is no zip archive.
    with pytest.raises(
        UserError, match=r"annotations_trainval2014\.zip: sent something else: damaged, or not a zip archive"
    ):
        fetch_coco(dataset)
    fetch_coco(dataset)
    assert server.asked[TRAIN] == [None, "bytes=1000-"]
    assert found(tmp_path) == EVERYTHING


def test_only_what_is_missing_is_fetched(server, dataset, tmp_path):
    fetch_coco(dataset)
    lost = tmp_path / "coco" / "val2014" / image_name("val2014", 12)
    lost.unlink()
    kept = tmp_path / "coco" / "val2014" / image_name("val2014", 9)
    kept.write_text("mine")
    server.asked.clear()
    fetch_coco(dataset)
    assert list(server.asked) == [VAL]
    assert lost.exists()
    assert kept.read_text() == "mine"


def test_an_archive_fetched_by_hand_is_used_and_stays(server, dataset, tmp_path):
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "train2014.zip").write_bytes(server.files.pop(TRAIN))
    fetch_coco(dataset)
    assert found(tmp_path) == EVERYTHING | {"train2014.zip"}
    assert TRAIN not in server.asked


def test_given_features_need_no_images(server, dataset, tmp_path):
    dataset = dataset.model_copy(update={"features": "f.npy", "feature_ids": "ids.txt"})
    fetch_coco(dataset)
    assert list(server.asked) == [ANNOTATIONS, SPLIT]
    assert [archive.name for archive in missing_archives(dataset)] == []


def test_a_stopped_unpacking_is_gone_on_with_and_leaves_no_part_of_a_file(server, dataset, tmp_path, monkeypatch):
    copy = coco_archives.shutil.copyfileobj
    copied = []

    def stop_in_an_image(content, stream):
        copied.append(stream.name)
        if len(copied) == 6:
            stream.write(content.read(10))
            raise KeyboardInterrupt
        copy(content, stream)

    with monkeypatch.context() as patched:
        patched.setattr(coco_archives.shutil, "copyfileobj", stop_in_an_image)
        with pytest.raises(KeyboardInterrupt):
            fetch_coco(dataset)
    assert len(found(tmp_path) - EVERYTHING) == 1  # the archive
    fetch_coco(dataset)
    assert server.asked[TRAIN] == [None]
    assert found(tmp_path) == EVERYTHING


def test_a_damaged_image_in_an_archive_is_noticed(server, dataset, tmp_path):
    content = bytearray(server.files[VAL])
    content[content.index(b"\xff\xd8") + 40] ^= 255
    server.files[VAL] = bytes(content)
    with pytest.raises(
        UserError, match=r"val2014\.zip\.fetched: damaged, or not a zip archive \(Bad CRC-32.*; delete it"
    ):
        fetch_coco(dataset)
    assert not (tmp_path / "coco" / "val2014" / image_name("val2014", 9)).exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<html>Sign in</html>", r"damaged, or not a zip archive \(File is not a zip file\)"),
        (pack({"readme": b"text"}), "has no COCO_train2014_000000000001.jpg"),
    ],
)
def test_another_file_is_refused_with_size_address_and_what_to_do(server, dataset, tmp_path, content, fault):
    server.files[TRAIN] = content
    told = rf"^train2014\.zip \(13,510,573,713 bytes\) cannot be fetched: {server.url}{TRAIN}: sent something else: "
    told += rf"{fault}; run it again, or fetch it by hand and put it at {tmp_path}/coco/train2014\.zip$"
    with pytest.raises(UserError, match=told):
        fetch_coco(dataset)
    assert not {name for name in found(tmp_path) if "zip" in name}


def test_a_disk_without_room_for_the_content_is_told(dataset, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    fetched = archives()
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / NAMES[0]).write_bytes(fetched[ANNOTATIONS])
    monkeypatch.setattr(coco_archives.shutil, "disk_usage", lambda folder: usage(9, 0, 9))
    with pytest.raises(UserError, match=r"annotations: .*zip unpacks to [\d,]+ bytes, 9 are free; free some"):
        fetch_coco(dataset)


def test_what_would_be_fetched_is_known_before(server, dataset, tmp_path):
    assert [archive.name for archive in missing_archives(dataset)] == NAMES
    (tmp_path / "coco" / "train2014").mkdir(parents=True)
    (tmp_path / "coco" / "caption_datasets.zip").touch()
    assert [archive.name for archive in missing_archives(dataset)] == [NAMES[0], NAMES[3]]
    assert not server.asked
