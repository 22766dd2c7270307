"""The diagnosis of critics and pay-offs: exact correlations, roll-outs with the policy's chances, and all its rows."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from scipy.stats import chisquare
from small_experiment import call
from typer import BadParameter

from benchmarks.diagnosis import correlation, main, roll_out_from
from erac_vaml.config.settings import Network
from erac_vaml.data.vocabulary import BOS, EOS, PAD, UNK
from erac_vaml.networks.build import build_actor

CONFIG = {
    "name": "tiny",
    "datasets": {"mini": {"kind": "mini", "train_pairs": 60, "valid_pairs": 10, "test_pairs": 10, "min_count": 1}},
    "defaults": {
        "network": {"units": 8, "embedding": 8},
        "actor_critic": {"max_length": 8},
        "evaluation": {"max_length": 8, "beam_size": 2},
        **{stage: {"max_epochs": 1, "batch_size": 20} for stage in ("mle", "critic")},
    },
    "tasks": {"mt": {"dataset": "mini", "seeds": {"critics": 1, "actors": 1}, "algorithms": ["mle", "erac"]}},
}


def test_the_correlation_of_one_state_is_numpys():
    first, second = np.random.default_rng(0).normal(size=(2, 1, 9))
    weights = np.full((1, 9), 1 / 9)
    assert correlation(first, second, weights) == pytest.approx(np.corrcoef(first[0], second[0])[0, 1])
    counts = np.array([1, 2, 3, 1, 1, 4, 2, 1, 5])
    repeated = np.corrcoef(np.repeat(first[0], counts), np.repeat(second[0], counts))[0, 1]
    assert correlation(first, second, counts[None] / counts.sum()) == pytest.approx(repeated)


def test_the_level_of_a_state_does_not_count():
    first, second = np.random.default_rng(0).normal(size=(2, 5, 4))
    weights, levels = np.full((5, 4), 1 / 4), np.arange(5)[:, None]
    assert correlation(first + levels, second - 7 * levels, weights) == pytest.approx(
        correlation(first, second, weights)
    )


def test_roll_outs_keep_their_prefix_and_go_on_by_the_policy():
    actor = build_actor(Network(units=4, embedding=4, initial_range=1.0), 9, 6, torch.Generator().manual_seed(2))
    memory, count = actor.encode(torch.tensor([[5, 6, 4]]), torch.tensor([3])), 20_000
    prefixes = torch.tensor([[4, 5]]).expand(count, 2)
    lengths = torch.ones(count, dtype=torch.long)  # The second word is not given.
    generator = torch.Generator().manual_seed(1)
    found = roll_out_from(actor, memory.repeat(count), prefixes, lengths, 3, generator).tolist()
    chances = actor.logits(memory, torch.tensor([[4, EOS]]))[0, 1].detach().double()
    chances[[PAD, BOS]] = -torch.inf
    expected = chances.softmax(dim=0)
    outcomes = {word: [4, word, EOS if word != EOS else PAD] for word in (UNK, EOS, 4, 5)}
    counts = Counter(map(tuple, found))
    assert set(counts) <= set(map(tuple, outcomes.values()))
    observed = [counts[tuple(outcome)] for outcome in outcomes.values()]
    assert chisquare(observed, [count * float(expected[word]) for word in outcomes]).pvalue > 1e-3


def test_every_split_pay_off_and_set_of_references_has_its_row(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(yaml.safe_dump(CONFIG))
    for command in ("prepare --dataset mini", "train --run mt/mle/seed1", "train --run mt/critic/critic1"):
        assert call(command, monkeypatch) == 0
    capsys.readouterr()
    main("mt/critic/critic1", pairs=6, words=3, samples=4)
    ranking, lengths = capsys.readouterr().out.partition("Length of samples")[::2]
    assert len(ranking.strip().splitlines()) == 2 + 1 + 4
    assert len(lengths.strip().splitlines()) == 2 + 1 + 16
    assert "nan" not in ranking + lengths.lower()


def test_a_run_that_is_no_critic_is_refused(tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    with pytest.raises(BadParameter, match="mt/mle/seed1 is no critic"):
        main("mt/mle/seed1", tmp_path / "config.yaml")
