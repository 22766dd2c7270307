"""Steps that a GPU can capture: nothing in them waits for the device, and a replay gives the same numbers."""

import numpy as np
import pytest
import torch
from small_stages import STAGES, stage_of, task, values
from torch.utils._python_dispatch import TorchDispatchMode

from erac_vaml.data import shapes
from erac_vaml.data.resident import ResidentSplit
from erac_vaml.randomness import stream_seed, torch_generator
from erac_vaml.training.capture import CapturedSteps

CPU = torch.device("cpu")
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")

_WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "_unique2", "equal", "is_nonzero", "repeat_interleave"}


class NoWaiting(TorchDispatchMode):
    """Fails at an operation whose result or shape the host has to know."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        assert name not in _WAITING, f"{func} makes the host wait for the device"
        if name in ("index", "index_put", "index_put_"):
            indices = [index for index in args[1] if index is not None]
            assert all(index.dtype != torch.bool for index in indices), f"{func} with a mask has a shape of its values"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("name", STAGES)
def test_nothing_in_a_step_waits_for_the_device(name, input_feeding, dataset, monkeypatch):
    monkeypatch.setattr(shapes, "follow_values", lambda values: False)
    network = {"units": 8, "embedding": 8, "input_feeding": input_feeding, "critic_attention": "mlp"}
    stage, _ = stage_of(name, dataset, task(network=network))
    batch = dataset.train.batch(np.arange(8), CPU)
    with NoWaiting():
        stage.step(batch, torch_generator(1, "test"))


@pytest.mark.parametrize("metric", ["gleu", "chrf"])
@pytest.mark.parametrize("name", ["raml", "q_network", "vaml", "critic", "joint"])
def test_no_pay_off_waits_for_the_device(name, metric, dataset, monkeypatch):
    monkeypatch.setattr(shapes, "follow_values", lambda values: False)
    stage, _ = stage_of(name, dataset, task(rewards={"metric": metric}))
    batch = dataset.train.batch(np.arange(8), CPU)
    with NoWaiting():
        stage.step(batch, torch_generator(1, "test"))


@on_gpu
@pytest.mark.parametrize(
    ("name", "metric"), [*((name, "bleu") for name in STAGES), *(("joint", metric) for metric in ("gleu", "chrf"))]
)
def test_captured_steps_are_those_taken_kernel_by_kernel(name, metric, dataset):
    device = torch.device("cuda")
    networks = []
    for captured in (False, True):
        stage, _ = stage_of(name, dataset, task(rewards={"metric": metric}), device=device)
        batch = ResidentSplit(dataset.train, device).batch(np.arange(8), 8, stage.reference_multiple)
        steps = CapturedSteps(stage, device)
        for number in range(6):
            seed = stream_seed(1, "test", number)
            if captured:
                steps.step(batch, seed)
            else:
                stage.step(batch, torch.Generator(device).manual_seed(seed))
        networks.append(values(stage.network))
    torch.testing.assert_close(networks[1], networks[0], rtol=1e-4, atol=1e-5)
