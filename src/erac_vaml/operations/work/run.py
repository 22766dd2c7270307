"""How much a run computes, in floating-point operations, from its settings and the size of its data set.

A batch is taken to have sentences of the mean length. Samples and translations are taken to be as long as references.
"""

from dataclasses import dataclass
from functools import cache

from erac_vaml.config.settings import Critic, Evaluation, Joint, Network, QNetwork, Raml, Stage, Vaml
from erac_vaml.operations.data_size import DatasetSize, SplitSize
from erac_vaml.operations.work import stages
from erac_vaml.operations.work.network import (
    NetworkShape,
    actor_shape,
    caption_actor_shape,
    critic_shape,
    q_network_shape,
)
from erac_vaml.operations.work.product import Product, operations
from erac_vaml.operations.work.sentences import Sentences
from erac_vaml.plan import Run, StageName


@dataclass(frozen=True)
class Work:
    """Floating-point operations of a run's parts."""

    epoch: float
    """One epoch of training."""
    validation: float
    """One validation."""
    test: float
    """Scoring the test set."""

    def of(self, epochs: float, starts_trained: bool) -> float:
        """Return the operations of a run of `epochs`; a run that starts from a trained network validates it first."""
        return epochs * (self.epoch + self.validation) + starts_trained * self.validation + self.test


def run_work(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the operations of a whole run of `epochs`."""
    return work_of(run, data).of(epochs, run.starts_trained)


def work_of(run: Run, data: DatasetSize) -> Work:
    """Return the operations of a run's parts."""
    settings = run.settings
    smoothing = settings.actor_critic.lambda_var > 0.0
    return _work(run.stage, settings.network, run.stage_settings, smoothing, settings.evaluation, data)


def max_epochs(run: Run) -> int:
    """Return the maximum number of epochs of a run."""
    return run.stage_settings.max_epochs


def steps(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the optimisation steps of `epochs`."""
    return epochs * data.train.pairs / run.stage_settings.batch_size


def trained_network(run: Run, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the network that a run trains and keeps."""
    if run.stage == "critic":
        return critic_shape(run.settings.network, data.target_vocabulary)
    if run.stage == "q-network":
        return q_network_shape(run.settings.network, data.target_vocabulary)
    return _actor(run.settings.network, data)


@cache
def _work(
    stage: StageName, network: Network, own: Stage, smoothing: bool, evaluation: Evaluation, data: DatasetSize
) -> Work:
    """Return the operations of a run's parts; most of the runs of an experiment have equal ones."""
    actor = _actor(network, data)
    critic, q_network = (shape(network, data.target_vocabulary) for shape in (critic_shape, q_network_shape))
    step = _step(stage, own, actor, critic, q_network, *_batch(data.train, own.batch_size), smoothing=smoothing)
    if stage in ("critic", "q-network"):
        sources, references = _batch(data.valid, evaluation.batch_size)
        if stage == "critic":
            batch = stages.td_error(actor, critic, sources, references, sampled=references)
            validation = operations(batch) * data.valid.pairs / evaluation.batch_size
        else:
            batch = stages.beam_search(q_network, references.longer(1), references, evaluation.beam_size)
            validation = operations(batch) * data.valid.decoded / evaluation.batch_size
        test = 0.0
    else:
        validation, test = (_decoded_and_scored(actor, evaluation, split) for split in (data.valid, data.test))
    return Work(operations(step) * data.train.pairs / own.batch_size, validation, test)


def _step(
    stage: StageName,
    own: Stage,
    actor: NetworkShape,
    critic: NetworkShape,
    q_network: NetworkShape,
    sources: Sentences,
    references: Sentences,
    *,
    smoothing: bool,
) -> list[Product]:
    """Return the products of one optimisation step of a stage with its own settings."""
    if stage in ("mle", "mle-continued"):
        return stages.mle(actor, sources, references)
    match own:
        case Vaml():
            return stages.vaml(actor, q_network, sources, references, own.samples, own.kappa)
        case Raml():
            return stages.raml(actor, sources, references, own.samples)
        case QNetwork():
            return stages.soft_q(q_network, references, own.samples)
        case Critic():
            sampled = Sentences.copies(references.lengths, own.samples)
            return stages.critic(actor, critic, sources, references, sampled, smoothing=smoothing)
        case Joint():
            sampled = Sentences.copies(references.lengths, own.samples)
            likelihood = own.lambda_mle > 0.0
            return stages.joint(actor, critic, sources, references, sampled, smoothing=smoothing, likelihood=likelihood)
    raise ValueError(f"{stage} has settings of another stage")


def _decoded_and_scored(actor: NetworkShape, settings: Evaluation, split: SplitSize) -> float:
    """Return the operations of decoding a split, an image once, and of the perplexity of all its references."""
    sources, references = _batch(split, settings.batch_size)
    decoding = operations(stages.beam_search(actor, sources, references, settings.beam_size)) * split.decoded
    scoring = operations(stages.likelihood(actor, sources, references)) * split.pairs
    return (decoding + scoring) / settings.batch_size


def _batch(split: SplitSize, pairs: int) -> tuple[Sentences, Sentences]:
    """Return sources and references of a batch of some pairs with the mean lengths of a split; an image is one word."""
    words = split.source_words / split.pairs if split.source_words else 1.0
    return Sentences.of_mean(words, pairs), Sentences.of_mean(split.target_words / split.pairs + 1, pairs)


def _actor(settings: Network, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the actor: it reads text or images."""
    if data.feature_width:
        return caption_actor_shape(settings, data.feature_width, data.target_vocabulary)
    return actor_shape(settings, data.source_vocabulary, data.target_vocabulary)
