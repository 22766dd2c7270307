"""What a document cites exists, and the code and the recorded results that it quotes stand in their files."""

import ast
import re
import shlex
import typing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

import pytest
import torch
import typer
from calls import snakemake
from pydantic import BaseModel
from snakemake.cli import get_argument_parser

from benchmarks.__main__ import main as benchmark
from docs.tables import TABLE, table
from erac_vaml.cli.app import app
from erac_vaml.config.experiment import Experiment, TaskSettings

ROOT = Path(__file__).parents[1]
CODE = ROOT / "src" / "erac_vaml"
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *(ROOT / "docs").rglob("*.md")})
pytestmark = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
FOLDERS = {path.name for place in (ROOT, CODE) for path in place.glob("[a-z]*/")}
FOLDERS -= {"data", "results", "runs"}  # A user has such folders, too.
LINK = re.compile(r"\]\(([^)\s#]*)#?([^)\s]*)\)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FILE = re.compile(rf"[\w.*-][\w./*-]*\.(?:py|smk|sh)|(?:{'|'.join(FOLDERS)})/[\w./*-]*")
OF_A_RUN = re.compile(r".*\.(json|yaml|html|lock|csv|tsv|pdf|png|zip|txt|md|de|en|safetensors)")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+")
EXCERPT = re.compile(r'^```python title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
EQUATIONS = re.compile(r"^\| Equation \| Function \| Code \|\n.*\n((?:\|.*\n)+)", re.MULTILINE)
NAME = re.compile(r"[a-z]\w*_\w+|_\w+|[A-Z][a-z]+[A-Z]\w*|[A-Z]+_[A-Z_]+")


@cache
def text_of(path):
    return path.read_text(encoding="utf-8")


def prose(document):
    """Return the lines outside blocks of code."""
    return re.sub(r"^```.*?^```$", "", text_of(document), flags=re.MULTILINE | re.DOTALL).splitlines()


def anchors(document):
    """Return the anchors that GitHub gives to a document's headings."""
    headings = (line.lstrip("# ").lower() for line in prose(document) if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere(document):
    for target, anchor in LINK.findall("\n".join(prose(document))):
        path = (document.parent / target).resolve() if target else document
        assert ":" in target or (path.exists() and (not anchor or anchor in anchors(path))), f"{target}#{anchor}"


def defined(code):
    """Return the names that Python code defines or imports, parameters and attributes too."""
    names = set()
    for node in ast.walk(code):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name) | ast.alias(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
    return names


def test_a_name_beside_a_file_is_defined_there(document):
    for cell in (cell for line in prose(document) if line.startswith("|") for cell in line.split("|")):
        files = [(document.parent / target).resolve() for target, _ in LINK.findall(cell) if target.endswith(".py")]
        files = [path for path in files if path.exists()]
        names = {name for name in SPAN.findall(re.sub(r"\[.*?\]\(.*?\)", "", cell)) if name.isidentifier()} - {"eos"}
        assert not files or names - set().union(*(defined(ast.parse(text_of(path))) for path in files)) == set()


def test_quoted_code_stands_in_its_file(document):
    """A block of Python with a file as its title is a part of the file, whatever its indentation."""
    for name, excerpt in EXCERPT.findall(text_of(document)):
        assert any(f"\n{indent(excerpt, ' ' * width)}" in text_of(ROOT / name) for width in (0, 4, 8)), excerpt


def test_code_beside_an_equation_stands_in_its_file(document):
    """In a table of equations, each function and its code stand in the file that the row links to."""
    for row in "".join(EQUATIONS.findall(text_of(document))).splitlines():
        links = re.findall(r"\[`(\w+)`\]\((\S+\.py)\)", row)
        files = [text_of(document.parent / target) for _, target in links]
        assert [name for (name, _), text in zip(links, files, strict=True) if f"def {name}(" not in text] == []
        cited = SPAN.findall(row.split("|")[-2])
        assert cited
        assert [code for code in cited if not any(code in re.sub(r"\s+", " ", text) for text in files)] == []


def is_setting(keys, model):
    """Return whether a model has the field whose dotted name has these parts; a mapping has every key."""
    if not keys:
        return True
    if isinstance(model, type) and issubclass(model, BaseModel):
        return keys[0] in model.model_fields and is_setting(keys[1:], model.model_fields[keys[0]].annotation)
    inner = typing.get_args(model)
    return (
        is_setting(keys[1:], inner[1]) if typing.get_origin(model) is dict else any(is_setting(keys, i) for i in inner)
    )


@cache
def names_of_code():
    """Return all `.package.module`, `.package.module.name` and `.Class.name` of the program and `.torch.name`."""
    found = {f".torch.{name}" for name in dir(torch)}
    for path in CODE.rglob("*.py"):
        module = "." + ".".join(path.relative_to(CODE.parent).with_suffix("").parts).removesuffix(".__init__")
        code = ast.parse(text_of(path))
        classes = [node for node in ast.walk(code) if isinstance(node, ast.ClassDef)]
        found |= {module} | {f"{module}.{name}" for name in defined(code)}
        found |= {f".{owner.name}.{name}" for owner in classes for name in defined(owner)}
    return found


@cache
def words_of_code():
    places = [ROOT / name for name in ("src", "workflow", "profiles", "config", "benchmarks", "tests", "examples")]
    files = {path for place in places for kind in ("py", "smk", "sh", "yaml") for path in place.rglob(f"*.{kind}")}
    return set(re.findall(r"\w+", " ".join(text_of(path) for path in files - {Path(__file__)})))


def exists(span):
    """Return whether the file, setting or name that a span cites exists; True if it cites nothing."""
    key = re.split(r"[:=]", span)[0].removesuffix(".*")
    if FILE.fullmatch(span):
        places = (CODE, ROOT / "tests", ROOT / "benchmarks")
        return any(ROOT.glob(span)) or any(any(place.rglob(span)) for place in places)
    if DOTTED.fullmatch(key) and not OF_A_RUN.fullmatch(key) and not key.startswith("section."):
        of_a_model = any(is_setting(key.split("."), model) for model in (Experiment, TaskSettings))
        return of_a_model or any(name.endswith(f".{key}") for name in names_of_code())
    return not NAME.fullmatch(span) or span in words_of_code()


def test_every_file_name_and_setting_exists(document):
    missing = []
    for line in prose(document):
        section = ""
        for span in SPAN.findall(line):
            # In a row, `.batch_size` after `mle.optimizer` is `mle.batch_size`.
            span = section + span if re.fullmatch(r"\.[a-z_]+", span) else span
            section = span.split(".")[0] if DOTTED.fullmatch(span) else section
            missing += [] if exists(span) else [span]
    assert missing == []


@cache
def programs():
    """Return the options of each program and the words that it takes as arguments; None: any word."""
    benchmarks = typer.Typer()
    benchmarks.command()(benchmark)
    group = typer.main.get_command(app)
    commands = {f"erac-vaml {name}": command for name, command in group.commands.items()}
    commands["python -m benchmarks"] = typer.main.get_command(benchmarks)
    with TemporaryDirectory() as folder:
        rules = set(snakemake(folder, "--list-rules").stdout.split())
    return {
        "erac-vaml": ({"--help"}.union(*(p.opts for p in group.params)), set()),
        "snakemake": (set(get_argument_parser()._option_string_actions), rules),
        "make": (set(), set(re.findall(r"^([\w./-]+):", text_of(ROOT / "Makefile"), flags=re.MULTILINE))),
        **{name: ({"--help"}.union(*(p.opts for p in found.params)), None) for name, found in commands.items()},
    }


def unknown(line):
    """Return the words of a command line that its program does not take; none for an unlisted program."""
    line = re.sub(r'^make bench ARGS="?([^"]*)"?', r"python -m benchmarks \1", line)
    program = max((name for name in programs() if f"{line} ".startswith(f"{name} ")), key=len, default=None)
    options, words = programs().get(program, ((), None))
    return [
        word
        for word in (shlex.split(line.removeprefix(program), comments=True) if program else ())
        if (word.startswith("-") and word.split("=")[0] not in options)
        or (words is not None and re.fullmatch(r"[a-z][\w-]*", word) and word not in words)
        or not exists(word)
    ]


def test_every_command_exists(document):
    blocks = re.findall(r"^```.*?^```$|^ {4}.*?$", text_of(document), flags=re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()] + SPAN.findall("\n".join(prose(document)))
    commands = [command for line in lines for command in re.split(r" && | > ", line)]
    assert {command: found for command in commands if (found := unknown(command))} == {}


def test_a_table_of_recorded_results_is_theirs(document):
    for marked in TABLE.finditer(text_of(document)):
        if marked["file"].startswith("results/recorded/"):
            assert marked["content"] == table(marked["file"], marked["task"])
