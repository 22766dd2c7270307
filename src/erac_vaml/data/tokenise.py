"""Moses tokenisation by the MIXER recipe (Ranzato et al., 2015; released-code D3)."""

from collections.abc import Sequence

from tqdm import tqdm

from erac_vaml.data.corpus import Words


def tokenise(lines: Sequence[str], language: str) -> list[Words]:
    """Return the tokens of raw lines; special characters are escaped as in Moses (`'s` and `’s` become `&apos;s`).

    Character references of the raw text are not resolved: the recipe tokenises `R&amp;D` as `R &amp; amp ; D`, as in
    its published valid and test sets.

    Args:
        lines: raw text.
        language: language code such as "de", for the tokeniser's list of abbreviations.
    """
    # Imported here because the import takes a quarter of a second and few commands tokenise.
    from sacremoses import MosesTokenizer

    tokenizer = MosesTokenizer(lang=language)
    progress = tqdm(lines, desc=f"tokenising {language}", unit="line", disable=None)
    return [tokenizer.tokenize(line.replace("’", "'"), escape=True) for line in progress]


def lower(sentences: Sequence[Words]) -> list[Words]:
    """Return the sentences in lower case."""
    return [[word.lower() for word in words] for words in sentences]
