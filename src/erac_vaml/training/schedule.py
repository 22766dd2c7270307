"""A stage's schedule: when the learning rate decays and when training ends (App. B.4; released-code E1, E3, E4)."""

from dataclasses import dataclass


@dataclass
class Schedule:
    """Decays after each epoch without improvement; the first such epoch after the last decay ends the stage.

    An improvement does not reset the count of decays (released-code E3), and a tie is an improvement (E4).
    """

    max_decays: int
    higher_is_better: bool
    best: float | None = None
    decays: int = 0
    ended: bool = False

    def update(self, measure: float) -> bool:
        """Take the validation measure of an epoch; return whether it is the best so far."""
        if self.best is None or measure == self.best or (measure > self.best) == self.higher_is_better:
            self.best = measure
            return True
        if self.decays == self.max_decays:
            self.ended = True
        else:
            self.decays += 1
        return False

    def learning_rate_factor(self, decay_factor: float) -> float:
        """Return the current factor of the initial learning rate."""
        return float(decay_factor**self.decays)
