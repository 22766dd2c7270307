"""Bootstrap nested runs: resample the critics, then the actors within each of them.

verdict.json has its percentile interval because papers commonly print it. No verdict uses it: with three critics it
covers far less than 95 % (see intervals.py, and the measurements in docs/reference/verdict.md). scipy.stats.bootstrap
resamples independent observations only.
"""

import numpy as np

from erac_vaml.verdict.intervals import CONFIDENCE

RESAMPLES = 10_000


def nested_bootstrap(
    values: np.ndarray, units: np.ndarray, generator: np.random.Generator, resamples: int = RESAMPLES
) -> np.ndarray:
    """Return the mean of the units' means in each resample, (resamples,); for the arguments see `resampled_means`."""
    return resampled_means(values, units, generator, resamples).mean(axis=1)


def resampled_means(
    values: np.ndarray, units: np.ndarray, generator: np.random.Generator, resamples: int = RESAMPLES
) -> np.ndarray:
    """Return the mean of each drawn unit, over the runs drawn within it, (resamples, units).

    Args:
        values: (n,) one number for each run, n ≥ 1.
        units: (n,) the unit of each run: its critic, or the run's own number where runs are independent.
        generator: source of the draws.
        resamples: number of resamples.
    """
    members = [values[units == unit] for unit in np.unique(units)]
    chosen = generator.integers(len(members), size=(resamples, len(members)))
    means = np.empty(chosen.shape)
    for unit, runs in enumerate(members):
        places = chosen == unit
        means[places] = runs[generator.integers(len(runs), size=(places.sum(), len(runs)))].mean(axis=1)
    return means


def percentile_interval(resampled: np.ndarray) -> tuple[float, float]:
    """Return the percentiles of a bootstrap distribution between which `CONFIDENCE` of it lies."""
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return float(low), float(high)
