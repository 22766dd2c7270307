"""Imports point one way: a folder imports only from the folders above it in docs/architecture.md."""

import ast
from pathlib import Path

import pytest

CODE = Path(__file__).parents[1] / "src" / "erac_vaml"
BELOW_ALL = {"errors", "files", "randomness"}
FLOORS = (
    {"config"},
    {"plan"},
    {"data"},
    {"rewards"},
    {"objectives"},
    {"kernels"},
    {"networks"},
    {"decoding"},
    {"evaluation"},
    {"training"},
    {"runs"},
    {"reporting", "operations"},
    {"verdict", "theory", "models"},
    {"page"},
    {"cli"},
)


def imports_of(path):
    """Yield the folders of this package, and the files next to them, that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "erac_vaml":
            parts = node.module.split(".")[1:]
            yield from parts[:1] or [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith("erac_vaml."))


@pytest.mark.parametrize("folder", sorted(set.union(*FLOORS)))
def test_a_folder_imports_only_from_those_above_it(folder):
    number = next(number for number, floor in enumerate(FLOORS) if folder in floor)
    allowed = set.union(BELOW_ALL, {folder}, *FLOORS[:number])
    files = sorted((CODE / folder).rglob("*.py"))
    assert files
    wrong = {f"{path.relative_to(CODE)} imports {name}" for path in files for name in imports_of(path)} - {
        f"{path.relative_to(CODE)} imports {name}" for path in files for name in allowed
    }
    assert not wrong


def test_every_folder_has_a_floor():
    assert {path.name for path in CODE.iterdir() if (path / "__init__.py").exists()} == set.union(*FLOORS)
    loose = {path.stem for path in CODE.glob("*.py")} - {"__init__"}
    assert loose == BELOW_ALL
