"""The cost of runs: the shares of a device add up to the device, however runs overlap."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from fake_results import attempt, make_experiment, write_run

from erac_vaml.page.cost import device_shares, stage_costs
from erac_vaml.plan import algorithm_runs
from erac_vaml.runs.attempts import Attempt
from erac_vaml.runs.manifest import read_manifest

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def between(start, end, joules=None, place="host gpu0"):
    """Return an attempt from one second to another."""
    host, gpu = place.split()
    began, ended = ((MIDNIGHT + timedelta(seconds=seconds)).isoformat() for seconds in (start, end))
    return Attempt(began, host, 1, None, "cuda:0", 0, ended, "finished", gpu=gpu, joules=joules)


def shares(*attempts):
    return [(share.seconds, share.joules) for share in device_shares(attempts)]


def test_an_attempt_alone_has_its_device_for_itself():
    assert shares(between(0, 100, 5000.0)) == [(100.0, pytest.approx(5000.0))]


def test_attempts_on_other_devices_share_nothing():
    assert shares(between(0, 100), between(0, 100, place="host gpu1")) == [(100.0, None), (100.0, None)]


def test_what_is_shared_is_halved():
    # The device took 100 W throughout: each counted all of it over its own time.
    found = shares(between(0, 100, 10_000.0), between(50, 150, 10_000.0))
    assert found == [(75.0, pytest.approx(7500.0)), (75.0, pytest.approx(7500.0))]


def test_shares_add_up_to_the_time_in_which_the_device_was_taken():
    attempts = [between(0, 10), between(2, 5), between(4, 30), between(40, 41)]
    assert sum(seconds for seconds, _ in shares(*attempts)) == 31.0


def test_time_that_is_not_known_to_pass_costs_nothing():
    assert shares(between(5, 5, 10.0)) == [(0.0, 0.0)]


def test_nothing_is_told_of_a_device_that_does_not_tell():
    assert shares(between(0, 10), between(0, 10, 500.0)) == [(5.0, None), (5.0, pytest.approx(250.0))]


def written(results, run, **manifest):
    return read_manifest(write_run(results, run, manifest=manifest))


def test_costs_are_by_stage_and_kind_of_device(tmp_path):
    experiment = make_experiment()
    mle, raml = (algorithm_runs(experiment, "mt", name)[:3] for name in ("mle", "raml"))
    manifests = [written(tmp_path, run, threads=2) for run in mle]
    gpu = asdict(attempt("finished")) | {"device": "cuda:0", "gpu": "GPU-1", "joules": 3.6e5}
    manifests += [written(tmp_path, run, device="H100", seconds=1800.0, attempts=[gpu]) for run in raml]
    cpu, shared = stage_costs([(manifest.run.split("/")[2], manifest) for manifest in manifests])
    assert (cpu.stage, cpu.device, cpu.on_gpu, cpu.runs, cpu.kilowatt_hours) == ("mle", "x86_64", False, 3, None)
    assert (cpu.training_hours, cpu.device_hours, cpu.peak_gibibytes) == pytest.approx((0.5, 1.0, 0.5))
    # Three runs shared one GPU for the same half hour, which each saw to take a tenth of a kilowatt-hour.
    assert (shared.stage, shared.on_gpu, shared.attempts) == ("raml", True, 3)
    assert (shared.training_hours, shared.device_hours, shared.kilowatt_hours) == pytest.approx((1.5, 0.5, 0.1))


def test_an_attempt_that_was_killed_has_no_end_and_no_share(tmp_path):
    run = algorithm_runs(make_experiment(), "mt", "mle")[0]
    (cost,) = stage_costs([("mle", written(tmp_path, run, attempts=[asdict(attempt()), asdict(attempt("finished"))]))])
    assert (cost.runs, cost.attempts) == (1, 1)
