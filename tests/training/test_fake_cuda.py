"""Every stage on a CUDA device without a GPU: a step keeps everything there, and the host waits for no value."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fake_cuda import CUDA, fake_cuda
from recorded_graphs import recorded_graphs
from small_stages import STAGES, stage_of, task
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch._subclasses.fake_tensor import FakeTensorDeviceMismatchError as DeviceMismatch

from erac_vaml.config.recipes import recipe_values
from erac_vaml.data.batches import Split
from erac_vaml.data.images import Images
from erac_vaml.data.resident import ResidentSplit
from erac_vaml.data.vocabulary import EOS
from erac_vaml.training.capture import CapturedSteps
from erac_vaml.training.stages.mle import MleStage

pytestmark = pytest.mark.filterwarnings("ignore:Accessing the data pointer of FakeTensor")
LONGEST = 9
"""Tokens of a hypothesis: beam search checks once, after eight, whether all are finished."""


def settings_of(recipe, input_feeding=False, **changes):
    values, _ = recipe_values(recipe, input_feeding)
    fixed = {
        "network": {"units": 4, "embedding": 4, "input_feeding": input_feeding},
        "actor_critic": {"max_length": 4},
        "evaluation": {"max_length": LONGEST, "beam_size": 2},
    }
    for section, fields in (fixed | changes).items():
        values[section] = values.get(section, {}) | fields
    return task(**values)


@pytest.fixture(scope="module")
def images(dataset):
    """Three images of two captions each."""
    source = Images(np.ones((3, 5), np.float16), np.repeat(np.arange(3), 2))
    train = Split(source, dataset.train.target.select(np.arange(6)), rewards_all_captions=True)
    vocabulary = dataset.target_vocabulary
    return SimpleNamespace(train=train, source_vocabulary=None, feature_width=5, target_vocabulary=vocabulary)


def shortest(split):
    """Return three pairs with few words: each word takes many operations."""
    return np.argsort(split.source_lengths + split.target_lengths)[:3]


def take_step(name, dataset, settings):
    """Take a step of a stage, whose networks and batch lie on the device; return its loss."""
    with fake_cuda() as cuda:
        stage, _ = stage_of(name, dataset, settings, device=CUDA)
        batch, generator = ResidentSplit(dataset.train, CUDA).batch(shortest(dataset.train)), torch.Generator(CUDA)
        _ = stage._context.spelling  # The first step of a shape is not captured, and so may still make it.
        with cuda.staying():
            loss = stage.step(batch, generator)
        networks = stage.changing_networks.values()
        assert all(values.device == CUDA for network in networks for values in network.parameters())
    return loss


@pytest.mark.parametrize(("recipe", "input_feeding"), [("paper", False), ("released", True)])
@pytest.mark.parametrize("name", STAGES)
def test_a_step_stays_on_the_device_and_waits_for_no_value(name, recipe, input_feeding, dataset):
    loss = take_step(name, dataset, settings_of(recipe, input_feeding))
    assert (loss.device, loss.shape) == (CUDA, ())


@pytest.mark.parametrize("name", ["mle", "vaml", "critic", "joint"])
def test_a_step_on_images_stays_on_the_device(name, images):
    assert take_step(name, images, settings_of("released")).device == CUDA


@pytest.mark.parametrize("metric", ["gleu", "chrf"])
@pytest.mark.parametrize("name", ["raml", "joint"])
def test_no_pay_off_leaves_the_device(name, metric, dataset):
    assert take_step(name, dataset, settings_of("paper", rewards={"metric": metric})).device == CUDA


def test_captured_steps_stay_on_the_device(dataset):
    with fake_cuda() as cuda, recorded_graphs() as graphs:
        stage, _ = stage_of("mle", dataset, settings_of("paper"), device=CUDA)
        resident, steps = ResidentSplit(dataset.train, CUDA), CapturedSteps(stage, CUDA)
        for number in range(2):
            batch = resident.batch(shortest(dataset.train))
            with cuda.staying():
                assert steps.step(batch, number).device == CUDA
    assert len(graphs) == 1


SEARCH = {"decoding.finished.all_finished": 1, "decoding.beam.n_best_search": 1}
"""How often a beam search waits: for whether all are finished, and for the largest length."""
PAIRS = 10
"""Pairs of the validation text, one batch."""
ANSWERS = {
    "decoding.finished.all_finished": True,  # some are still going
    "decoding.beam.n_best_search": LONGEST,
    "evaluation.translate.<lambda>": EOS,  # every token of a text
    "evaluation.perplexity.perplexity": 1.0,
    "training.stages.critic.validate": 1,  # the error and the number of tokens of a batch
}


@pytest.mark.parametrize(
    ("name", "searches", "samples", "others"),
    [
        ("mle", 1, 0, {"evaluation.perplexity.perplexity": 1}),
        ("joint", 2, 1, {"evaluation.perplexity.perplexity": 1}),
        ("q_network", 1, 0, {}),
        ("critic", 0, 0, {"training.stages.critic.validate": 2}),
    ],
)
def test_validation_waits_only_where_it_is_meant_to(name, searches, samples, others, dataset):
    with fake_cuda(ANSWERS) as cuda:
        stage, _ = stage_of(name, dataset, settings_of("released"), device=CUDA)
        measures = stage.validate()
    texts = {"evaluation.translate.<lambda>": PAIRS * LONGEST * (searches + samples)}
    assert cuda.waits == Counter({place: searches * count for place, count in SEARCH.items()} | texts | others)
    assert stage.measure in measures


def constant(logits, generator):
    return logits + torch.ones(logits.shape[-1])


def scalar(logits, generator):
    return logits + torch.tensor(1.0)


def copied(logits, generator):
    return logits + torch.arange(logits.shape[-1]).to(logits.device)


def item(logits, generator):
    return logits * logits.sum().item()


def branch(logits, generator):
    return logits if logits.sum() > 0 else -logits


def read(logits, generator):
    return logits.cpu()


def index(logits, generator):
    return logits[logits > 0]


def places(logits, generator):
    return (logits > 0).nonzero()


def overwritten(logits, generator):
    logits[logits > 0] = 0.0
    return logits


def indexed_from_host(logits, generator):
    return logits[torch.arange(2)]


def drawn(logits, generator):
    return torch.rand(3, device=logits.device, generator=torch.Generator())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (constant, AssertionError),
        (scalar, AssertionError),
        (copied, AssertionError),
        (item, DataDependentOutputException),
        (branch, DataDependentOutputException),
        (read, AssertionError),
        (index, DynamicOutputShapeException),
        (places, DynamicOutputShapeException),
        (overwritten, AssertionError),
        (indexed_from_host, AssertionError),
        (drawn, AssertionError),
    ],
)
def test_a_fault_in_a_step_is_found(fault, error, dataset, monkeypatch):
    """Each would make a step wait for the device, or fail there."""
    take = MleStage.step

    def step(stage, batch, generator):
        fault(stage.network.output.weight.detach(), generator)
        return take(stage, batch, generator)

    monkeypatch.setattr(MleStage, "step", step)
    with pytest.raises(error):
        take_step("mle", dataset, settings_of("paper"))


def test_tensors_of_two_devices_do_not_mix():
    with fake_cuda(), pytest.raises(DeviceMismatch):
        torch.ones(2, device=CUDA) + torch.ones(2)
