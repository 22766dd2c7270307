"""The stages, beam search and prefix BLEU, ready to be measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from benchmarks.cases import Case, Stage
from benchmarks.endings import end_hypotheses, end_samples
from benchmarks.traffic import fixed_bytes, score_bytes, target_bytes, trained_bytes
from benchmarks.workbench import Workbench
from benchmarks.workload import LONGEST
from erac_vaml.config.settings import Critic, Joint
from erac_vaml.data.vocabulary import EOS
from erac_vaml.decoding.beam import Hypotheses, beam_search
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.operations.work import steps as listed
from erac_vaml.operations.work.product import Product
from erac_vaml.operations.work.sentences import Sentences
from erac_vaml.rewards import payoffs
from erac_vaml.training.capture import CapturedSteps
from erac_vaml.training.stages.base import TrainingStage
from erac_vaml.training.stages.critic import CriticStage
from erac_vaml.training.stages.joint import JointStage
from erac_vaml.training.stages.mle import MleStage
from erac_vaml.training.stages.q_network import QNetworkStage
from erac_vaml.training.stages.raml import RamlStage
from erac_vaml.training.stages.rollout import sample_limit
from erac_vaml.training.stages.vaml import VamlStage

_SHARP = 1.0
"""Initial range of the actor for beam search, ten times the usual one: see `end_hypotheses`."""
_BLEU_TOKENS = 25
"""Tokens of each sample whose prefixes are scored."""


@dataclass(frozen=True)
class Work:
    """The work of one step."""

    sentences: int
    """Sentence pairs; for prefix BLEU, samples."""
    target_tokens: int
    """Tokens of the references; for beam search, of the hypotheses; for prefix BLEU, of the samples. `eos` counts."""
    products: list[Product]
    """Its unavoidable matrix products."""
    moved_bytes: int
    """The bytes that it must move."""
    decoded: Sentences | None = None
    """Lengths of the samples or hypotheses."""


@dataclass(frozen=True)
class Subject:
    """Something to be measured."""

    step: Callable[[int], object]
    """Does one step with the random numbers of the given index."""
    work: Callable[[Sequence[int]], Work]
    """Returns the work of the steps with the given indices, once these are done."""


def prepare(case: Case, device: torch.device) -> Subject:
    """Build what a case measures, with untrained networks and a typical batch."""
    return _SUBJECTS[case.stage](Workbench(case, device))


def _mle(bench: Workbench) -> Subject:
    actor = bench.actor()
    products = listed.mle(bench.actor_shape, bench.sources, bench.references)
    return _on_references(bench, MleStage(bench.context, actor), products, trained_bytes(actor, bench.settings.mle))


def _raml(bench: Workbench) -> Subject:
    actor, settings = bench.actor(), bench.settings.raml
    products = listed.raml(bench.actor_shape, bench.sources, bench.references, settings.samples)
    return _on_references(bench, RamlStage(bench.context, actor), products, trained_bytes(actor, settings))


def _q_network(bench: Workbench) -> Subject:
    q_network, settings = bench.q_network(), bench.settings.q_network
    products = listed.soft_q(bench.q_network_shape, bench.references, settings.samples)
    return _on_references(bench, QNetworkStage(bench.context, q_network), products, trained_bytes(q_network, settings))


def _vaml(bench: Workbench) -> Subject:
    actor, q_network, settings = bench.actor(), bench.q_network(), bench.settings.vaml
    products = listed.vaml(
        bench.actor_shape, bench.q_network_shape, bench.sources, bench.references, settings.samples, settings.kappa
    )
    moved = trained_bytes(actor, settings) + fixed_bytes(q_network)
    return _on_references(bench, VamlStage(bench.context, actor, q_network), products, moved)


def _critic(bench: Workbench) -> Subject:
    actor, critic, settings = _sampling_actor(bench, bench.settings.critic), bench.critic(), bench.settings.critic
    products = partial(listed.critic, smoothing=True)
    moved = fixed_bytes(actor) + trained_bytes(critic, settings) + target_bytes(critic)
    return _on_samples(bench, CriticStage(bench.context, critic, actor), actor, settings, products, moved)


def _erac(bench: Workbench) -> Subject:
    actor, critic, settings = _sampling_actor(bench, bench.settings.joint), bench.critic(), bench.settings.joint
    products = partial(listed.joint, smoothing=True, likelihood=True)
    moved = trained_bytes(actor, settings) + trained_bytes(critic, settings) + target_bytes(critic)
    return _on_samples(bench, JointStage(bench.context, actor, critic), actor, settings, products, moved)


def _beam_search(bench: Workbench) -> Subject:
    actor, beam_size, batch = bench.actor(_SHARP), bench.settings.evaluation.beam_size, bench.batch

    @torch.no_grad()
    def search(index: int) -> Hypotheses:
        return beam_search(actor, actor.encode(batch.source, batch.source_lengths), beam_size, LONGEST)

    def work(indices: Sequence[int]) -> Work:
        found = Sentences(tuple(search(0).lengths.tolist()))
        products = listed.beam_search(bench.actor_shape, bench.sources, found, beam_size)
        moved = fixed_bytes(actor) + score_bytes(products, bench.target_vocabulary)
        return Work(bench.sources.sources, found.tokens, products, moved, found)

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

    work = Work(len(samples), samples.numel(), products=[], moved_bytes=0)
    return Subject(score, lambda indices: work)


def _on_references(bench: Workbench, stage: TrainingStage, products: list[Product], moved: int) -> Subject:
    """Return a stage whose sequences are as long as the references, whatever is drawn."""
    moved += score_bytes(products, bench.target_vocabulary)
    work = Work(bench.references.sources, bench.references.tokens, products, moved)
    return Subject(_step(bench, stage), lambda indices: work)


def _on_samples(
    bench: Workbench,
    stage: TrainingStage,
    actor: SequenceToSequence,
    settings: Critic | Joint,
    products_of: Callable[..., list[Product]],
    moved: int,
) -> Subject:
    """Return a stage that samples from an actor; `products_of` lists its products, given the samples."""

    def work(indices: Sequence[int]) -> Work:
        sampled = bench.typical_samples(actor, settings.samples, settings.extra_length, indices)
        products = products_of(bench.actor_shape, bench.critic_shape, bench.sources, bench.references, sampled)
        scores = score_bytes(products, bench.target_vocabulary)
        return Work(bench.references.sources, bench.references.tokens, products, moved + scores, sampled)

    return Subject(_step(bench, stage), work)


def _sampling_actor(bench: Workbench, settings: Critic | Joint) -> SequenceToSequence:
    """Return an actor whose samples are as long as the references on average."""
    actor, longest = bench.actor(), bench.batch.references.shape[1]
    limit = sample_limit(longest, settings.extra_length, bench.settings.actor_critic.max_length)
    end_samples(actor, bench.mean_reference, limit)
    return actor


def _step(bench: Workbench, stage: TrainingStage) -> Callable[[int], object]:
    """Return a step as training does it: captured and replayed on a GPU."""
    if bench.device.type == "cuda":
        captured = CapturedSteps(stage, bench.device)
        return lambda index: captured.step(bench.batch, bench.seed(index))
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
