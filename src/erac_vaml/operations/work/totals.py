"""Count the floating-point operations of a run, from its settings and the size of its data set.

All sentences of a batch have the mean length. Samples and translations are as long as references.
"""

from dataclasses import dataclass
from functools import cache

from erac_vaml.config.settings import Critic, Evaluation, Joint, Network, QNetwork, Raml, Stage, Vaml
from erac_vaml.operations.data_size import DatasetSize, SplitSize
from erac_vaml.operations.work import steps as listed
from erac_vaml.operations.work.network import (
    NetworkShape,
    actor_shape,
    caption_actor_shape,
    critic_shape,
    q_network_shape,
)
from erac_vaml.operations.work.product import operations
from erac_vaml.operations.work.sentences import Sentences
from erac_vaml.plan import Run, StageName


@dataclass(frozen=True)
class Work:
    """Floating-point operations of the parts of a run."""

    epoch: float
    """One epoch of training."""
    validation: float
    """One validation."""
    test: float
    """Scoring the test set."""


def work_of(run: Run, data: DatasetSize) -> Work:
    """Return the operations of the parts of a run."""
    settings = run.settings
    return _work(
        run.stage,
        settings.network,
        run.stage_settings,
        settings.evaluation,
        data,
        smoothing=settings.actor_critic.lambda_var > 0.0,
        starts_trained=run.starts_trained,
    )


def run_work(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the operations of a run of `epochs`. A run that starts from a trained network validates it first."""
    work = work_of(run, data)
    return epochs * (work.epoch + work.validation) + run.starts_trained * work.validation + work.test


def step_work(run: Run, data: DatasetSize) -> float:
    """Return the operations of one optimisation step."""
    return work_of(run, data).epoch / steps(run, data, 1)


def steps(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the number of optimisation steps in `epochs`."""
    return epochs * data.train.pairs / run.stage_settings.batch_size


def trained_network(run: Run, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the network that a run trains and keeps."""
    if run.stage == "critic":
        return critic_shape(run.settings.network, data.target_vocabulary)
    if run.stage == "q-network":
        return q_network_shape(run.settings.network, data.target_vocabulary)
    return _actor(run.settings.network, data)


def _work(
    stage: StageName,
    network: Network,
    own: Stage,
    evaluation: Evaluation,
    data: DatasetSize,
    *,
    smoothing: bool,
    starts_trained: bool,
) -> Work:
    """Return the operations of the parts of a run."""
    actor = _actor(network, data)
    critic, q_network = (shape(network, data.target_vocabulary) for shape in (critic_shape, q_network_shape))
    step = _step(
        stage,
        (actor, critic, q_network),
        _batch(data.train, own.batch_size),
        samples=own.samples if isinstance(own, Raml | Vaml | QNetwork | Critic | Joint) else 1,
        kappa=own.kappa if isinstance(own, Vaml) else 0.0,
        smoothing=smoothing,
        likelihood=isinstance(own, Joint) and own.lambda_mle > 0.0,
    )
    if stage in ("critic", "q-network"):
        sources, references = _batch(data.valid, evaluation.batch_size)
        if stage == "critic":
            batch = listed.td_error(actor, critic, sources, references, sampled=references)
            validation = operations(batch) * data.valid.pairs / evaluation.batch_size
        else:
            batch = listed.beam_search(q_network, references.longer(1), references, evaluation.beam_size)
            validation = operations(batch) * data.valid.decoded / evaluation.batch_size
        test = 0.0
    else:
        # The test also decodes greedily and draws a sample, and so does the validation of a run that starts trained.
        beams = (evaluation.beam_size, 1, 1)
        validation = _decoded_and_scored(actor, evaluation, data.valid, beams=beams if starts_trained else beams[:1])
        test = _decoded_and_scored(actor, evaluation, data.test, beams=beams)
    return Work(step * data.train.pairs / own.batch_size, validation, test)


@cache
def _step(
    stage: StageName,
    networks: tuple[NetworkShape, NetworkShape, NetworkShape],
    batch: tuple[Sentences, Sentences],
    samples: int,
    kappa: float,
    *,
    smoothing: bool,
    likelihood: bool,
) -> int:
    """Return the operations of one optimisation step of a stage. Most runs of an experiment share them.

    Args:
        stage: the stage.
        networks: actor, critic and Q-network.
        batch: sources and references.
        samples: samples or proposals of each pair.
        kappa: VAML's κ.
        smoothing: the critic's loss has a smoothing term.
        likelihood: the actor's loss has the likelihood of the reference.
    """
    (actor, critic, q_network), (sources, references) = networks, batch
    sampled = Sentences.copies(references.lengths, samples)
    match stage:
        case "vaml":
            products = listed.vaml(actor, q_network, sources, references, samples, kappa)
        case "raml":
            products = listed.raml(actor, sources, references, samples)
        case "q-network":
            products = listed.soft_q(q_network, references, samples)
        case "critic":
            products = listed.critic(actor, critic, sources, references, sampled, smoothing=smoothing)
        case "joint":
            products = listed.joint(
                actor, critic, sources, references, sampled, smoothing=smoothing, likelihood=likelihood
            )
        case "mle" | "mle-continued":
            products = listed.mle(actor, sources, references)
    return operations(products)


@cache
def _decoded_and_scored(actor: NetworkShape, settings: Evaluation, split: SplitSize, beams: tuple[int, ...]) -> float:
    """Return the operations of decoding each source with beams of these sizes, and of all references' perplexity.

    Most runs of an experiment share them.
    """
    sources, references = _batch(split, settings.batch_size)
    searches = (operations(listed.beam_search(actor, sources, references, size)) for size in beams)
    decoding = sum(searches) * split.decoded
    scoring = operations(listed.likelihood(actor, sources, references)) * split.pairs
    return (decoding + scoring) / settings.batch_size


def _batch(split: SplitSize, pairs: int) -> tuple[Sentences, Sentences]:
    """Return the sources and references of a batch, with the mean lengths of a split. An image is one word."""
    words = split.source_words / split.pairs if split.source_words else 1.0
    return Sentences.of_mean(words, pairs), Sentences.of_mean(split.target_words / split.pairs + 1, pairs)


def _actor(settings: Network, data: DatasetSize) -> NetworkShape:
    """Return the sizes of the actor: it reads text or images."""
    if data.feature_width:
        return caption_actor_shape(settings, data.feature_width, data.target_vocabulary)
    return actor_shape(settings, data.source_vocabulary, data.target_vocabulary)
