"""Moses tokenisation by the MIXER recipe (Ranzato et al., 2015; released-code D3), lower-casing, and the way back."""

from collections.abc import Sequence

from tqdm import tqdm

from erac_vaml.config.datasets import TextForm
from erac_vaml.data.corpus import Words, split_words


def words_of(lines: Sequence[str], form: TextForm, *, tokenised: bool = False) -> list[Words]:
    """Return the tokens of lines as the preparation of a data set makes them; a line without a word has none.

    Args:
        lines: raw text, or tokens between spaces if the form's tokeniser is unknown.
        form: tokeniser and casing.
        tokenised: the lines are tokens between spaces, whatever the tokeniser.
    """
    if tokenised or form.tokeniser is None:
        sentences = [split_words(line) for line in lines]
    else:
        sentences = _tokenise(lines, _language(form.tokeniser))
    return [[word.lower() for word in words] for words in sentences] if form.lowercase else sentences


def texts_of(sentences: Sequence[Words], form: TextForm) -> list[str]:
    """Return tokens as text: escapes are resolved, and the spaces that the tokeniser added are removed.

    Letters that were lower-cased stay so. Tokens of an unknown tokeniser are separated by spaces.
    """
    if form.tokeniser is None:
        return [" ".join(words) for words in sentences]
    from sacremoses import MosesDetokenizer

    detokenizer = MosesDetokenizer(lang=_language(form.tokeniser))
    return [detokenizer.detokenize(words) for words in sentences]


def _tokenise(lines: Sequence[str], language: str) -> list[Words]:
    """Return the tokens of raw lines; special characters are escaped as in Moses (`'s` and `’s` become `&apos;s`).

    Character references of the raw text are not resolved: the recipe tokenises `R&amp;D` as `R &amp; amp ; D`, as in
    its published valid and test sets.
    """
    # Imported here because the import takes a quarter of a second and few commands tokenise.
    from sacremoses import MosesTokenizer

    tokenizer = MosesTokenizer(lang=language)
    progress = tqdm(lines, desc=f"tokenising {language}", unit="line", leave=False, disable=None)
    return [tokenizer.tokenize(line.replace("’", "'"), escape=True) for line in progress]


def _language(tokeniser: str) -> str:
    return tokeniser.removeprefix("moses:")
