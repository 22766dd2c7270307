"""How often the verdict's intervals contain the truth, and how often its tests find an effect that does not exist.

The scores are simulated, so the truth is known. Actors are nested under critics, as in the paper. Each method is
applied to each simulation. Methods that the verdict does not use are included for comparison.
"""

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from scipy import stats

from erac_vaml.reporting.paper import Spread
from erac_vaml.verdict.bootstrap import nested_bootstrap, percentile_interval, resampled_means
from erac_vaml.verdict.improvement import improvement, probability_of_improvement
from erac_vaml.verdict.intervals import difference, mean_interval
from erac_vaml.verdict.levels import paper_interval
from erac_vaml.verdict.permutation import sign_flip_test

SHARES = (0.0, 0.3, 0.8)
"""Shares of the variance that lie between critics."""
NEST = (3, 3, 3)
"""Actors under each critic."""
RESAMPLES = 2_000
Limits = tuple[float, float]
Draw = Callable[..., np.ndarray]
Rows = dict[str, dict[str, str]]


def nested_runs(draw: Draw, share: float, sizes: tuple[int, ...] = NEST) -> tuple[np.ndarray, np.ndarray]:
    """Return random scores of mean 0 and variance 1, and the critic of each, both (runs,).

    Args:
        draw: returns so many random numbers of mean 0 and variance 1.
        share: share of the variance that lies between critics.
        sizes: actors under each critic.
    """
    critics = np.repeat(np.arange(len(sizes)), sizes)
    return math.sqrt(share) * draw(len(sizes))[critics] + math.sqrt(1 - share) * draw(len(critics)), critics


def draws(random: np.random.Generator) -> dict[str, Draw]:
    """Return the distributions of scores by name: a normal and a skewed one."""

    def exponential(size: int) -> np.ndarray:
        return random.standard_exponential(size) - 1.0

    return {"normal": random.standard_normal, "exponential": exponential}


def intervals(random: np.random.Generator) -> dict[str, Callable[[np.ndarray, np.ndarray], Limits]]:
    """Return the compared intervals of a mean by name; the verdict's own is the first."""

    def student(values: np.ndarray, units: np.ndarray) -> Limits:
        found = mean_interval(values, units)
        return found.low, found.high

    def percentiles(values: np.ndarray, units: np.ndarray) -> Limits:
        return percentile_interval(nested_bootstrap(values, units, random, RESAMPLES))

    def studentised(values: np.ndarray, units: np.ndarray) -> Limits:
        """Take the distribution of (resampled mean − mean) / its standard error in place of Student's t."""
        mean = mean_interval(values, units)
        drawn = resampled_means(values, units, random, RESAMPLES)
        drawn = drawn[drawn.std(axis=1) > 0]
        errors = drawn.std(axis=1, ddof=1) / math.sqrt(drawn.shape[1])
        low, high = percentile_interval((drawn.mean(axis=1) - mean.estimate) / errors)
        return mean.estimate - high * mean.standard_error, mean.estimate - low * mean.standard_error

    return {
        "t over critics": student,
        "t over nine runs, as if independent": lambda values, units: student(values, np.arange(len(values))),
        "nested bootstrap, percentiles": percentiles,
        "nested bootstrap, studentised": studentised,
    }


def mean_table(experiments: int, random: np.random.Generator) -> pd.DataFrame:
    """Return the coverage of each interval of a mean, and its mean length."""
    rows: Rows = {name: {} for name in intervals(random)}
    for law, draw in draws(random).items():
        for share in SHARES:
            runs = [nested_runs(draw, share) for _ in range(experiments)]
            for name, interval in intervals(random).items():
                limits = np.array([interval(*found) for found in runs])
                length = (limits[:, 1] - limits[:, 0]).mean()
                rows[name][f"{law}, {share:g}"] = f"{_percent(_coverage(limits, 0.0))} ({length:.1f})"
    return _named(rows, "95 % interval, share of the variance between critics")


def missing_table(experiments: int, random: np.random.Generator) -> pd.DataFrame:
    """Return the coverage of the verdict's interval where one critic has two runs and one has one."""
    student = intervals(random)["t over critics"]
    row: dict[str, str] = {}
    for share in SHARES:
        limits = [student(*nested_runs(random.standard_normal, share, (3, 2, 1))) for _ in range(experiments)]
        row[f"normal, {share:g}"] = _percent(_coverage(np.array(limits), 0.0))
    return _named({"t over critics of 3, 2 and 1 runs": row}, "")


def gap_table(experiments: int, random: np.random.Generator) -> pd.DataFrame:
    """Return the coverage of the interval of our mean − the paper's, which prints only the deviation of nine runs."""
    rows: Rows = {}
    for name, spread in {"the paper's runs as scattered as ours": 1.0, "twice as scattered": 2.0}.items():
        rows[name] = {f"normal, {share:g}": _gap_coverage(experiments, random, share, spread) for share in (*SHARES, 1)}
    return _named(rows, "gap to the paper")


def _gap_coverage(experiments: int, random: np.random.Generator, share: float, spread: float) -> str:
    limits = []
    for _ in range(experiments):
        ours, critics = nested_runs(random.standard_normal, share)
        theirs = spread * nested_runs(random.standard_normal, share)[0]
        mean = mean_interval(ours, critics)
        printed = Spread(mean=float(theirs.mean()), std=float(theirs.std(ddof=1)))
        gap = difference(mean, paper_interval(printed, mean, ours))
        limits.append((gap.low, gap.high))
    return _percent(_coverage(np.array(limits), 0.0))


def paired_differences(random: np.random.Generator, share: float, critics: int, against_seeds: bool) -> np.ndarray:
    """Return score differences (critics, 3) of two equally good algorithms; a pair shares its start, but no critic.

    Args:
        random: the generator.
        share: share of the variance that lies between critics.
        critics: number of critics.
        against_seeds: whether the second algorithm has no critics (MLE, RAML).
    """
    starts = random.standard_normal((critics, 3))

    def scores(between: float) -> np.ndarray:
        own = (starts + random.standard_normal((critics, 3))) / math.sqrt(2)
        return math.sqrt(between) * random.standard_normal((critics, 1)) + math.sqrt(1 - between) * own

    return scores(share) - scores(0.0 if against_seeds else share)


def flips_table(experiments: int, random: np.random.Generator) -> pd.DataFrame:
    """Return how often a test finds a difference between two equally good algorithms."""

    def flips(level: float) -> Callable[[np.ndarray], bool]:
        return lambda differences: sign_flip_test(differences.mean(axis=1)).p_value <= level

    def flips_of_runs(differences: np.ndarray) -> bool:
        return sign_flip_test(differences.ravel()).p_value <= 0.05

    def student(differences: np.ndarray) -> bool:
        return not mean_interval(differences.ravel(), np.repeat(np.arange(len(differences)), 3)).contains_zero

    tests: list[tuple[str, Callable[[np.ndarray], bool], int, bool]] = [
        ("six critics flipped, at 5 %", flips(0.05), 6, False),
        ("three critics flipped, at 25 %", flips(0.25), 3, False),
        ("three critics against seeds flipped, at 25 %", flips(0.25), 3, True),
        ("nine pairs flipped as if independent, at 5 %", flips_of_runs, 3, False),
        ("t over three critics, at 5 %", student, 3, False),
    ]
    rows: Rows = {name: {} for name, *_ in tests}
    for name, test, critics, against_seeds in tests:
        for share in SHARES:
            drawn = (paired_differences(random, share, critics, against_seeds) for _ in range(experiments))
            rows[name][f"normal, {share:g}"] = _percent(float(np.mean([test(differences) for differences in drawn])))
    return _named(rows, "two equals told apart")


def improvement_table(experiments: int, random: np.random.Generator) -> pd.DataFrame:
    """Return the coverage of intervals of the probability of improvement, at three true differences."""
    rows: Rows = {"Newcombe's, of three critics": {}, "bootstrap over nine runs": {}}
    for shift in (0.0, 1.0, 2.0):
        truth = stats.norm.cdf(shift / math.sqrt(2))
        for share in SHARES:
            newcombe, bootstrap = [], []
            for _ in range(experiments):
                first, second = (nested_runs(random.standard_normal, share)[0] for _ in range(2))
                found = improvement(first + shift, second, 3, 3)
                newcombe.append((found.low, found.high))
                bootstrap.append(_bootstrapped_improvement(first + shift, second, random))
            for name, limits in zip(rows, (newcombe, bootstrap), strict=True):
                rows[name][f"{shift:g} apart, {share:g}"] = _percent(_coverage(np.array(limits), truth))
    return _named(rows, "probability of improvement")


def _bootstrapped_improvement(first: np.ndarray, second: np.ndarray, random: np.random.Generator) -> Limits:
    places = random.integers(len(first), size=(2, RESAMPLES // 10, len(first)))
    drawn = zip(first[places[0]], second[places[1]], strict=True)
    return percentile_interval(np.array([probability_of_improvement(*runs) for runs in drawn]))


def _coverage(limits: np.ndarray, truth: float) -> float:
    return float(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean())


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _named(rows: Rows, corner: str) -> pd.DataFrame:
    return pd.DataFrame(rows).transpose().rename_axis(corner)


def main(
    experiments: Annotated[int, typer.Option(min=1, help="Simulated experiments for each number.")] = 2_500,
    seed: Annotated[int, typer.Option(help="Seed of the simulations.")] = 1,
) -> None:
    """Print how often (in %) intervals contain the truth and tests find an effect that does not exist."""
    for table in (mean_table, missing_table, gap_table, flips_table, improvement_table):
        found = table(experiments, np.random.default_rng(seed))
        print(found.to_markdown(disable_numparse=True), end="\n\n", flush=True)


if __name__ == "__main__":
    typer.run(main)
