"""Moses tokenisation by the MIXER recipe (Ranzato et al., 2015; released-code D3), lower-casing, and the way back."""

from collections.abc import Iterable, Iterator, Sequence

from tqdm import tqdm

from erac_vaml.config.datasets import TextForm
from erac_vaml.data.corpus import Words, split_words


def words_of(lines: Iterable[str], form: TextForm, *, tokenised: bool = False, total: int | None = None) -> list[Words]:
    """Return the tokens of lines as the preparation of a data set makes them; a line without a word has none.

    Args:
        lines: raw text, or tokens between spaces if the form's tokeniser is unknown.
        form: tokeniser and casing.
        tokenised: the lines are tokens between spaces, whatever the tokeniser.
        total: the number of lines, for the progress.
    """
    if tokenised or form.tokeniser is None:
        sentences: Iterable[Words] = map(split_words, lines)
    else:
        sentences = _tokenise(lines, _language(form.tokeniser), total)
    known: dict[str, str] = {}  # Equal words share one object: a corpus repeats each word often.
    cased = (map(str.lower, words) if form.lowercase else words for words in sentences)
    return [[known.setdefault(word, word) for word in words] for words in cased]


def texts_of(sentences: Sequence[Words], form: TextForm) -> list[str]:
    """Return tokens as text: escapes are resolved, and the spaces that the tokeniser added are removed.

    Letters that were lower-cased stay so. Tokens of an unknown tokeniser are separated by spaces.
    """
    if form.tokeniser is None:
        return [" ".join(words) for words in sentences]
    from sacremoses import MosesDetokenizer

    detokenizer = MosesDetokenizer(lang=_language(form.tokeniser))
    return [detokenizer.detokenize(words) for words in sentences]


def _tokenise(lines: Iterable[str], language: str, total: int | None) -> Iterator[Words]:
    """Yield the tokens of raw lines; special characters are escaped as in Moses (`'s` and `’s` become `&apos;s`).

    Character references of the raw text are not resolved: the recipe tokenises `R&amp;D` as `R &amp; amp ; D`, as in
    its published valid and test sets.
    """
    # Imported here because the import takes a quarter of a second and few commands tokenise.
    from sacremoses import MosesTokenizer

    tokenizer = MosesTokenizer(lang=language)
    progress = tqdm(lines, desc=f"tokenising {language}", unit="line", total=total, leave=False, disable=None)
    for line in progress:
        yield tokenizer.tokenize(line.replace("’", "'"), escape=True)


def _language(tokeniser: str) -> str:
    return tokeniser.removeprefix("moses:")
