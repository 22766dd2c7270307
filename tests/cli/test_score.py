"""The command `score` on translations; COMET by a stand-in for its program."""

import gzip
import os
import sys

import pytest
from small_experiment import call

COMET = "score --hypotheses said --references wanted --source heard --comet model.ckpt --device cpu"
STAND_IN = """#!{python}
import json, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
texts = [open(options[name]).read().splitlines() for name in ("-s", "-t", "-r")]
assert (options["--model"], options["--gpus"]) == ("model.ckpt", "0"), options
rows = [{{"src": s, "mt": t, "ref": r, "COMET": float(t == r)}} for s, t, r in zip(*texts)]
with open(options["--to_json"], "w") as file:
    json.dump({{options["-t"]: rows}}, file)
print(options["-t"] + "\\tscore: 0.5000")
"""
"""Writes the file that unbabel-comet 2.2.7 writes: a sentence scores 1 if it is the reference, otherwise 0."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the command line in a folder with texts, and on a PATH of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    texts = {"heard": "ein hund\neine katze\n", "said": "a dog\na dog\n", "wanted": "a dog\na cat\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return lambda command: call(command, monkeypatch)


@pytest.fixture
def program(tmp_path):
    """A function that writes the program `comet-score`."""

    def write(content: str) -> None:
        (tmp_path / "comet-score").write_text(content)
        os.chmod(tmp_path / "comet-score", 0o755)

    return write


def test_bleu_and_chrf_are_printed_with_their_signatures(run, capsys) -> None:
    assert run("score --hypotheses wanted --references wanted") == 0
    bleu, chrf = capsys.readouterr().out.splitlines()
    assert bleu.startswith("BLEU 0.00  nrefs:1|case:lc|eff:no|tok:none")  # No sentence has four words.
    assert chrf.startswith("chrF2 100.00  nrefs:1|case:lc|eff:yes|nc:6")


def test_hypotheses_come_from_standard_input(run, capsys, monkeypatch, tmp_path) -> None:
    assert run("score --hypotheses said --references wanted") == 0
    of_file = capsys.readouterr().out
    with (tmp_path / "said").open(encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert run("score --hypotheses - --references wanted") == 0
    assert capsys.readouterr().out == of_file


def test_comet_is_the_mean_of_its_programs_scores(run, program, capsys) -> None:
    program(STAND_IN.format(python=sys.executable))
    assert run(COMET) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "COMET 0.5000  model.ckpt"


def test_comet_reads_gzipped_text(run, program, capsys, tmp_path) -> None:
    program(STAND_IN.format(python=sys.executable))
    for name in ("heard", "said", "wanted"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
    assert (
        run("score --hypotheses said.gz --references wanted.gz --source heard.gz --comet model.ckpt --device cpu") == 0
    )
    assert capsys.readouterr().out.splitlines()[-1] == "COMET 0.5000  model.ckpt"


def test_without_its_program_comet_says_how_to_install_it(run, capsys) -> None:
    assert run(COMET) == 2
    assert "there is no `comet-score` on the PATH; install it in its own environment" in capsys.readouterr().err


def test_a_comet_that_fails_is_told_by_its_last_line(run, program, capsys) -> None:
    program("#!/bin/sh\necho 'Traceback' >&2\necho 'no such model' >&2\nexit 3\n")
    assert run(COMET) == 2
    said = capsys.readouterr().err
    assert "--comet model.ckpt: comet-score ended with status 3, no such model; check the model" in said
    assert said.count("\n") == 1
