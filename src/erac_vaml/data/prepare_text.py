"""Prepare parallel text for training: vocabularies, flat ids, the text that is scored, and statistics."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from erac_vaml.config.datasets import (
    SCORED_SPLITS,
    SIDES,
    SPLITS,
    Iwslt14Dataset,
    MiniDataset,
    ParallelDataset,
    ParallelText,
)
from erac_vaml.config.published import IWSLT14_COUNTS
from erac_vaml.data.corpus import (
    Pairs,
    count_pairs,
    read_lines,
    refuse_empty,
    split_words,
    stream_lines,
    within_limits,
)
from erac_vaml.data.iwslt14 import iwslt14_pairs
from erac_vaml.data.mini import mini_pairs
from erac_vaml.data.preparation import begin_preparation, differences_from_known, end_preparation, write_arrays
from erac_vaml.data.sides import flatten
from erac_vaml.data.tokenise import words_of
from erac_vaml.data.vocabulary import SPECIAL_TOKENS, UNK, Vocabulary, escape
from erac_vaml.errors import UserError
from erac_vaml.files import write_text


def prepare_text(name: str, dataset: ParallelText, directory: Path) -> None:
    """Write a data set's files into a folder: vocabularies, `{split}.npz`, the scored text and `statistics.json`.

    All input is checked before anything is written, except that the archive is downloaded first.

    Args:
        name: name of the data set, for messages.
        dataset: its settings.
        directory: the folder; created if missing.

    Raises:
        UserError: a file is missing or malformed, or a split or a vocabulary is empty.
    """
    splits, dropped = _load(dataset, directory)
    limit = dataset.max_length
    too_long = {split: sum(max(map(len, pair)) > limit for pair in splits[split]) for split in SCORED_SPLITS}
    for split in SPLITS:
        if split == "train" or dataset.drop_long_evaluation:
            # The ratio is a rule for training text only (MIXER recipe).
            ratio = None if split != "train" or isinstance(dataset, MiniDataset) else dataset.max_length_ratio
            splits[split] = within_limits(splits[split], limit, ratio, dropped[split])
        if not splits[split]:
            raise UserError(f"datasets.{name}: no pair of {split} is left, {dict(dropped[split])}; raise max_length")
    vocabularies = _vocabularies(name, dataset, splits["train"])

    begin_preparation(directory)
    statistics: dict[str, Any] = {"name": name, "kind": dataset.kind}
    for side, vocabulary in zip(SIDES, vocabularies, strict=True):
        vocabulary.save(directory / f"vocabulary.{side}.txt")
        statistics[f"{side}_words"] = len(vocabulary) - len(SPECIAL_TOKENS)
    for split, pairs in splits.items():
        counts = _write_split(directory, split, pairs, vocabularies)
        statistics[split] = {"pairs": len(pairs), "dropped": dict(dropped[split])} | counts
        if split in SCORED_SPLITS:
            statistics[split]["over_max_length"] = too_long[split]
    if isinstance(dataset, Iwslt14Dataset) and dataset.check_counts:
        # The known counts of valid and test include the long pairs (released-code D1).
        found = {split: len(splits[split]) + sum(dropped[split].values()) for split in SCORED_SPLITS}
        found["train"] = len(splits["train"])
        found |= {key: statistics[key] for key in ("source_words", "target_words")}
        statistics["differences_from_known_counts"] = differences_from_known(IWSLT14_COUNTS, found, "IWSLT 2014")
    end_preparation(directory, dataset, statistics)
    pair_counts = " / ".join(f"{len(splits[split]):,}" for split in SPLITS)
    words = f"{statistics['source_words']:,} / {statistics['target_words']:,}"
    print(f"datasets.{name}: {pair_counts} pairs, {words} words; in {directory}")


def _load(dataset: ParallelText, directory: Path) -> tuple[dict[str, Pairs], dict[str, Counter[str]]]:
    """Return the tokenised pairs of each split, and counts of the pairs that reading dropped."""
    dropped: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    if isinstance(dataset, MiniDataset):
        return mini_pairs(dataset), dropped
    if isinstance(dataset, Iwslt14Dataset):
        splits, dropped["train"] = iwslt14_pairs(dataset, directory)
        return splits, dropped
    train = _read_parallel(dataset, *dataset.train, dataset.max_train_pairs)
    valid, test = (_read_parallel(dataset, *files) for files in (dataset.valid, dataset.test))
    return {"train": train, "valid": valid, "test": test}, dropped


def _read_parallel(dataset: ParallelDataset, source: str, target: str, limit: int | None = None) -> Pairs:
    """Return the first `limit` pairs of two files, or all, tokenised."""
    paths = Path(source), Path(target)
    pairs = count_pairs(*paths)
    sides = []
    for path, form in zip(paths, dataset.text_forms, strict=True):
        sides.append(words_of(islice(stream_lines(path), limit), form, total=limit or pairs))
        refuse_empty(sides[-1], path)
    return list(zip(*sides, strict=True))


def _vocabularies(name: str, dataset: ParallelText, train: Pairs) -> list[Vocabulary]:
    if isinstance(dataset, ParallelDataset) and dataset.vocabularies is not None:
        return [_read_vocabulary(Path(path), dataset.max_vocabulary) for path in dataset.vocabularies]
    vocabularies = []
    for side, sentences in zip(SIDES, zip(*train, strict=True), strict=True):
        counts = Counter(chain.from_iterable(sentences))
        vocabularies.append(Vocabulary.from_counts(counts, dataset.min_count, dataset.max_vocabulary))
        if len(vocabularies[-1]) == len(SPECIAL_TOKENS):
            raise UserError(
                f"datasets.{name}: no {side} word occurs {dataset.min_count} times in training text; lower min_count"
            )
    return vocabularies


def _read_vocabulary(path: Path, max_words: int) -> Vocabulary:
    """Return the vocabulary of a given word list, which may have special symbols and words twice."""
    lines = read_lines(path)
    for number, word in enumerate(lines, start=1):
        if split_words(word) != [word]:
            raise UserError(f"{path}:{number}: {word!r} is not one word; give one word per line and nothing else")
    words = [word for word in dict.fromkeys(lines) if word not in SPECIAL_TOKENS]
    if not words:
        raise UserError(f"{path}: no words; give one word per line, or leave `vocabularies` out")
    return Vocabulary.from_words(words[:max_words])


def _write_split(directory: Path, split: str, pairs: Pairs, vocabularies: Sequence[Vocabulary]) -> dict[str, Any]:
    """Write a split's ids, and the text of valid and test; return token counts and shares of unknown tokens."""
    flat = []
    statistics: dict[str, Any] = {}
    for side, sentences, vocabulary in zip(SIDES, zip(*pairs, strict=True), vocabularies, strict=True):
        flat.append(flatten(sentences, vocabulary))
        statistics[f"{side}_tokens"] = len(flat[-1].ids)
        statistics[f"{side}_unknown_share"] = round(float((flat[-1].ids == UNK).mean()), 5)
        if split in SCORED_SPLITS:
            text = "".join(" ".join(map(escape, words)) + "\n" for words in sentences)
            write_text(directory / f"{split}.{side}.txt", text)
    source, target = flat
    write_arrays(
        directory / f"{split}.npz",
        source_ids=source.ids,
        source_offsets=source.offsets,
        target_ids=target.ids,
        target_offsets=target.offsets,
    )
    return statistics
