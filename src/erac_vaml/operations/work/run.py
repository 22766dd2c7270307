"""How much a run computes, in floating-point operations, from its settings and the size of its data set.

A batch is taken to have sentences of the mean length. Samples and translations are taken to be as long as references.
"""

from dataclasses import dataclass

from erac_vaml.config.settings import Network, Stage
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
from erac_vaml.plan import Run


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
    return work_of(run, data).of(epochs, run.stage == "joint")


def work_of(run: Run, data: DatasetSize) -> Work:
    """Return the operations of a run's parts."""
    batch_size = own_settings(run).batch_size
    step = _step(run, data, *_batch(data.train, batch_size))
    return Work(
        epoch=operations(step) * data.train.pairs / batch_size,
        validation=_validation(run, data),
        test=0.0 if run.stage in ("critic", "q-network") else _decoded_and_scored(run, data, data.test),
    )


def own_settings(run: Run) -> Stage:
    """Return the settings of a run's stage."""
    settings: Stage = getattr(run.settings, run.stage.replace("-", "_"))
    return settings


def max_epochs(run: Run) -> int:
    """Return the maximum number of epochs of a run."""
    return own_settings(run).max_epochs


def steps(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the optimisation steps of `epochs`."""
    return epochs * data.train.pairs / own_settings(run).batch_size


def trained_network(run: Run, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the network that a run trains and keeps."""
    if run.stage == "critic":
        return critic_shape(run.settings.network, data.target_vocabulary)
    if run.stage == "q-network":
        return q_network_shape(run.settings.network, data.target_vocabulary)
    return _actor(run.settings.network, data)


def _step(run: Run, data: DatasetSize, sources: Sentences, references: Sentences) -> list[Product]:
    """Return the products of one optimisation step."""
    settings, network = run.settings, run.settings.network
    actor = _actor(network, data)
    critic, q_network = (shape(network, data.target_vocabulary) for shape in (critic_shape, q_network_shape))
    if run.stage == "mle":
        return stages.mle(actor, sources, references)
    if run.stage == "raml":
        return stages.raml(actor, sources, references, settings.raml.samples)
    if run.stage == "q-network":
        return stages.soft_q(q_network, references, settings.q_network.samples)
    if run.stage == "vaml":
        samples, kappa = settings.vaml.samples, settings.vaml.kappa
        return stages.vaml(actor, q_network, sources, references, samples, kappa)
    smoothing = settings.actor_critic.lambda_var > 0.0
    if run.stage == "critic":
        sampled = Sentences.copies(references.lengths, settings.critic.samples)
        return stages.critic(actor, critic, sources, references, sampled, smoothing=smoothing)
    sampled = Sentences.copies(references.lengths, settings.joint.samples)
    likelihood = settings.joint.lambda_mle > 0.0
    return stages.joint(actor, critic, sources, references, sampled, smoothing=smoothing, likelihood=likelihood)


def _validation(run: Run, data: DatasetSize) -> float:
    """Return the operations of one validation."""
    settings, split = run.settings.evaluation, data.valid
    sources, references = _batch(split, settings.batch_size)
    if run.stage == "critic":
        actor, critic = _actor(run.settings.network, data), trained_network(run, data)
        batch = stages.td_error(actor, critic, sources, references, sampled=references)
        return operations(batch) * split.pairs / settings.batch_size
    if run.stage == "q-network":
        read = references.longer(1)
        batch = stages.beam_search(trained_network(run, data), read, references, settings.beam_size)
        return operations(batch) * split.decoded / settings.batch_size
    return _decoded_and_scored(run, data, split)


def _decoded_and_scored(run: Run, data: DatasetSize, split: SplitSize) -> float:
    """Return the operations of decoding a split, an image once, and of the perplexity of all its references."""
    settings, actor = run.settings.evaluation, trained_network(run, data)
    sources, references = _batch(split, settings.batch_size)
    decoding = operations(stages.beam_search(actor, sources, references, settings.beam_size)) * split.decoded
    scoring = operations(stages.likelihood(actor, sources, references)) * split.pairs
    return (decoding + scoring) / settings.batch_size


def _batch(split: SplitSize, pairs: int) -> tuple[Sentences, Sentences]:
    """Return the sources and references of a batch of so many pairs of a split's mean lengths; an image is one word."""
    words = split.source_words / split.pairs if split.source_words else 1.0
    return Sentences.of_mean(words, pairs), Sentences.of_mean(split.target_words / split.pairs + 1, pairs)


def _actor(settings: Network, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the actor: it reads text or images."""
    if data.feature_width:
        return caption_actor_shape(settings, data.feature_width, data.target_vocabulary)
    return actor_shape(settings, data.source_vocabulary, data.target_vocabulary)
