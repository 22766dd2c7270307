"""The precision of matrix products: what each name does, and who refuses it."""

from collections.abc import Iterator

import pytest
import torch

from erac_vaml.errors import UserError
from erac_vaml.kernels.products import product
from erac_vaml.runs import device as devices
from erac_vaml.runs.device import choose_precision, has_precision

CPU = torch.device("cpu")
needs_bf16 = pytest.mark.skipif(not has_precision("bf16", CPU), reason="this CPU has no bf16 products")


@pytest.fixture(autouse=True)
def _float32_afterwards() -> Iterator[None]:
    yield
    choose_precision("float32", CPU)


def relative_error(found: torch.Tensor, exact: torch.Tensor) -> float:
    return float((found.double() - exact).norm() / exact.norm())


def error_of_product(name: str) -> float:
    choose_precision(name, CPU)
    generator = torch.Generator().manual_seed(1)
    left, right = (torch.randn(256, 256, generator=generator) for _ in range(2))
    return relative_error(product(left, right), left.double() @ right.double())


@pytest.mark.parametrize("name", ["float32", "tf32"])
def test_a_cpu_multiplies_in_float32_whatever_a_gpu_would_do(name: str) -> None:
    assert error_of_product(name) < 1e-6


@needs_bf16
def test_bf16_rounds_the_factors_to_eight_bits() -> None:
    """One rounding errs by at most 2⁻⁹; the sum of products of two such factors by about as much."""
    assert 2**-12 < error_of_product("bf16") < 2**-8


@needs_bf16
def test_float32_after_bf16_is_float32_again() -> None:
    choose_precision("bf16", CPU)
    assert error_of_product("float32") < 1e-6


def test_a_device_without_bf16_products_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="take tf32"):
        choose_precision("bf16", torch.device("cuda"))
    monkeypatch.setattr(devices, "_cpu_has_bf16", lambda: False)
    with pytest.raises(UserError, match="take float32"):
        choose_precision("bf16", CPU)
