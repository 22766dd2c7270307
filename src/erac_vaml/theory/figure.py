"""Draw the figure of the theory: the targets, how an oracle learns them, and how models learn from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from erac_vaml.reporting.figures.style import COLOURS, DIVERGED, MISSING, PAGE_WIDTH, figure_style
from erac_vaml.theory.exact import payoff_distribution
from erac_vaml.theory.learning import EARLY_EOS, KAPPA, SAMPLES, TAU, Effort
from erac_vaml.theory.targets import DISCOUNT, EXACT, SEQUENCE_LEVEL
from erac_vaml.theory.task import BleuTask

_HEIGHT = 4.5
_INK = "#404040"
_DOT_EVERY = 4
"""Every fourth τ has a dot, so that the line can be seen."""


@dataclass(frozen=True)
class _Look:
    label: str
    colour: str
    style: Any = "-"
    """Line style of matplotlib."""
    place: tuple[float, float] = (0.0, 0.0)
    """Lower left corner of the label beside the curve, as fractions of the panel."""


_MEASURES = {
    "reference_probability": _Look("probability\nof the\nreference", "#0072B2", place=(0.03, 0.2)),
    "expected_payoff": _Look("pay-off", "#D55E00", place=(0.68, 0.44)),
    "entropy": _Look("entropy", "#009E73", place=(0.68, 0.85)),
}
_TARGETS = {
    "greedy": _Look(r"$\gamma = 0$", "#E69F00", (0, (5, 1)), (0.03, 0.85)),
    "discounted": _Look(rf"$\gamma = {DISCOUNT}$", "#CC79A7", "--", (0.02, 0.58)),
    "hard": _Look("hard max", "#D55E00", place=(0.67, 0.25)),
    "noisy": _Look("noise", "#595959", (0, (1, 1)), (0.84, 0.1)),
    EXACT: _Look("exact $Q$", "#0072B2", place=(0.48, 0.05)),
}
_ENTRIES = {
    "depth 0": _Look("1st word", "#08306B", place=(0.03, 0.89)),
    "depth 1": _Look("2nd", "#2171B5", place=(0.03, 0.77)),
    "depth 2": _Look("3rd", "#4A98C9", place=(0.03, 0.66)),
    "depth 3": _Look("4th", "#8CBBDD", place=(0.03, 0.45)),
    EARLY_EOS: _Look("eos too early", DIVERGED, "--", (0.34, 0.19)),
}
_LEARNERS = {
    "raml": _Look("RAML", COLOURS["raml"]),
    "vaml exact q": _Look("VAML, exact $Q$", COLOURS["vaml"]),
    "vaml learned q": _Look("VAML, learned $Q$", COLOURS["vaml"], "--"),
    "vaml learned q kappa": _Look(rf"VAML, learned $Q$, $\kappa = {KAPPA}$", "#CC79A7", "-."),
    "oracle": _Look("the oracle itself, while it learns", MISSING, (0, (1, 1))),
}
_TITLES = (
    "one target, two forms",
    "targets with a wrong $Q$",
    "the oracle\N{RIGHT SINGLE QUOTATION MARK}s error",
    "learning from samples of $P_R$",
    "\N{HORIZONTAL ELLIPSIS} from n-gram replacements",
    "\N{HORIZONTAL ELLIPSIS} from n-gram replacements",
)


def draw(task: BleuTask, tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the six panels.

    Args:
        task: the pay-offs.
        tables: "targets", "soft-q" and "learning", as in the files theory-*.csv.
    """
    targets, soft_q, learning = (tables[name] for name in ("targets", "soft-q", "learning"))
    ngram, target = (learning[learning["source"] == source] for source in ("ngram", "target"))
    with figure_style():
        figure = Figure(figsize=(PAGE_WIDTH, _HEIGHT))
        (form, wrong, oracle), (ideal, practice, payoff) = figure.subplots(2, 3)
        _draw_targets(form, task, targets)
        _draw_wrong_targets(wrong, targets)
        _draw_errors(oracle, soft_q[soft_q["source"] == "ngram"])
        for panel, learners in ((ideal, target), (practice, ngram)):
            _draw_learners(panel, learners, "kl")
            _logarithmic(panel)
            panel.set_ylabel(r"KL$(P_R \,\Vert\, \cdot)$, nats")
        _draw_learners(payoff, ngram, "expected_payoff")
        payoff.set_ylabel("expected pay-off, words")
        optimum = (payoff_distribution(task, TAU) @ task.of_state).item()
        payoff.axhline(optimum, color=_INK, linewidth=0.7, zorder=1)
        payoff.annotate(
            "of $P_R$", (0.5, optimum), (0, 2), ("axes fraction", "data"), "offset points", color=_INK, fontsize=7.5
        )
        for panel, letter, title in zip(figure.axes, "abcdef", _TITLES, strict=True):
            panel.set_title(rf"$\bf{{{letter}}}$  {title}", loc="left")
        lines, labels = practice.get_legend_handles_labels()
        figure.legend(lines, labels, loc="outside lower center", ncols=3)
    return figure


def caption(task: BleuTask, effort: Effort) -> str:
    """Return the figure's caption."""
    space = task.space
    return (
        f"All {len(space.prefixes):,} sequences of at most {space.max_length - 1} words over the vocabulary of "
        f'"{task.text(task.reference)}", pay-off: BLEU times the length. a: the exponentiated pay-off distribution P_R '
        "(lines, Eq. 1) and the product of token-level targets (dots, Eq. 3) by temperature; pay-off and entropy as "
        "shares of their largest values. b: total variation between P_R and token-level targets with a wrong Q. c: "
        "soft Q-learning of a table (Eq. 16), root mean squared error against the exact Q. d to f: RAML and VAML from "
        f"the same sequences, M = {SAMPLES}, τ = {TAU:g}. Lines: means over {effort.seeds} seeds; bands: "
        "from the smallest to the largest."
    )


def _draw_targets(panel: Axes, task: BleuTask, targets: pd.DataFrame) -> None:
    largest = {"expected_payoff": task.of_state.max().item(), "entropy": np.log(len(task.of_state))}
    sequence_level = targets[targets["target"] == SEQUENCE_LEVEL]
    token_level = targets[targets["target"] == EXACT][::_DOT_EVERY]
    for measure, look in _MEASURES.items():
        share = 1 / largest.get(measure, 1.0)
        panel.plot(sequence_level["tau"], share * sequence_level[measure], color=look.colour)
        panel.plot(token_level["tau"], share * token_level[measure], "o", color=look.colour, markersize=2.6)
        _label(panel, look)
    panel.set_ylabel("share of the largest")
    _temperature_axis(panel, targets)


def _draw_wrong_targets(panel: Axes, targets: pd.DataFrame) -> None:
    for target, look in _TARGETS.items():
        found = targets[targets["target"] == target]
        panel.plot(found["tau"], found["total_variation"], color=look.colour, linestyle=look.style)
        _label(panel, look)
    panel.set_ylabel("total variation from $P_R$")
    _temperature_axis(panel, targets)


def _temperature_axis(panel: Axes, targets: pd.DataFrame) -> None:
    panel.set_xscale("log")
    panel.set_xlim(targets["tau"].min(), targets["tau"].max())
    panel.set_xticks([0.1, TAU, 1, 10], ["0.1", f"{TAU:g}", "1", "10"])
    panel.set_xlabel(r"temperature $\tau$, words")
    panel.set_ylim(-0.03, 1.03)
    panel.axvline(TAU, color=MISSING, linewidth=0.7, linestyle=":", zorder=1)


def _draw_errors(panel: Axes, errors: pd.DataFrame) -> None:
    seen = errors[errors["sequences"] > 0]
    for entries, look in _ENTRIES.items():
        _draw_band(panel, seen[seen["entries"] == entries], "rms_error", look)
        _label(panel, look)
    _logarithmic(panel)
    panel.set_ylim(0.015, 9)
    panel.set_ylabel("error of $Q$, words")
    _sequences_axis(panel)


def _draw_learners(panel: Axes, learning: pd.DataFrame, measure: str) -> None:
    seen = learning[learning["sequences"] > 0]
    for learner, look in _LEARNERS.items():
        _draw_band(panel, seen[seen["learner"] == learner], measure, look)
    _sequences_axis(panel)


def _draw_band(panel: Axes, table: pd.DataFrame, measure: str, look: _Look) -> None:
    """Draw the mean over the seeds by the number of sequences seen, and a band from the smallest to the largest."""
    by_sequences = table.groupby("sequences")[measure]
    mean = by_sequences.mean()
    panel.fill_between(mean.index, by_sequences.min(), by_sequences.max(), color=look.colour, alpha=0.2, linewidth=0)
    panel.plot(mean.index, mean, color=look.colour, linestyle=look.style, label=look.label)


def _sequences_axis(panel: Axes) -> None:
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.set_xlabel("sequences seen")
    panel.margins(x=0.02)


def _logarithmic(panel: Axes) -> None:
    """Give the y-axis a logarithmic scale with a few plain numbers."""
    panel.set_yscale("log")
    low, high = panel.get_ylim()
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 300 else (1.0, 3.0)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_locator(NullLocator())


def _label(panel: Axes, look: _Look) -> None:
    """Write a curve's label beside it, in its colour."""
    panel.text(*look.place, look.label, color=look.colour, fontsize=7.5, linespacing=0.95, transform=panel.transAxes)
