"""Estimates of time from the work of a run and the speed of finished runs."""

import pytest
import yaml
from fake_results import attempt, finish_run, make_experiment, write_run, write_state

from erac_vaml.operations import parallel
from erac_vaml.operations.estimate import estimate, wall_seconds
from erac_vaml.operations.parallel import runs_in_parallel
from erac_vaml.operations.timings import data_sizes
from erac_vaml.operations.work.totals import run_work
from erac_vaml.plan import Plan

TASK = {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle", "erac"]}
MLE, CRITIC, ERAC = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/erac/critic1-actor1"


@pytest.fixture
def experiment():
    return make_experiment({"mt": TASK})


def work(experiment, results, path, epochs):
    run = Plan(experiment).runs[path]
    return run_work(run, data_sizes(experiment, results)["mini"], epochs)


def estimates(experiment, results, **options):
    return {str(one.run.path): one for one in estimate(Plan(experiment), results, **options).runs}


def write_configuration(experiment, results):
    results.mkdir(exist_ok=True)
    content = experiment.model_dump(mode="json", exclude={"defaults"})
    (results / "config.yaml").write_text(yaml.safe_dump(content))


def test_without_any_finished_run_the_speed_is_assumed_and_epochs_are_the_most(experiment, tmp_path):
    one = estimates(experiment, tmp_path / "fake", tflops=2.0)[MLE]
    steps = 30 * 1500 / 50
    assert one.left == pytest.approx(work(experiment, tmp_path, MLE, 30) / 2e12 + steps * 0.01)
    assert (one.at_most, one.speed.unit) == (True, "GPU")
    assert one.speed.basis.startswith("assumed, 2 TFLOP/s and 10 ms a step (--assume-tflops)")


def test_a_finished_run_of_the_stage_gives_speed_and_epochs(experiment, tmp_path):
    finish_run(experiment, tmp_path, MLE, seconds=100.0, epochs=4, threads=2)
    found = estimates(experiment, tmp_path)
    ended, other = found[MLE], found["runs/mt/mle/seed2"]
    assert (ended.ended, ended.spent, ended.left) == (True, 100.0, 0.0)
    assert other.left == pytest.approx(100.0)
    assert (other.at_most, other.speed.unit, other.speed.units) == (False, "core", 2)
    assert other.speed.basis == "measured on finished runs of this experiment"
    assert (found[CRITIC].speed.basis, found[CRITIC].at_most) == ("measured on finished runs of other stages", True)


def test_the_speed_is_the_median_of_runs_on_the_usual_device(tmp_path):
    experiment = make_experiment({"mt": TASK | {"seeds": {"critics": 1, "actors": 5}}})
    for number, (seconds, device) in enumerate([(10, "cuda:0"), (20, "cuda:0"), (90, "cuda:0"), (1, "cpu")], start=1):
        finish_run(experiment, tmp_path, f"runs/mt/mle/seed{number}", float(seconds), device=device)
    last = estimates(experiment, tmp_path)["runs/mt/mle/seed5"]
    assert (last.left, last.speed.unit) == (pytest.approx(20.0), "GPU")
    assert last.speed.basis == "measured on finished runs of this experiment"


def test_another_experiment_s_runs_are_taken_where_there_are_none_of_its_own(experiment, tmp_path):
    other = make_experiment({"mt": TASK}, name="other")
    write_configuration(other, tmp_path / "other")
    finish_run(other, tmp_path / "other", MLE, seconds=50.0, epochs=10)
    one = estimates(experiment, tmp_path / "fake")[MLE]
    assert one.speed.basis == "measured on finished runs of other experiments"
    expected = work(experiment, tmp_path, MLE, 30) / work(experiment, tmp_path, MLE, 10) * 50.0
    assert one.left == pytest.approx(expected)
    assert estimates(experiment, tmp_path / "fake", tflops=1.0)[MLE].speed.basis.startswith("assumed")


def test_a_toy_says_nothing_about_the_paper(tmp_path):
    toy = make_experiment({"mt": {"network": {"units": 8, "embedding": 8}}}, name="toy")
    write_configuration(toy, tmp_path / "toy")
    finish_run(toy, tmp_path / "toy", MLE, seconds=50.0, epochs=10)
    paper = make_experiment({"mt": {"dataset": "big"}}, datasets={"big": {"kind": "iwslt14"}})
    assert estimates(paper, tmp_path / "fake")[MLE].speed.basis.startswith("assumed")
    again = estimates(toy, tmp_path / "toy")["runs/mt/mle/seed2"]
    assert (again.speed.unit, again.speed.basis) == ("core", "measured on finished runs of this experiment")


def test_runs_of_another_size_say_nothing_in_one_experiment_either(tmp_path):
    grid = {"task": "mt", "algorithm": "mle", "vary": {"mle.batch_size": [2, 4, 400]}}
    experiment = make_experiment({"mt": {"mle": {"batch_size": 2}}}, ablations={"grid": grid})
    finish_run(experiment, tmp_path, MLE, seconds=10.0)
    found = estimates(experiment, tmp_path)
    near, far = (found[f"runs/mt/mle@mle.batch_size={size}/seed1"].speed.basis for size in (4, 400))
    assert near.startswith("measured")
    assert far.startswith("assumed")


def test_other_experiments_count_only_on_the_device_that_this_one_uses(experiment, tmp_path):
    other = make_experiment({"mt": TASK}, name="other")
    write_configuration(other, tmp_path / "other")
    finish_run(other, tmp_path / "other", CRITIC, seconds=50.0, device="cuda:0")
    assert estimates(experiment, tmp_path / "fake")[CRITIC].speed.unit == "GPU"
    finish_run(experiment, tmp_path / "fake", MLE, seconds=50.0, device="cpu")
    assert estimates(experiment, tmp_path / "fake")[CRITIC].speed.basis.endswith("of other stages")


def test_the_machine_decides_how_many_runs_train_in_parallel(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 9)
    monkeypatch.setattr(parallel, "_GPUS", tmp_path / "gpus")
    on_gpus = estimate(Plan(experiment), tmp_path / "fake").runs
    assert runs_in_parallel(experiment, on_gpus, None)[0] == 1
    assert runs_in_parallel(experiment, on_gpus, None)[1] == "assumes 1 GPU, none is here; --at-once"
    for name in "ab":
        (tmp_path / "gpus" / name).mkdir(parents=True)
    shared = make_experiment({"mt": TASK}, execution={"runs_per_gpu": 3})
    assert runs_in_parallel(shared, on_gpus, None) == (6, "2 GPUs here, 3 runs on each; --at-once")
    finish_run(experiment, tmp_path / "fake", MLE, seconds=50.0, threads=2)
    on_cores = estimate(Plan(experiment), tmp_path / "fake").runs
    assert runs_in_parallel(experiment, on_cores, None)[0] == 4
    assert runs_in_parallel(experiment, on_cores, 20) == (20, "--at-once")


def test_damaged_and_diverged_runs_give_no_speed(experiment, tmp_path):
    results = tmp_path / "fake"
    finish_run(experiment, results, MLE, seconds=100.0)
    (results / MLE / "manifest.json").write_text("{}")
    write_run(results, Plan(experiment).runs["runs/mt/mle/seed2"], status="diverged")
    assert estimates(experiment, results)[ERAC].speed.basis.startswith("assumed")
    assert estimates(experiment, results)[MLE].speed.basis.startswith("assumed")


def test_what_a_begun_run_has_done_is_not_to_be_done_again(experiment, tmp_path):
    whole = estimates(experiment, tmp_path)[MLE].left
    write_state(tmp_path, Plan(experiment).runs[MLE], [attempt("signal", "x")], "2026-01-01T11:59:30+00:00", step=150)
    assert estimates(experiment, tmp_path)[MLE].left == pytest.approx(whole * (1 - 150 / 600))


def test_the_wall_time_is_the_sum_over_machines_or_the_longest_chain(experiment, tmp_path):
    found = estimates(experiment, tmp_path)
    total = sum(one.left for one in found.values())
    chain = found[MLE].left + found[CRITIC].left + found[ERAC].left
    assert wall_seconds(found.values(), 1) == pytest.approx(total)
    assert wall_seconds(found.values(), 100) == pytest.approx(chain)
