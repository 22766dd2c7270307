"""Matrix products through oneDNN."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from erac_vaml import kernels
from erac_vaml.kernels import products
from erac_vaml.kernels.products import gram, product, weight_gradient


@pytest.fixture(params=["oneDNN", "small", "no oneDNN", "off"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that multiplies: oneDNN, or `@` if the product is small, or the operator is missing or off."""
    monkeypatch.setenv(kernels.VARIABLE, "none" if request.param == "off" else "products")
    if request.param != "small":
        monkeypatch.setattr(products, "_LARGE", 1)
    if request.param == "no oneDNN":
        monkeypatch.setattr(products, "_onednn", None)


def random(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """The list of the left operands of all products that oneDNN will compute."""
    calls: list[Tensor] = []
    monkeypatch.setenv(kernels.VARIABLE, "products")

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
def test_a_product_of_a_slice_is_that_of_the_slice() -> None:
    whole, other = random(8, 9), random(5, 4, seed=1)
    torch.testing.assert_close(product(whole[2:6, 1:6], other), whole[2:6, 1:6] @ other, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_a_product_of_no_rows_has_none() -> None:
    assert product(random(0, 4), random(4, 3)).shape == (0, 3)


def test_doubles_stay_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernels.VARIABLE, "products")
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
def test_the_weight_gradient_is_the_sum_of_outer_products_and_contiguous() -> None:
    gradients, features = random(6, 4), random(6, 3, seed=1)
    result = weight_gradient(gradients, features)
    expected = sum(torch.outer(gradient, row) for gradient, row in zip(gradients, features, strict=True))
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)
    assert result.is_contiguous()


def test_a_kernel_that_is_off_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = count_calls(monkeypatch)
    monkeypatch.setenv(kernels.VARIABLE, "none")
    product(torch.zeros(100, 100), torch.zeros(100, 100))
    assert len(counted) == 0


@pytest.mark.usefixtures("library")
def test_the_gram_matrix_and_its_gradient_are_those_of_the_product() -> None:
    weight = random(9, 4).requires_grad_()
    coefficients = random(4, 4, seed=3)
    results = [
        (matrix, *torch.autograd.grad((coefficients * matrix).sum(), weight))
        for matrix in (gram(weight), weight.t() @ weight)
    ]
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-5)
