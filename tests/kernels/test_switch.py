"""The environment variable that selects kernels."""

import pytest

from erac_vaml import kernels
from erac_vaml.errors import UserError


def on(monkeypatch: pytest.MonkeyPatch, value: str) -> set[str]:
    monkeypatch.setenv(kernels.VARIABLE, value)
    return {name for name in kernels.NAMES if kernels.is_on(name)}


def test_all_kernels_are_on_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(kernels.VARIABLE, raising=False)
    assert all(kernels.is_on(name) for name in kernels.NAMES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("all", set(kernels.NAMES)), ("none", set()), ("adam", {"adam"}), ("rows, products", {"rows", "products"})],
)
def test_the_variable_selects_kernels(value: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert on(monkeypatch, value) == expected


@pytest.mark.parametrize("value", ["fast", "rows,fast", ""])
def test_an_unknown_kernel_is_refused_by_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"ERAC_VAML_KERNELS=.*no kernel is called '(fast)?'; choose all, none"):
        on(monkeypatch, value)


def test_the_documentation_lists_every_kernel() -> None:
    assert kernels.__doc__ is not None
    assert all(f"| `{name}` |" in kernels.__doc__ for name in kernels.NAMES)
