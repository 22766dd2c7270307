import hashlib
import sys

import numpy as np
import pytest
import torch
from matplotlib.cbook import get_sample_data
from PIL import Image, ImageDraw

from erac_vaml.data.feature_networks import MiniNetwork, build_feature_network
from erac_vaml.errors import UserError
from erac_vaml.randomness import numpy_generator

SIZE = 48
COLOURS = ((220, 40, 40), (40, 60, 220), (40, 170, 60), (230, 210, 40))
SHAPES = ("circle", "square", "triangle")


@pytest.fixture(scope="module")
def lite2():
    return build_feature_network("efficientnet-lite2")


@pytest.fixture
def torchvision():
    return pytest.importorskip("torchvision", reason="torchvision is not installed (the extra `vision`)")


def photograph(seed):
    """An image with structure at several scales, like a photograph."""
    generator = numpy_generator(seed, "photograph")
    layers = [
        Image.fromarray(generator.integers(0, 256, (size, size + 2, 3), dtype=np.uint8)).resize((320, 240))
        for size in (3, 12, 60)
    ]
    return Image.fromarray(np.mean([np.asarray(layer, np.float64) for layer in layers], axis=0).astype(np.uint8))


def features(network, images):
    with torch.inference_mode():
        return network.module(torch.stack([network.prepare(image) for image in images]))


def draw(shape, colour, x, y, radius, background=(255, 255, 255)):
    image = Image.new("RGB", (SIZE, SIZE), background)
    pen, box = ImageDraw.Draw(image), (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        pen.ellipse(box, fill=colour)
    elif shape == "square":
        pen.rectangle(box, fill=colour)
    else:
        pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], fill=colour)
    return image


@pytest.fixture(scope="module")
def scenes():
    """Features of 400 scenes with one shape, and their contents: {property: numbers (400,)}."""
    generator = numpy_generator(1, "scenes")
    shown = {"shape": generator.integers(3, size=400), "colour": generator.integers(4, size=400)}
    x, y = generator.integers(10, SIZE - 10, (2, 400))
    shown |= {"right": (x >= SIZE // 2).astype(int), "below": (y >= SIZE // 2).astype(int)}
    shown["large"] = generator.integers(2, size=400)
    images = [
        draw(SHAPES[shape], COLOURS[colour], int(x[n]), int(y[n]), 9 if large else 5)
        for n, (shape, colour, large) in enumerate(zip(shown["shape"], shown["colour"], shown["large"], strict=True))
    ]
    return features(build_feature_network("mini"), images).numpy(), shown


def test_lite2_gives_averages_of_what_relu6_leaves(lite2):
    found = features(lite2, [photograph(1), photograph(2)])
    assert found.shape == (2, 1280) == (2, lite2.width)
    assert found.min() >= 0
    assert found.max() <= 6
    assert (found[0] - found[1]).norm() > 0.1 * found[0].norm()


def test_a_batch_gives_what_its_images_give_alone(lite2):
    images = [photograph(1), photograph(2)]
    alone = torch.cat([features(lite2, [image]) for image in images])
    torch.testing.assert_close(features(lite2, images), alone, rtol=1e-3, atol=1e-3)


def test_lite2_knows_what_a_photograph_shows(lite2):
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as image, torch.inference_mode():
        classes = lite2.module.network(lite2.prepare(image.convert("RGB")).unsqueeze(0))
    assert classes.argmax() == 652  # ImageNet's "military uniform"


def test_lite2_input_is_the_whole_image_scaled(lite2):
    image = Image.new("RGB", (300, 200), (255, 127, 0))
    channels = lite2.prepare(image).flatten(1)
    assert lite2.prepare(image).shape == (3, 260, 260)
    assert channels.min(dim=1).values.tolist() == channels.max(dim=1).values.tolist() == [1.0, 0.0, -127 / 128]


def test_the_mini_network_is_fixed():
    image = draw("circle", COLOURS[0], 20, 20, 8)
    one, other = (features(build_feature_network("mini"), [image]) for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("name", "chance"), [("shape", 1 / 3), ("colour", 1 / 4), ("right", 1 / 2), ("below", 1 / 2), ("large", 1 / 2)]
)
def test_a_linear_probe_reads_a_scene_off_the_mini_features(scenes, name, chance):
    values, shown = scenes[0], scenes[1][name]
    inputs = np.hstack([values, np.ones((400, 1))]).astype(np.float64)
    weights, *_ = np.linalg.lstsq(inputs[:300], np.eye(shown.max() + 1)[shown[:300]], rcond=1e-3)
    right = np.mean((inputs[300:] @ weights).argmax(axis=1) == shown[300:])
    assert right > chance + 0.8 * (1 - chance)


def test_mini_features_are_of_order_one(scenes):
    values, _ = scenes
    assert 0.2 < values.std() < 2
    assert np.abs(values).max() < 20


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (120, 130, 140)])
def test_a_background_alone_gives_zeros(background):
    found = features(build_feature_network("mini"), [Image.new("RGB", (SIZE, SIZE), background)])
    assert found.abs().max() == 0


def test_an_edge_filter_gives_one_at_a_step_in_its_direction():
    step = torch.zeros(1, 1, 9, 9)
    step[..., 5:] = 1
    found = torch.nn.functional.conv2d(step, MiniNetwork().edges)
    torch.testing.assert_close(found[0, 0].max(), torch.tensor(1.0))
    assert found[0].amax(dim=(1, 2)).argmax() == 0


@pytest.mark.parametrize(
    ("name", "package"), [("resnet101", "torchvision"), ("resnet101-v2", "torchvision"), ("timm:test_resnet", "timm")]
)
def test_a_network_without_its_package_names_the_extra(monkeypatch, name, package):
    for module in (package, f"{package}.models", f"{package}.data"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=rf"feature_network: {name} needs {package}, .*pip install .*torchvision"):
        build_feature_network(name)


@pytest.mark.parametrize(("name", "tag"), [("resnet101", "IMAGENET1K_V1"), ("resnet101-v2", "IMAGENET1K_V2")])
def test_resnet101_gives_its_average_pool_with_the_weights_of_its_version(torchvision, monkeypatch, name, tag):
    untrained = torchvision.models.resnet101()
    asked = []

    def get_state_dict(weights, **_):
        asked.append(weights.name)
        return untrained.state_dict()

    monkeypatch.setattr(torchvision.models.ResNet101_Weights, "get_state_dict", get_state_dict)
    network = build_feature_network(name)
    found = features(network, [photograph(1), photograph(2)])
    assert found.shape == (2, 2048) == (2, network.width)
    assert found.min() >= 0
    assert asked == [tag]
    digest = hashlib.sha256()
    for key in sorted(untrained.state_dict()):
        if not key.startswith("fc."):
            digest.update(key.encode() + untrained.state_dict()[key].numpy().tobytes())
    described = {"name": "torchvision ResNet101_Weights", "tag": tag, "sha256": digest.hexdigest()}
    assert network.weights == described


@pytest.mark.parametrize("name", ["test_resnet", "test_vit.r160_in1k"])
def test_a_network_of_timm_gives_what_it_computes_before_the_classes(monkeypatch, name):
    timm = pytest.importorskip("timm", reason="timm is not installed (the extra `vision`)")
    untrained = []

    def create_model(given, *, pretrained, **settings):
        assert pretrained
        untrained.append(timm.create_model_without_weights(given, pretrained=False, **settings))
        return untrained[-1]

    monkeypatch.setattr(timm, "create_model_without_weights", timm.create_model, raising=False)
    monkeypatch.setattr(timm, "create_model", create_model)
    network = build_feature_network(f"timm:{name}")
    image = photograph(1)
    with torch.inference_mode():
        plain = untrained[0].forward_head(
            untrained[0].forward_features(network.prepare(image).unsqueeze(0)), pre_logits=True
        )
    torch.testing.assert_close(features(network, [image]), plain)
    assert network.prepare(image).shape == (3, network.input_size, network.input_size) == (3, 160, 160)
    assert network.width == plain.shape[1]
    published = f"timm/{name.partition('.')[0]}.r160_in1k"
    assert (network.weights["name"], network.weights["tag"]) == (published, "r160_in1k")


def test_a_network_that_timm_has_not_is_told_in_one_line():
    pytest.importorskip("timm", reason="timm is not installed (the extra `vision`)")
    with pytest.raises(
        UserError, match=r"^feature_network: timm:nothing: Unknown model \(nothing\); take a name of [^\n]*$"
    ):
        build_feature_network("timm:nothing")


@pytest.mark.parametrize("kind", ["unreachable", "damaged", "pickled code", "other shapes"])
def test_resnet101_whose_weights_cannot_be_had_says_where_to_put_them(torchvision, monkeypatch, tmp_path, kind):
    url = torchvision.models.ResNet101_Weights.IMAGENET1K_V1.url
    path = tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2]
    path.parent.mkdir(parents=True)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    if kind == "damaged":
        path.write_bytes(b"<html>404</html>")
    elif kind == "pickled code":
        torch.save({"fc.weight": Exploding(tmp_path / "executed")}, path)
    elif kind == "other shapes":
        torch.save({"fc.weight": torch.zeros(1)}, path)
    told = r"^https://[^\n]* \(171 MiB\): [^\n]*; fetch it by hand into [^\n]*checkpoints, and [^\n]*$"
    with pytest.raises(UserError, match=told):
        build_feature_network("resnet101")
    assert not (tmp_path / "executed").exists()


class Exploding:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (type(self.path).touch, (self.path,))
