"""The sizes of the three networks: their parameters, and the matrix products of their parts.

The four gates of an LSTM are one product. What many steps need and none must wait for is one product for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from erac_vaml.config.settings import Network
from erac_vaml.operations.work.attention import AttentionShape
from erac_vaml.operations.work.product import Product, Shape, backward, forward, linear_backward
from erac_vaml.operations.work.sentences import Sentences


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of one network."""

    name: str
    reads: int
    """Ids of the vocabulary that it reads, or the width of an image's features."""
    scores: int
    """Words that it scores, V."""
    embedding: int
    """Width of the embeddings, E."""
    units: int
    """Units of a decoder layer, H; each direction of an encoder layer has half of them."""
    layers: int = 1
    attention: Literal["dot", "mlp"] | None = "dot"
    input_feeding: bool = False
    reads_images: bool = False

    @property
    def parameters(self) -> int:
        """Return the number of parameters."""
        units, half = self.units, self.units // 2
        if self.reads_images:
            encoder = (self.reads + 1) * 2 * self.layers * units
        else:
            encoder = self.reads * self.embedding
            encoder += sum(2 * 4 * half * (width + half + 2) for width in self._widths(self.embedding))
        first = self.embedding + units * self.input_feeding
        decoder = self.scores * self.embedding + sum(4 * units * (width + units + 2) for width in self._widths(first))
        attention = sum(one.parameters for one in self._attentions)
        return encoder + decoder + attention + self.scores * (units + 1)

    def encode(self, read: Sentences) -> list[Product]:
        """Return the encoder's forward pass; the states before the first step are zero and need no product."""
        if self.reads_images:
            shape = Shape(read.sources, self.reads, 2 * self.layers * self.units)
            return forward(f"{self.name}: encoder, image", [shape])
        gates, half = 4 * self.units, self.units // 2
        inputs = [Shape(read.tokens, width, gates) for width in self._widths(self.embedding)]
        steps = [Shape(rows, half, 4 * half) for rows in self._later_in_encoder(read)]
        return [
            *forward(f"{self.name}: encoder, inputs", inputs),
            *forward(f"{self.name}: encoder, steps", steps),
            *(product for one in self._attentions for product in one.keys(read)),
        ]

    def encode_backward(self, read: Sentences) -> list[Product]:
        """Return the encoder's backward pass; the embeddings are trained too, the features of images are not."""
        if self.reads_images:
            shape = Shape(2 * self.layers * self.units, read.sources, self.reads)
            return backward(f"{self.name}: encoder, image", [shape])
        gates, half = 4 * self.units, self.units // 2
        inputs = [
            shape
            for width in self._widths(self.embedding)
            for shape in linear_backward(read, width, gates, step_by_step=False)
        ]
        of_states = [Shape(rows, 4 * half, half) for rows in self._later_in_encoder(read)]
        of_weights = [Shape(4 * half, read.tokens - len(read.lengths), half)] * 2 * self.layers
        return [
            *backward(f"{self.name}: encoder, inputs", inputs),
            *backward(f"{self.name}: encoder, steps", [*of_states, *of_weights]),
            *(product for one in self._attentions for product in one.keys_backward(read)),
        ]

    def decode(self, read: Sentences, written: Sentences, *, sampled: bool = False) -> list[Product]:
        """Return the decoder's forward pass up to the output layer.

        Args:
            read: the sequences that the encoder has read.
            written: the sequences that the decoder reads.
            sampled: each token is known only after the step before it.
        """
        gates: list[Shape] = []
        for layer, width in enumerate(self._widths(self.embedding)):
            at_once = not sampled and (layer == 0 or not self.input_feeding)
            known = 0 if at_once else width
            gates += [Shape(written.tokens, width, 4 * self.units)] if at_once else []
            gates += [Shape(rows, known + carried, 4 * self.units) for rows, carried in self._steps(written, layer)]
        step_by_step = sampled or self.input_feeding
        return [
            *forward(f"{self.name}: decoder, gates", gates),
            *(p for one in self._attentions for p in one.contexts(read, written, step_by_step=step_by_step)),
        ]

    def decode_backward(self, read: Sentences, written: Sentences) -> list[Product]:
        """Return the decoder's backward pass from the output layer on: with input feeding step by step."""
        gates: list[Shape] = []
        for layer, width in enumerate(self._widths(self.embedding)):
            steps = self._steps(written, layer)
            gates += [Shape(rows, 4 * self.units, carried) for rows, carried in steps]
            at_once = layer == 0 or not self.input_feeding
            gates += [Shape(n, 4 * self.units, width) for n in ([written.tokens] if at_once else written.going_on)]
            gates += [Shape(4 * self.units, written.tokens, width + steps[-1][1])]
        feeding = self.input_feeding
        return [
            *(p for one in self._attentions for p in one.contexts_backward(read, written, step_by_step=feeding)),
            *backward(f"{self.name}: decoder, gates", gates),
        ]

    def score(self, rows: Iterable[int]) -> list[Product]:
        """Return the output layer's forward pass at `rows` positions, one call after the other."""
        return forward(f"{self.name}: output layer", [Shape(count, self.units, self.scores) for count in rows])

    def score_backward(self, rows: int) -> list[Product]:
        """Return the output layer's backward pass at `rows` positions: gradients of features and weights."""
        shapes = [Shape(rows, self.scores, self.units), Shape(self.scores, rows, self.units)]
        return backward(f"{self.name}: output layer", shapes)

    @property
    def _attentions(self) -> list[AttentionShape]:
        """Return the network's attention, or nothing."""
        return [] if self.attention is None else [AttentionShape(self.name, self.units, self.attention)]

    def _widths(self, first: int) -> list[int]:
        """Return the width of the input of each layer."""
        return [first] + [self.units] * (self.layers - 1)

    def _later_in_encoder(self, read: Sentences) -> list[int]:
        """Return how many sequences go on at each step but the first, for each layer and direction."""
        return read.going_on[1:] * 2 * self.layers

    def _steps(self, written: Sentences, layer: int) -> list[tuple[int, int]]:
        """Return for each step how many sequences go on, and the width of what a layer takes from the step before.

        With input feeding the first layer takes the attentional vector too; nothing is fed back into the first step.
        """
        fed = self.units * (1 + (self.input_feeding and layer == 0))
        return [(rows, fed if step else self.units) for step, rows in enumerate(written.going_on)]


def actor_shape(settings: Network, source_size: int, target_size: int) -> NetworkShape:
    """Return the sizes of the actor of translation: it reads sources."""
    return _shape("actor", settings, source_size, target_size, settings.attention)


def caption_actor_shape(settings: Network, features: int, target_size: int) -> NetworkShape:
    """Return the sizes of the actor of captioning: it reads images, without attention."""
    return _shape("actor", settings, features, target_size, None, reads_images=True)


def critic_shape(settings: Network, target_size: int) -> NetworkShape:
    """Return the sizes of the critic: it reads references."""
    return _shape("critic", settings, target_size, target_size, settings.critic_attention)


def q_network_shape(settings: Network, target_size: int) -> NetworkShape:
    """Return the sizes of the Q-network: it reads references."""
    return _shape("Q-network", settings, target_size, target_size, settings.attention)


def _shape(
    name: str,
    settings: Network,
    reads: int,
    scores: int,
    attention: Literal["dot", "mlp"] | None,
    *,
    reads_images: bool = False,
) -> NetworkShape:
    return NetworkShape(
        name,
        reads,
        scores,
        settings.embedding,
        settings.units,
        settings.layers,
        attention,
        settings.input_feeding,
        reads_images,
    )
