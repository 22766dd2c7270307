"""Optimisers with clipping, and the target critic's update."""

import copy

import pytest
import torch
from torch import nn

from erac_vaml.config.settings import Critic, Mle
from erac_vaml.training.optimisation import Optimiser, update_target


def linear(*weights):
    network = nn.Linear(len(weights), 1, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([weights]))
    return network


def test_sgd_moves_by_the_gradient_times_the_learning_rate():
    network = linear(1.0, 2.0)
    Optimiser(network, Mle(learning_rate=0.5)).update(network(torch.tensor([2.0, -1.0])).sum())
    assert network.weight.tolist() == [[0.0, 2.5]]


def test_a_gradient_over_the_limit_is_scaled_to_it():
    network = linear(0.0, 0.0)
    Optimiser(network, Mle(learning_rate=1.0, gradient_clip=5.0)).update(network(torch.tensor([30.0, 40.0])).sum())
    assert network.weight[0].tolist() == pytest.approx([-3.0, -4.0])


@pytest.mark.parametrize("settings", [Mle(learning_rate=0.1), Critic(learning_rate=0.1)], ids=["sgd", "adam"])
def test_steps_are_those_of_pytorchs_optimiser_after_clipping(settings):
    """The weight's gradient is transposed in memory: a fused kernel that ignores strides moves the wrong weights."""
    ours = nn.Linear(5, 3)
    theirs = copy.deepcopy(ours)
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    optimiser, reference = Optimiser(ours, settings), kinds[settings.optimizer](theirs.parameters(), lr=0.1)
    inputs = 10 * torch.randn(4, 6, 5, generator=torch.Generator().manual_seed(1))
    for batch in inputs:
        loss = torch.einsum("vh,nh->nv", ours.weight, batch).square().sum() + ours.bias.exp().sum()
        assert not torch.autograd.grad(loss, ours.weight, retain_graph=True)[0].is_contiguous()
        optimiser.update(loss)
        theirs.zero_grad()
        (torch.einsum("vh,nh->nv", theirs.weight, batch).square().sum() + theirs.bias.exp().sum()).backward()
        torch.nn.utils.clip_grad_norm_(theirs.parameters(), settings.gradient_clip)
        reference.step()
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-5, atol=1e-6)


def test_an_update_leaves_other_networks_of_the_loss_alone():
    ours, other = linear(1.0), linear(1.0)
    Optimiser(ours, Mle(learning_rate=1.0)).update((ours(torch.ones(1)) * other(torch.ones(1))).sum())
    assert other.weight.item() == 1.0
    assert other.weight.grad is None


def test_the_learning_rate_is_scaled_from_the_initial_one():
    optimiser = Optimiser(linear(1.0), Mle(learning_rate=0.6))
    optimiser.scale_learning_rate(0.5)
    optimiser.scale_learning_rate(0.25)
    assert optimiser.learning_rate == pytest.approx(0.15)


@pytest.mark.parametrize(("beta", "expected"), [(0.1, 1.9), (1.0, 1.0)])
def test_the_target_critic_moves_towards_the_critic(beta, expected):
    target, critic = linear(2.0), linear(1.0)
    update_target(target.parameters(), critic.parameters(), beta)
    assert target.weight.item() == pytest.approx(expected)
    assert critic.weight.item() == 1.0
