"""Products of attention: the queries of every decoder step against the states of its source."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from benchmarks.shapes.products import Part, Product, backward, forward, linear, linear_backward
from benchmarks.shapes.sentences import Sentences


@dataclass(frozen=True)
class AttentionShape:
    """Sizes of one network's attention; every source counts with the mean length."""

    name: str
    """The network's."""
    units: int
    kind: Literal["dot", "mlp"]

    def keys(self, sources: Sentences) -> list[Part]:
        """Return what is made of the states once for each source."""
        if self.kind == "dot":
            return []
        return [self._forward("keys", linear(sources, self.units, self.units, step_by_step=False))]

    def keys_backward(self, sources: Sentences) -> list[Part]:
        """Return the backward pass of `keys`."""
        if self.kind == "dot":
            return []
        return [self._backward("keys", linear_backward(sources, self.units, self.units, step_by_step=False))]

    def contexts(self, sources: Sentences, sequences: Sentences, *, step_by_step: bool) -> list[Part]:
        """Return the scores of the states, and their means by the weights that follow."""
        units, length = self.units, sources.mean_length
        queries = _queries(sequences, step_by_step)
        contexts = self._forward("contexts", _batched(queries, length, units))
        if self.kind == "dot":
            return [self._forward("scores", _batched(queries, units, length)), contexts]
        return [
            self._forward("queries", linear(sequences, units, units, step_by_step=step_by_step)),
            self._forward("scores", tuple(Product(rows * length, units, 1, count) for rows, count in _apart(queries))),
            contexts,
        ]

    def contexts_backward(self, sources: Sentences, sequences: Sentences, *, step_by_step: bool) -> list[Part]:
        """Return the backward pass of `contexts`; the gradients of states and keys wait for no step.

        The gradient of an MLP's hidden layer is an outer product, one number wide inside: arithmetic by element, which
        is not counted.
        """
        units, length = self.units, sources.mean_length
        queries, all_queries = _queries(sequences, step_by_step), _queries(sequences, step_by_step=False)
        of_states = tuple(Product(length, rows, units, count, batch) for (batch, rows), count in all_queries.items())
        contexts = self._backward("contexts", (*_batched(queries, units, length), *of_states))
        if self.kind == "dot":
            return [contexts, self._backward("scores", (*_batched(queries, length, units), *of_states))]
        return [
            contexts,
            self._backward("scores", tuple(Product(1, rows * length, units, n) for rows, n in _apart(all_queries))),
            self._backward("queries", linear_backward(sequences, units, units, step_by_step=step_by_step)),
        ]

    def _forward(self, what: str, products: tuple[Product, ...]) -> Part:
        return forward(f"{self.name}: attention, {what}", products)

    def _backward(self, what: str, products: tuple[Product, ...]) -> Part:
        return backward(f"{self.name}: attention, {what}", products)


def _queries(sequences: Sentences, step_by_step: bool) -> Counter[tuple[int, int]]:
    """Return how often so many sources ask so many queries each together, (sources, queries) to times."""
    samples = sequences.samples
    if step_by_step:
        return Counter((max(1, rows // samples), min(samples, rows)) for rows in sequences.going_on)
    return Counter([(sequences.sources, max(1, round(sequences.tokens / sequences.sources)))])


def _batched(queries: Counter[tuple[int, int]], inner: int, columns: int) -> tuple[Product, ...]:
    """Return (queries, inner)·(inner, columns) of each source."""
    return tuple(Product(rows, inner, columns, count, batch) for (batch, rows), count in queries.items())


def _apart(queries: Counter[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return (queries, times) with one source after the other, whose hidden layers stay in a CPU's cache."""
    return [(rows, count * batch) for (batch, rows), count in queries.items()]
