"""Matrix products through oneDNN, and the linear layer made of them."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from erac_vaml.networks import products
from erac_vaml.networks.products import Linear, central_moments, product, weight_gradient


@pytest.fixture(params=["oneDNN", "small", "no oneDNN"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which library multiplies: oneDNN, or `@` because the product is small or the operator is missing."""
    if request.param == "oneDNN":
        monkeypatch.setattr(products, "_LARGE", 1)
    if request.param == "no oneDNN":
        monkeypatch.setattr(products, "_LARGE", 1)
        monkeypatch.setattr(products, "_onednn", None)
    return request.param


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Left operands of the products that oneDNN is given from now on."""
    calls: list[Tensor] = []

    def onednn(left: Tensor, right: Tensor, *others: object) -> Tensor:
        calls.append(left)
        return left @ right.t()

    monkeypatch.setattr(products, "_onednn", onednn)
    return calls


def plain(tensor: Tensor) -> Tensor:
    return tensor


def transposed(tensor: Tensor) -> Tensor:
    """The same numbers, stored by columns."""
    return tensor.t().contiguous().t()


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("left", [plain, transposed])
@pytest.mark.parametrize("right", [plain, transposed])
@pytest.mark.parametrize("shape", [(5, 7, 3), (1, 4, 6), (6, 1, 4), (3, 4, 1)])
def test_a_product_is_that_of_the_matrices(
    left: Callable[[Tensor], Tensor], right: Callable[[Tensor], Tensor], shape: tuple[int, int, int]
) -> None:
    rows, inner, columns = shape
    first, second = random(rows, inner), random(inner, columns, seed=1)
    result = product(left(first), right(second))
    torch.testing.assert_close(result, first @ second, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_a_product_with_some_of_an_arrays_rows_and_columns_is_that_of_the_part() -> None:
    whole, other = random(8, 9), random(5, 4, seed=1)
    torch.testing.assert_close(product(whole[2:6, 1:6], other), whole[2:6, 1:6] @ other, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_a_product_of_no_rows_has_none() -> None:
    assert product(random(0, 4), random(4, 3)).shape == (0, 3)


def test_doubles_stay_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_LARGE", 1)
    first, second = random(3, 4, dtype=torch.float64), random(4, 5, dtype=torch.float64)
    assert torch.equal(product(first, second), first @ second)


@pytest.mark.parametrize(("columns", "calls"), [(99, 0), (100, 1)])
def test_onednn_multiplies_from_a_million_multiplications_on(
    columns: int, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = count_calls(monkeypatch)
    product(torch.zeros(100, 100), torch.zeros(100, columns))
    assert len(counted) == calls


@pytest.mark.usefixtures("library")
def test_the_weight_gradient_is_the_sum_of_outer_products_as_the_optimisers_want_it() -> None:
    gradients, features = random(6, 4), random(6, 3, seed=1)
    result = weight_gradient(gradients, features)
    expected = sum(torch.outer(gradient, row) for gradient, row in zip(gradients, features, strict=True))
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)
    assert result.is_contiguous()


@pytest.mark.usefixtures("library")
def test_central_moments_and_their_gradients_are_those_of_the_centred_product() -> None:
    weight, bias = random(9, 4).requires_grad_(), random(9, seed=2).requires_grad_()
    centred = torch.cat([weight - weight.mean(dim=0), (bias - bias.mean()).unsqueeze(1)], dim=1)
    moments = centred.t() @ centred
    results, expected = central_moments(weight, bias), (moments[:4, :4], moments[:4, 4], moments[4, 4])
    torch.testing.assert_close(results, expected, rtol=1e-5, atol=1e-5)

    coefficients = [random(4, 4, seed=3), random(4, seed=4), random(1, seed=5)]
    gradients, expected_gradients = (
        torch.autograd.grad(sum((a * b).sum() for a, b in zip(coefficients, some, strict=True)), [weight, bias])
        for some in (results, expected)
    )
    torch.testing.assert_close(gradients, expected_gradients, rtol=1e-5, atol=1e-5)


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
