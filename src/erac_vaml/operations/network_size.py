"""The sizes of the three networks: their parameters, and the multiplications of their parts.

Work is counted in floating-point operations, two for each multiplication of a matrix product. What is done for each
number once (gates, softmax, dropout) is left out: it decides little, and a measured speed has it in it.
"""

from dataclasses import dataclass
from typing import Literal

from erac_vaml.config.settings import Network
from erac_vaml.operations.data_size import DatasetSize


@dataclass(frozen=True)
class NetworkSize:
    """One network."""

    embedding: int
    units: int
    layers: int
    reads: int
    """Ids of the vocabulary that it reads, or numbers of an image."""
    reads_images: bool
    scores: int
    """Ids of the vocabulary that it scores."""
    attention: Literal["dot", "mlp"] | None
    input_feeding: bool

    @property
    def parameters(self) -> int:
        """Return how many numbers are trained."""
        units, layers, half = self.units, self.layers, self.units // 2
        if self.reads_images:
            encoder = (self.reads + 1) * 2 * layers * units
        else:
            encoder = self.reads * self.embedding
            encoder += sum(2 * 4 * half * (width + half + 2) for width in self._inputs(self.embedding))
        decoder = self.scores * self.embedding
        decoder += sum(4 * units * (width + units + 2) for width in self._inputs(self._decoder_inputs))
        attention = {None: 0, "dot": 2 * units**2, "mlp": 4 * units**2 + 3 * units}[self.attention]
        return encoder + decoder + attention + self.scores * (units + 1)

    def encode(self, sources: float, words: float) -> float:
        """Return the operations of reading so many sources of so many words together."""
        if self.reads_images:
            return 2.0 * sources * self.reads * 2 * self.layers * self.units
        half = self.units // 2
        gates = sum(2 * 4 * half * (width + half) for width in self._inputs(self.embedding))
        return 2.0 * words * (gates + (self.units**2 if self.attention == "mlp" else 0))

    def decode(self, tokens: float, source_words: float) -> float:
        """Return the operations of the features of so many tokens.

        Args:
            tokens: that are read.
            source_words: to which each token attends.
        """
        gates = sum(4 * self.units * (width + self.units) for width in self._inputs(self._decoder_inputs))
        attention = 0.0
        if self.attention is not None:
            queries = self.units**2 if self.attention == "mlp" else 0
            attention = 2 * self.units**2 + queries + 2 * source_words * self.units
        return 2.0 * tokens * (gates + attention)

    def score(self, tokens: float) -> float:
        """Return the operations of the scores of all words at so many tokens."""
        return 2.0 * tokens * self.units * self.scores

    @property
    def _decoder_inputs(self) -> int:
        return self.embedding + self.units * self.input_feeding

    def _inputs(self, first: int) -> list[int]:
        """Return the width of each layer's inputs."""
        return [first] + [self.units] * (self.layers - 1)


def actor_size(network: Network, data: DatasetSize) -> NetworkSize:
    """Return the actor's size: it reads sentences, or images, without attention then."""
    if data.feature_width:
        return _size(network, data, data.feature_width, True, None)
    return _size(network, data, data.source_vocabulary, False, network.attention)


def critic_size(network: Network, data: DatasetSize) -> NetworkSize:
    """Return the critic's size: it reads references."""
    return _size(network, data, data.target_vocabulary, False, network.critic_attention)


def q_network_size(network: Network, data: DatasetSize) -> NetworkSize:
    """Return the Q-network's size: it reads references."""
    return _size(network, data, data.target_vocabulary, False, network.attention)


def _size(
    network: Network, data: DatasetSize, reads: int, images: bool, attention: Literal["dot", "mlp"] | None
) -> NetworkSize:
    return NetworkSize(
        embedding=network.embedding,
        units=network.units,
        layers=network.layers,
        reads=reads,
        reads_images=images,
        scores=data.target_vocabulary,
        attention=attention,
        input_feeding=network.input_feeding,
    )
