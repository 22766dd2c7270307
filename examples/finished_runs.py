"""Open two finished runs: compare their translations, translate a sentence, and plot the attention of the second run.

Usage: python examples/finished_runs.py results/mini mt/mle/seed4 mt/erac/critic2-actor1
It prints the sentences of the test set whose BLEU differs most, and writes attention.png.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import sacrebleu
import torch

from erac_vaml.config import load_experiment
from erac_vaml.data.corpus import read_lines
from erac_vaml.models.model import Attention
from erac_vaml.models.of_run import model_of_run
from erac_vaml.plan import Plan

SHOWN = 3
"""Sentences that gain most, and sentences that lose most."""


def compare(source: list[str], reference: list[str], first: list[str], second: list[str]) -> pd.DataFrame:
    """Return the sentences on which two systems differ, with the gain in sentence BLEU of the second, largest first."""
    pairs = pd.DataFrame({"source": source, "reference": reference, "first": first, "second": second})
    scores = {
        system: [
            sacrebleu.sentence_bleu(hypothesis, [answer], tokenize="none").score
            for hypothesis, answer in zip(pairs[system], pairs["reference"], strict=True)
        ]
        for system in ("first", "second")
    }
    pairs["gain"] = pd.Series(scores["second"]) - pd.Series(scores["first"])
    return pairs[pairs["first"] != pairs["second"]].sort_values("gain", ascending=False)


def plot(attention: Attention, path: Path) -> None:
    """Draw the weight of each source token (across) for each token of the translation (down)."""
    figure, axes = plt.subplots(layout="constrained")
    image = axes.imshow(attention.weights, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(attention.source)), attention.source, rotation=60, ha="right")
    axes.set_yticks(range(len(attention.target)), attention.target)
    axes.set(xlabel="Source", ylabel="Translation")
    figure.colorbar(image, label="Attention weight")
    figure.savefig(path, dpi=150, bbox_inches="tight")


def main(folder: str, *names: str) -> None:
    """Compare the runs `names` of the experiment in `folder`."""
    results = Path(folder)
    experiment = load_experiment(results / "config.yaml")
    plan = Plan(experiment)
    runs = [plan.run(name) for name in names]
    data = results / "data" / runs[0].dataset
    source, reference = (read_lines(data / f"test.{side}.txt") for side in ("source", "target"))
    differ = compare(source, reference, *(read_lines(results / run.path / "hypotheses.txt") for run in runs))
    print(f"{len(differ)} of {len(source)} translations differ")
    for pair in pd.concat([differ.head(SHOWN), differ[SHOWN:].tail(SHOWN)]).itertuples():
        print(f"\n{pair.gain:+.1f} BLEU")
        texts = (pair.source, pair.reference, pair.first, pair.second)
        for label, text in zip(("source", "reference", *names), texts, strict=True):
            print(f"  {label:24} {text}")

    model = model_of_run(experiment, runs[1], results, torch.device("cpu"))
    sentence = source[differ.index[0] if len(differ) else 0]
    print(f"\n{sentence}\n-> {model.translate([sentence], tokenised=True)[0]}")
    plot(model.attention(sentence, tokenised=True), Path("attention.png"))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
