"""Captions as the Penn Treebank tokenises them, lower-cased and without punctuation: what COCO's evaluation scores.

The tokeniser of that evaluation (pycocoevalcap's, Stanford's in Java) is `java`. `python` needs no Java: of the 40,455
captions of Flickr8k 99.98% come out the same (test_ptb.py); abbreviations at the end (`D.C.`) and single quotes within
(`slip 'n' slide`) are what differs.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pycocoevalcap.tokenizer import ptbtokenizer

from erac_vaml.data.corpus import Words, split_words
from erac_vaml.errors import UserError

CaptionTokeniser = Literal["java", "python", "none"]

_SENTENCE_END = re.compile(r"(?<=[a-z]{3})\.(?=\s)")
"""nltk expects one sentence: it takes a full stop for one at the end of the text alone."""


def tokenise_captions(captions: Sequence[str], tokeniser: CaptionTokeniser) -> list[Words]:
    """Return the tokens of each caption; "none" splits at blanks alone.

    Raises:
        UserError: "java" is asked for, and there is none or it fails.
    """
    if tokeniser == "none":
        return [split_words(caption) for caption in captions]
    one_line = [" ".join(caption.split()) for caption in captions]
    tokenised = _java(one_line) if tokeniser == "java" else _python(one_line)
    return [[word for word in words if word not in ptbtokenizer.PUNCTUATIONS] for words in tokenised]


def _python(captions: Sequence[str]) -> list[Words]:
    from nltk.tokenize import NLTKWordTokenizer

    tokenise = NLTKWordTokenizer().tokenize
    return [
        [word.lower() for word in tokenise(_SENTENCE_END.sub(" .", caption), convert_parentheses=True)]
        for caption in captions
    ]


def _java(captions: Sequence[str]) -> list[Words]:
    """Call the tokeniser as pycocoevalcap does, which would write into its own folder and lose empty captions."""
    if shutil.which("java") is None:
        raise UserError(
            "tokeniser java: there is no `java` on the PATH; install a Java runtime, or set `tokeniser: python`, which "
            "tokenises about one caption in 5,000 otherwise"
        )
    jar = Path(ptbtokenizer.__file__).with_name(ptbtokenizer.STANFORD_CORENLP_3_4_1_JAR)
    command = ["java", "-cp", str(jar), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase"]
    command += ["-encoding", "utf-8"]
    said = [caption for caption in captions if caption]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.writelines(f"{caption}\n" for caption in said)
        file.flush()
        found = subprocess.run([*command, file.name], capture_output=True, check=False)
    text = found.stdout.decode("utf-8").removesuffix("\n")
    lines = text.split("\n") if said and found.stdout else []
    if found.returncode != 0 or len(lines) != len(said):
        reason = found.stderr.decode("utf-8", "replace").strip().splitlines()[:1]
        raise UserError(
            f"tokeniser java: {len(lines)} lines for {len(said)} captions, exit status {found.returncode}, "
            f"{''.join(reason) or 'no message'}; mend Java, or set `tokeniser: python`"
        )
    tokenised = iter(lines)
    # Of a caption of nothing but characters it does not know (emoji, say) the tokeniser leaves an empty line.
    return [split_words(next(tokenised)) if caption else [] for caption in captions]
