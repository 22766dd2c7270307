"""Captured steps: a replay gives the same numbers as the steps of the stage. test_fake_cuda.py checks the steps."""

import numpy as np
import pytest
import torch
from recorded_graphs import recorded_graphs
from small_stages import STAGES, stage_of, task, values

from erac_vaml.data import shapes
from erac_vaml.data.resident import ResidentSplit
from erac_vaml.randomness import stream_seed
from erac_vaml.training.capture import CapturedSteps

CPU = torch.device("cpu")
SOON = {name: {"optimizer": "adam", "learning_rate": 0.01} for name in ("mle", "joint", "critic")}
"""Settings with which a few steps change the networks."""


@pytest.mark.parametrize("name", STAGES)
def test_replayed_steps_are_those_taken_one_by_one(name, dataset, monkeypatch):
    """Two shapes, several batches of each, and a learning rate that falls between the steps."""
    monkeypatch.setattr(shapes, "follow_values", lambda values: False)
    order = [np.arange(*ends) for ends in ((0, 8), (8, 16), (0, 3), (16, 24), (3, 6), (0, 8), (0, 3))]
    networks, losses = [], []
    for captured in (False, True):
        stage, _ = stage_of(name, dataset, task(**SOON))
        resident = ResidentSplit(dataset.train, CPU)
        with recorded_graphs() as graphs:
            steps, taken = CapturedSteps(stage, CPU), []
            for number, indices in enumerate(order):
                batch, seed = resident.batch(indices, 64, 64), stream_seed(1, "test", number)
                if captured:
                    taken.append(steps.step(batch, seed))
                else:
                    taken.append(stage.step(batch, torch.Generator().manual_seed(seed)))
                for optimiser in stage.decaying_optimisers:
                    optimiser.scale_learning_rate(0.5**number)
        losses.append(torch.stack(taken))
        networks.append({role: values(network) for role, network in stage.changing_networks.items()})
    first, second = graphs
    assert first.pool() is second.pool()
    torch.testing.assert_close(losses[1], losses[0], rtol=0, atol=0)
    torch.testing.assert_close(networks[1], networks[0], rtol=0, atol=0)


@pytest.mark.gpu
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
