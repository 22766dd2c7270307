"""Made-up results: finished runs, unfinished runs and test texts, without any training."""

import json
import platform
from dataclasses import asdict

from erac_vaml.config import validate_experiment
from erac_vaml.data.preparation import record_of
from erac_vaml.files import FileDigest
from erac_vaml.plan import Plan, grid_cells
from erac_vaml.reporting.collected_scores import collect_scores
from erac_vaml.runs.attempts import Attempt, write_attempts
from erac_vaml.runs.history import HISTORY_COLUMNS
from erac_vaml.runs.progress import Progress, write_progress
from erac_vaml.runs.scores import MEASURES
from erac_vaml.verdict.judgement import judge_experiment
from erac_vaml.verdict.significance import system_tests


def make_experiment(tasks=None, **top):
    """Return an experiment on the mini data set; the default task `mt` belongs to the paper's first column."""
    tasks = tasks or {"mt": {"paper_setting": "mt", "label": "MT"}}
    return validate_experiment(
        {
            "name": "fake",
            "datasets": {"mini": {"kind": "mini"}},
            "tasks": {name: {"dataset": "mini", **task} for name, task in tasks.items()},
            **top,
        }
    )


def write_run(results, run, test_bleu=20.0, status="finished", valid_bleu=None, *, manifest=None, **more):
    """Write a run's scores, a stand-in for its model, an empty history and its manifest; return its folder.

    Args:
        results: folder of the experiment's results.
        run: the planned run.
        test_bleu: its test BLEU.
        status: how it ended: finished or diverged.
        valid_bleu: its validation BLEU; None: `test_bleu` + 1.
        manifest: entries of the manifest that differ from `usual_manifest`.
        more: other entries of scores.json that differ.
    """
    folder = results / run.path
    folder.mkdir(parents=True, exist_ok=True)
    diverged = {"epoch": 2, "step": 120, "reason": "the loss is nan"} if status == "diverged" else None
    scores = {
        "status": status,
        "task": run.task,
        "algorithm": run.algorithm,
        "run": run.name,
        "stage": run.stage,
        "seed": run.seed,
        **dict.fromkeys(MEASURES),
        "valid_bleu": test_bleu + 1 if valid_bleu is None else valid_bleu,
        "test_bleu": test_bleu,
        "valid_perplexity": 5.0,
        "test_perplexity": 6.0,
        "best_epoch": 1 if diverged else 3,
        "epochs": diverged["epoch"] if diverged else 4,
        "steps": diverged["step"] if diverged else 240,
        "bleu_signature": "nrefs:1",
        "diverged": diverged,
    }
    (folder / "scores.json").write_text(json.dumps(scores | more))
    (folder / "model.safetensors").write_text(str(run.path))
    (folder / "history.csv").write_text(",".join(HISTORY_COLUMNS) + "\n")
    own = {"run": str(run.path), "seed": run.seed, "settings": run.fields}
    seal(folder, **usual_manifest(**own | (manifest or {})))
    return folder


def finish_run(experiment, results, path, seconds, epochs=4, device="cpu", threads=1):
    """Write a finished run that took so many seconds."""
    attempts = [asdict(attempt("finished")) | {"device": device}]
    took = {"seconds": float(seconds), "threads": threads, "attempts": attempts}
    write_run(results, Plan(experiment).runs[path], epochs=epochs, manifest=took)


def usual_manifest(**other):
    """Return a manifest without digests of files: one attempt of ten minutes on one thread of a CPU."""
    usual = {
        "run": "runs/mt/mle/seed1",
        "seed": 1,
        "settings": {},
        "parents": {},
        "code": "c0ffee",
        "data": {"folder": "mini", "sha256": {"train.npz": "aa", "test.npz": "bb"}},
        "packages": {"erac-vaml": "0.1.0", "torch": "2.13.0"},
        "python": "3.11.7",
        "platform": "Linux",
        "device": "x86_64",
        "threads": 1,
        "peak_memory_bytes": 2**29,
        "started": "2026-01-01T11:00:00+00:00",
        "ended": "2026-01-01T11:30:00+00:00",
        "seconds": 600.0,
        "epoch_seconds": [],
        "attempts": [asdict(attempt("finished"))],
    }
    return usual | other


def seal(folder, **changes):
    """Rewrite a run's manifest with the digests of the files now in its folder, and with changes; return the folder."""
    path = folder / "manifest.json"
    record = json.loads(path.read_text()) if path.exists() else {}
    files = {file.name: FileDigest.of(file).as_json() for file in folder.iterdir() if file != path}
    path.write_text(json.dumps(record | {"files": files} | changes))
    return folder


def write_cell(results, experiment, task, algorithm, test_bleus, diverged=0, **more):
    """Write an algorithm's first runs with these scores (and more entries), then some diverged runs."""
    runs = [run for run in Plan(experiment).runs.values() if (run.task, run.algorithm) == (task, algorithm)]
    for run, test_bleu in zip(runs, test_bleus, strict=False):
        write_run(results, run, test_bleu, **more)
    for run in runs[len(test_bleus) : len(test_bleus) + diverged]:
        write_run(results, run, 3.0, status="diverged")


def write_grid(results, experiment, name, scores, test_bleu=None):
    """Give the first runs of each cell of a grid these scores on test and validation; None: the run diverged.

    Args:
        results: folder of the experiment's results.
        experiment: the experiment.
        name: the grid.
        scores: for each cell, the scores of its first runs.
        test_bleu: score of all runs on test, in place of their own.
    """
    for cell, values in zip(grid_cells(experiment, name), scores, strict=True):
        for run, value in zip(cell.runs, values, strict=False):
            if value is None:
                write_run(results, run, 3.0, "diverged")
            else:
                write_run(results, run, value if test_bleu is None else test_bleu, valid_bleu=value)


def scores_of(experiment, results):
    """Return the scores of the experiment's runs."""
    return collect_scores(Plan(experiment), results)


def judged(experiment, results):
    """Return the judgement of the experiment by the runs written so far."""
    scores = scores_of(experiment, results)
    return judge_experiment(scores, system_tests(scores, results))


def attempt(end=None, why=None, *, host="elsewhere", process=1, started="2026-01-01T11:00:00+00:00"):
    """Return an attempt at a run; without `end` it has not ended."""
    ended = None if end is None else "2026-01-01T11:30:00+00:00"
    return Attempt(started, host, process, None, "cpu", 0, ended, end, why, None if end is None else 130)


def here(process):
    """Return an attempt that has not ended, by a process of this machine."""
    return attempt(host=platform.node(), process=process)


def write_state(results, run, attempts, updated=None, **progress):
    """Write the state of an unfinished run: its attempts and its progress in epoch 3 of 10; return the folder."""
    folder = results / run.state_path
    folder.mkdir(parents=True)
    write_attempts(folder, attempts)
    if updated is not None:
        usual = {"phase": "training", "epoch": 3, "max_epochs": 10, "batch": 10, "batches": 60, "step": 130}
        told = {"seconds_per_step": 0.5, "measure": "valid_bleu", "latest": 19.5, "best": 20.0, "updated": updated}
        write_progress(folder, Progress(**usual | told | progress))
    return folder


def write_history(folder, valid_bleu, first_epoch=1):
    """Write a run's history.csv with one validation score per epoch; greedy search and samples are worse by 1 and 9."""
    rows = [
        f"{epoch},{60 * epoch},0.6,40.0,{score},5.0,,,True,0.9,{score - 1},{score - 9}"
        for epoch, score in enumerate(valid_bleu, first_epoch)
    ]
    (folder / "history.csv").write_text("\n".join([",".join(HISTORY_COLUMNS), *rows]) + "\n")
    seal(folder)


def write_hypotheses(folder, lines):
    """Write a run's hypotheses of the test set."""
    (folder / "hypotheses.txt").write_text("".join(f"{line}\n" for line in lines))
    seal(folder)


def write_texts(results, dataset="mini", sentences=30):
    """Write the sources and references of the test set, as `prepare` does."""
    folder = results / "data" / dataset
    folder.mkdir(parents=True)
    (folder / "test.source.txt").write_text("".join(f"der satz {number} .\n" for number in range(sentences)))
    (folder / "test.target.txt").write_text("".join(f"the sentence {number} .\n" for number in range(sentences)))
    seal_data(folder)


def seal_data(folder):
    """Write the statistics of prepared data: the digests of the files now in the folder."""
    statistics = folder / "statistics.json"
    statistics.write_text(
        json.dumps({"files": record_of(folder, [p.name for p in folder.iterdir() if p != statistics])})
    )


def write_bounds(results, dataset="mini", most_probable=51.0, best_expected=52.0):
    """Write what the grammar of a mini data set allows on valid."""
    found = {"most probable": {"score": most_probable}, "best expected": {"score": best_expected}}
    folder = results / "data" / dataset
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bounds.json").write_text(json.dumps({"valid": found}))
