"""No input can be executed: the program never unpickles, evaluates, unpacks to disk or starts a shell."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import erac_vaml

SOURCES = Path(erac_vaml.__file__).parent
MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
"""Modules whose data formats can run code."""
CALLS = {
    "eval",
    "exec",
    "os.system",
    "os.popen",
    "pandas.read_pickle",
    "yaml.load",
    "yaml.load_all",
    "yaml.full_load",
    "yaml.unsafe_load",
}
METHODS = {"extractall", "extract", "unpack_archive"}
"""Methods of tarfile, zipfile and shutil, whatever the name of the archive."""
ONLY_WEIGHTS = {"torch.load", "load_state_dict_from_url", "get_state_dict"}
"""Functions of torch and torchvision that unpickle any object without `weights_only=True`."""
SHORT_FORMS = {"np": "numpy", "pd": "pandas"}


def unsafe_calls(source: str) -> list[str]:
    """Return a description of each import or call in a module's text that could run its input."""
    return [found for node in ast.walk(ast.parse(source)) for found in unsafe(node)]


def unsafe(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {node.module or ""}
        yield from (f"import of {name}" for name in names if name.partition(".")[0] in MODULES)
    if isinstance(node, ast.ImportFrom):
        full = {f"{node.module}.{alias.name}" for alias in node.names}
        yield from sorted(full & (CALLS | ONLY_WEIGHTS))
    if isinstance(node, ast.Call):
        name = called(node.func)
        last = name.rpartition(".")[2]
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if name in CALLS or (last in METHODS and name != last):
            yield name
        if {name, last} & ONLY_WEIGHTS and given.get("weights_only") != "True":
            yield f"{name} without weights_only=True"
        if given.get("allow_pickle", "False") != "False":
            yield f"{name} with allow_pickle"
        if given.get("shell", "False") != "False":
            yield f"{name} with a shell"


def called(function: ast.expr) -> str:
    """Return a function's dotted name with the full name of its module."""
    first, dot, rest = ast.unparse(function).partition(".")
    return SHORT_FORMS.get(first, first) + dot + rest


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_module_can_be_made_to_run_its_input(path):
    assert unsafe_calls(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as p",
        "from pickle import loads",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.load(path, weights_only=flag)",
        "from torch import load",
        "weights.get_state_dict(check_hash=True)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
        "yaml.load(text, Loader=yaml.SafeLoader)",
        "from yaml import load",
        "tarfile.open(path).extractall()",
        "tar.extract(member)",
        "eval(text)",
        "exec(text)",
        "subprocess.run(command, shell=True)",
        "os.system(command)",
        "from os import system",
    ],
)
def test_the_check_finds(source):
    assert len(unsafe_calls(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "network.eval()",
        "torch.load(path, weights_only=True)",
        "np.load(path, allow_pickle=False)",
        "yaml.safe_load(text)",
        "tar.extractfile(member)",
        "json.load(stream)",
        "subprocess.run(command)",
    ],
)
def test_the_check_lets_pass(source):
    assert unsafe_calls(source) == []
