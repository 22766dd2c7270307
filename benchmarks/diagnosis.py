"""Diagnose a trained critic and its pay-off: `python -m benchmarks.diagnosis --help`.

Two questions that validation BLEU does not answer. How well does the critic rank the actor's next words, against
roll-outs? Does the pay-off prefer short sequences? docs/findings/reproduction.md has an example.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from torch import Tensor

from erac_vaml.config import load_experiment
from erac_vaml.config.settings import Rewards
from erac_vaml.data.batches import Batch
from erac_vaml.data.prepared import load_prepared
from erac_vaml.data.vocabulary import BOS, EOS, PAD
from erac_vaml.decoding.sampling import sample
from erac_vaml.networks.memory import Memory
from erac_vaml.networks.sequence_to_sequence import SequenceToSequence
from erac_vaml.plan import Plan
from erac_vaml.runs.assembly import trained_network
from erac_vaml.training.stages.base import Context
from erac_vaml.training.stages.payoff import prefix_payoffs

PAYOFFS: dict[str, dict[str, str]] = {
    "bleu, add one to all orders": {"metric": "bleu", "smoothing": "all"},
    "bleu, add one from bigrams on": {"metric": "bleu", "smoothing": "higher"},
    "gleu": {"metric": "gleu"},
    "chrf": {"metric": "chrf"},
}


@dataclass(frozen=True)
class Ranking:
    """How a critic ranks words in N states, beside roll-outs. All are correlations within the states, weighted by π."""

    critic: float
    """Between Q and the mean pay-off of the roll-outs that start with each word."""
    roll_outs: float
    """Between two halves of the roll-outs: how reliable their mean is."""


def correlation(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> float:
    """Return the correlation within rows of two arrays (N, K), each row centred by its weights (N, K) that sum to 1."""
    first = first - (weights * first).sum(1, keepdims=True)
    second = second - (weights * second).sum(1, keepdims=True)
    return float((weights * first * second).sum() / np.sqrt((weights * first**2).sum() * (weights * second**2).sum()))


@torch.no_grad()
def roll_out_from(
    actor: SequenceToSequence, memory: Memory, prefixes: Tensor, lengths: Tensor, limit: int, generator: torch.Generator
) -> Tensor:
    """Return sequences (R, limit) of words EOS PAD that start with prefixes (R, L) and go on as the actor samples.

    Args:
        actor: the policy.
        memory: R decoder rows.
        prefixes: (R, L) words; those from `lengths` on are ignored.
        lengths: (R,) given words of each row, at most L.
        limit: maximum length in tokens, `eos` included, which is forced there.
        generator: source of the samples.
    """
    state, previous = actor.start(memory), torch.full_like(lengths, BOS)
    tokens = torch.full((len(lengths), limit), PAD)
    going = torch.ones_like(lengths, dtype=torch.bool)
    for step in range(limit):
        features, state = actor.step(previous, state, memory)
        chances = torch.softmax(actor.output(features), dim=-1)
        chances[:, [PAD, BOS]] = 0.0
        drawn = torch.multinomial(chances, 1, generator=generator).squeeze(1)
        if step == limit - 1:
            drawn = torch.full_like(drawn, EOS)
        if step < prefixes.shape[1]:
            drawn = torch.where(step < lengths, prefixes[:, step], drawn)
        tokens[:, step] = previous = drawn.masked_fill(~going, PAD)
        going = going & (drawn != EOS)
    return tokens


@torch.no_grad()
def ranking(
    context: Context, actor: SequenceToSequence, critic: SequenceToSequence, batch: Batch, words: int, samples: int
) -> Ranking:
    """Return how the critic ranks the actor's most probable words in one state of a sample for each pair.

    Args:
        context: settings, vocabulary and seed.
        actor: the policy.
        critic: a critic of this policy.
        batch: N pairs.
        words: K words in each state.
        samples: roll-outs for each word, an even number.
    """
    generator, limit = torch.Generator().manual_seed(context.seed), context.settings.actor_critic.max_length
    memory, count = actor.encode(batch.source, batch.source_lengths), len(batch.references)
    drawn = sample(actor, memory, limit, generator, enforce_eos=True)
    places = (torch.rand(count, generator=generator) * drawn.lengths).long()
    rows = torch.arange(count)
    policy = torch.softmax(actor.output(actor.features(memory, drawn.tokens)[rows, places]), dim=-1)
    policy[:, [PAD, BOS]] = 0.0
    chances, ids = policy.topk(words, dim=1)
    references = critic.encode_references(batch.references, batch.reference_lengths)
    values = critic.output(critic.features(references, drawn.tokens)[rows, places]).gather(1, ids)

    prefixes = drawn.tokens[:, None].repeat(1, words, 1)
    prefixes[rows[:, None], torch.arange(words), places[:, None]] = ids
    prefixes = prefixes.repeat_interleave(samples, dim=1).flatten(0, 1)
    lengths = (places + 1).repeat_interleave(words * samples)
    sequences = roll_out_from(actor, memory.repeat(words * samples), prefixes, lengths, limit, generator)
    scaled = context.settings.rewards.scale_by_length
    returns = prefix_payoffs(sequences, batch, context, scaled)[:, -1].view(count, words, samples).numpy()
    weights = (chances / chances.sum(dim=1, keepdim=True)).numpy()
    halves = returns[:, :, ::2].mean(2), returns[:, :, 1::2].mean(2)
    return Ranking(correlation(values.numpy(), returns.mean(2), weights), correlation(*halves, weights))


@torch.no_grad()
def preferred_length(context: Context, actor: SequenceToSequence, batch: Batch, samples: int) -> tuple[float, float]:
    """Return whether the pay-off prefers short sequences, by samples of the actor for each pair.

    Returns:
        The correlation of length and pay-off within the pairs; and the mean length of each pair's best sample, relative
        to that of its samples.
    """
    generator, limit = torch.Generator().manual_seed(context.seed), context.settings.actor_critic.max_length
    memory = actor.encode(batch.source, batch.source_lengths).repeat(samples)
    drawn = sample(actor, memory, limit, generator, enforce_eos=True)
    found = prefix_payoffs(drawn.tokens, batch, context, False)[:, -1].view(-1, samples).numpy()
    lengths = (drawn.lengths - 1).view(-1, samples).float().numpy()
    best = np.take_along_axis(lengths, found.argmax(1)[:, None], axis=1)[:, 0]
    return correlation(lengths, found, np.full_like(found, 1 / samples)), float(best.mean() / lengths.mean())


def main(
    run: Annotated[str, typer.Argument(help="A finished critic, as mt/critic/critic1.")],
    config: Annotated[Path, typer.Option(help="Configuration file of its experiment.")] = Path("config.yaml"),
    pairs: Annotated[int, typer.Option(min=2, help="Pairs of train and of valid.")] = 100,
    words: Annotated[int, typer.Option(min=2, help="Words ranked in each state.")] = 8,
    samples: Annotated[int, typer.Option(min=2, help="Roll-outs for each word.")] = 16,
) -> None:
    """Print how well a critic ranks its actor's words, and which length each pay-off prefers."""
    experiment = load_experiment(config)
    found, results = Plan(experiment).run(run), experiment.results
    if found.stage != "critic":
        raise typer.BadParameter(f"{run} is no critic; name one, as mt/critic/critic1")
    dataset = load_prepared(results / "data" / found.dataset, experiment.datasets[found.dataset])
    context = Context(found.settings, dataset, found.seed, torch.device("cpu"))
    critic = trained_network("critic", found, context, results)
    actor = trained_network("actor", found.parents["actor"], context, results)
    rankings, lengths = [], []
    for name in ("train", "valid"):
        for references in ("own", "all"):
            split = replace(getattr(dataset, name), rewards_all_captions=references == "all")
            chosen = np.random.default_rng(context.seed).permutation(len(split))[:pairs]
            batch = split.batch(chosen, context.device)
            one = ranking(context, actor, critic, batch, words, samples)
            rankings.append((name, references, one.critic, one.roll_outs))
            for payoff, changed in PAYOFFS.items():
                rewards = Rewards.model_validate(context.settings.rewards.model_dump() | changed)
                other = replace(context, settings=context.settings.model_copy(update={"rewards": rewards}))
                lengths.append((name, references, payoff, *preferred_length(other, actor, batch, 2 * samples)))
    print(f"\nRanking of words by {found.path}, weighted by the policy\n")
    columns = ["split", "references", "critic and roll-outs", "two halves of the roll-outs"]
    print(pd.DataFrame(rankings, columns=columns).to_string(index=False, float_format="%.2f"))
    print("\nLength of samples and their pay-off\n")
    columns = ["split", "references", "pay-off", "correlation", "length of the best to the mean"]
    print(pd.DataFrame(lengths, columns=columns).to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    typer.run(main)
