"""Name the stage that trains each algorithm, and the settings that each stage reads."""

from typing import Any, Literal

from erac_vaml.config.settings import Rewards

StageName = Literal["mle", "mle-continued", "raml", "q-network", "vaml", "critic", "joint"]

_NETWORK = (
    "network.units",
    "network.layers",
    "network.embedding",
    "network.input_feeding",
    "network.initial_range",
    "network.matmul_precision",
)
_DECODING = ("evaluation.beam_size", "evaluation.max_length", "evaluation.batch_size")
_ACTOR = (*_NETWORK, "network.attention", "network.dropout", *_DECODING)
_WEIGHTS = tuple(f"rewards.{name}" for name in Rewards.model_fields if name != "scale_by_length")
"""Fields that the weights of RAML and VAML read. These stages have their own `scale_by_length`."""

OWN_FIELDS: dict[StageName, tuple[str, ...]] = {
    "mle": (*_ACTOR, "mle"),
    "mle-continued": (
        *_ACTOR,
        "evaluation.collapse_ratio",
        "joint.optimizer",
        "joint.learning_rate",
        "joint.adam_beta1",
        "joint.gradient_clip",
        "joint.batch_size",
        "joint.decay_factor",
        "joint.max_decays",
        "joint.max_epochs",
        "joint.lambda_mle",
        "joint.start_counts",
    ),
    "raml": (*_ACTOR, *_WEIGHTS, "raml"),
    "q-network": (
        *_NETWORK,
        "network.attention",
        "network.q_network_dropout",
        *_DECODING,
        "rewards",
        "q_network",
    ),
    "vaml": (*_ACTOR, *_WEIGHTS, "vaml"),
    "critic": (
        *_NETWORK,
        "network.critic_attention",
        "network.critic_dropout",
        "evaluation.batch_size",
        "evaluation.explosion_ratio",
        "rewards",
        "actor_critic",
        "critic",
    ),
    "joint": (*_ACTOR, "network.critic_dropout", "evaluation.collapse_ratio", "rewards", "actor_critic", "joint"),
}
"""Sections and fields of a task that each stage reads. A change of any other field repeats none of its runs.

If a field that changes numbers is missing here, old runs are taken for new ones."""

UNNAMED: dict[str, Any] = {"rewards.metric": "bleu"}
"""Fields that are newer than some finished runs, and the value that these runs had without naming it. A run with this
value does not name the field either, so that the older runs are the same runs."""

CONTROL = "mle-continued"
"""The control of joint training. The paper has none, so only an experiment that asks for it shows it."""

ALGORITHM_STAGE: dict[str, StageName] = {
    "mle": "mle",
    CONTROL: "mle-continued",
    "raml": "raml",
    "vaml": "vaml",
    "ac": "joint",
    "erac": "joint",
    "erac-no-future-entropy": "joint",
}
"""The stage whose runs are the results of each algorithm."""

ALGORITHM_NAMES = ", ".join(ALGORITHM_STAGE)
"""For messages."""

SEEDED_STAGES: tuple[StageName, ...] = ("mle", "mle-continued", "raml")
"""Stages whose runs share neither a critic nor a Q-network. Each run is an independent seed, `seed{i}`."""

CONTINUING_STAGES: tuple[StageName, ...] = ("mle-continued", "joint")
"""Stages that start from MLE's actor."""

ALGORITHM_SETTINGS: dict[str, dict[str, Any]] = {
    "ac": {"actor_critic.tau": 0.0},
    "erac-no-future-entropy": {"joint.future_entropy": False},
}
"""How AC and ERAC without future entropy differ from ERAC (App. B.4, §6.4)."""
