"""When the learning rate decays and when a stage ends (App. B.4; released-code E1, E3, E4)."""

from dataclasses import dataclass


@dataclass
class Schedule:
    """Decays on every epoch without improvement; the one after the last decay ends the stage.

    The count of decays is never reset by an improvement (released-code E3), and a tie is an improvement (E4).
    """

    max_decays: int
    higher_is_better: bool
    best: float | None = None
    decays: int = 0
    ended: bool = False

    def update(self, measure: float) -> bool:
        """Take one epoch's validation measure; return whether it is the best so far."""
        if self.best is None or measure == self.best or (measure > self.best) == self.higher_is_better:
            self.best = measure
            return True
        if self.decays == self.max_decays:
            self.ended = True
        else:
            self.decays += 1
        return False

    def learning_rate_factor(self, decay_factor: float) -> float:
        """Return what the initial learning rate is multiplied by now."""
        return float(decay_factor**self.decays)
