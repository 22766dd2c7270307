"""Build a planned run's stage; its networks are initialised from the seed, or loaded from the run's parents."""

from pathlib import Path

from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.plan import Run
from erac_vaml.randomness import torch_generator
from erac_vaml.runs.model import load_model
from erac_vaml.training.stages.base import Context, TrainingStage
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.mle_continued import MleContinuedStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.vaml import VamlStage


def build_stage(run: Run, context: Context, results: Path) -> TrainingStage:
    """Return the run's stage, ready for its first step.

    Args:
        run: the planned run.
        context: the run's settings, data, seed and device.
        results: folder of the experiment's results, with the run's parents.

    Raises:
        UserError: the model of a parent is missing, was changed, or has different shapes.
    """

    def parent(role: str) -> SequenceToSequence:
        return trained_network(role, run.parents[role], context, results)

    if run.stage == "mle":
        return MleStage(context, _initialised("actor", context))
    if run.stage == "mle-continued":
        return MleContinuedStage(context, parent("actor"))
    if run.stage == "raml":
        return RamlStage(context, _initialised("actor", context))
    if run.stage == "q-network":
        return QNetworkStage(context, _initialised("q_network", context))
    if run.stage == "vaml":
        return VamlStage(context, _initialised("actor", context), parent("q_network"))
    if run.stage == "critic":
        return CriticStage(context, _initialised("critic", context), parent("actor"))
    return JointStage(context, parent("actor"), parent("critic"))


def trained_network(role: str, run: Run, context: Context, results: Path) -> SequenceToSequence:
    """Return the network that a finished run has trained; `origin.check_trained` has checked how.

    Args:
        role: role of the network: `actor`, `critic` or `q_network`.
        run: the finished run.
        context: the context of the run that uses the network.
        results: folder of the experiment's results.

    Raises:
        UserError: the model is missing, was changed, or has different shapes.
    """
    network = _initialised(role, context)
    load_model(network, results / run.path)
    return network


def _initialised(role: str, context: Context) -> SequenceToSequence:
    """Return a network with parameters drawn from (seed, role): MLE, RAML and VAML of equal seeds start equal."""
    network, dataset = context.settings.network, context.dataset
    generator = torch_generator(context.seed, f"initialise {role}")
    target_size = len(dataset.target_vocabulary)
    if role == "critic":
        built = build_critic(network, target_size, generator)
    elif role == "q_network":
        built = build_q_network(network, target_size, generator)
    elif dataset.source_vocabulary is None:
        built = build_caption_actor(network, dataset.feature_width, target_size, generator)
    else:
        built = build_actor(network, len(dataset.source_vocabulary), target_size, generator)
    return built.to(context.device)
