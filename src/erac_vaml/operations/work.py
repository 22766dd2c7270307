"""How much a run computes, in floating-point operations, from its settings and the size of its data set.

Every stage is the sum of what it does to each network (docs/performance.md names the parts): a forward pass, and twice
as much again where the network is trained. Samples and translations are taken to be as long as the references are.
"""

from dataclasses import dataclass

from erac_vaml.config import TaskSettings
from erac_vaml.operations.data_size import DatasetSize, SplitSize
from erac_vaml.operations.network_size import NetworkSize, actor_size, critic_size, q_network_size
from erac_vaml.plan import Run

_TRAINED = 3.0
"""A forward pass and both products of its backward pass."""


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
        """Return the operations of a run of so many epochs; one that starts trained is validated before them too."""
        return epochs * (self.epoch + self.validation) + starts_trained * self.validation + self.test


def work_of(run: Run, data: DatasetSize) -> Work:
    """Return the operations of a run's parts."""
    return Work(*(part(run, data) for part in (_epoch, _validation, _test)))


def run_work(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the operations of a whole run of so many epochs."""
    return work_of(run, data).of(epochs, run.starts_trained)


def max_epochs(run: Run) -> int:
    """Return the most epochs that a run may have."""
    return run.stage_settings.max_epochs


def steps(run: Run, data: DatasetSize, epochs: float) -> float:
    """Return the optimisation steps of so many epochs."""
    return epochs * data.train.pairs / run.stage_settings.batch_size


@dataclass(frozen=True)
class _Reading:
    """A network, what it has read, and how much it goes on to say."""

    network: NetworkSize
    sources: float
    words: float

    def read(self) -> float:
        return self.network.encode(self.sources, self.words)

    def features(self, tokens: float) -> float:
        return self.network.decode(tokens, self.words / self.sources)

    def say(self, tokens: float) -> float:
        """Return the operations of features and scores of so many tokens."""
        return self.features(tokens) + self.network.score(tokens)


def _epoch(run: Run, data: DatasetSize) -> float:
    settings, split = run.settings, data.train
    tokens = _tokens(split)
    actor = _actor(settings, data, split)
    if run.stage in ("mle", "mle-continued"):
        return _TRAINED * (actor.read() + actor.say(tokens))
    if run.stage == "raml":
        return _TRAINED * (actor.read() + actor.say(settings.raml.samples * tokens))
    if run.stage == "q-network":
        sampled = settings.q_network.samples * tokens
        q_network = _of_references(q_network_size(settings.network, data), split)
        # The first state's value is nobody's target.
        valued = sampled - settings.q_network.samples * split.pairs
        return _TRAINED * (q_network.read() + q_network.features(sampled) + q_network.network.score(valued))
    if run.stage == "vaml":
        sampled = settings.vaml.samples * tokens
        q_network = _of_references(q_network_size(settings.network, data), split)
        targets = q_network.read() + q_network.features(sampled)
        targets += q_network.network.score(settings.vaml.kappa * sampled)
        return _TRAINED * (actor.read() + actor.say(sampled)) + targets
    if run.stage == "critic":
        sampled = settings.critic.samples * tokens
        return actor.read() + actor.say(sampled) + _critic(settings, data, settings.critic.batch_size, sampled)
    sampled = settings.joint.samples * tokens
    critic = critic_size(settings.network, data)
    # Read once, trained; sampled, and again with a graph; of the scores the samples' own are used again.
    actor_work = _TRAINED * actor.read() + (1 + _TRAINED) * actor.features(sampled) + _TRAINED * _scored(actor, sampled)
    if settings.joint.lambda_mle > 0.0:
        actor_work += _TRAINED * actor.say(tokens)
    return actor_work + critic.score(sampled) + _critic(settings, data, settings.joint.batch_size, sampled)


def _critic(settings: TaskSettings, data: DatasetSize, batch_size: int, sampled: float) -> float:
    """Return the operations of an epoch of the critic's own training on samples, those of its target included."""
    critic = _of_references(critic_size(settings.network, data), data.train)
    target = critic.read() + critic.say(sampled)
    trained = _TRAINED * (critic.read() + critic.features(sampled))
    if settings.actor_critic.lambda_var == 0.0:
        return target + trained
    units, steps = critic.network.units, data.train.pairs / batch_size
    gram, quadratic = 2.0 * units**2 * critic.network.scores, 2.0 * units**2
    return target + trained + 2.0 * gram * steps + _TRAINED * quadratic * sampled


def _validation(run: Run, data: DatasetSize) -> float:
    settings, split = run.settings, data.valid
    if run.stage == "critic":
        critic, actor = _of_references(critic_size(settings.network, data), split), _actor(settings, data, split)
        read = actor.read() + 2.0 * critic.read()
        return read + actor.say(_tokens(split)) + critic.say(_tokens(split)) + critic.features(_tokens(split))
    if run.stage == "q-network":
        return _decoded(_of_references(q_network_size(settings.network, data), _once(split)), settings, split)
    return _decoded_and_scored(settings, data, split)


def _test(run: Run, data: DatasetSize) -> float:
    if run.stage in ("critic", "q-network"):
        return 0.0
    return _decoded_and_scored(run.settings, data, data.test)


def _decoded_and_scored(settings: TaskSettings, data: DatasetSize, split: SplitSize) -> float:
    """Return the operations of translating a split, and of its perplexity."""
    actor = _actor(settings, data, split)
    decoded = _decoded(_actor(settings, data, _once(split)), settings, split)
    return decoded + actor.read() + actor.say(_tokens(split))


def _decoded(network: _Reading, settings: TaskSettings, split: SplitSize) -> float:
    """Return the operations of beam search over a split, an image once."""
    return network.read() + network.say(settings.evaluation.beam_size * _tokens(_once(split)))


def _scored(reading: _Reading, tokens: float) -> float:
    return reading.network.score(tokens)


def _actor(settings: TaskSettings, data: DatasetSize, split: SplitSize) -> _Reading:
    return _Reading(actor_size(settings.network, data), split.pairs, split.source_words)


def _of_references(network: NetworkSize, split: SplitSize) -> _Reading:
    """Return what critics and Q-networks read: references with `bos` and `eos`."""
    return _Reading(network, split.pairs, split.target_words + 2 * split.pairs)


def _once(split: SplitSize) -> SplitSize:
    """Return the split with one caption for each image; of text it is the same."""
    share = split.decoded / split.pairs
    return SplitSize(split.decoded, split.source_words, round(split.target_words * share), split.decoded)


def _tokens(split: SplitSize) -> float:
    """Return a split's target tokens, `eos` counted."""
    return float(split.target_words + split.pairs)
