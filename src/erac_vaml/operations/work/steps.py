"""List the matrix products of one step of each stage, according to the paper's algorithms and the recipes.

In all functions `sources` holds the lengths of the B sources in words (1 for an image), `references` the lengths of the
references in tokens, with `eos`, and `sampled` the lengths of the R = B·M sequences that the actor samples.
"""

from dataclasses import replace

from erac_vaml.operations.work.network import NetworkShape
from erac_vaml.operations.work.product import Layer, Product, backward, forward, trained
from erac_vaml.operations.work.sentences import Sentences


def mle(actor: NetworkShape, sources: Sentences, references: Sentences) -> list[Product]:
    """Return the products of maximum likelihood: the actor is trained on every token of the references."""
    return raml(actor, sources, references, samples=1)


def raml(actor: NetworkShape, sources: Sentences, references: Sentences, samples: int) -> list[Product]:
    """Return the products of RAML: each source is read once for `samples` sequences as long as its reference."""
    written = Sentences.copies(references.lengths, samples)
    return trained([*_features(actor, sources, written), *actor.score([written.tokens])])


def soft_q(q_network: NetworkShape, references: Sentences, samples: int) -> list[Product]:
    """Return the products of soft Q-learning: soft values of all states but the first. Taken values are gathered."""
    written = Sentences.copies(references.lengths, samples)
    later = written.tokens - len(written.lengths)
    return trained([*_features(q_network, references.longer(1), written), *q_network.score([later])])


def vaml(
    actor: NetworkShape,
    q_network: NetworkShape,
    sources: Sentences,
    references: Sentences,
    samples: int,
    kappa: float,
) -> list[Product]:
    """Return the products of VAML: those of RAML, and a fixed Q-network's targets for the share κ of the tokens."""
    written = Sentences.copies(references.lengths, samples)
    targets = [*_features(q_network, references.longer(1), written), *q_network.score([round(kappa * written.tokens)])]
    return [*raml(actor, sources, references, samples), *forward(targets)]


def critic(
    actor: NetworkShape,
    critic: NetworkShape,
    sources: Sentences,
    references: Sentences,
    sampled: Sentences,
    *,
    smoothing: bool,
) -> list[Product]:
    """Return the products of critic pre-training: a fixed actor samples, the critic is trained on the samples."""
    samples = forward([*actor.encode(sources), *_written(actor, sources, sampled)])
    return [*samples, *_critic(critic, references, sampled, smoothing=smoothing)]


def joint(
    actor: NetworkShape,
    critic: NetworkShape,
    sources: Sentences,
    references: Sentences,
    sampled: Sentences,
    *,
    smoothing: bool,
    likelihood: bool,
) -> list[Product]:
    """Return the products of joint training. `likelihood` adds training on the references (λ_MLE).

    The sources are read once for samples, policy gradient and likelihood. The policy gradient needs no forward pass: it
    reuses the features and scores with which the samples were drawn.
    """
    of_sources = actor.encode(sources)
    of_policy = [*actor.decode(sources, sampled), *actor.score([sampled.tokens])]
    of_references = [*actor.decode(sources, references), *actor.score([references.tokens])]
    return [
        *forward([*of_sources, *_written(actor, sources, sampled)]),
        *_critic(critic, references, sampled, smoothing=smoothing),
        *forward(critic.score([sampled.tokens])),
        *backward(of_policy),
        *(trained(of_references) if likelihood else []),
        *backward(of_sources),
    ]


def beam_search(network: NetworkShape, read: Sentences, hypotheses: Sentences, beam_size: int) -> list[Product]:
    """Return the products of beam search.

    At the first step all beams of a source are equal and count once. A source whose hypothesis has ended is left out.

    Args:
        network: the actor or the Q-network.
        read: the sequences that it reads.
        hypotheses: lengths of the best sequence for each of them, with `eos`.
        beam_size: number of sequences that are kept for each of them.
    """
    first = Sentences((1,) * read.sources)
    later = Sentences.copies([length - 1 for length in hypotheses.lengths if length > 1], beam_size)
    parts = [first, later] if later.lengths else [first]
    return forward([*network.encode(read), *(layer for part in parts for layer in _written(network, read, part))])


def likelihood(actor: NetworkShape, sources: Sentences, references: Sentences) -> list[Product]:
    """Return the products of the perplexity of the references."""
    return forward([*_features(actor, sources, references), *actor.score([references.tokens])])


def td_error(
    actor: NetworkShape, critic: NetworkShape, sources: Sentences, references: Sentences, sampled: Sentences
) -> list[Product]:
    """Return the products of the critic's TD error on samples of the actor."""
    samples = [*actor.encode(sources), *_written(actor, sources, sampled)]
    taken = _features(critic, references.longer(1), sampled)
    return forward([*samples, *_target(critic, references, sampled), *taken])


def _features(network: NetworkShape, read: Sentences, written: Sentences) -> list[Layer]:
    """Return the layers of a network up to the output layer, with teacher forcing."""
    return [*network.encode(read), *network.decode(read, written)]


def _written(network: NetworkShape, read: Sentences, written: Sentences) -> list[Layer]:
    """Return the layers that write sequences step by step. Sequences that have ended leave the batch."""
    return [*network.decode(read, written, sampled=True), *network.score(written.going_on)]


def _target(critic: NetworkShape, references: Sentences, sampled: Sentences) -> list[Layer]:
    """Return the layers of the target Σ_w π(w) Q̄(w) = (π W)·x + π·b, which needs no scores of all words.

    Critics and Q-networks read the references with `bos` before them.
    """
    target = replace(critic, name="target critic")
    expectation = Layer("target critic: expectation", (sampled.tokens,), critic.scores, critic.units)
    return [*_features(target, references.longer(1), sampled), expectation]


def _critic(critic: NetworkShape, references: Sentences, sampled: Sentences, *, smoothing: bool) -> list[Product]:
    """Return the products of the critic's training on samples.

    The critic never needs the scores of all words: those of the taken tokens are gathered, and the smoothing term is a
    quadratic form of WᵀW, whose gradient in x is the forward product again.
    """
    units, words = critic.units, critic.scores
    layers = _features(critic, references.longer(1), sampled)
    if smoothing:
        layers += [
            Layer("critic: smoothing, WᵀW", (units,), words, units, passes_gradient=False),
            Layer("critic: smoothing, quadratic form", (sampled.tokens,), units, units, passes_gradient=False),
        ]
    return [*forward(_target(critic, references, sampled)), *trained(layers)]
