"""Build a planned run's stage, its networks initialised from the seed or loaded from the runs that it starts from."""

from pathlib import Path

from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.plan import Run
from erac_vaml.randomness import torch_generator
from erac_vaml.runs.manifest import check_settings, read_manifest
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
        context: its settings, data, seed and device.
        results: folder of the experiment's results, where the runs that it starts from lie.

    Raises:
        UserError: a network that it starts from is missing or was changed, or was trained with other settings.
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
    """Return the network that a finished run has trained.

    Args:
        role: of the network: `actor`, `critic` or `q_network`.
        run: the finished run.
        context: of the run that uses it.
        results: folder of the experiment's results.

    Raises:
        UserError: its model is missing or was changed, or was trained with other settings.
    """
    folder = results / run.path
    manifest = read_manifest(folder)
    check_settings(folder, manifest, run.fields)
    network = _initialised(role, context)
    load_model(network, folder, manifest)
    return network


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
