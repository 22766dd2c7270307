"""A planned run -> its stage, with networks initialised from its seed or loaded from the runs that it starts from."""

from pathlib import Path

from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.plan import Run
from erac_vaml.randomness import torch_generator
from erac_vaml.runs.files import check_settings
from erac_vaml.runs.models import load_parameters
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
        context: its settings, data, seed and device.
        results: folder of the experiment's results, where the runs that it starts from lie.

    Raises:
        UserError: a network that it starts from is missing or damaged, or was trained with other settings.
    """

    def parent(role: str) -> SequenceToSequence:
        check_settings(results / run.parents[role].path, run.parents[role].fields)
        network = _initialised(role, context)
        load_parameters(network, results / run.parents[role].path / "model.safetensors")
        return network

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


def build_trained_actor(run: Run, context: Context, results: Path) -> SequenceToSequence:
    """Return the finished run's actor.

    Raises:
        UserError: its model is missing or damaged.
    """
    actor = _initialised("actor", context)
    load_parameters(actor, results / run.path / "model.safetensors")
    return actor


def _initialised(role: str, context: Context) -> SequenceToSequence:
    """Return a network with parameters drawn from (seed, role): equal seeds of MLE, RAML and VAML start alike."""
    network, dataset = context.settings.network, context.dataset
    generator = torch_generator(context.seed, f"initialise {role}")
    if role == "actor" and dataset.source_vocabulary is None:
        built = build_caption_actor(network, dataset.feature_width, len(dataset.target_vocabulary), generator)
    elif role == "actor" and dataset.source_vocabulary is not None:
        built = build_actor(network, len(dataset.source_vocabulary), len(dataset.target_vocabulary), generator)
    elif role == "critic":
        built = build_critic(network, len(dataset.target_vocabulary), generator)
    else:
        built = build_q_network(network, len(dataset.target_vocabulary), generator)
    return built.to(context.device)
