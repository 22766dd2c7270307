"""What an encoder gives and a decoder reads."""

from dataclasses import dataclass, replace

from torch import Tensor


@dataclass(frozen=True)
class Memory:
    """An encoded batch of B sources, read by R = B·M decoder rows (M sequences for each source, M = 1 at first).

    Row r of the decoder belongs to source r // M. The states are shared by the rows of a source, never copied.
    """

    states: Tensor
    """Encoder states, (B, S, H); zero at padding. An image has none: S = 0."""
    keys: Tensor
    """What attention compares the decoder's state with, (B, S, H): computed once here, not at each step."""
    mask: Tensor
    """True at real tokens, (B, S) bool."""
    hidden: Tensor
    """The decoder's first hidden state, (layers, R, H)."""
    cell: Tensor
    """The decoder's first cell state, (layers, R, H)."""

    def select(self, sources: Tensor) -> "Memory":
        """Return the memory of the given sources, ids (B',), with all rows of each."""
        rows = self.hidden.shape[1] // self.states.shape[0]
        return Memory(
            self.states.index_select(0, sources),
            self.keys.index_select(0, sources),
            self.mask.index_select(0, sources),
            self.hidden.unflatten(1, (-1, rows)).index_select(1, sources).flatten(1, 2),
            self.cell.unflatten(1, (-1, rows)).index_select(1, sources).flatten(1, 2),
        )

    def repeat(self, samples: int) -> "Memory":
        """Return the memory for `samples` consecutive decoder rows where there was one: b0 b0 b1 b1 …"""
        return replace(
            self,
            hidden=self.hidden.repeat_interleave(samples, dim=1),
            cell=self.cell.repeat_interleave(samples, dim=1),
        )
