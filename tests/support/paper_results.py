"""The paper's own numbers as results: nine scores for each cell, with the printed mean, deviation, minimum and maximum.

The paper prints no deviations in Table 3 and no numbers in Figure 1. The scores for these agree with its text.
"""

import numpy as np
from fake_results import write_run

from erac_vaml.config import validate_experiment
from erac_vaml.plan import algorithm_runs, grid_cells
from erac_vaml.reporting.paper import Spread, paper_numbers

COCO = {"annotations": ["train.json", "val.json"], "split": "split.json", "images": "images"}
FIVE = ["mle", "raml", "vaml", "ac", "erac"]
FED = {"network": {"input_feeding": True}, "algorithms": FIVE}
BETA, LAMBDA, TAU = "actor_critic.beta", "actor_critic.lambda_var", "actor_critic.tau"
_BETWEEN = (np.linspace(-1, 1, 7), [-1, -1, -1, 0, 1, 1, 1], [-1, -1, -1, -1, 1, 1, 1], [-1, -1, -1, 1, 1, 1, 1])
"""Shapes of the seven scores between minimum and maximum; the first that fits is used."""
FIGURE1 = {
    "mt": {0.0: 28.04, 0.02: 28.15, 0.04: 28.30, 0.05: 28.20, 0.06: None},
    "captioning": {0.0: 30.90, 0.005: 31.20, 0.01: 31.44, 0.02: 31.10, 0.03: None},
}
"""Mean score by τ; None: all runs diverge."""


def nine_scores(spread):
    """Return nine sorted scores with exactly this mean, deviation, minimum and maximum."""
    least, greatest = spread.min, spread.max
    mean = (9 * spread.mean - least - greatest) / 7
    squares = 8 * spread.std**2 + 9 * spread.mean**2 - least**2 - greatest**2 - 7 * mean**2
    for shape in _BETWEEN:
        deviations = np.asarray(shape) - np.mean(shape)
        between = mean + np.sqrt(squares / (deviations**2).sum()) * deviations
        if least <= between.min() and between.max() <= greatest:
            return np.sort([least, greatest, *between])
    raise AssertionError(f"no nine scores found for {spread}")


def paper_experiment():
    """Return the paper's experiment, with nine runs of every cell."""
    seeds = {"critics": 3, "actors": 1}
    return validate_experiment(
        {
            "name": "paper",
            "recipe": "paper",
            "datasets": {"iwslt14": {"kind": "iwslt14"}, "coco": {"kind": "coco", **COCO}},
            "tasks": {
                "mt": {"dataset": "iwslt14", "paper_setting": "mt"},
                "fed": {"dataset": "iwslt14", "paper_setting": "mt-input-feeding", **FED},
                "deep": {"dataset": "iwslt14", "paper_setting": "mt-two-layers", "algorithms": ["mle", "erac"]},
                "captioning": {"dataset": "coco", "paper_setting": "captioning", "algorithms": FIVE},
            },
            "ablations": {
                "table3": {
                    "task": "mt",
                    "vary": {LAMBDA: [0.0, 0.001], BETA: [0.001, 0.01, 0.1, 1.0]},
                    "seeds": seeds,
                },
                "figure1": {"task": "mt", "vary": {TAU: list(FIGURE1["mt"])}, "seeds": seeds, "metric": "test_bleu"},
                "figure1-captioning": {
                    "task": "captioning",
                    "vary": {TAU: list(FIGURE1["captioning"])},
                    "seeds": seeds,
                    "metric": "test_bleu",
                },
            },
        }
    )


def paper_scores(seed=0):
    """Return nine test scores for each (task, algorithm) of the paper, in random order."""
    random = np.random.default_rng(seed)
    numbers = paper_numbers()
    settings = {"mt": "mt", "fed": "mt-input-feeding", "captioning": "captioning"}
    found = {
        (task, algorithm): random.permutation(nine_scores(spread))
        for task, setting in settings.items()
        for algorithm, spread in numbers.table1[setting].items()
    }
    variant = numbers.table4["erac-no-future-entropy"]
    found["mt", "erac-no-future-entropy"] = random.permutation(nine_scores(variant.model_copy(update={"min": 27.97})))
    found["deep", "erac"] = random.permutation(nine_scores(Spread(mean=30.75, std=0.08, min=30.63, max=30.85)))
    return found


def write_paper_results(results, experiment, scores):
    """Write the runs of Table 3 and Figure 1, then the runs of Tables 1, 4 and 7 with these scores."""
    for name, grid in experiment.ablations.items():
        for cell in grid_cells(experiment, name):
            _write_grid_cell(results, grid.task, name, cell)
    for (task, algorithm), values in scores.items():
        for run, score in zip(algorithm_runs(experiment, task, algorithm), values, strict=True):
            write_run(results, run, score, valid_bleu=_valid(algorithm, task, score))


def _valid(algorithm, task, score):
    """Return a validation BLEU; its mean is that of Table 3: for MLE the reference, for ERAC the best cell."""
    numbers = paper_numbers()
    if task != "mt" or algorithm not in ("mle", "erac"):
        return score + 1
    wanted = numbers.table3.mle if algorithm == "mle" else max(cell.bleu for cell in numbers.table3.cells)
    return score - numbers.table1["mt"][algorithm].mean + wanted


def _write_grid_cell(results, task, name, cell):
    """Write a cell of a grid: one critic is slightly worse than the printed mean, one slightly better."""
    offsets = np.random.default_rng(len(cell.algorithm)).permutation([-0.03, 0.0, 0.03])
    for run, offset in zip(cell.runs, offsets, strict=True):
        if name == "table3":
            printed = next(
                item
                for item in paper_numbers().table3.cells
                if (item.lambda_var, item.beta) == (cell.values[LAMBDA], cell.values[BETA])
            )
            fails = printed.diverged and run.seed == 1
            write_run(results, run, 20.0, "diverged" if fails else "finished", valid_bleu=printed.bleu + offset)
            continue
        score = FIGURE1[task][cell.values[TAU]]
        if score is None:
            write_run(results, run, 3.0, "diverged")
        else:
            write_run(results, run, score + offset)
