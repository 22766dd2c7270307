"""One step of every training stage against the plain objectives on whole score arrays under autograd."""

import sys
from types import SimpleNamespace

import plain_stages
import pytest
import torch
from torch import Tensor

from erac_vaml import kernels
from erac_vaml.config import TaskSettings
from erac_vaml.config.recipes import recipe_values
from erac_vaml.data.batches import Batch
from erac_vaml.data.sequences import length_mask
from erac_vaml.data.vocabulary import EOS, PAD
from erac_vaml.decoding.sampling import sample
from erac_vaml.kernels import attention, products
from erac_vaml.networks import output, rows
from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.vaml import VamlStage

SOURCE_SIZE, TARGET_SIZE = 13, 17
STAGES = ["mle", "raml", "q_network", "vaml", "critic", "joint"]

SIZES = {"units": 8, "embedding": 6, "initial_range": 1.0, "critic_dropout": 0.2}
# Weighty enough that an error in the entropy or the smoothing term shows.
COMMON = {"tau": 0.5, "lambda_var": 0.3, "max_length": 7}
BARE_STEP = {"optimizer": "sgd", "learning_rate": 1.0, "gradient_clip": 1e9}
"""A step that moves each parameter by its gradient."""


@pytest.fixture(autouse=True, params=["all", "none"], ids=["kernels on", "kernels off"])
def switch(request: pytest.FixtureRequest, monkeypatch) -> None:
    """Whether a stage's own step uses kernels."""
    monkeypatch.setenv(kernels.VARIABLE, request.param)


def settings_of(recipe: str, input_feeding: bool, **changes: dict[str, object]) -> TaskSettings:
    values, _ = recipe_values(recipe, input_feeding)
    fixed = {
        "network": SIZES | {"input_feeding": input_feeding},
        "actor_critic": COMMON,
        "joint": {"critic_gradient_clip": 1e9},
    }
    for sections in (fixed, dict.fromkeys(STAGES, BARE_STEP), changes):
        for section, fields in sections.items():
            values[section] = values.get(section, {}) | fields
    return TaskSettings.model_validate(values)


def batch_of(lengths: tuple[int, ...] = (5, 3, 6, 1)) -> Batch:
    """Random pairs of unequal lengths, in words; the sources are one word longer."""
    generator = torch.Generator().manual_seed(5)
    words = torch.tensor(lengths)
    pairs, longest = len(words), int(words.max())
    source = torch.randint(EOS + 1, SOURCE_SIZE, (pairs, longest + 1), generator=generator)
    references = torch.randint(EOS + 1, TARGET_SIZE, (pairs, longest + 1), generator=generator)
    references[torch.arange(pairs), words] = EOS
    references = references.masked_fill(~length_mask(words + 1, longest + 1), PAD)
    source = source.masked_fill(~length_mask(words + 1, longest + 1), PAD)
    return Batch(source, words + 1, references, words + 1, references.unsqueeze(1))


def stage_of(name: str, settings: TaskSettings):
    """A stage whose networks are the same at every call."""
    generator = torch.Generator().manual_seed(8)
    actor = build_actor(settings.network, SOURCE_SIZE, TARGET_SIZE, generator)
    critic = build_critic(settings.network, TARGET_SIZE, generator)
    q_network = build_q_network(settings.network, TARGET_SIZE, generator)
    dataset = SimpleNamespace(target_vocabulary=range(TARGET_SIZE))
    context = Context(settings, dataset, 1, torch.device("cpu"))
    if name in ("critic", "joint"):
        stage = CriticStage(context, critic, actor) if name == "critic" else JointStage(context, actor, critic)
        with torch.no_grad():
            for parameter in stage._target_critic.parameters():  # as after some steps: no longer the critic's copy
                parameter.mul_(0.5)
        return stage
    if name == "vaml":
        return VamlStage(context, actor, q_network)
    if name == "q_network":
        return QNetworkStage(context, q_network)
    return {"mle": MleStage, "raml": RamlStage}[name](context, actor)


def networks_of(stage) -> list[SequenceToSequence]:
    """The networks that a step trains, the stage's own first."""
    return [stage.network, stage._critic] if isinstance(stage, JointStage) else [stage.network]


def parameters_of(networks: list[SequenceToSequence]) -> dict[str, Tensor]:
    return {
        f"{number} {name}": parameter.detach().clone()
        for number, network in enumerate(networks)
        for name, parameter in network.named_parameters()
    }


def fast_step(name: str, settings: TaskSettings, batch: Batch, monkeypatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss and gradients of a stage's own step, by oneDNN and a few rows at a time, as in a large network."""
    with monkeypatch.context() as patch:
        patch.setattr(products, "_LARGE", 1)
        patch.setattr(output, "_SCORES_AT_ONCE", 5 * TARGET_SIZE)
        patch.setattr(attention, "_HIDDEN_AT_ONCE", 1)
        patch.setattr(rows, "_MULTIPLE", 4)
        stage = stage_of(name, settings)
        before = parameters_of(networks_of(stage))
        loss = stage.step(batch, torch.Generator().manual_seed(6))
        after = parameters_of(networks_of(stage))
    return loss, {parameter: before[parameter] - after[parameter] for parameter in before}


def plain_step(name: str, settings: TaskSettings, batch: Batch, monkeypatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Loss and gradients of the plain computation."""
    with monkeypatch.context() as patch:
        plain_stages.use_plain_layers(patch)
        stage = stage_of(name, settings)
        losses = getattr(plain_stages, f"{name}_losses")(stage, batch, torch.Generator().manual_seed(6))
        gradients = {
            f"{number} {parameter}": gradient
            for number, (network, loss) in enumerate(losses)
            for (parameter, value), gradient in zip(
                network.named_parameters(), torch.autograd.grad(loss, list(network.parameters())), strict=True
            )
        }
    return losses[0][1].detach(), gradients


def assert_agreement(name: str, settings: TaskSettings, monkeypatch, batch: Batch | None = None) -> None:
    batch = batch_of() if batch is None else batch
    loss, gradients = fast_step(name, settings, batch, monkeypatch)
    expected_loss, expected_gradients = plain_step(name, settings, batch, monkeypatch)
    torch.testing.assert_close(loss, expected_loss, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradients, expected_gradients, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("input_feeding", [False, True])
@pytest.mark.parametrize("recipe", ["paper", "released"])
@pytest.mark.parametrize("name", STAGES)
def test_a_steps_loss_and_gradients_are_the_plain_ones(name, recipe, input_feeding, monkeypatch) -> None:
    assert_agreement(name, settings_of(recipe, input_feeding), monkeypatch)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"joint": {"lambda_mle": 0.0}}, id="without maximum likelihood"),
        pytest.param({"joint": {"future_entropy": False}}, id="without future entropy"),
        pytest.param({"joint": {"samples": 3}}, id="three samples"),
        pytest.param({"actor_critic": {"lambda_var": 0.0}}, id="without smoothing"),
        pytest.param({"actor_critic": {"tau": 0.0}}, id="without entropy"),
    ],
)
def test_joint_training_agrees_in_its_other_forms(changes, monkeypatch) -> None:
    assert_agreement("joint", settings_of("paper", False, **changes), monkeypatch)


@pytest.mark.parametrize("name", STAGES)
def test_a_pair_of_empty_sentences_agrees(name, monkeypatch) -> None:
    assert_agreement(name, settings_of("paper", False), monkeypatch, batch_of((0,)))


@pytest.mark.parametrize("kappa", [1e-9, 1 - 1e-9])
def test_vaml_agrees_where_the_targets_are_nowhere_or_everywhere(kappa, monkeypatch) -> None:
    assert_agreement("vaml", settings_of("paper", False, vaml={"kappa": kappa}), monkeypatch)


@pytest.mark.parametrize("input_feeding", [False, True])
def test_the_compared_samples_end_both_at_the_limit_and_before_it(input_feeding) -> None:
    stage, batch = stage_of("joint", settings_of("paper", input_feeding)), batch_of()
    memory = stage.network.encode(batch.source, batch.source_lengths)
    sampled = sample(stage.network, memory, COMMON["max_length"], torch.Generator().manual_seed(6), enforce_eos=True)
    assert sampled.lengths.min() < sampled.lengths.max() == COMMON["max_length"]


def test_joint_training_clips_each_network_at_its_own_norm(monkeypatch) -> None:
    settings = settings_of("paper", False, joint={"gradient_clip": 0.01, "critic_gradient_clip": 0.02})
    _, moved = fast_step("joint", settings, batch_of(), monkeypatch)
    norms = [
        torch.cat([step.flatten() for name, step in moved.items() if name.startswith(number)]).norm().item()
        for number in ("0", "1")
    ]
    assert norms == pytest.approx([0.01, 0.02], rel=1e-3)


@pytest.mark.parametrize("name", STAGES)
def test_captioning_agrees(name: str, monkeypatch) -> None:
    """An actor that starts from an image's features, pay-offs against all captions of the image."""
    batch = batch_of()
    features = torch.randn(len(batch.source), 5, generator=torch.Generator().manual_seed(9))
    ones = torch.ones_like(batch.source_lengths)
    others = torch.stack([batch.references, batch.references.roll(1, dims=0)], dim=1)
    images = Batch(features, ones, batch.references, batch.reference_lengths, others)
    monkeypatch.setattr(
        sys.modules[__name__],
        "build_actor",
        lambda settings, _, size, generator: build_caption_actor(settings, 5, size, generator),
    )
    assert_agreement(name, settings_of("released", False), monkeypatch, images)
