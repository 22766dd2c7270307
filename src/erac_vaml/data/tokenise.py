"""Moses tokenisation as the MIXER recipe has it (Ranzato et al., 2015; released-code D3)."""

from collections.abc import Sequence

from tqdm import tqdm

from erac_vaml.data.corpus import Words


def tokenise(lines: Sequence[str], language: str) -> list[Words]:
    """Return the tokens of raw lines; special characters are escaped as Moses does (`'s`, `’s`: `&apos;s`).

    Character references of the raw text are not resolved: the recipe tokenises `R&amp;D` as `R &amp; amp ; D`, and
    its published valid and test sets have it so.

    Args:
        lines: raw text.
        language: code such as "de", for the tokeniser's list of abbreviations.
    """
    # Every training run imports this module, for its neighbours' sake; sacremoses takes a quarter of a second.
    from sacremoses import MosesTokenizer

    tokenizer = MosesTokenizer(lang=language)
    progress = tqdm(lines, desc=f"tokenising {language}", unit="line", disable=None)
    return [tokenizer.tokenize(line.replace("’", "'"), escape=True) for line in progress]


def lower(sentences: Sequence[Words]) -> list[Words]:
    """Return the sentences in lower case."""
    return [[word.lower() for word in words] for words in sentences]
