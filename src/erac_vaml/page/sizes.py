"""Read the sizes of the prepared data, and count the parameters of the networks by them and the settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from erac_vaml.config.datasets import SPLITS
from erac_vaml.config.settings import Network
from erac_vaml.data.preparation import FEATURES, STATISTICS
from erac_vaml.data.vocabulary import SPECIAL_TOKENS
from erac_vaml.files import try_json
from erac_vaml.operations.work.network import actor_shape, caption_actor_shape, critic_shape, q_network_shape
from erac_vaml.runs.manifest import Manifest


@dataclass(frozen=True)
class PreparedSplit:
    """Size of one split."""

    pairs: int
    """Sentence pairs, or captions."""
    images: int | None
    """None of text."""
    dropped: Mapping[str, int]
    """Number of pairs, captions or images that preparation left out, by reason."""


@dataclass(frozen=True)
class PreparedSizes:
    """Sizes of a prepared data set."""

    splits: Mapping[str, PreparedSplit]
    source_words: int | None
    """Words of the vocabulary, without special symbols; None of images."""
    target_words: int
    feature_width: int | None
    """Width of the features of an image; None of text, and if it is unknown."""


def read_sizes(folder: Path, manifests: Iterable[Manifest]) -> PreparedSizes | None:
    """Return the sizes of a prepared data set; None if they are unknown.

    Args:
        folder: the folder of the prepared data. A record of results lacks it.
        manifests: those of the runs on the data set. If a digest differs, the folder now has other data.
    """
    statistics, features = try_json(folder / STATISTICS), try_json(folder / FEATURES)
    try:
        digests = {name: digest["sha256"] for name, digest in statistics["files"].items()}
        used = {(name, digest) for manifest in manifests for name, digest in manifest.data.sha256.items()}
        if any(digests.get(name, digest) != digest for name, digest in used):
            return None
        splits = {name: statistics[name] for name in SPLITS}
        return PreparedSizes(
            {
                name: PreparedSplit(split["pairs"], split.get("images"), split["dropped"])
                for name, split in splits.items()
            },
            statistics.get("source_words"),
            statistics["target_words"],
            features["width"] if features else None,
        )
    except (KeyError, TypeError, AttributeError):
        return None


def parameter_count(role: str, settings: Network, size: PreparedSizes) -> int | None:
    """Return the number of parameters of a network; None if the width of the images' features is unknown.

    Args:
        role: actor, critic or q_network.
        settings: the settings of the networks.
        size: sizes of the data set.
    """
    target = size.target_words + len(SPECIAL_TOKENS)
    if role == "critic":
        return critic_shape(settings, target).parameters
    if role == "q_network":
        return q_network_shape(settings, target).parameters
    if size.source_words is not None:
        return actor_shape(settings, size.source_words + len(SPECIAL_TOKENS), target).parameters
    return None if size.feature_width is None else caption_actor_shape(settings, size.feature_width, target).parameters
