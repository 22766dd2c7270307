"""A batch and untrained networks of the paper's sizes, for one case."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import torch

from benchmarks.cases import SOURCE_VOCABULARY, Case, Stage
from benchmarks.workload import random_batch
from erac_vaml.config import TaskSettings, load_experiment
from erac_vaml.data.prepared import PreparedDataset
from erac_vaml.networks.build import build_actor, build_critic, build_q_network
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.operations.work.network import NetworkShape, actor_shape, critic_shape, q_network_shape
from erac_vaml.operations.work.sentences import Sentences
from erac_vaml.randomness import stream_seed, torch_generator
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.rollout import roll_out

_CONFIGURATION = Path(__file__).parents[1] / "config" / "paper.yaml"
_SEED = 1


class Workbench:
    """Settings, batch and networks for the measurement of one case on one device."""

    def __init__(self, case: Case, device: torch.device) -> None:
        """Load the settings of the paper's task and make a typical batch of the case's size."""
        self.settings = task_settings(case.input_feeding)
        self.batch = random_batch(
            case.batch_size or batch_size(case.stage, self.settings),
            case.target_words,
            SOURCE_VOCABULARY,
            case.target_vocabulary,
            device,
        )
        # Of the data set, a stage's step uses only the sizes of the vocabularies.
        sizes = SimpleNamespace(
            source_vocabulary=range(SOURCE_VOCABULARY), target_vocabulary=range(case.target_vocabulary)
        )
        self.context = Context(self.settings, cast(PreparedDataset, sizes), _SEED, device)
        self.device = device
        self.target_vocabulary = case.target_vocabulary
        self.sources = Sentences(tuple(self.batch.source_lengths.tolist()))
        """Words of each source."""
        self.references = Sentences(tuple(self.batch.reference_lengths.tolist()))
        """Tokens of each reference, `eos` counted."""

    @property
    def mean_reference(self) -> float:
        """Mean tokens of a reference, `eos` counted."""
        return self.references.tokens / self.references.sources

    def seed(self, index: int) -> int:
        """Return the seed of the step with this index."""
        return stream_seed(_SEED, "benchmark", index)

    def generator(self, index: int) -> torch.Generator:
        """Return the random generator of the step with this index."""
        return torch.Generator(self.device).manual_seed(self.seed(index))

    def actor(self, initial_range: float | None = None) -> SequenceToSequence:
        """Return an actor with parameters uniform in ± `initial_range`; None: the range of the settings."""
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

    @property
    def actor_shape(self) -> NetworkShape:
        """Return the actor's sizes."""
        return actor_shape(self.settings.network, SOURCE_VOCABULARY, self.target_vocabulary)

    @property
    def critic_shape(self) -> NetworkShape:
        """Return the critic's sizes."""
        return critic_shape(self.settings.network, self.target_vocabulary)

    @property
    def q_network_shape(self) -> NetworkShape:
        """Return the Q-network's sizes."""
        return q_network_shape(self.settings.network, self.target_vocabulary)

    @torch.no_grad()
    def typical_samples(
        self, actor: SequenceToSequence, samples: int, extra_length: int | None, indices: Sequence[int]
    ) -> Sentences:
        """Return the lengths of the samples of one step: of the given steps, the one with the median number of tokens.

        Args:
            actor: the policy.
            samples: sequences for each source.
            extra_length: allowance over the longest reference, in tokens.
            indices: the steps; their random numbers are drawn again.
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
    if stage == Stage.PREFIX_BLEU:
        return settings.critic.batch_size * settings.critic.samples
    section = {Stage.BEAM_SEARCH: "evaluation", Stage.ERAC: "joint"}.get(stage, stage.value.replace("-", "_"))
    size: int = getattr(settings, section).batch_size
    return size
