"""The products of attention: the queries of all decoder steps against the states of their source."""

from dataclasses import dataclass
from typing import Literal

from erac_vaml.operations.work.product import Product, Shape, backward, forward, linear, linear_backward
from erac_vaml.operations.work.sentences import Sentences


@dataclass(frozen=True)
class AttentionShape:
    """Sizes of one network's attention; every source counts with the mean length."""

    name: str
    """The network's."""
    units: int
    kind: Literal["dot", "mlp"]

    @property
    def parameters(self) -> int:
        """Return the number of parameters, including the layer that combines state and context."""
        return (4 * self.units + 3 if self.kind == "mlp" else 2 * self.units) * self.units

    def keys(self, sources: Sentences) -> list[Product]:
        """Return the products that are made once for each source."""
        return forward(f"{self.name}: attention, keys", self._keys(sources))

    def keys_backward(self, sources: Sentences) -> list[Product]:
        """Return the products of the backward pass of `keys`."""
        of_weights = [Shape(self.units, sources.tokens, self.units)] if self.kind == "mlp" else []
        return backward(f"{self.name}: attention, keys", [*self._keys(sources), *of_weights])

    def contexts(self, sources: Sentences, sequences: Sentences, *, step_by_step: bool) -> list[Product]:
        """Return the products of scores, contexts, and the layer that combines state and context."""
        units, length = self.units, sources.mean_length
        queries = _queries(sequences, step_by_step)
        into_queries = linear(sequences, units, units, step_by_step=step_by_step) if self.kind == "mlp" else []
        scores = [Shape(rows, units, length, batch) for batch, rows in queries]
        if self.kind == "mlp":  # One source after the other: its hidden layer stays in a CPU's cache.
            scores = [Shape(rows * length, units, 1) for batch, rows in queries for _ in range(batch)]
        combine = linear(sequences, 2 * units, units, step_by_step=step_by_step)
        return [
            *forward(f"{self.name}: attention, queries", into_queries),
            *forward(f"{self.name}: attention, scores", scores),
            *forward(f"{self.name}: attention, contexts", [Shape(rows, length, units, b) for b, rows in queries]),
            *forward(f"{self.name}: decoder, combine", combine),
        ]

    def contexts_backward(self, sources: Sentences, sequences: Sentences, *, step_by_step: bool) -> list[Product]:
        """Return the products of the backward pass of `contexts`; the gradients of states and keys wait for no step.

        The gradient of MLP attention's hidden layer is an outer product: element-wise arithmetic, which is not listed.
        """
        units, length = self.units, sources.mean_length
        queries, all_queries = _queries(sequences, step_by_step), _queries(sequences, step_by_step=False)
        of_states = [Shape(length, rows, units, batch) for batch, rows in all_queries]
        of_weights = [Shape(rows, units, length, batch) for batch, rows in queries]
        scores = [*(Shape(rows, length, units, batch) for batch, rows in queries), *of_states]
        into_queries: list[Shape] = []
        if self.kind == "mlp":
            scores = [Shape(1, rows * length, units) for batch, rows in all_queries for _ in range(batch)]
            into_queries = linear_backward(sequences, units, units, step_by_step=step_by_step)
        combine = linear_backward(sequences, 2 * units, units, step_by_step=step_by_step)
        return [
            *backward(f"{self.name}: decoder, combine", combine),
            *backward(f"{self.name}: attention, contexts", [*of_weights, *of_states]),
            *backward(f"{self.name}: attention, scores", scores),
            *backward(f"{self.name}: attention, queries", into_queries),
        ]

    def _keys(self, sources: Sentences) -> list[Shape]:
        return linear(sources, self.units, self.units, step_by_step=False) if self.kind == "mlp" else []


def _queries(sequences: Sentences, step_by_step: bool) -> list[tuple[int, int]]:
    """Return the products' sizes as (sources, queries of each source), of all steps at once or step by step."""
    samples = sequences.samples
    if step_by_step:
        return [(max(1, rows // samples), min(samples, rows)) for rows in sequences.going_on]
    return [(sequences.sources, max(1, round(sequences.tokens / sequences.sources)))]
