"""The matrix products of one step of each stage, following the paper's algorithms and the recipes.

Throughout, `sources` has the lengths of the B sources in words (1 for an image), `references` those of the references
in tokens, `eos` counted, and `sampled` those of the R = B·M sequences that the actor samples.
"""

from dataclasses import replace

from erac_vaml.operations.work.network import NetworkShape
from erac_vaml.operations.work.product import Product, Shape, backward, forward
from erac_vaml.operations.work.sentences import Sentences


def mle(actor: NetworkShape, sources: Sentences, references: Sentences) -> list[Product]:
    """Return the products of maximum likelihood: the actor is trained at every token of the references."""
    return raml(actor, sources, references, samples=1)


def raml(actor: NetworkShape, sources: Sentences, references: Sentences, samples: int) -> list[Product]:
    """Return the products of RAML: each source is read once, for `samples` sequences as long as its reference."""
    written = Sentences.copies(references.lengths, samples)
    return [*_features(actor, sources, written, trained=True), *_scores(actor, written.tokens, trained=True)]


def soft_q(q_network: NetworkShape, references: Sentences, samples: int) -> list[Product]:
    """Return the products of soft Q-learning: the soft value of every state but the first.

    The Q value of a token that was taken is a gather, not a product.
    """
    written = Sentences.copies(references.lengths, samples)
    later = written.tokens - len(written.lengths)
    return [
        *_features(q_network, _with_bos(references), written, trained=True),
        *_scores(q_network, later, trained=True),
    ]


def vaml(
    actor: NetworkShape,
    q_network: NetworkShape,
    sources: Sentences,
    references: Sentences,
    samples: int,
    kappa: float,
) -> list[Product]:
    """Return the products of VAML: RAML's, and a fixed Q-network's targets at the share κ of the tokens."""
    written = Sentences.copies(references.lengths, samples)
    return [
        *raml(actor, sources, references, samples),
        *_features(q_network, _with_bos(references), written, trained=False),
        *_scores(q_network, round(kappa * written.tokens), trained=False),
    ]


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
    return [*_samples(actor, sources, sampled), *_critic(critic, references, sampled, smoothing=smoothing)]


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
    """Return the products of joint training; `likelihood` says whether the references are trained on too (λ_MLE).

    The sources are read once for samples, policy gradient and likelihood. The policy gradient needs no forward pass:
    its features and scores are those with which the samples were drawn.
    """
    of_likelihood = [
        *actor.decode(sources, references),
        *_scores(actor, references.tokens, trained=True),
        *actor.decode_backward(sources, references),
    ]
    return [
        *_samples(actor, sources, sampled),
        *_critic(critic, references, sampled, smoothing=smoothing),
        *_scores(critic, sampled.tokens, trained=False),
        *actor.score_backward(sampled.tokens),
        *actor.decode_backward(sources, sampled),
        *(of_likelihood if likelihood else []),
        *actor.encode_backward(sources),
    ]


def beam_search(network: NetworkShape, read: Sentences, hypotheses: Sentences, beam_size: int) -> list[Product]:
    """Return the products of beam search.

    All beams of a source are alike at the first step and count once; a source whose hypothesis has ended is left out.

    Args:
        network: actor or Q-network.
        read: the sequences that it reads.
        hypotheses: tokens of the best sequence for each, `eos` counted.
        beam_size: sequences kept for each.
    """
    first = Sentences((1,) * read.sources)
    later = Sentences.copies([length - 1 for length in hypotheses.lengths if length > 1], beam_size)
    products = [*network.encode(read), *_written(network, read, first)]
    return products + (_written(network, read, later) if later.lengths else [])


def likelihood(actor: NetworkShape, sources: Sentences, references: Sentences) -> list[Product]:
    """Return the products of the perplexity of the references."""
    return [*_features(actor, sources, references, trained=False), *_scores(actor, references.tokens, trained=False)]


def td_error(
    actor: NetworkShape, critic: NetworkShape, sources: Sentences, references: Sentences, sampled: Sentences
) -> list[Product]:
    """Return the products of the critic's TD error on samples of the actor."""
    return [
        *_samples(actor, sources, sampled),
        *_target(critic, references, sampled),
        *_features(critic, _with_bos(references), sampled, trained=False),
    ]


def _features(network: NetworkShape, read: Sentences, written: Sentences, *, trained: bool) -> list[Product]:
    """Return a network's products up to the output layer, teacher-forced."""
    products = [*network.encode(read), *network.decode(read, written)]
    if trained:
        products += [*network.decode_backward(read, written), *network.encode_backward(read)]
    return products


def _scores(network: NetworkShape, rows: int, *, trained: bool) -> list[Product]:
    """Return the output layer's products at `rows` positions."""
    return [*network.score([rows]), *(network.score_backward(rows) if trained else [])]


def _samples(actor: NetworkShape, read: Sentences, sampled: Sentences) -> list[Product]:
    """Return the products of drawing samples."""
    return [*actor.encode(read), *_written(actor, read, sampled)]


def _written(network: NetworkShape, read: Sentences, written: Sentences) -> list[Product]:
    """Return the products of writing sequences step by step; those that have ended have left the batch."""
    return [*network.decode(read, written, sampled=True), *network.score(written.going_on)]


def _target(critic: NetworkShape, references: Sentences, sampled: Sentences) -> list[Product]:
    """Return the products of the target Σ_w π(w) Q̄(w) = (π W)·x + π·b, which needs no scores of all words."""
    target = replace(critic, name="target critic")
    return [
        *_features(target, _with_bos(references), sampled, trained=False),
        *forward("target critic: expectation", [Shape(sampled.tokens, critic.scores, critic.units)]),
    ]


def _critic(critic: NetworkShape, references: Sentences, sampled: Sentences, *, smoothing: bool) -> list[Product]:
    """Return the products of the critic's own training on samples.

    The critic's scores of all words are never needed: those of the taken tokens are gathered, and the smoothing term is
    a quadratic form of WᵀW, whose gradient in x is the forward product again.
    """
    rows, units, words = sampled.tokens, critic.units, critic.scores
    products = [
        *_target(critic, references, sampled),
        *_features(critic, _with_bos(references), sampled, trained=True),
    ]
    if smoothing:
        products += [
            *forward("critic: smoothing, WᵀW", [Shape(units, words, units)]),
            *forward("critic: smoothing, quadratic form", [Shape(rows, units, units)]),
            *backward("critic: smoothing, quadratic form", [Shape(units, rows, units)]),
            *backward("critic: smoothing, WᵀW", [Shape(words, units, units)]),
        ]
    return products


def _with_bos(references: Sentences) -> Sentences:
    """Return the references as critic and Q-network read them: `bos` stands in front of them."""
    return references.longer(1)
