"""Products of the parts of one network: encoder, decoder, output layer; encoder and decoder of one LSTM layer each.

An LSTM's four gates are one product. What many steps need and none must wait for is one product for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from benchmarks.shapes.attention import AttentionShape
from benchmarks.shapes.products import Part, Product, backward, forward, linear, linear_backward, one_by_one
from benchmarks.shapes.sentences import Sentences


@dataclass(frozen=True)
class NetworkShape:
    """Sizes of one network."""

    name: str
    embedding: int
    """Width of the embeddings, E."""
    units: int
    """Units of the decoder, H; each direction of the encoder has half of them."""
    vocabulary: int
    """Words that are scored, V."""
    attention: Literal["dot", "mlp"] = "dot"
    input_feeding: bool = False

    def encode(self, sources: Sentences) -> list[Part]:
        """Return the encoder's forward pass; the states before the first step are zero and need no product."""
        half = self.units // 2
        return [
            forward(f"{self.name}: encoder, inputs", (Product(sources.tokens, self.embedding, 8 * half),)),
            forward(f"{self.name}: encoder, steps", one_by_one((rows, half, 4 * half) for rows in _later(sources))),
            *self._attention.keys(sources),
        ]

    def encode_backward(self, sources: Sentences) -> list[Part]:
        """Return the encoder's backward pass; the embeddings are trained too."""
        half = self.units // 2
        of_states = one_by_one((rows, 4 * half, half) for rows in _later(sources))
        of_weights = Product(4 * half, sources.tokens - len(sources.lengths), half, count=2)
        inputs = linear_backward(sources, self.embedding, 8 * half, step_by_step=False)
        return [
            backward(f"{self.name}: encoder, inputs", inputs),
            backward(f"{self.name}: encoder, steps", (*of_states, of_weights)),
            *self._attention.keys_backward(sources),
        ]

    def decode(self, sources: Sentences, sequences: Sentences, *, sampled: bool = False) -> list[Part]:
        """Return the decoder's forward pass up to the output layer.

        Args:
            sources: what the encoder has read.
            sequences: what the decoder reads.
            sampled: a token is known only after the step before it.
        """
        known, step_by_step = self.embedding, sampled or self.input_feeding
        with_inputs = self._steps(sequences, known)
        inputs_at_once = (Product(sequences.tokens, known, 4 * self.units), *self._steps(sequences, 0))
        gates = [with_inputs] if sampled else [inputs_at_once, with_inputs] if self.input_feeding else [inputs_at_once]
        combine = linear(sequences, 2 * self.units, self.units, step_by_step=step_by_step)
        return [
            forward(f"{self.name}: decoder, gates", *gates),
            *self._attention.contexts(sources, sequences, step_by_step=step_by_step),
            forward(f"{self.name}: decoder, combine", combine),
        ]

    def decode_backward(self, sources: Sentences, sequences: Sentences) -> list[Part]:
        """Return the decoder's backward pass from the output layer on: with input feeding step by step."""
        gates, carried, tokens = 4 * self.units, self._carried(sequences), sequences.tokens
        of_states = one_by_one((rows, gates, width) for rows, width in zip(sequences.going_on, carried, strict=True))
        of_inputs, of_weights = (tokens, gates, self.embedding), (gates, tokens, self.embedding + carried[-1])
        combine = linear_backward(sequences, 2 * self.units, self.units, step_by_step=self.input_feeding)
        return [
            backward(f"{self.name}: decoder, combine", combine),
            *self._attention.contexts_backward(sources, sequences, step_by_step=self.input_feeding),
            backward(f"{self.name}: decoder, gates", (*of_states, Product(*of_inputs), Product(*of_weights))),
        ]

    def score(self, rows: int) -> list[Part]:
        """Return the output layer's forward pass at `rows` positions together."""
        return self.score_steps([rows])

    def score_steps(self, rows_by_step: Iterable[int]) -> list[Part]:
        """Return the output layer's forward pass step by step."""
        shapes = ((rows, self.units, self.vocabulary) for rows in rows_by_step)
        return [forward(f"{self.name}: output layer", one_by_one(shapes))]

    def score_backward(self, rows: int) -> list[Part]:
        """Return the output layer's backward pass at `rows` positions: gradients of features and weights."""
        products = (Product(rows, self.vocabulary, self.units), Product(self.vocabulary, rows, self.units))
        return [backward(f"{self.name}: output layer", products)]

    @property
    def _attention(self) -> AttentionShape:
        return AttentionShape(self.name, self.units, self.attention)

    def _carried(self, sequences: Sentences) -> list[int]:
        """Return the width of what each step takes from the one before; nothing is fed back into the first."""
        later = self.units * (1 + self.input_feeding)
        return [later if step else self.units for step in range(len(sequences.going_on))]

    def _steps(self, sequences: Sentences, known: int) -> tuple[Product, ...]:
        """Return each step's product of `known` inputs and what is carried, side by side, with the gates' weights."""
        carried = zip(sequences.going_on, self._carried(sequences), strict=True)
        return one_by_one((rows, known + width, 4 * self.units) for rows, width in carried)


def _later(sources: Sentences) -> list[int]:
    """Return how many sources go on at each step but the first, in either direction."""
    return [rows for rows in sources.going_on[1:] for _ in range(2)]
