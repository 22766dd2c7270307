"""The linear layer against PyTorch's, with and without oneDNN."""

import pytest
import torch
from torch import Tensor, nn

from erac_vaml import kernels
from erac_vaml.kernels import products
from erac_vaml.networks.linear import Linear


@pytest.fixture(params=["products", "none"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels that are on; no product is too small for oneDNN."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)
    monkeypatch.setattr(products, "_LARGE", 1)


def random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def twins(bias: bool) -> tuple[Linear, nn.Linear]:
    """Our layer and PyTorch's with the same random parameters."""
    ours, theirs = Linear(5, 3, bias=bias), nn.Linear(5, 3, bias=bias)
    with torch.no_grad():
        for number, parameter in enumerate(ours.parameters()):
            parameter.copy_(random(*parameter.shape, seed=number))
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def results(layer: nn.Linear, features: Tensor, inputs: list[Tensor]) -> list[Tensor]:
    """Outputs, and the gradients of a random combination of them."""
    outputs = layer(features)
    combined = (outputs * random(*outputs.shape, seed=7)).sum()
    return [outputs, *torch.autograd.grad(combined, [*inputs, *layer.parameters()])]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 3, 5)])
def test_the_layer_is_pytorchs(bias: bool, shape: tuple[int, ...]) -> None:
    ours, theirs = twins(bias)
    features = random(*shape, seed=3).requires_grad_()
    torch.testing.assert_close(
        results(ours, features, [features]), results(theirs, features, [features]), rtol=1e-5, atol=1e-5
    )


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("bias", [True, False])
def test_features_may_be_constants(bias: bool) -> None:
    ours, theirs = twins(bias)
    features = random(4, 5, seed=3)
    torch.testing.assert_close(results(ours, features, []), results(theirs, features, []), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("bias", [True, False])
def test_without_a_graph_the_outputs_are_the_same(bias: bool) -> None:
    ours, theirs = twins(bias)
    features = random(4, 5, seed=3)
    with torch.no_grad():
        torch.testing.assert_close(ours(features), theirs(features), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_a_fixed_layer_passes_the_gradient_on() -> None:
    ours, theirs = twins(bias=True)
    gradients = []
    for layer in (ours.requires_grad_(False), theirs.requires_grad_(False)):
        features = random(4, 5, seed=3).requires_grad_()
        (layer(features) * random(4, 3, seed=7)).sum().backward()
        gradients.append(features.grad)
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(0, 5), (2, 0, 5)])
def test_no_rows_have_no_outputs(shape: tuple[int, ...]) -> None:
    ours, theirs = twins(bias=True)
    features = torch.zeros(shape)
    assert ours(features).shape == theirs(features).shape


def test_strided_features_are_read_in_their_order() -> None:
    ours, theirs = twins(bias=True)
    features = random(3, 5, 2, seed=3).transpose(1, 2)
    torch.testing.assert_close(ours(features), theirs(features), rtol=1e-5, atol=1e-5)
