"""Fill in a reproducibility checklist from an experiment's own results: the text of checklist.md.

Its headings are those of a report to the ML Reproducibility Challenge, and its items those of the NLP reproducibility
checklist of the ACL conferences (after Dodge et al., 2019). Facts that are in no file are marked, to be filled in.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from erac_vaml.config.recipes import DIFFERENCES
from erac_vaml.config.settings import Network
from erac_vaml.page.cost import StageCost, stage_costs
from erac_vaml.page.opening import headline
from erac_vaml.page.parts import SETTINGS_TABLES
from erac_vaml.page.provenance import provenance
from erac_vaml.page.sizes import PreparedSizes, parameter_count, read_sizes
from erac_vaml.plan import Cell, Run, runs_of
from erac_vaml.reporting.collected_scores import CollectedScores
from erac_vaml.reporting.labels import ALGORITHMS, asked_algorithms, field_label, task_label, value_label
from erac_vaml.reporting.tables import make_table
from erac_vaml.reporting.tables.layout import markdown_escape, templates
from erac_vaml.reporting.tables.numbers import NOTHING, number
from erac_vaml.runs.manifest import MODEL_FILE, Manifest
from erac_vaml.verdict.expected_best import expected_best
from erac_vaml.verdict.wording import counted, plural

CHECKLIST_FILE = "checklist.md"
_UNKNOWN = "unknown"
_NETWORKS = ("actor", "critic", "q_network")
_BYTES = 4
"""Bytes of a parameter in a model's file."""

_Rows = list[list[str]]
"""The lines of a table, field by field."""


def checklist(
    scores: CollectedScores, verdict: dict[str, Any], manifests: Mapping[str, Manifest], results: Path
) -> str:
    """Return the text of checklist.md.

    Args:
        scores: scores of all planned runs.
        verdict: content of verdict.json.
        manifests: the readable manifests of the runs that have ended, by the run's path.
        results: folder of the experiment's results, with data/ unless it is a record.

    Raises:
        KeyError, TypeError, UndefinedError: the verdict is damaged.
    """
    experiment, rows = scores.experiment, scores.rows
    ended = rows[rows["status"] != "missing"]
    costs = stage_costs([(ended["stage"][path], manifest) for path, manifest in manifests.items()])
    energy = any(cost.kilowatt_hours is not None for cost in costs)
    sizes = {
        name: read_sizes(results / "data" / name, [found for found in manifests.values() if found.data.folder == name])
        for name in experiment.used_datasets
    }
    template = templates("erac_vaml.page", autoescape=False)
    template.filters |= {"md": markdown_escape, "plural": plural}
    text = template.get_template(CHECKLIST_FILE).render(
        experiment=experiment,
        tasks=[task_label(experiment, task) for task in experiment.tasks],
        captioning={experiment.captions_images(task) for task in experiment.tasks},
        verdict=verdict,
        headline=headline(experiment, verdict),
        claims=_claims(scores, verdict),
        without_runs=sum(claim["task"] is None for claim in verdict["claims"]),
        differences=len({difference.identifier for difference in DIFFERENCES}),
        origin=provenance(list(manifests.values()), len(ended)),
        platforms=Counter(manifest.platform for manifest in manifests.values()),
        threads=sorted({manifest.threads for manifest in manifests.values()}),
        costs=costs,
        hours=_hours(costs),
        energy=energy,
        cost_lines=[_cost(cost, energy) for cost in costs],
        parameters=_parameters(scores, sizes, manifests),
        sized=all(sizes.values()),
        score_lines=_results(scores),
        signatures=list(dict.fromkeys(rows["bleu_signature"].dropna())),
        epochs=int(rows["epochs"].sum()),
        settings=_settings(scores) if experiment.reproduces else None,
        grids=_grids(scores),
        datasets=[(name, experiment.datasets[name]) for name in sizes],
        sizes=[[name, *_size(size)] for name, size in sizes.items()] if any(sizes.values()) else [],
    )
    return text + "\n"


def _claims(scores: CollectedScores, verdict: dict[str, Any]) -> _Rows:
    """Return a line for each claim that is tested on a task: the claim, its source, and its outcome on each task."""
    outcomes: dict[tuple[str, str], dict[str, str]] = {}
    for claim in verdict["claims"]:
        if claim["task"]:
            outcomes.setdefault((claim["statement"], claim["source"]), {})[claim["task"]] = claim["outcome"]
    return [
        [*claim, *(found.get(task, NOTHING) for task in scores.experiment.tasks)] for claim, found in outcomes.items()
    ]


def _hours(costs: Sequence[StageCost]) -> list[str]:
    """Return the hours of GPUs and of the cores of CPUs that training took, for example ["1.20 GPU-hours"]."""
    units = {"GPU-hours": True, "core-hours": False}
    hours = {unit: sum(cost.device_hours for cost in costs if cost.on_gpu == gpu) for unit, gpu in units.items()}
    return [f"{number(taken)} {unit}" for unit, taken in hours.items() if taken]


def _cost(cost: StageCost, energy: bool) -> list[str]:
    """Return the line of a stage; the energy only if some device reports it."""
    fields = [
        cost.stage,
        (cost.device or NOTHING) + ("" if cost.on_gpu else " (CPU)"),
        str(cost.runs),
        number(60 * cost.training_hours / cost.runs),
        number(cost.training_hours),
        number(cost.device_hours),
        number(cost.peak_gibibytes),
    ]
    reported = NOTHING if cost.kilowatt_hours is None else f"{cost.kilowatt_hours:.3f}"
    return [*fields, reported] if energy else fields


def _parameters(
    scores: CollectedScores, sizes: Mapping[str, PreparedSizes | None], manifests: Mapping[str, Manifest]
) -> _Rows:
    """Return a line for each task with the number of parameters of each of its networks; a dash if it has none."""
    lines = []
    for name, task in scores.experiment.tasks.items():
        own = {path: run for path, run in scores.plan.runs.items() if run.task == name}
        fields = [task_label(scores.experiment, name)]
        for role in _NETWORKS:
            trained = [path for path, run in own.items() if _network(run) == role]
            # A grid may vary the network.
            equal = [path for path in trained if own[path].settings.network == task.network]
            stored = [manifests[path] for path in equal if path in manifests]
            fields.append(_parameter_count(role, task.network, sizes[task.dataset], stored) if trained else NOTHING)
        lines.append(fields)
    return lines


def _network(run: Run) -> str:
    """Return the network that a run trains and keeps: joint training keeps the actor."""
    return run.stage.replace("-", "_") if run.stage in ("critic", "q-network") else "actor"


def _parameter_count(role: str, settings: Network, size: PreparedSizes | None, stored: Sequence[Manifest]) -> str:
    """Return the number of parameters of a network, or about that of a stored one if the vocabularies are unknown."""
    count = parameter_count(role, settings, size) if size else None
    if count is not None:
        return f"{count:,}"
    found = [manifest.files[MODEL_FILE].size for manifest in stored if MODEL_FILE in manifest.files]
    return f"about {max(found) / _BYTES / 1e6:.3g} million" if found else _UNKNOWN


def _results(scores: CollectedScores) -> _Rows:
    """Return a line for each algorithm of each task: its runs, validation and test BLEU, and minutes of training."""
    experiment, lines = scores.experiment, []
    for task in experiment.tasks:
        for algorithm in asked_algorithms(experiment, task):
            test = scores.algorithm(task, algorithm)
            valid, seconds = (scores.algorithm(task, algorithm, metric) for metric in ("valid_bleu", "seconds"))
            scored = [_spread(valid), _spread(test), number(seconds.mean / 60)]
            lines.append([task_label(experiment, task), ALGORITHMS[algorithm], counted(test), *scored])
    return lines


def _spread(cell: Cell) -> str:
    """Return the mean of a cell's finished runs, with their sample standard deviation if there is one."""
    return number(cell.mean) + ("" if math.isnan(cell.std) else f" ± {number(cell.std)}")


def _settings(scores: CollectedScores) -> tuple[int, int]:
    """Return how many settings the paper's Tables 5 and 6 print for these tasks, and how many have other values."""
    tables = [make_table(scores, name).data for name in SETTINGS_TABLES]
    printed = sum(int(table["paper"].notna().sum()) for table in tables)
    return printed, sum(int((table["differs"] != "").sum()) for table in tables)


def _grids(scores: CollectedScores) -> _Rows:
    """Return a line for each ablation grid: its values, trials and runs, its best trial, and what fewer would find."""
    experiment, lines = scores.experiment, []
    for name, grid in experiment.ablations.items():
        cells = scores.grid(name, "valid_bleu")
        ranges = [f"{field_label(field)}: {', '.join(map(value_label, values))}" for field, values in grid.vary.items()]
        counts = scores.rows.loc[[str(run.path) for run in runs_of(cells)], "status"].value_counts()
        runs = f"{counts.get('finished', 0)}/{counts.sum()}"
        runs += f", {counts['diverged']} diverged" if "diverged" in counts else ""
        lines.append(
            [
                name,
                task_label(experiment, grid.task),
                ALGORITHMS[grid.algorithm],
                "; ".join(ranges),
                str(len(cells)),
                runs,
                *_best(cells),
            ]
        )
    return lines


def _best(cells: Sequence[Cell]) -> list[str]:
    """Return the best trial by its mean, and the mean that the best of 1, 2, 4, … random trials is expected to have."""
    finished = [cell for cell in cells if cell.n_finished]
    if not finished:
        return [NOTHING, NOTHING]
    best, means = max(finished, key=lambda cell: cell.mean), [cell.mean for cell in finished]
    chosen = ", ".join(f"{field_label(field)} = {value_label(value)}" for field, value in best.values.items())
    budgets = sorted({*(2**power for power in range(len(means).bit_length())), len(means)})
    expected = "; ".join(f"{number(expected_best(means, budget))} of {budget}" for budget in budgets)
    return [f"{chosen} ({number(best.mean)})", expected]


def _size(size: PreparedSizes | None) -> list[str]:
    """Return the numbers of a data set: each split, the vocabulary, and what preparation left out."""
    if size is None:
        return [_UNKNOWN] * 5
    splits = [
        f"{split.pairs:,} pairs" if split.images is None else f"{split.pairs:,} captions of {split.images:,} images"
        for split in size.splits.values()
    ]
    words = [count for count in (size.source_words, size.target_words) if count is not None]
    dropped = [
        f"{count:,} {reason} ({name})"
        for name, split in size.splits.items()
        for reason, count in split.dropped.items()
        if count
    ]
    return [*splits, " / ".join(f"{count:,}" for count in words), ", ".join(dropped) or "nothing"]
