"""Describe the sizes of the three networks: their parameters, and the layers whose matrix products they compute.

The four gates of an LSTM are one product. If the inputs of all steps are known, one product serves all steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from erac_vaml.config.settings import Network
from erac_vaml.operations.work.product import Layer
from erac_vaml.operations.work.sentences import Sentences

Attention = Literal["dot", "mlp"] | None


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of one network."""

    name: str
    reads: int
    """Number of ids that it reads, or the width of the features of an image."""
    scores: int
    """V: number of words that it scores."""
    embedding: int
    """E: width of the embeddings."""
    units: int
    """H: units of a decoder layer. Each direction of an encoder layer has half of them."""
    layers: int = 1
    attention: Attention = "dot"
    input_feeding: bool = False
    reads_images: bool = False

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        units, half = self.units, self.units // 2
        if self.reads_images:
            encoder = (self.reads + 1) * 2 * self.layers * units
        else:
            encoder = self.reads * self.embedding
            encoder += sum(2 * 4 * half * (width + half + 2) for width in self._widths(self.embedding))
        first = self.embedding + units * self.input_feeding
        decoder = self.scores * self.embedding + sum(4 * units * (width + units + 2) for width in self._widths(first))
        attention = {None: 0, "dot": 2 * units**2, "mlp": 4 * units**2 + 3 * units}[self.attention]
        return encoder + decoder + attention + self.scores * (units + 1)

    def encode(self, read: Sentences) -> list[Layer]:
        """Return the layers of the encoder. The states before the first step are zero and need no product."""
        if self.reads_images:
            width = 2 * self.layers * self.units
            return [self._layer("encoder, image", [read.sources], self.reads, width, passes_gradient=False)]
        half, later = self.units // 2, read.going_on[1:]
        layers = []
        for width in self._widths(self.embedding):
            layers.append(self._layer("encoder, inputs", [read.tokens], width, 8 * half))
            layers.append(self._layer("encoder, steps", later, half, 4 * half, copies=2))
        if self.attention == "mlp":
            layers.append(self._layer("attention, keys", [read.tokens], self.units, self.units))
        return layers

    def decode(self, read: Sentences, written: Sentences, *, sampled: bool = False) -> list[Layer]:
        """Return the layers of the decoder up to the output layer.

        Args:
            read: the sequences that the encoder has read.
            written: the sequences that the decoder reads.
            sampled: whether each token is known only after the step before it.
        """
        steps, gates, layers = written.going_on, 4 * self.units, []
        for number, width in enumerate(self._widths(self.embedding)):
            at_once = not sampled and (number == 0 or not self.input_feeding)
            if at_once:
                layers.append(self._layer("decoder, gates", [written.tokens], width, gates))
            known = self.units + (0 if at_once else width)
            if self.input_feeding and number == 0:  # Nothing is fed back into the first step.
                layers.append(self._layer("decoder, gates", steps[:1], known, gates))
                layers.append(self._layer("decoder, gates", steps[1:], known + self.units, gates))
            else:
                layers.append(self._layer("decoder, gates", steps, known, gates))
        if self.attention is not None:
            layers += self._attend(read, written, step_by_step=sampled or self.input_feeding)
        return layers

    def score(self, rows: Sequence[int]) -> list[Layer]:
        """Return the output layer. `rows` holds the number of positions of each call."""
        return [self._layer("output layer", rows, self.units, self.scores)]

    def _attend(self, read: Sentences, written: Sentences, *, step_by_step: bool) -> list[Layer]:
        """Return the layers of attention and of combining state and context. All sources have the mean length."""
        units, length = self.units, read.mean_length
        rows = written.going_on if step_by_step else [written.tokens]
        # One product for each source, with the queries of all its sequences.
        sources = [max(1, count // written.samples) for count in rows] if step_by_step else [written.sources]
        queries = [max(1, round(count / batch)) for count, batch in zip(rows, sources, strict=True)]
        if self.attention == "mlp":  # One source after the other: the hidden layer stays in the CPU's cache.
            calls = [count * length for count, batch in zip(queries, sources, strict=True) for _ in range(batch)]
            scores = [
                self._layer("attention, queries", rows, units, units),
                # The gradient of the hidden layer is an outer product, so element-wise arithmetic.
                self._layer("attention, scores", calls, units, 1, passes_gradient=False),
            ]
        else:
            scores = [self._layer("attention, scores", queries, units, length, batch=tuple(sources))]
        return [
            *scores,
            self._layer("attention, contexts", queries, length, units, batch=tuple(sources)),
            self._layer("decoder, combine", rows, 2 * units, units),
        ]

    def _layer(
        self,
        purpose: str,
        rows: Sequence[int],
        inner: int,
        columns: int,
        *,
        batch: tuple[int, ...] = (),
        copies: int = 1,
        passes_gradient: bool = True,
    ) -> Layer:
        return Layer(f"{self.name}: {purpose}", tuple(rows), inner, columns, batch, copies, passes_gradient)

    def _widths(self, first: int) -> list[int]:
        """Return the input width of each LSTM layer, given that of the first."""
        return [first] + [self.units] * (self.layers - 1)


def actor_shape(settings: Network, source_size: int, target_size: int) -> NetworkShape:
    """Return the sizes of the actor of translation. It reads sources."""
    return _shape("actor", settings, source_size, target_size, settings.attention)


def caption_actor_shape(settings: Network, features: int, target_size: int) -> NetworkShape:
    """Return the sizes of the actor of captioning. It reads images, without attention."""
    return _shape("actor", settings, features, target_size, None, reads_images=True)


def critic_shape(settings: Network, target_size: int) -> NetworkShape:
    """Return the sizes of the critic. It reads references."""
    return _shape("critic", settings, target_size, target_size, settings.critic_attention)


def q_network_shape(settings: Network, target_size: int) -> NetworkShape:
    """Return the sizes of the Q-network. It reads references."""
    return _shape("Q-network", settings, target_size, target_size, settings.attention)


def _shape(
    name: str, settings: Network, reads: int, scores: int, attention: Attention, *, reads_images: bool = False
) -> NetworkShape:
    sizes = settings.embedding, settings.units, settings.layers
    return NetworkShape(name, reads, scores, *sizes, attention, settings.input_feeding, reads_images)
