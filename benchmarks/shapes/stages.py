"""Products of one step of each stage, as the paper's algorithms and the recipes say it."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.shapes.network import NetworkShape
from benchmarks.shapes.products import Part, Product, backward, forward
from benchmarks.shapes.sentences import Sentences


def mle(actor: NetworkShape, sources: Sequence[int], references: Sequence[int]) -> list[Part]:
    """Return the products of maximum likelihood: one trained network, scored at every token of the references.

    Args:
        actor: its sizes.
        sources: words of each source.
        references: tokens of each reference, `eos` counted.
    """
    return raml(actor, sources, references, samples=1)


def raml(actor: NetworkShape, sources: Sequence[int], references: Sequence[int], samples: int) -> list[Part]:
    """Return the products of RAML: each source is read once, for `samples` sequences as long as its reference."""
    read, written = Sentences(tuple(sources)), Sentences.copies(references, samples)
    return [*_features(actor, read, written, trained=True), *_scores(actor, written.tokens, trained=True)]


def soft_q(q_network: NetworkShape, references: Sequence[int], samples: int) -> list[Part]:
    """Return the products of soft Q-learning: soft values of every state but the first; taken values are gathered."""
    read, written = _with_bos(references), Sentences.copies(references, samples)
    later = written.tokens - len(written.lengths)
    return [*_features(q_network, read, written, trained=True), *_scores(q_network, later, trained=True)]


def vaml(
    actor: NetworkShape, sources: Sequence[int], references: Sequence[int], samples: int, kappa: float
) -> list[Part]:
    """Return the products of VAML: RAML's, and a fixed Q-network's targets at the share κ of the tokens."""
    q_network = replace(actor, name="Q-network")
    written = Sentences.copies(references, samples)
    return [
        *raml(actor, sources, references, samples),
        *_features(q_network, _with_bos(references), written, trained=False),
        *_scores(q_network, round(kappa * written.tokens), trained=False),
    ]


def critic(
    actor: NetworkShape,
    critic: NetworkShape,
    sources: Sequence[int],
    references: Sequence[int],
    sampled: Sentences,
) -> list[Part]:
    """Return the products of critic pre-training: a fixed actor samples, the critic is trained on the samples."""
    return [*_samples(actor, Sentences(tuple(sources)), sampled), *_critic(critic, references, sampled)]


def erac(
    actor: NetworkShape,
    critic: NetworkShape,
    sources: Sequence[int],
    references: Sequence[int],
    sampled: Sentences,
) -> list[Part]:
    """Return the products of joint training.

    The sources are read once for the samples, the policy's gradient and the likelihood of the references. The policy's
    gradient needs no forward pass: its features and scores are those with which the samples were drawn.
    """
    read, written = Sentences(tuple(sources)), Sentences(tuple(references))
    return [
        *_samples(actor, read, sampled),
        *_critic(critic, references, sampled),
        *_scores(critic, sampled.tokens, trained=False),
        *actor.score_backward(sampled.tokens),
        *actor.decode_backward(read, sampled),
        *actor.decode(read, written),
        *_scores(actor, written.tokens, trained=True),
        *actor.decode_backward(read, written),
        *actor.encode_backward(read),
    ]


def beam_search(actor: NetworkShape, sources: Sequence[int], hypotheses: Sequence[int], beam_size: int) -> list[Part]:
    """Return the products of beam search.

    All beams of a source are alike at the first step and count once; a source whose hypothesis has ended is left out.

    Args:
        actor: its sizes.
        sources: words of each source.
        hypotheses: tokens of the best sequence of each, `eos` counted.
        beam_size: sequences kept for each source.
    """
    read = Sentences(tuple(sources))
    first = Sentences((1,) * len(sources))
    later = Sentences.copies([length - 1 for length in hypotheses if length > 1], beam_size)
    parts = [*actor.encode(read), *actor.decode(read, first, sampled=True), *actor.score_steps(first.going_on)]
    if later.lengths:
        parts += [*actor.decode(read, later, sampled=True), *actor.score_steps(later.going_on)]
    return parts


def _features(network: NetworkShape, read: Sentences, written: Sentences, *, trained: bool) -> list[Part]:
    """Return a network's products up to the output layer, teacher-forced."""
    parts = [*network.encode(read), *network.decode(read, written)]
    if trained:
        parts += [*network.decode_backward(read, written), *network.encode_backward(read)]
    return parts


def _scores(network: NetworkShape, rows: int, *, trained: bool) -> list[Part]:
    """Return the output layer's products at `rows` positions."""
    return [*network.score(rows), *(network.score_backward(rows) if trained else [])]


def _samples(actor: NetworkShape, read: Sentences, sampled: Sentences) -> list[Part]:
    """Return the products of drawing samples; those that have ended have left the batch."""
    return [
        *actor.encode(read),
        *actor.decode(read, sampled, sampled=True),
        *actor.score_steps(sampled.going_on),
    ]


def _critic(critic: NetworkShape, references: Sequence[int], sampled: Sentences) -> list[Part]:
    """Return the products of the critic's own training on samples.

    The target is Σ_w π(w) Q(w) = (π W)·x + π·b, and the taken scores are gathered: the critic's scores of all words are
    never needed. Its smoothing term is a quadratic form of WᵀW, whose gradient in x is the forward product again.
    """
    read, rows, units, words = _with_bos(references), sampled.tokens, critic.units, critic.vocabulary
    target = replace(critic, name="target critic")
    return [
        *_features(target, read, sampled, trained=False),
        forward("target critic: expectation under the policy", (Product(rows, words, units),)),
        *_features(critic, read, sampled, trained=True),
        forward("critic: smoothing, WᵀW", (Product(units, words, units),)),
        forward("critic: smoothing, quadratic form", (Product(rows, units, units),)),
        backward("critic: smoothing, quadratic form", (Product(units, rows, units),)),
        backward("critic: smoothing, WᵀW", (Product(words, units, units),)),
    ]


def _with_bos(references: Sequence[int]) -> Sentences:
    """Return the references as critic and Q-network read them, with `bos` and `eos`."""
    return Sentences(tuple(length + 1 for length in references))
