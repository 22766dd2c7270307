"""The real stages, decoding and rewards, ready to be measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from benchmarks.cases import Case, Stage
from benchmarks.endings import end_hypotheses, end_samples
from benchmarks.shapes import stages as shapes
from benchmarks.shapes.products import Part
from benchmarks.shapes.sentences import Sentences
from benchmarks.traffic import fixed_bytes, score_bytes, target_bytes, trained_bytes
from benchmarks.workbench import Workbench
from benchmarks.workload import LONGEST
from erac_vaml.config.settings import Critic, Joint
from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.beam import Hypotheses, beam_search
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.rewards import payoffs
from erac_vaml.training.stages.base import TrainingStage
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.rollout import sample_limit
from erac_vaml.training.stages.vaml import VamlStage

_SHARP = 1.0
"""Initial range of the actor of beam search, ten times the usual one: see `end_hypotheses`."""
_BLEU_TOKENS = 25
"""Tokens of each sample whose prefixes are scored."""


@dataclass(frozen=True)
class Work:
    """What a step has to do."""

    sentences: int
    """Sentence pairs; for prefix BLEU, samples."""
    target_tokens: int
    """Of the references, of what beam search found, or of the samples that BLEU scores; `eos` counted."""
    parts: list[Part]
    """Its unavoidable matrix products."""
    moved_bytes: int
    """That it must move."""
    decoded: Sentences | None = None
    """Lengths of what was sampled or found."""


@dataclass(frozen=True)
class Subject:
    """Something to be measured."""

    step: Callable[[int], object]
    """Does what is measured, with the random numbers of the given index."""
    work: Callable[[Sequence[int]], Work]
    """Says what the steps of the given indices, which have been done, have to do."""


def prepare(case: Case, device: torch.device) -> Subject:
    """Build what a case measures, with untrained networks and a typical batch."""
    return _SUBJECTS[case.stage](Workbench(case, device))


def _mle(bench: Workbench) -> Subject:
    actor = bench.actor()
    parts = shapes.mle(bench.shape("actor"), bench.sources, bench.references)
    stage = MleStage(bench.context, actor)
    return _on_references(bench, stage, parts, trained_bytes(actor, bench.settings.mle))


def _raml(bench: Workbench) -> Subject:
    actor, settings = bench.actor(), bench.settings.raml
    parts = shapes.raml(bench.shape("actor"), bench.sources, bench.references, settings.samples)
    return _on_references(bench, RamlStage(bench.context, actor), parts, trained_bytes(actor, settings))


def _q_network(bench: Workbench) -> Subject:
    q_network, settings = bench.q_network(), bench.settings.q_network
    parts = shapes.soft_q(bench.shape("Q-network"), bench.references, settings.samples)
    return _on_references(bench, QNetworkStage(bench.context, q_network), parts, trained_bytes(q_network, settings))


def _vaml(bench: Workbench) -> Subject:
    actor, q_network, settings = bench.actor(), bench.q_network(), bench.settings.vaml
    stage = VamlStage(bench.context, actor, q_network)
    parts = shapes.vaml(bench.shape("actor"), bench.sources, bench.references, settings.samples, settings.kappa)
    return _on_references(bench, stage, parts, trained_bytes(actor, settings) + fixed_bytes(q_network))


def _critic(bench: Workbench) -> Subject:
    actor, critic, settings = _sampling_actor(bench, bench.settings.critic), bench.critic(), bench.settings.critic
    moved = fixed_bytes(actor) + trained_bytes(critic, settings) + target_bytes(critic)
    return _on_samples(bench, CriticStage(bench.context, critic, actor), actor, settings, shapes.critic, moved)


def _erac(bench: Workbench) -> Subject:
    actor, critic, settings = _sampling_actor(bench, bench.settings.joint), bench.critic(), bench.settings.joint
    moved = trained_bytes(actor, settings) + trained_bytes(critic, settings) + target_bytes(critic)
    return _on_samples(bench, JointStage(bench.context, actor, critic), actor, settings, shapes.erac, moved)


def _beam_search(bench: Workbench) -> Subject:
    actor, beam_size, batch = bench.actor(_SHARP), bench.settings.evaluation.beam_size, bench.batch

    @torch.no_grad()
    def search(index: int) -> Hypotheses:
        return beam_search(actor, actor.encode(batch.source, batch.source_lengths), beam_size, LONGEST)

    def work(indices: Sequence[int]) -> Work:
        found = Sentences(tuple(search(0).lengths.tolist()))
        parts = shapes.beam_search(bench.shape("actor"), bench.sources, found.lengths, beam_size)
        moved = fixed_bytes(actor) + score_bytes(parts, bench.target_vocabulary)
        return Work(len(bench.sources), found.tokens, parts, moved, found)

    with torch.no_grad():
        memory = actor.encode(batch.source, batch.source_lengths)
    end_hypotheses(actor, memory, bench.mean_reference, beam_size, LONGEST)
    return Subject(search, work)


def _prefix_bleu(bench: Workbench) -> Subject:
    settings, references = bench.settings.rewards, bench.batch.references.unsqueeze(1)
    shape = (len(references), _BLEU_TOKENS)
    samples = torch.randint(EOS + 1, bench.target_vocabulary, shape, generator=bench.generator(0), device=bench.device)

    def score(index: int) -> torch.Tensor:
        return payoffs(
            samples,
            references,
            smoothing=settings.smoothing,
            unknown_matches=settings.unknown_matches,
            scale_by_length=settings.scale_by_length,
        )

    work = Work(len(samples), samples.numel(), parts=[], moved_bytes=0)
    return Subject(score, lambda indices: work)


def _on_references(bench: Workbench, stage: TrainingStage, parts: list[Part], moved: int) -> Subject:
    """Return a stage whose sequences are as long as the references, whatever is drawn."""
    moved += score_bytes(parts, bench.target_vocabulary)
    work = Work(len(bench.references), sum(bench.references), parts, moved)
    return Subject(_step(bench, stage), lambda indices: work)


def _on_samples(
    bench: Workbench,
    stage: TrainingStage,
    actor: SequenceToSequence,
    settings: Critic | Joint,
    products: Callable[..., list[Part]],
    moved: int,
) -> Subject:
    """Return a stage that samples from an actor; `products` are those of the stage, given what is sampled."""

    def work(indices: Sequence[int]) -> Work:
        sampled = bench.typical_samples(actor, settings.samples, settings.extra_length, indices)
        parts = products(bench.shape("actor"), bench.shape("critic"), bench.sources, bench.references, sampled)
        scores = score_bytes(parts, bench.target_vocabulary)
        return Work(len(bench.references), sum(bench.references), parts, moved + scores, sampled)

    return Subject(_step(bench, stage), work)


def _sampling_actor(bench: Workbench, settings: Critic | Joint) -> SequenceToSequence:
    """Return an actor whose samples are as long as the references on average."""
    actor, longest = bench.actor(), bench.batch.references.shape[1]
    limit = sample_limit(longest, settings.extra_length, bench.settings.actor_critic.max_length)
    end_samples(actor, bench.mean_reference, limit)
    return actor


def _step(bench: Workbench, stage: TrainingStage) -> Callable[[int], object]:
    return lambda index: stage.step(bench.batch, bench.generator(index))


_SUBJECTS: dict[Stage, Callable[[Workbench], Subject]] = {
    Stage.MLE: _mle,
    Stage.RAML: _raml,
    Stage.Q_NETWORK: _q_network,
    Stage.VAML: _vaml,
    Stage.CRITIC: _critic,
    Stage.ERAC: _erac,
    Stage.BEAM_SEARCH: _beam_search,
    Stage.PREFIX_BLEU: _prefix_bleu,
}
