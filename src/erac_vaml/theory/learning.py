"""Second and third experiment: an oracle learns Q, then RAML and VAML learn from the same sequences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from erac_vaml.objectives import entropy, token_target
from erac_vaml.theory.exact import divergence, optimal_q, payoff_distribution, target_log_probs
from erac_vaml.theory.policies import learn_policy
from erac_vaml.theory.samples import Source, Stream, draw
from erac_vaml.theory.soft_q_learning import learn_q, rms_errors, taken_by_replacements
from erac_vaml.theory.task import BleuTask

SOURCES: tuple[Source, ...] = ("target", "ngram")
SAMPLES, TAU, KAPPA = 5, 0.4, 0.2
"""M, sequences in each step, τ and κ of Table 5."""
EARLY_EOS = "early eos"
"""Name of the entries of Q that end a sequence before it has as many words as the reference."""

_MARKS_A_DECADE = 8


@dataclass(frozen=True)
class Effort:
    """The amount of learning."""

    seeds: int = 10
    """Z."""
    steps: int = 5000

    @property
    def marks(self) -> list[int]:
        """Numbers of steps after which the learners are measured: 0, then evenly on a logarithmic scale."""
        many = np.geomspace(1, self.steps, 1 + round(_MARKS_A_DECADE * np.log10(self.steps)))
        return [0, *np.unique(many.round().astype(int)).tolist()]


def constant_rate(step: int) -> float:
    """Return VAML's learning rate. It need not decay: at the optimum VAML's gradient has no noise."""
    return 3.0


def decaying_rate(step: int) -> float:
    """Return RAML's learning rate, one of the best of nine schedules. If constant, it ends in the gradient's noise."""
    return 3.0 / (1 + step / 30) ** 0.5


def run_learning(task: BleuTask, effort: Effort) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the oracle's errors and the learners' measures, a row for each source, learner, seed and mark."""
    errors, measures = [], []
    for source in SOURCES:
        stream = draw(task, source, TAU, seeds=effort.seeds, steps=effort.steps, samples=SAMPLES)
        q = learn_q(task, stream, TAU, effort.marks)
        errors += [
            _rows(effort, {"rms_error": found}, source=source, entries=entries) for entries, found in _errors(task, q)
        ]
        measures += [
            _rows(effort, _measures(task, log_probs), source=source, learner=learner)
            for learner, log_probs in _learners(task, stream, q, effort)
        ]
    return pd.concat(errors, ignore_index=True), pd.concat(measures, ignore_index=True)


def _errors(task: BleuTask, q: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield names of groups of Q's entries, and the errors (marks, Z) of Q (marks, Z, S, A) in them."""
    space, exact = task.space, optimal_q(task, TAU)
    words = int(space.depths[task.reference])
    taken = taken_by_replacements(task, words)
    for depth in range(words):
        yield f"depth {depth}", rms_errors(q, exact, taken & (space.depths == depth)[:, None])
    early = (space.depths < words)[:, None] & (torch.arange(len(space.symbols)) == 0)
    yield EARLY_EOS, rms_errors(q, exact, early)


def _learners(task: BleuTask, stream: Stream, q: Tensor, effort: Effort) -> Iterator[tuple[str, Tensor]]:
    """Yield the learners' names and the log-probabilities (marks, Z, S) of all sequences.

    The oracle is the target of Q (marks, Z, S, A) while Q is learned. VAML's targets are those of the last Q.
    """
    space, marks = task.space, effort.marks
    exact = token_target(space.allowed(optimal_q(task, TAU)), TAU).expand(effort.seeds, -1, -1)
    learned = token_target(space.allowed(q[-1]), TAU)
    yield "oracle", target_log_probs(space, q, TAU)
    yield "raml", space.sequence_log_probs(learn_policy(space, stream, marks, decaying_rate))
    for name, targets, kappa in (
        ("vaml exact q", exact, 1.0),
        ("vaml learned q", learned, 1.0),
        ("vaml learned q kappa", learned, KAPPA),
    ):
        rate = constant_rate if kappa == 1 else decaying_rate
        yield name, space.sequence_log_probs(learn_policy(space, stream, marks, rate, targets, kappa))


def _measures(task: BleuTask, log_probs: Tensor) -> dict[str, Tensor]:
    """Return measures, each (marks, Z), of distributions log P (marks, Z, S)."""
    probs, right = log_probs.exp(), payoff_distribution(task, TAU)
    return {
        "kl": divergence(right, log_probs),
        "reverse_kl": -entropy(probs) - probs @ right.log(),
        "expected_payoff": probs @ task.of_state,
        "entropy": entropy(probs),
        "reference_probability": probs[..., task.reference],
    }


def _rows(effort: Effort, measures: dict[str, Tensor], **names: str) -> pd.DataFrame:
    """Return a row for each mark and seed of measures (marks, Z)."""
    sequences: Sequence[int] = [SAMPLES * mark for mark in effort.marks]
    index = pd.MultiIndex.from_product([sequences, range(1, effort.seeds + 1)], names=["sequences", "seed"])
    columns = {name: values.flatten().numpy() for name, values in measures.items()}
    return pd.DataFrame(columns, index=index).reset_index().assign(**names)[[*names, *index.names, *columns]]
