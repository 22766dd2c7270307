"""The benchmark: its batches, what it measures and what it writes. No test checks a time."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.cases import SHORT, Case, Effort, Stage, growth_cases, stage_cases
from benchmarks.endings import end_hypotheses, end_samples
from benchmarks.measurement import Measurement
from benchmarks.report import Report
from benchmarks.run import Machine
from benchmarks.subjects import prepare
from benchmarks.traffic import fixed_bytes, score_bytes, target_bytes, trained_bytes
from benchmarks.worker import measure
from benchmarks.workload import random_batch, sentence_lengths
from erac_vaml.config import TaskSettings
from erac_vaml.decoding.beam import beam_search
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.build import build_actor
from erac_vaml.operations.work.product import Layer, trained

CPU = torch.device("cpu")


def test_lengths_are_those_of_real_sentences():
    sources, targets = sentence_lengths(20_000, np.random.default_rng(0))
    for lengths in (sources, targets):
        assert (lengths.min(), lengths.max()) == (1, 50)
    assert sources.mean() == pytest.approx(17.4, abs=0.3)
    assert sources.std() == pytest.approx(9.6, abs=0.5)
    assert targets.mean() == pytest.approx(18.5, abs=0.4)
    assert np.corrcoef(sources, targets)[0, 1] > 0.9


@pytest.mark.parametrize("pairs", [42, 50])
def test_the_batch_is_typical(pairs):
    batch = random_batch(pairs, 17.8, 32_009, 22_822, CPU)
    assert batch.source.shape[0] == pairs
    assert int(batch.reference_lengths.sum()) == pytest.approx(18.8 * pairs, rel=0.03)
    assert 20 <= batch.references.shape[1] <= 23
    assert int(batch.source_lengths.sum()) == pytest.approx(18 * pairs, rel=0.1)


def small_actor(initial_range):
    network = TaskSettings.model_validate({"network": {"units": 16, "embedding": 16}}).network
    generator = torch.Generator().manual_seed(1)
    return build_actor(network.model_copy(update={"initial_range": initial_range}), 40, 60, generator)


def test_samples_are_as_long_as_asked():
    actor, batch = small_actor(0.1), random_batch(20, 17.8, 40, 60, CPU)
    end_samples(actor, mean_length=15.0, limit=25)
    memory = actor.encode(batch.source, batch.source_lengths).repeat(100)
    samples = sample(actor, memory, 25, torch.Generator().manual_seed(2), enforce_eos=False)
    assert float(samples.lengths.float().mean()) == pytest.approx(15.0, abs=0.8)


def test_hypotheses_are_about_as_long_as_asked():
    actor, batch = small_actor(1.0), random_batch(20, 17.8, 40, 60, CPU)
    with torch.no_grad():
        memory = actor.encode(batch.source, batch.source_lengths)
    end_hypotheses(actor, memory, 15.0, beam_size=3, max_length=50)
    lengths = beam_search(actor, memory, 3, 50).lengths
    assert float(lengths.float().mean()) == pytest.approx(15.0, abs=2.0)
    assert len(lengths.unique()) > 3


def test_bytes_that_must_move():
    settings, actor = TaskSettings(), small_actor(0.1)
    numbers = sum(parameter.numel() for parameter in actor.parameters())
    embeddings = (40 + 60) * 16
    assert fixed_bytes(actor) == 4 * (numbers - embeddings)
    assert target_bytes(actor) == 4 * (numbers - embeddings) + 8 * numbers
    assert trained_bytes(actor, settings.mle) == 16 * (numbers - embeddings)  # SGD
    assert trained_bytes(actor, settings.critic) == 32 * numbers  # Adam
    one_moment = settings.joint.model_copy(update={"adam_beta1": 0.0})
    assert trained_bytes(actor, one_moment) == 24 * numbers
    layers = [Layer("scores", (5, 5), 4, 60), Layer("gates", (5,), 60, 4)]
    assert score_bytes(trained(layers), 60) == 2 * 4 * 5 * 60


def test_cases():
    assert len(stage_cases(list(Stage), input_feeding_too=False)) == 8
    assert len(stage_cases(list(Stage), input_feeding_too=True)) == 15
    assert {case.stage for cases in growth_cases([Stage.RAML, Stage.ERAC]).values() for case in cases} == {Stage.ERAC}


def tiny(stage, input_feeding=False):
    return Case(stage, input_feeding, batch_size=3, target_words=4.0, target_vocabulary=50)


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_can_be_measured(stage):
    subject = prepare(tiny(stage, input_feeding=stage == Stage.ERAC), CPU)
    subject.step(0)
    work = subject.work([0])
    assert work.sentences == 3
    assert (work.decoded is not None) == (stage in (Stage.CRITIC, Stage.ERAC, Stage.BEAM_SEARCH))
    if stage == Stage.PREFIX_BLEU:
        assert (work.target_tokens, work.products, work.moved_bytes) == (75, [], 0)
    else:
        assert work.products
        assert work.moved_bytes > 0


def test_what_is_written(tmp_path):
    mle = measure(tiny(Stage.MLE), Effort(warm_up=0, repetitions=1, product_repetitions=1), CPU)
    assert mle.bound_ms == pytest.approx(sum(line.ms for line in mle.products))
    assert mle.products_ms <= mle.products_torch_mm_ms
    assert Measurement.from_json(json.loads(json.dumps(mle.to_json()))) == mle
    bleu = replace(mle, case=Case(Stage.PREFIX_BLEU), ms=1.0, products=(), bound_ms=None)
    erac = replace(mle, case=Case(Stage.ERAC), ms=200.0, bound_ms=100.0, neighbours_share=0.5)
    report = Report(SHORT, Machine(1, "cpu", "float32"), steps=[mle, erac, bleu], growth={"batch size": [mle]})
    report.write(tmp_path / "benchmark.json")
    written = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert written["prefix_bleu_share_of_erac"] == 0.005
    assert [step["ratio"] for step in written["steps"]] == [mle.ratio, 2.0, None]
    assert set(written["steps"][0]["products"][0]) >= {"purpose", "count", "rows", "inner", "columns", "ms"}
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")
    text = report.text(shapes=True)
    assert "0.5% of the time of an ERAC step" in text
    assert "ERAC !" in text  # Other processes used half of the machine.
    assert "actor: output layer" in text
    assert "growing" in text
    ungrown = replace(report, growth={"batch size": []})  # No stage was asked for whose growth is measured.
    assert "growing" not in ungrown.text(shapes=False)
