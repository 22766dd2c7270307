"""The name of the device, and the precision of matrix products: what each name does, and who refuses it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from erac_vaml.errors import UserError
from erac_vaml.kernels.products import product
from erac_vaml.runs.device import choose_precision, device_name, has_precision

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


@pytest.mark.skipif(shutil.which("lscpu") is None, reason="lscpu is not installed")
@pytest.mark.skipif("model name" not in Path("/proc/cpuinfo").read_text(), reason="this system does not tell the name")
def test_a_cpu_has_the_name_that_lscpu_tells() -> None:
    lines = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Model name:\s*(.*)", lines, re.MULTILINE)
    if found is None:
        pytest.skip("lscpu does not know this processor's name")
    assert device_name(CPU) == found[1]


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
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    with pytest.raises(UserError, match="take float32"):
        choose_precision("bf16", CPU)
