"""A batch, and untrained networks of the paper's sizes, for one case."""

from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.cases import SOURCE_VOCABULARY, Case, Stage
from benchmarks.shapes.network import NetworkShape
from benchmarks.shapes.sentences import Sentences
from benchmarks.workload import random_batch, stand_in_dataset
from erac_vaml.config import TaskSettings, load_experiment
from erac_vaml.networks.build import build_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.randomness import torch_generator
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.rollout import roll_out

_CONFIGURATION = Path(__file__).parents[1] / "config" / "paper.yaml"
_SEED = 1


class Workbench:
    """What the measurement of one case needs, on one device."""

    def __init__(self, case: Case, device: torch.device) -> None:
        """Take the settings of the paper's own task, and a typical batch of the case's size."""
        self.settings = task_settings(case.input_feeding)
        self.batch = random_batch(
            case.batch_size or batch_size(case.stage, self.settings),
            case.target_words,
            SOURCE_VOCABULARY,
            case.target_vocabulary,
            device,
        )
        dataset = stand_in_dataset(SOURCE_VOCABULARY, case.target_vocabulary)
        self.context = Context(self.settings, dataset, _SEED, device)
        self.device = device
        self.target_vocabulary = case.target_vocabulary
        self.sources: list[int] = self.batch.source_lengths.tolist()
        """Words of each source."""
        self.references: list[int] = self.batch.reference_lengths.tolist()
        """Tokens of each reference, `eos` counted."""

    @property
    def mean_reference(self) -> float:
        """Mean tokens of a reference, `eos` counted."""
        return sum(self.references) / len(self.references)

    def generator(self, index: int) -> torch.Generator:
        """Return the generator of the step of some index."""
        return torch_generator(_SEED, "benchmark", index, device=self.device)

    def actor(self, initial_range: float | None = None) -> SequenceToSequence:
        """Return an actor whose parameters lie in a range, the settings' own where none is given."""
        network = self.settings.network
        if initial_range is not None:
            network = network.model_copy(update={"initial_range": initial_range})
        generator = torch_generator(_SEED, "benchmark actor")
        return build_actor(network, SOURCE_VOCABULARY, self.target_vocabulary, generator).to(self.device)

    def critic(self) -> SequenceToSequence:
        """Return a critic."""
        generator = torch_generator(_SEED, "benchmark critic")
        return build_critic(self.settings.network, self.target_vocabulary, generator).to(self.device)

    def q_network(self) -> SequenceToSequence:
        """Return a Q-network."""
        generator = torch_generator(_SEED, "benchmark q-network")
        return build_q_network(self.settings.network, self.target_vocabulary, generator).to(self.device)

    def shape(self, name: str) -> NetworkShape:
        """Return the sizes of the "actor", the "critic" or the "Q-network"."""
        network = self.settings.network
        attention = network.critic_attention if name == "critic" else network.attention
        return NetworkShape(
            name, network.embedding, network.units, self.target_vocabulary, attention, network.input_feeding
        )

    @torch.no_grad()
    def typical_samples(
        self, actor: SequenceToSequence, samples: int, extra_length: int | None, indices: Sequence[int]
    ) -> Sentences:
        """Return the lengths of what some steps sample, for the step that samples the median number of tokens.

        Args:
            actor: what is sampled from.
            samples: sequences for each source.
            extra_length: how much longer than the longest reference they may be.
            indices: the steps, whose random numbers are drawn again.
        """
        memory = actor.encode(self.batch.source, self.batch.source_lengths).repeat(samples)
        drawn = []
        for index in indices:
            generator = self.generator(index)
            rollout = roll_out(actor, memory, self.batch, self.settings.actor_critic, extra_length, generator)
            drawn.append(Sentences(tuple(rollout.mask.sum(dim=1).tolist()), samples))
        return sorted(drawn, key=lambda sentences: sentences.tokens)[len(drawn) // 2]


def task_settings(input_feeding: bool) -> TaskSettings:
    """Return the settings of the paper's translation task."""
    return load_experiment(_CONFIGURATION).tasks["mt-input-feeding" if input_feeding else "mt"]


def batch_size(stage: Stage, settings: TaskSettings) -> int:
    """Return the sentence pairs of a stage's step."""
    match stage:
        case Stage.MLE:
            return settings.mle.batch_size
        case Stage.RAML:
            return settings.raml.batch_size
        case Stage.Q_NETWORK:
            return settings.q_network.batch_size
        case Stage.VAML:
            return settings.vaml.batch_size
        case Stage.CRITIC:
            return settings.critic.batch_size
        case Stage.ERAC:
            return settings.joint.batch_size
        case Stage.BEAM_SEARCH:
            return settings.evaluation.batch_size
        case Stage.PREFIX_BLEU:
            return settings.critic.batch_size * settings.critic.samples
