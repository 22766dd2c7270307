"""The training stages on a tiny data set: which network learns, which is fixed, and that a seed decides everything."""

import numpy as np
import pytest
import torch
from small_stages import CPU, STAGES, stage_of, step, task, values

from erac_vaml import kernels
from erac_vaml.data import shapes
from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.randomness import torch_generator
from erac_vaml.training.stages.payoff import token_rewards
from erac_vaml.training.stages.proposals import propose
from erac_vaml.training.stages.rollout import roll_out, sample_limit


@pytest.mark.parametrize("name", STAGES)
def test_a_step_moves_the_trained_network_and_no_other(name, dataset):
    stage, others = stage_of(name, dataset)
    before, fixed = values(stage.network), {role: values(network) for role, network in others.items()}
    assert torch.isfinite(step(stage, dataset))
    assert not torch.equal(values(stage.network), before)
    assert all(torch.equal(values(others[role]), old) for role, old in fixed.items())


@pytest.mark.parametrize("name", STAGES)
def test_equal_seeds_give_equal_networks_bit_for_bit(name, dataset):
    networks = []
    for _ in range(2):
        stage, _ = stage_of(name, dataset)
        for number in range(3):
            step(stage, dataset, number)
        networks.append(values(stage.network))
    assert torch.equal(*networks)


@pytest.mark.parametrize("name", ["mle", "raml", "q_network", "vaml"])
def test_training_on_one_batch_lowers_its_loss(name, dataset):
    settings = task(**{name: {"optimizer": "adam", "learning_rate": 0.01}})
    stage, _ = stage_of(name, dataset, settings)
    losses = [step(stage, dataset, number).item() for number in range(30)]
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


def test_critic_pre_training_lowers_the_td_error(dataset):
    settings = task(actor_critic={"beta": 0.1, "max_length": 12}, critic={"learning_rate": 0.01})
    stage, _ = stage_of("critic", dataset, settings)
    before = stage.validate()["valid_td_error"]
    for number in range(60):
        step(stage, dataset, number)
    assert stage.validate()["valid_td_error"] < 0.9 * before


def test_the_validation_td_error_is_the_same_for_the_same_networks(dataset):
    stage, _ = stage_of("critic", dataset)
    assert stage.validate() == stage.validate()


@pytest.mark.parametrize(("kind", "error"), [("absolute", 3.0), ("squared", 9.0)])
def test_the_validation_error_is_the_one_of_the_settings(dataset, kind, error):
    stage, others = stage_of("critic", dataset, task(critic={"validation_error": kind}))
    with torch.no_grad():
        others["actor"].output.bias[EOS] = 50.0  # each sample is eos alone, whose reward and so whose target is 0
        for parameter in stage.network.parameters():
            parameter.zero_()
        stage.network.output.bias += 3.0
    assert stage.validate()["valid_td_error"] == error


def test_the_control_s_gradient_is_lambda_mle_times_that_of_mle(dataset):
    bare = {"optimizer": "sgd", "learning_rate": 1.0, "gradient_clip": 1e9}
    settings = task(mle=bare, joint=bare | {"lambda_mle": 0.3})
    losses, moved = {}, {}
    for name in ("mle", "mle_continued"):
        stage, _ = stage_of(name, dataset, settings)
        before = values(stage.network)
        losses[name] = step(stage, dataset)
        moved[name] = before - values(stage.network)
    torch.testing.assert_close(losses["mle_continued"], 0.3 * losses["mle"])
    torch.testing.assert_close(moved["mle_continued"], 0.3 * moved["mle"], rtol=1e-4, atol=1e-6)


def test_joint_training_moves_the_target_critic_by_beta(dataset):
    stage, _ = stage_of("joint", dataset, task(actor_critic={"beta": 0.25, "max_length": 12}))
    before = values(stage._critic)
    step(stage, dataset)
    expected = before + 0.25 * (values(stage._critic) - before)
    torch.testing.assert_close(values(stage._target_critic), expected)


def test_a_critic_whose_loss_overflows_shows_in_the_loss_of_that_step(dataset):
    stage, _ = stage_of("joint", dataset)
    with torch.no_grad():
        stage._critic.output.bias += 1e25
    assert not torch.isfinite(step(stage, dataset))


def joint_network(dataset, **changes):
    stage, _ = stage_of("joint", dataset, task(**changes))
    step(stage, dataset)
    return values(stage._critic), values(stage.network)


def test_without_future_entropy_tau_leaves_the_critic_but_not_the_actor(dataset):
    def networks(tau, future_entropy):
        changes = {
            "actor_critic": {"tau": tau, "max_length": 12},
            "joint": {"future_entropy": future_entropy, "optimizer": "sgd", "learning_rate": 0.1},
        }
        return joint_network(dataset, **changes)

    ac, local, full = networks(0.0, True), networks(0.5, False), networks(0.5, True)
    assert torch.equal(local[0], ac[0])
    assert not torch.equal(local[1], ac[1])
    assert not torch.equal(full[0], ac[0])


def test_proposals_keep_the_reference_last_and_weights_sum_to_one(dataset):
    stage, _ = stage_of("raml", dataset)
    batch, samples = dataset.train.batch(np.arange(8), CPU), task().raml.samples
    proposals = propose(batch, task().raml, stage._context, torch_generator(1, "test"))
    assert proposals.samples == samples
    assert torch.equal(proposals.sequences.unflatten(0, proposals.weights.shape)[:, -1], batch.references)
    torch.testing.assert_close(proposals.weights.sum(dim=1), torch.ones(8))
    lengths = proposals.mask.unflatten(0, proposals.weights.shape).sum(dim=2)
    assert torch.equal(lengths, batch.reference_lengths.unsqueeze(1).expand(8, samples))


def rollout_of(stage, batch, settings, samples, extra_length):
    memory = stage.network.encode(batch.source, batch.source_lengths).repeat(samples)
    return roll_out(stage.network, memory, batch, settings.actor_critic, extra_length, torch_generator(1, "test"))


@pytest.mark.parametrize(("dropout", "samples"), [(False, 1), (True, 2)])
def test_a_rollout_is_whole_sentences_with_rewards_that_add_up_to_the_scaled_bleu(dataset, dropout, samples):
    settings = task(actor_critic={"max_length": 12, "actor_dropout": dropout})
    stage, _ = stage_of("joint", dataset, settings)
    batch = dataset.train.batch(np.arange(8), CPU)
    rollout = rollout_of(stage, batch, settings, samples, 2)
    lengths = rollout.mask.sum(dim=1)
    last = rollout.sequences.gather(1, (lengths - 1).unsqueeze(1)).squeeze(1)
    assert (last == EOS).all()
    assert (rollout.sequences[~rollout.mask] == PAD).all()
    rewards = token_rewards(rollout.sequences, rollout.mask, batch, stage._context)
    assert (rewards[~rollout.mask] == 0).all()
    words = (batch.reference_lengths - 1).repeat_interleave(samples)
    assert (rewards.sum(dim=1) <= words + 1e-4).all()
    assert rollout.states.select(rollout.mask).sum() == rollout.mask.sum()
    assert len(rollout.policy) == len(rollout.states.places)


def test_where_eos_is_enforced_the_policy_at_the_limit_is_eos_alone(dataset):
    settings = task(actor_critic={"max_length": 3, "enforce_eos": True})
    stage, _ = stage_of("joint", dataset, settings)
    batch = dataset.train.batch(np.arange(8), CPU)
    rollout = rollout_of(stage, batch, settings, 1, None)
    assert rollout.sequences.shape[1] == 3
    at_limit = rollout.policy[(rollout.states.places % 3 == 2) & rollout.states.select(rollout.mask)]
    assert len(at_limit) > 0
    assert (at_limit[:, EOS] == 1.0).all()
    assert torch.isfinite(step(stage, dataset))


@pytest.mark.parametrize(
    ("reference", "extra", "longest", "limit"), [(10, 5, 50, 16), (10, None, 50, 50), (48, 5, 50, 50)]
)
def test_the_length_limit_counts_bos_as_the_released_code_does(reference, extra, longest, limit):
    assert sample_limit(reference, extra, longest) == limit


def test_the_loss_of_a_batch_is_the_mean_of_its_sentences_losses(dataset):
    """MLE without dropout: padding has no effect."""
    settings = task(network={"units": 8, "embedding": 8, "dropout": 0.0})

    def loss(indices):
        stage, _ = stage_of("mle", dataset, settings)
        return stage.step(dataset.train.batch(np.array(indices), CPU), torch_generator(1, "test")).item()

    indices = [0, 1, 2, 3]
    assert loss(indices) == pytest.approx(np.mean([loss([index]) for index in indices]), rel=1e-5)


@pytest.mark.parametrize("name", STAGES)
def test_a_step_is_the_same_if_nothing_leaves_the_batch(name, dataset, monkeypatch):
    """As on a GPU, where shapes must not depend on values: padding and finished samples are computed with weight 0."""
    changes = {"enforce_eos": name == "joint", "max_length": 12}
    section = "joint" if name == "mle_continued" else name
    settings = task(actor_critic=changes, **{section: {"optimizer": "sgd", "learning_rate": 0.1}})
    networks = []
    for follow in (True, False):
        monkeypatch.setattr(shapes, "follow_values", lambda values, follow=follow: follow)
        stage, _ = stage_of(name, dataset, settings)
        loss = step(stage, dataset)
        networks.append((loss, values(stage.network)))
    torch.testing.assert_close(networks[1], networks[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("name", STAGES)
def test_without_kernels_a_step_needs_no_numbers(name, input_feeding, dataset, monkeypatch):
    """On PyTorch's meta device, which has only shapes, so that the operations of a step can be counted."""
    monkeypatch.setenv(kernels.VARIABLE, "none")
    meta, generator = torch.device("meta"), torch_generator(1, "test")
    network = {"units": 8, "embedding": 8, "input_feeding": input_feeding, "critic_attention": "mlp"}
    stage, _ = stage_of(name, dataset, task(network=network), device=meta)
    loss = stage.step(dataset.train.batch(np.arange(8), meta), generator)
    assert loss.shape == ()
    assert loss.device == meta
