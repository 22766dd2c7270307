"""All training stages with small networks on a small data set."""

import numpy as np
import torch

from erac_vaml.config import TaskSettings
from erac_vaml.networks.build import build_actor, build_caption_actor, build_critic, build_q_network
from erac_vaml.randomness import torch_generator
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.mle_continued import MleContinuedStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.vaml import VamlStage

CPU = torch.device("cpu")


def task(**changes):
    settings = {"network": {"units": 8, "embedding": 8}, "actor_critic": {"max_length": 12}}
    return TaskSettings.model_validate(settings | changes)


def stage_of(name, dataset, settings=None, seed=1, device=CPU):
    settings = settings or task()
    context = Context(settings, dataset, seed, device)
    size, generator = len(dataset.target_vocabulary), torch_generator(seed, "test networks")
    if dataset.source_vocabulary is None:
        actor = build_caption_actor(settings.network, dataset.feature_width, size, generator).to(device)
    else:
        actor = build_actor(settings.network, len(dataset.source_vocabulary), size, generator).to(device)
    critic = build_critic(settings.network, size, generator).to(device)
    q_network = build_q_network(settings.network, size, generator).to(device)
    if name == "critic":
        return CriticStage(context, critic, actor), {"actor": actor}
    if name == "joint":
        return JointStage(context, actor, critic), {}
    if name == "vaml":
        return VamlStage(context, actor, q_network), {"q_network": q_network}
    if name == "q_network":
        return QNetworkStage(context, q_network), {}
    return {"mle": MleStage, "mle_continued": MleContinuedStage, "raml": RamlStage}[name](context, actor), {}


def step(stage, dataset, number=0):
    batch = dataset.train.batch(np.arange(8), CPU)
    return stage.step(batch, torch_generator(1, "test step", number))


def values(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()]).clone()


STAGES = ["mle", "mle_continued", "raml", "q_network", "vaml", "critic", "joint"]
