"""Penn Treebank tokenisation of captions, lower-cased and without punctuation: what COCO's evaluation scores.

`java` is the tokeniser of that evaluation (pycocoevalcap's, which is Stanford's in Java). `python` needs no Java and
gives the same tokens for 99.98% of the 40,455 captions of Flickr8k (test_ptb.py). The others have an abbreviation at
the end (`D.C.`) or single quotes (`slip 'n' slide`).
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pycocoevalcap.tokenizer import ptbtokenizer

from erac_vaml.config.datasets import CaptionTokeniser
from erac_vaml.data.corpus import Words, split_words
from erac_vaml.errors import UserError

_SENTENCE_END = re.compile(r"(?<=[a-z]{3})\.(?=\s)")
"""A full stop inside a text; nltk expects one sentence, and splits off only a full stop at the end."""
_ASCII = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "–": "--", "—": "--"})
"""Punctuation that the Java program writes in ASCII; nltk does not know it."""


def tokenise_captions(captions: Sequence[str], tokeniser: CaptionTokeniser) -> list[Words]:
    """Return the tokens of each caption; "none" only splits at spaces.

    Raises:
        UserError: the tokeniser is "java", and Java is missing or fails.
    """
    if tokeniser == "none":
        return [split_words(caption) for caption in captions]
    one_line = [" ".join(caption.split()) for caption in captions]
    tokenised = _java(one_line) if tokeniser == "java" else _python(one_line)
    return [[word for word in words if word not in ptbtokenizer.PUNCTUATIONS] for words in tokenised]


def _python(captions: Sequence[str]) -> list[Words]:
    from nltk.tokenize import NLTKWordTokenizer

    tokenise = NLTKWordTokenizer().tokenize
    texts = (_SENTENCE_END.sub(" .", caption.translate(_ASCII)) for caption in captions)
    return [[word.lower() for word in tokenise(text, convert_parentheses=True)] for text in texts]


def _java(captions: Sequence[str]) -> list[Words]:
    """Run the tokeniser of pycocoevalcap, whose own wrapper writes into its package and loses empty captions."""
    if shutil.which("java") is None:
        raise UserError(
            "tokeniser java: there is no `java` on the PATH; install a Java runtime, or set `tokeniser: python`, which "
            "differs for about one caption in 5,000"
        )
    jar = Path(ptbtokenizer.__file__).with_name(ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR)
    tokenizer = ("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase", "-encoding", "utf-8")
    texts = [caption for caption in captions if caption]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.writelines(f"{caption}\n" for caption in texts)
        file.flush()
        found = subprocess.run(["java", "-cp", jar, *tokenizer, file.name], capture_output=True, check=False)
    text = found.stdout.decode("utf-8").removesuffix("\n")
    lines = text.split("\n") if texts and found.stdout else []
    if found.returncode != 0 or len(lines) != len(texts):
        reason, *_ = found.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise UserError(
            f"tokeniser java: {len(lines)} lines for {len(texts)} captions, exit status {found.returncode}, "
            f"{reason}; repair Java, or set `tokeniser: python`"
        )
    tokenised = iter(lines)
    # A caption of unknown characters only, such as emoji, becomes an empty line.
    return [split_words(next(tokenised)) if caption else [] for caption in captions]
