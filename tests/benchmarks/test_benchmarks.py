"""The benchmark's lists of products against hand-counted ones, its batches, and what it writes; never a time."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.bound import bare_products
from benchmarks.cases import SHORT, Case, Effort, Stage, growth_cases, stage_cases
from benchmarks.endings import end_hypotheses, end_samples
from benchmarks.measurement import Measurement
from benchmarks.report import Report
from benchmarks.shapes import stages
from benchmarks.shapes.network import NetworkShape
from benchmarks.shapes.products import Product, forward
from benchmarks.shapes.sentences import Sentences
from benchmarks.subjects import prepare
from benchmarks.traffic import fixed_bytes, score_bytes, target_bytes, trained_bytes
from benchmarks.worker import measure
from benchmarks.workload import random_batch, sentence_lengths
from erac_vaml.config import TaskSettings
from erac_vaml.decoding.beam import beam_search
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.build import build_actor

CPU = torch.device("cpu")
ACTOR = NetworkShape("actor", embedding=3, units=4, vocabulary=7)
CRITIC = NetworkShape("critic", embedding=3, units=4, vocabulary=7, attention="mlp")
SOURCES, REFERENCES = [3, 1], [3, 1]  # going on at each step: 2, 1, 1


def listed(parts):
    """The products as text by (purpose, direction), in order; a part's ways are told apart by `or`."""
    table = {}
    for part in parts:
        ways = " or ".join(" + ".join(map(str, way)) for way in part.ways)
        key = (part.purpose, part.direction)
        table[key] = f"{table[key]} + {ways}" if key in table else ways
    return table


MLE = {
    ("actor: encoder, inputs", "forward"): "1 × (4, 3)·(3, 16)",
    ("actor: encoder, steps", "forward"): "4 × (1, 2)·(2, 8)",
    ("actor: decoder, gates", "forward"): "1 × (4, 3)·(3, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 4)·(4, 16)",
    ("actor: attention, scores", "forward"): "1 × (2, 2, 4)·(2, 4, 2)",
    ("actor: attention, contexts", "forward"): "1 × (2, 2, 2)·(2, 2, 4)",
    ("actor: decoder, combine", "forward"): "1 × (4, 8)·(8, 4)",
    ("actor: output layer", "forward"): "1 × (4, 4)·(4, 7)",
    ("actor: output layer", "backward"): "1 × (4, 7)·(7, 4) + 1 × (7, 4)·(4, 4)",
    ("actor: decoder, combine", "backward"): "1 × (4, 4)·(4, 8) + 1 × (4, 4)·(4, 8)",
    ("actor: attention, contexts", "backward"): "1 × (2, 2, 4)·(2, 4, 2) + 1 × (2, 2, 2)·(2, 2, 4)",
    ("actor: attention, scores", "backward"): "1 × (2, 2, 2)·(2, 2, 4) + 1 × (2, 2, 2)·(2, 2, 4)",
    ("actor: decoder, gates", "backward"): (
        "1 × (2, 16)·(16, 4) + 2 × (1, 16)·(16, 4) + 1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 7)"
    ),
    ("actor: encoder, inputs", "backward"): "1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 3)",
    ("actor: encoder, steps", "backward"): "4 × (1, 8)·(8, 2) + 2 × (8, 2)·(2, 2)",
}


def test_sentences_that_have_ended_do_not_go_on():
    sentences = Sentences((3, 1, 4, 1), samples=2)
    assert (sentences.sources, sentences.tokens, sentences.going_on) == (2, 9, [4, 2, 2, 1])


def test_products_of_mle():
    assert listed(stages.mle(ACTOR, SOURCES, REFERENCES)) == MLE


def test_raml_reads_each_source_once():
    products = listed(stages.raml(ACTOR, SOURCES, REFERENCES, samples=5))
    for key in MLE:
        if "encoder" in key[0]:
            assert products[key] == MLE[key]
    assert products["actor: output layer", "forward"] == "1 × (20, 4)·(4, 7)"
    assert products["actor: attention, scores", "forward"] == "1 × (2, 10, 4)·(2, 4, 2)"
    assert products["actor: decoder, gates", "forward"].endswith("1 × (10, 4)·(4, 16) + 2 × (5, 4)·(4, 16)")


def test_soft_q_needs_no_value_of_the_first_state():
    products = listed(stages.soft_q(ACTOR, REFERENCES, samples=6))
    assert products["actor: encoder, inputs", "forward"] == "1 × (6, 3)·(3, 16)"  # `bos` and the reference
    assert products["actor: output layer", "forward"] == "1 × (12, 4)·(4, 7)"  # 6 samples × 2 later states
    assert products["actor: output layer", "backward"] == "1 × (12, 7)·(7, 4) + 1 × (7, 12)·(12, 4)"


def test_vaml_scores_a_share_of_the_tokens_with_a_fixed_q_network():
    products = listed(stages.vaml(ACTOR, SOURCES, REFERENCES, samples=5, kappa=0.2))
    assert products["Q-network: output layer", "forward"] == "1 × (4, 4)·(4, 7)"
    assert not any(purpose.startswith("Q-network") and way == "backward" for purpose, way in products)
    of_actor = {key: shapes for key, shapes in products.items() if key[0].startswith("actor")}
    assert of_actor == listed(stages.raml(ACTOR, SOURCES, REFERENCES, samples=5))


def test_products_of_the_critic():
    products = listed(stages.critic(ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1, 1, 2), samples=2)))
    assert products["actor: decoder, gates", "forward"] == "1 × (4, 7)·(7, 16) + 1 × (2, 7)·(7, 16)"
    assert products["actor: attention, scores", "forward"] == "1 × (2, 2, 4)·(2, 4, 2) + 1 × (2, 4)·(4, 2)"
    assert products["actor: output layer", "forward"] == "1 × (4, 4)·(4, 7) + 1 × (2, 4)·(4, 7)"
    assert products["target critic: expectation under the policy", "forward"] == "1 × (6, 7)·(7, 4)"
    # A source has 3 queries in the mean, a reference with `bos` 3 states.
    assert products["critic: attention, keys", "forward"] == "1 × (6, 4)·(4, 4)"
    assert products["critic: attention, queries", "forward"] == "1 × (6, 4)·(4, 4)"
    assert products["critic: attention, scores", "forward"] == "2 × (9, 4)·(4, 1)"
    assert products["critic: attention, scores", "backward"] == "2 × (1, 9)·(9, 4)"
    assert products["critic: attention, queries", "backward"] == "1 × (6, 4)·(4, 4) + 1 × (4, 6)·(6, 4)"
    assert products["critic: smoothing, WᵀW", "forward"] == "1 × (4, 7)·(7, 4)"
    assert products["critic: smoothing, WᵀW", "backward"] == "1 × (7, 4)·(4, 4)"
    assert not any("critic: output layer" in purpose for purpose, _ in products)
    assert all(purpose.startswith("critic") for purpose, direction in products if direction == "backward")


def test_erac_scores_its_samples_once():
    products = listed(stages.erac(ACTOR, CRITIC, SOURCES, REFERENCES, Sentences((2, 1))))
    drawn, mle = "1 × (2, 4)·(4, 7) + 1 × (1, 4)·(4, 7)", MLE["actor: output layer", "forward"]
    assert products["actor: output layer", "forward"] == f"{drawn} + {mle}"
    assert products["actor: output layer", "backward"] == (
        "1 × (3, 7)·(7, 4) + 1 × (7, 3)·(3, 4) + " + MLE["actor: output layer", "backward"]
    )
    assert products["critic: output layer", "forward"] == "1 × (3, 4)·(4, 7)"
    assert products["actor: encoder, steps", "forward"] == MLE["actor: encoder, steps", "forward"]
    assert products["actor: encoder, steps", "backward"] == MLE["actor: encoder, steps", "backward"]


def test_beam_search_starts_with_one_beam_and_leaves_out_what_has_ended():
    products = listed(stages.beam_search(ACTOR, SOURCES, hypotheses=[3, 1], beam_size=5))
    assert products["actor: output layer", "forward"] == "1 × (2, 4)·(4, 7) + 2 × (5, 4)·(4, 7)"
    assert products["actor: attention, contexts", "forward"] == "1 × (2, 1, 2)·(2, 2, 4) + 2 × (5, 2)·(2, 4)"
    assert not any(direction == "backward" for _, direction in products)


def test_with_input_feeding_the_decoder_waits_for_every_step():
    fed = NetworkShape("actor", embedding=3, units=4, vocabulary=7, input_feeding=True)
    products = listed(stages.mle(fed, SOURCES, REFERENCES))
    # Nothing is fed back into the first step. The words are known beforehand: their half can be done at once.
    assert products["actor: decoder, gates", "forward"] == (
        "1 × (4, 3)·(3, 16) + 1 × (2, 4)·(4, 16) + 2 × (1, 8)·(8, 16) or 1 × (2, 7)·(7, 16) + 2 × (1, 11)·(11, 16)"
    )
    assert products["actor: decoder, gates", "backward"] == (
        "1 × (2, 16)·(16, 4) + 2 × (1, 16)·(16, 8) + 1 × (4, 16)·(16, 3) + 1 × (16, 4)·(4, 11)"
    )
    assert products["actor: decoder, combine", "forward"] == "1 × (2, 8)·(8, 4) + 2 × (1, 8)·(8, 4)"
    assert products["actor: decoder, combine", "backward"] == (
        "1 × (2, 4)·(4, 8) + 2 × (1, 4)·(4, 8) + 1 × (4, 4)·(4, 8)"
    )
    assert products["actor: attention, scores", "forward"] == "1 × (2, 1, 4)·(2, 4, 2) + 2 × (1, 4)·(4, 2)"
    assert products["actor: output layer", "forward"] == MLE["actor: output layer", "forward"]


def test_of_several_ways_the_fastest_counts():
    slow, fast = Product(256, 256, 256), Product(1, 1, 1)
    (line,) = bare_products([forward("a choice", (slow,), (fast,))], CPU, repetitions=3)
    assert (line.rows, line.inner, line.columns) == (1, 1, 1)
    assert bare_products([], CPU, repetitions=3) == []


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
    assert score_bytes(stages.mle(ACTOR, SOURCES, REFERENCES), 7) == 4 * 4 * 7


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
        assert (work.target_tokens, work.parts, work.moved_bytes) == (75, [], 0)
    else:
        assert work.parts
        assert work.moved_bytes > 0


def test_what_is_written(tmp_path):
    mle = measure(tiny(Stage.MLE), Effort(warm_up=0, repetitions=1, product_repetitions=1), CPU)
    assert mle.bound_ms == pytest.approx(sum(line.ms for line in mle.products))
    assert mle.products_ms <= mle.products_torch_mm_ms
    assert Measurement.from_json(json.loads(json.dumps(mle.to_json()))) == mle
    bleu = replace(mle, case=Case(Stage.PREFIX_BLEU), ms=1.0, products=(), bound_ms=None)
    erac = replace(mle, case=Case(Stage.ERAC), ms=200.0, bound_ms=100.0, neighbours_share=0.5)
    report = Report(SHORT, threads=1, steps=[mle, erac, bleu], growth={"batch size": [mle]})
    report.write(tmp_path / "benchmark.json")
    written = json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))
    assert written["prefix_bleu_share_of_erac"] == 0.005
    assert [step["ratio"] for step in written["steps"]] == [mle.ratio, 2.0, None]
    assert set(written["steps"][0]["products"][0]) >= {"purpose", "count", "rows", "inner", "columns", "ms"}
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")
    text = report.text(shapes=True)
    assert "0.5% of the time of an ERAC step" in text
    assert "released" in text
    assert "ERAC !" in text  # somebody else had half of the machine
    assert "actor: output layer" in text
