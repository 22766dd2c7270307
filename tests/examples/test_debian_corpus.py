"""The example that makes a corpus of Debian's package descriptions, on two small files of the same form."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "examples" / "debian_corpus.py"
ENGLISH = """\
Package: aspell-no
Description-md5: 1
Description-en: Norwegian dictionary
 A dictionary
 .
 Description-en: no field, but text

Package: engrampa
Description-md5: 2
Description-en: archive manager

Package: engrampa
Description-md5: 3
Description-en: archive manager (older text)
"""
GERMAN = """\
Package: engrampa
Description-md5: 2
Description-de: Archivverwaltung
 Ein Text

Package: engrampa-common
Description-md5: 9
Description-de: ohne Original

Package: aspell-no
Description-md5: 1
Description-de: Norwegisches Wörterbuch
"""


@pytest.fixture
def example(monkeypatch, tmp_path):
    specification = importlib.util.spec_from_file_location("debian_corpus", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "download", {"en": ENGLISH, "de": GERMAN}.__getitem__)
    monkeypatch.chdir(tmp_path)
    return module


def test_each_translation_stands_beside_its_own_original(example, tmp_path):
    example.main("de")
    sides = [(tmp_path / f"corpus.{side}").read_text(encoding="utf-8").splitlines() for side in ("de", "en")]
    expected = {("Archivverwaltung", "archive manager"), ("Norwegisches Wörterbuch", "Norwegian dictionary")}
    assert set(zip(*sides, strict=True)) == expected


def test_a_language_may_have_a_region(example):
    text = "Package: a\nDescription-md5: 1\nDescription-pt_BR: uma descrição\n"
    assert example.descriptions(text) == {("a", "1"): "uma descrição"}
