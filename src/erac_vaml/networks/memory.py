"""The output of an encoder, which a decoder reads."""

from dataclasses import dataclass, replace

from torch import Tensor


@dataclass(frozen=True)
class Memory:
    """An encoded batch of B sources, read by R = B·M decoder rows: M sequences for each source, at first M = 1.

    Decoder row r belongs to source r // M. The rows of a source share its states, which are never copied.
    """

    states: Tensor
    """(B, S, H) the encoder's states, zero at padding. An image has none: S = 0."""
    keys: Tensor
    """(B, S, H) attention's keys, computed once and not at each step."""
    mask: Tensor
    """(B, S) bool, true at real tokens."""
    hidden: Tensor
    """(layers, R, H) the decoder's first hidden state."""
    cell: Tensor
    """(layers, R, H) the decoder's first cell state."""

    def select(self, sources: Tensor) -> "Memory":
        """Return the memory of the sources with the given indices (B',), with all rows of each."""
        rows = self.hidden.shape[1] // self.states.shape[0]
        return Memory(
            self.states.index_select(0, sources),
            self.keys.index_select(0, sources),
            self.mask.index_select(0, sources),
            self.hidden.unflatten(1, (-1, rows)).index_select(1, sources).flatten(1, 2),
            self.cell.unflatten(1, (-1, rows)).index_select(1, sources).flatten(1, 2),
        )

    def repeat(self, samples: int) -> "Memory":
        """Return the memory with each decoder row repeated `samples` times: b0 b0 b1 b1 …"""
        return replace(
            self,
            hidden=self.hidden.repeat_interleave(samples, dim=1),
            cell=self.cell.repeat_interleave(samples, dim=1),
        )
