"""How fast the authors' released code is, ported to torch 2.13, on 2 CPU cores at 205 GFLOP/s.

Its algorithm, shapes and settings are unchanged: vocabularies of 32,009 and 22,822 ids, batches of 50 (RAML and VAML:
42) with the lengths of real sentences, float32, 2 threads, the median of 8 steps. It was measured once, on another
machine.
"""

from dataclasses import dataclass

from benchmarks.cases import Case, Stage


@dataclass(frozen=True)
class Released:
    """One step of the released code."""

    ms: float
    products_ms: float
    """Time of its matrix products at that machine's 205 GFLOP/s."""
    memory_gb: float
    """Peak memory in 10⁹ bytes."""

    @property
    def ratio(self) -> float:
        """The step's time divided by that of its products."""
        return self.ms / self.products_ms


RELEASED = {
    Case(Stage.MLE): Released(654, 212, 1.24),
    Case(Stage.RAML): Released(3006, 1012, 3.83),
    Case(Stage.Q_NETWORK): Released(5179, 1212, 5.83),
    Case(Stage.VAML): Released(4569, 1349, 4.99),
    Case(Stage.CRITIC): Released(6106, 887, 5.49),
    Case(Stage.ERAC): Released(5837, 958, 3.71),
    Case(Stage.BEAM_SEARCH): Released(3709, 798, 3.77),
    Case(Stage.MLE, input_feeding=True): Released(879, 220, 1.38),
    Case(Stage.CRITIC, input_feeding=True): Released(6207, 922, 5.75),
    Case(Stage.ERAC, input_feeding=True): Released(6505, 994, 3.62),
}
"""By case at the size of IWSLT14; RAML, soft Q-learning, VAML and beam search were not measured with input feeding."""
