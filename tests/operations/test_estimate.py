"""Time, disk and requests of an experiment, by its work and by what finished runs took."""

import gzip
import json
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace

import pytest
import torch
import yaml
from efficientnet_lite_pytorch import EfficientNet
from fake_results import attempt, make_experiment, write_run, write_state

from erac_vaml.cli import main
from erac_vaml.config import load_experiment, validate_experiment
from erac_vaml.config.datasets import CaptionsDataset, CocoDataset, Iwslt14Dataset, MiniDataset, ParallelDataset
from erac_vaml.data.feature_networks import MiniNetwork
from erac_vaml.data.prepare_captions import prepare_captions
from erac_vaml.data.prepare_text import prepare_text
from erac_vaml.operations.data_size import FEATURE_WIDTHS, DatasetSize, SplitSize, dataset_size
from erac_vaml.operations.disk import checkpoint_bytes, data_bytes, disk_use, model_bytes
from erac_vaml.operations.estimate import estimate, wall_seconds
from erac_vaml.operations.finished import data_sizes
from erac_vaml.operations.requests import JobRequests, memory_mb
from erac_vaml.operations.wording import counted, duration, hours, size, some
from erac_vaml.operations.work import run_work
from erac_vaml.plan import plan_runs
from erac_vaml.runs.assembly import _initialised
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.state import begin, to_checkpoint

TASK = {"seeds": {"critics": 1, "actors": 2}, "algorithms": ["mle", "erac"]}
MLE, CRITIC, ERAC = "runs/mt/mle/seed1", "runs/mt/critic/critic1", "runs/mt/erac/critic1-actor1"


@pytest.fixture
def experiment():
    return make_experiment({"mt": TASK})


def work(experiment, results, path, epochs):
    run = plan_runs(experiment)[path]
    return run_work(run, data_sizes(experiment, results)["mini"], epochs)


def finish(experiment, results, path, seconds, epochs=4, device="cpu", threads=1):
    run = plan_runs(experiment)[path]
    attempts = [asdict(attempt("finished")) | {"device": device}]
    manifest = {"seconds": float(seconds), "threads": threads, "attempts": attempts}
    write_run(results, run, epochs=epochs, manifest=manifest)


def estimates(experiment, results, **options):
    return {str(one.run.path): one for one in estimate(experiment, results, **options).runs}


def test_without_any_finished_run_the_speed_is_assumed_and_epochs_are_the_most(experiment, tmp_path):
    one = estimates(experiment, tmp_path / "fake", tflops=2.0)[MLE]
    steps = 30 * 1500 / 50
    assert one.left == pytest.approx(work(experiment, tmp_path, MLE, 30) / 2e12 + steps * 0.01)
    assert (one.at_most, one.speed.unit) == (True, "GPU")
    assert one.speed.basis == "assumed: 2 TFLOP/s (--assume-tflops), 10 ms a step"


def test_a_finished_run_of_the_stage_gives_speed_and_epochs(experiment, tmp_path):
    finish(experiment, tmp_path, MLE, seconds=100.0, epochs=4, threads=2)
    found = estimates(experiment, tmp_path)
    ended, other = found[MLE], found["runs/mt/mle/seed2"]
    assert (ended.ended, ended.spent, ended.left) == (True, 100.0, 0.0)
    assert other.left == pytest.approx(100.0)
    assert (other.at_most, other.speed.unit, other.speed.units) == (False, "core", 2)
    assert other.speed.basis == "1 finished run of this experiment"
    assert found[CRITIC].speed.basis.startswith("assumed")


def test_the_speed_is_the_median_of_runs_on_the_usual_device(tmp_path):
    experiment = make_experiment({"mt": TASK | {"seeds": {"critics": 1, "actors": 5}}})
    for number, (seconds, device) in enumerate([(10, "cuda:0"), (20, "cuda:0"), (90, "cuda:0"), (1, "cpu")], start=1):
        finish(experiment, tmp_path, f"runs/mt/mle/seed{number}", float(seconds), device=device)
    last = estimates(experiment, tmp_path)["runs/mt/mle/seed5"]
    assert (last.left, last.speed.unit) == (pytest.approx(20.0), "GPU")
    assert last.speed.basis == "3 finished runs of this experiment"


def test_another_experiment_s_runs_are_taken_where_there_are_none_of_its_own(experiment, tmp_path):
    other = validate_experiment(json.loads(experiment.model_dump_json()) | {"name": "other"})
    (tmp_path / "other").mkdir()
    content = other.model_dump(mode="json", exclude={"defaults"})
    (tmp_path / "other" / "config.yaml").write_text(yaml.safe_dump(content))
    finish(other, tmp_path / "other", MLE, seconds=50.0, epochs=10)
    one = estimates(experiment, tmp_path / "fake")[MLE]
    assert one.speed.basis == "1 finished run of other experiments here"
    expected = work(experiment, tmp_path, MLE, 30) / work(experiment, tmp_path, MLE, 10) * 50.0
    assert one.left == pytest.approx(expected)
    assert estimates(experiment, tmp_path / "fake", tflops=1.0)[MLE].speed.basis.startswith("assumed")


def test_damaged_and_diverged_runs_give_no_speed(experiment, tmp_path):
    finish(experiment, tmp_path, MLE, seconds=100.0)
    (tmp_path / MLE / "manifest.json").write_text("{}")
    write_run(tmp_path, plan_runs(experiment)["runs/mt/mle/seed2"], status="diverged")
    assert estimates(experiment, tmp_path)[ERAC].speed.basis.startswith("assumed")
    assert estimates(experiment, tmp_path)[MLE].speed.basis.startswith("assumed")


def test_what_a_begun_run_has_done_is_not_to_be_done_again(experiment, tmp_path):
    whole = estimates(experiment, tmp_path)[MLE].left
    write_state(tmp_path, plan_runs(experiment)[MLE], [attempt("signal", "x")], "2026-01-01T11:59:30+00:00", step=150)
    assert estimates(experiment, tmp_path)[MLE].left == pytest.approx(whole * (1 - 150 / 600))


def test_the_wall_time_is_the_sum_over_machines_or_the_longest_chain(experiment, tmp_path):
    found = estimates(experiment, tmp_path)
    total = sum(one.left for one in found.values())
    chain = found[MLE].left + found[CRITIC].left + found[ERAC].left
    assert wall_seconds(found.values(), 1) == pytest.approx(total)
    assert wall_seconds(found.values(), 100) == pytest.approx(chain)


def test_the_size_of_prepared_data_is_counted_and_near_what_was_known_before(tmp_path):
    settings = MiniDataset()
    before = dataset_size(settings, tmp_path)
    prepare_text("mini", settings, tmp_path)
    after = dataset_size(settings, tmp_path)
    assert (after.basis, before.basis) == ("counted", "what its generator makes")
    assert (after.train.pairs, after.source_vocabulary, after.target_vocabulary) == (1500, 228, 239)
    assert before.train.pairs == after.train.pairs
    assert before.train.target_words == pytest.approx(after.train.target_words, rel=0.1)
    assert before.target_vocabulary == pytest.approx(after.target_vocabulary, rel=0.1)


def test_the_size_of_captioned_scenes_too(tmp_path):
    settings = make_scenes()
    before = dataset_size(settings, tmp_path)
    prepare_captions("scenes", settings, tmp_path)
    after = dataset_size(settings, tmp_path)
    assert (after.train.pairs, after.train.decoded, after.images) == (100, 20, 30)
    assert (before.train, before.feature_width) == (
        SplitSize(100, 0, 900, 20),
        after.feature_width,
    )
    assert after.train.target_words == pytest.approx(900, rel=0.1)


def make_scenes():
    dataset = {"kind": "mini-captions", "train_images": 20, "valid_images": 5, "test_images": 5}
    task = {"dataset": "scenes"}
    return validate_experiment({"name": "x", "datasets": {"scenes": dataset}, "tasks": {"c": task}}).datasets["scenes"]


def test_the_known_widths_are_those_of_the_networks():
    assert FEATURE_WIDTHS["mini"] == MiniNetwork().width
    assert EfficientNet.from_name("efficientnet-lite2")._fc.in_features == FEATURE_WIDTHS["efficientnet-lite2"]


def test_raw_files_tell_the_size_before_they_are_prepared(tmp_path):
    line = "eins zwei drei vier " * 5 + "\n"  # 20 words of 5 letters and a blank
    for name, lines in (("train", 1000), ("valid", 100), ("test", 100)):
        with gzip.open(tmp_path / f"{name}.de.gz", "wt") as stream:
            stream.write(line * lines)
        (tmp_path / f"{name}.en").write_text(line * lines)
    files = {
        name: (str(tmp_path / f"{name}.de.gz"), str(tmp_path / f"{name}.en")) for name in ("train", "valid", "test")
    }
    found = dataset_size(ParallelDataset(**files), tmp_path / "data")
    assert found.basis == "the sizes of the raw files"
    assert found.train.pairs == pytest.approx(1000, rel=0.2)
    assert dataset_size(ParallelDataset(**files, max_train_pairs=10), tmp_path / "data").train.pairs == 10
    missing = dict.fromkeys(("train", "valid", "test"), ("none.de", "none.en"))
    assert "guess" in dataset_size(ParallelDataset(**missing), tmp_path / "data").basis


def test_known_data_sets_have_their_known_counts(tmp_path):
    iwslt = dataset_size(Iwslt14Dataset(), tmp_path)
    assert (iwslt.train.pairs, iwslt.source_vocabulary, iwslt.target_vocabulary) == (153_326, 32_011, 22_824)
    coco = dataset_size(CocoDataset(annotations=("a", "b"), split="c", images="d"), tmp_path)
    assert (coco.images, coco.feature_width) == (123_287, 2048)
    names = {name: str(tmp_path / f"{name}.txt") for name in ("train", "valid", "test")}
    for path in names.values():
        (tmp_path / path).write_text("a\nb\n")
    own = CaptionsDataset(captions=["none.tsv"], images="d", feature_network="efficientnet-lite2", **names)
    found = dataset_size(own, tmp_path / "data")
    assert (found.train.pairs, found.images, found.feature_width) == (10, 6, 1280)


SMALL = DatasetSize(*[SplitSize(10, 50, 50, 10)] * 3, 30, 40, 0, "made up")
STAGES = {
    "mle": MLE,
    "raml": "runs/mt/raml/seed1",
    "q-network": "runs/mt/q-network/critic1",
    "vaml": "runs/mt/vaml/critic1-actor1",
    "critic": CRITIC,
    "joint": ERAC,
}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("path", STAGES.values(), ids=STAGES)
def test_models_and_checkpoints_have_the_bytes_of_those_of_a_built_stage(path, optimizer):
    stages = {name: {"optimizer": optimizer} for name in ("mle", "raml", "q_network", "vaml", "critic", "joint")}
    run = plan_runs(make_experiment({"mt": {"network": {"units": 8, "embedding": 6}, **stages}}))[path]
    words = SimpleNamespace(source_vocabulary=range(30), target_vocabulary=range(40))
    context = Context(run.settings, words, 1, torch.device("cpu"))
    actor, critic, q_network = (_initialised(role, context) for role in ("actor", "critic", "q_network"))
    if run.stage == "critic":
        stage = CriticStage(context, critic, actor)
    elif run.stage == "joint":
        stage = JointStage(context, actor, critic)
    else:
        stage = QNetworkStage(context, q_network) if run.stage == "q-network" else MleStage(context, actor)
    tensors, _ = to_checkpoint(stage, begin(stage, 1))
    counters = sum(value.nbytes for name, value in tensors.items() if ".step." in name)  # Adam's, a number each
    assert model_bytes(run, SMALL) == sum(value.nbytes for value in stage.network.state_dict().values())
    assert checkpoint_bytes(run, SMALL) == sum(value.nbytes for value in tensors.values()) - counters


def test_disk_is_models_checkpoints_of_the_largest_and_data_to_come():
    runs = plan_runs(make_experiment({"mt": TASK}))
    left = [(run, SMALL) for run in runs.values()]
    images = DatasetSize(*[SplitSize(10, 0, 50, 2)] * 3, 0, 40, 100, "made up")
    use = disk_use(left, [images], at_once=1)
    assert use.models == sum(model_bytes(run, SMALL) for run in runs.values())
    assert use.checkpoints == 3 * max(checkpoint_bytes(run, SMALL) for run in runs.values())
    assert use.data == data_bytes(images) == 150 * 11 + 6 * 100 * 2
    assert use.total == use.models + use.checkpoints + use.data


def test_requests_are_whole_within_limits_and_there_before_the_data(experiment, tmp_path):
    requests = JobRequests(experiment, tmp_path / "none")
    minutes = {run.stage: requests.minutes(run) for run in plan_runs(experiment).values()}
    assert set(minutes.values()) == {30}
    paper = make_experiment({"mt": {"dataset": "big", **TASK}}, datasets={"big": {"kind": "iwslt14"}})
    asked = JobRequests(paper, tmp_path / "none")
    for run in plan_runs(paper).values():
        assert 30 < asked.minutes(run) <= 1440
        assert asked.minutes(run) % 10 == asked.memory_mb(run) % 500 == 0
        assert 3_000 < asked.memory_mb(run) < 16_000


def test_requests_rest_on_measured_speeds_once_there_are_some(experiment, tmp_path):
    finish(experiment, tmp_path, MLE, seconds=6_000.0, epochs=30)
    run = plan_runs(experiment)["runs/mt/mle/seed2"]
    assert JobRequests(experiment, tmp_path).minutes(run) == 300


def test_more_memory_is_asked_for_after_failures_and_kills_but_not_after_budget_stops(experiment, tmp_path):
    run = plan_runs(experiment)[MLE]
    usual = memory_mb(run, data_sizes(experiment, tmp_path)["mini"])
    folder = write_state(tmp_path, run, [attempt("time limit"), attempt("signal")])
    assert JobRequests(experiment, tmp_path).memory_mb(run) == usual
    ends = [attempt("failed"), attempt(None), attempt("time limit")]
    (folder / "attempts.json").write_text(json.dumps([vars(one) for one in ends]))
    assert JobRequests(experiment, tmp_path).memory_mb(run) == 3 * usual
    (folder / "attempts.json").write_text(json.dumps([vars(attempt("failed"))] * 20))
    assert JobRequests(experiment, tmp_path).memory_mb(run) == 4 * usual


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (duration(45), "45 s"),
        (duration(59.7), "1 min"),
        (duration(3600), "1 h 00 min"),
        (duration(12_000), "3 h 20 min"),
        (duration(86_399), "1 d 0 h"),
        (hours(0), "0"),
        (hours(1), "<0.001"),
        (hours(1260), "0.35"),
        (hours(15_120), "4.2"),
        (hours(3600 * 1234), "1,234"),
        (size(999), "999 B"),
        (size(3_400_000), "3.4 MB"),
        (size(56e9), "56 GB"),
        (size(1e12), "1.0 TB"),
        (some(["a", "b", "c", "d"]), "a, b, c and 1 more"),
        (counted(1, "run"), "1 run"),
        (counted(2000, "run"), "2,000 runs"),
    ],
)
def test_numbers_read_as_people_write_them(found, wanted):
    assert found == wanted


def planned(tmp_path, monkeypatch, *options):
    monkeypatch.chdir(tmp_path)
    task = {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "erac"]}
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    monkeypatch.setattr(sys, "argv", ["erac-vaml", "plan", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_plan_says_what_its_numbers_rest_on(tmp_path, monkeypatch, capsys):
    assert planned(tmp_path, monkeypatch) == 0
    said = capsys.readouterr().out
    assert "   3  runs in experiment 'x'" in said
    (row,) = (line for line in said.splitlines() if line.startswith("mt/critic"))
    assert row.split()[1:4] == ["1", "0", "1"]
    assert "≤" in row
    assert row.rstrip().endswith("assumed: 1 TFLOP/s (--assume-tflops), 10 ms a step")
    for part in ("what its generator makes", "With 8 runs at once", "max_epochs", "Disk still needed"):
        assert part in said


def test_the_plan_refuses_to_lose_finished_runs_until_they_are_set_aside(tmp_path, monkeypatch, capsys):
    planned(tmp_path, monkeypatch)
    run = plan_runs(load_experiment(tmp_path / "config.yaml"))[MLE]
    folder = write_run(tmp_path / "results/x", run, manifest={"settings": run.fields | {"mle.learning_rate": 9.0}})
    assert planned(tmp_path, monkeypatch) == 3
    said = capsys.readouterr().out
    assert "mle.learning_rate was 9.0, is 0.6" in said
    assert "1 finished run, 10 min of training, would be trained again" in said
    assert folder.exists()
    assert planned(tmp_path, monkeypatch, "--yes") == 0
    assert not folder.exists()
    assert len(list((tmp_path / "results/x/replaced").glob("*/runs/mt/mle/seed1/scores.json"))) == 1
    assert planned(tmp_path, monkeypatch) == 0


def test_the_plan_answers_without_torch(tmp_path):
    task = {"dataset": "mini"}
    configuration = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": task}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(configuration))
    code = "import sys; from erac_vaml.cli import app; app(['plan'], standalone_mode=False); "
    code += "sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True).returncode == 0
