"""Tokenisation of captions with and without Java, and the agreement of the two."""

import shutil
from pathlib import Path

import pytest
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

from erac_vaml.data.corpus import read_lines
from erac_vaml.data.ptb import tokenise_captions
from erac_vaml.errors import UserError

FLICKR8K = Path(__file__).parents[3] / "shared" / "data" / "flickr8k"
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
CAPTIONS = [
    "A man, riding a horse.",
    "The man's dog isn't black-and-white!",
    'Two dogs -- "Rex" and `Bo` -- play (happily); see?',
    "A cat sits. It is black.",
    "  Someone\nskis  at 5:30 p.m. today ",
    "Cafés & crêpes: $5 each...",
    "The man’s dogs aren’t ‘here’",
    "“Rex” jumps… a red – or black—house of the 1950’s",
]
JAVA = [
    "a man riding a horse",
    "the man 's dog is n't black-and-white",
    "two dogs rex and bo play -lrb- happily -rrb- see",
    "a cat sits it is black",
    "someone skis at 5:30 p.m. today",
    "cafés & crêpes $ 5 each",
    "the man 's dogs are n't here",
    "rex jumps a red or black house of the 1950 's",
]


def texts(captions: list[str], tokeniser: str) -> list[str]:
    return [" ".join(words) for words in tokenise_captions(captions, tokeniser)]


def test_the_python_tokeniser_lower_cases_and_drops_punctuation() -> None:
    assert texts(CAPTIONS, "python") == JAVA


@needs_java
def test_the_java_tokeniser_is_that_of_cocos_evaluation() -> None:
    theirs = PTBTokenizer().tokenize({number: [{"caption": text}] for number, text in enumerate(CAPTIONS)})
    assert texts(CAPTIONS, "java") == [theirs[number][0] for number in range(len(CAPTIONS))]


@pytest.mark.parametrize("tokeniser", ["python", pytest.param("java", marks=needs_java)])
def test_captions_of_nothing_and_of_punctuation_keep_their_places(tokeniser: str) -> None:
    assert tokenise_captions(["", "A cat", " ", "...", "dogs"], tokeniser) == [[], ["a", "cat"], [], [], ["dogs"]]
    assert tokenise_captions([], tokeniser) == []


@needs_java
def test_a_caption_of_unknown_characters_has_no_tokens() -> None:
    assert tokenise_captions(["\N{GRINNING FACE}", "A \N{GRINNING FACE} cat"], "java") == [[], ["a", "cat"]]


def test_tokens_of_ones_own_are_left_as_they_are() -> None:
    assert tokenise_captions(["A cat , black ."], "none") == [["A", "cat", ",", "black", "."]]


def test_without_java_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="install a Java runtime, or set `tokeniser: python`"):
        tokenise_captions(["a cat"], "java")


def test_a_java_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\necho 'no memory' >&2\nexit 3\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(UserError, match="0 lines for 1 captions, exit status 3, no memory"):
        tokenise_captions(["a cat"], "java")


@pytest.mark.skipif(not FLICKR8K.exists(), reason=f"Flickr8k's captions are not at {FLICKR8K}")
def test_real_captions_come_out_as_javas() -> None:
    raw, expected = (
        [line.split("\t")[2] for line in read_lines(FLICKR8K / f"captions_{kind}.tsv.gz")] for kind in ("raw", "ptb")
    )
    agreeing = sum(found == text for found, text in zip(texts(raw, "python"), expected, strict=True))
    assert agreeing / len(raw) > 0.9997
