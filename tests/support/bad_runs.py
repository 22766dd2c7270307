"""Damaged runs: the command, how the files are spoilt before it, and words that its error message must contain."""

from pathlib import Path

import numpy as np
from bad_data import reversed_lines, zeroed
from spoil import (
    all_of,
    change,
    configure,
    copy,
    cut,
    delete,
    make_folder,
    make_pipe,
    nothing,
    repack,
    replace,
    save,
    write,
)

from erac_vaml.config import load_experiment
from erac_vaml.data.prepare_text import prepare_text

Q_NETWORK, MLE = "results/small/runs/mt/q-network/critic1", "results/small/runs/mt/mle/seed1"
MANIFEST = f"{Q_NETWORK}/manifest.json"
MODEL, CAPTIONS = f"{Q_NETWORK}/model.safetensors", "results/small/runs/captioning/mle/seed1/model.safetensors"
WIDE = np.ones((4, 5), np.float32)
AGAIN = "; delete the run's folder and train it again"
BUNDLE_AGAIN = "; ask for the bundle again, or make it with `erac-vaml bundle`"
PUT_BACK = (
    "; put back the file that the run wrote (then `snakemake --touch`), or delete the run's folder and train it again"
)


def prepared_again(folder: Path) -> None:
    """Prepare the text again."""
    prepare_text("text", load_experiment(folder / "config.yaml").datasets["text"], folder / "results/small/data/text")


SCORE = f"{MLE}/scores.json"
EDITED = replace(SCORE, '"seed": 1', '"seed": 2')


def exchanged(folder: Path) -> None:
    """Exchange the folders of two runs."""
    (folder / Q_NETWORK).rename(folder / "aside")
    (folder / MLE).rename(folder / Q_NETWORK)
    (folder / "aside").rename(folder / MLE)


RUNS = {
    "train --run runs/mt/vaml/critic1-actor1 --device cpu": {
        "model cut": (cut(MODEL), f"{MODEL}: has", PUT_BACK),
        "model empty": (write(MODEL, ""), f"{MODEL}: has 0 bytes", PUT_BACK),
        "model zeroed": (change(MODEL, zeroed), f"{MODEL}: was changed", PUT_BACK),
        "model of another run": (copy(CAPTIONS, MODEL), f"{MODEL}: has", PUT_BACK),
        "model missing": (delete(MODEL), f"{MODEL}: is missing", PUT_BACK),
        "other settings": (
            configure("defaults.q_network.learning_rate", 0.5),
            f"{Q_NETWORK}: was trained with other settings, q_network.learning_rate was 0.001, is 0.5; train that run",
        ),
        "manifest missing": (delete(MANIFEST), "critic1/manifest.json: no such file; train the run"),
        "time without a zone": (
            replace(MANIFEST, '+00:00"', '"'),
            "manifest.json: damaged (",
            "zone is missing",
            AGAIN,
        ),
        "no thread": (replace(MANIFEST, '"threads": ', '"threads": -'), "manifest.json: damaged (threads: ", AGAIN),
        "seconds without end": (
            replace(MANIFEST, '"seconds": ', '"seconds": 1e999, "x": '),
            "damaged (seconds: ",
            AGAIN,
        ),
        "manifest cut": (cut(MANIFEST), "manifest.json: damaged", AGAIN),
        "manifest a pipe": (make_pipe(MANIFEST), f"{MANIFEST}: is a pipe or a device; give a regular file"),
        "scores cut": (cut(f"{Q_NETWORK}/scores.json"), "critic1/scores.json: has", PUT_BACK),
        "scores missing": (delete(f"{Q_NETWORK}/scores.json"), "critic1/scores.json: no such file; train the run"),
        "parent missing": (delete(Q_NETWORK), "critic1/manifest.json: no such file; train the run that writes it"),
        "folders exchanged": (exchanged, f"{MANIFEST}: belongs to runs/mt/mle/seed1; put that folder back"),
    },
    "train --run runs/mt/mle/seed1 --device cpu": {
        "finished with other settings": (
            configure("defaults.mle.learning_rate", 0.5),
            f"{MLE}: is finished, with other settings: mle.learning_rate was 0.6, is 0.5; put that back, or train it",
        ),
        "finished and edited": (EDITED, f"{SCORE}: was changed", PUT_BACK),
        "finished on other data": (
            all_of(replace("train.de", "hund", "katze"), prepared_again),
            f"{MLE}: is finished, but not with what is there now: data sha256 test.npz was",
        ),
    },
    f"train --run runs/mt/raml/seed1 --device cpu --settings {12 * '0'}": {
        "planned with other settings": (
            nothing,
            "raml/seed1: was planned with settings 000000000000, the configuration",
        ),
    },
    f"prepare --dataset text --settings {12 * '0'}": {
        "planned with other settings": (nothing, "datasets.text: was planned with settings 000000000000, the conf"),
    },
    f"features --dataset given --settings {12 * '0'}": {
        "planned with other settings": (nothing, "datasets.given: was planned with settings 000000000000, the conf"),
    },
    "translate --run runs/mt/mle/seed1 --source test.de --tokenised": {
        "model missing": (delete(f"{MLE}/model.safetensors"), "model.safetensors: is missing", PUT_BACK),
        "model of another run": (copy(MODEL, f"{MLE}/model.safetensors"), "model.safetensors: ", PUT_BACK),
        "vocabulary reversed": (
            change("results/small/data/text/vocabulary.target.txt", reversed_lines),
            "vocabulary.target.txt: was changed",
        ),
        "data prepared again": (
            all_of(replace("train.de", "hund", "katze"), prepared_again),
            f"{MLE}: was trained on other data than are in results/small/data/text now",
        ),
        "statistics of another form": (
            replace("results/small/data/text/statistics.json", '"train": {', '"train": 3, "was": {'),
            "results/small/data/text: statistics.json or features.json is damaged; prepare the data set again",
        ),
        "no text": (delete("test.de"), "test.de: No such file or directory; check the path"),
        "not UTF-8": (write("test.de", b"a\n\xe4\n"), "test.de:2: not UTF-8; convert it"),
    },
    "caption --run runs/captioning/mle/seed1 --features features.npy --feature-ids ids.txt": {
        "features of another width": (save("features.npy", WIDE), "features of 5 numbers", "; give those of"),
        "names missing": (delete("ids.txt"), "ids.txt: No such file or directory; check the path"),
    },
    "collect": {
        "scores cut": (cut(SCORE), "seed1/scores.json: has", PUT_BACK),
        "scores binary": (write(SCORE, b"\x80"), "seed1/scores.json: has 1 bytes", PUT_BACK),
        "scores a folder": (make_folder(SCORE), "seed1/scores.json: has", PUT_BACK),
        "scores edited": (EDITED, "seed1/scores.json: was changed", PUT_BACK),
        "folders exchanged": (exchanged, "manifest.json: belongs to runs/mt/", "; put that folder back"),
    },
    "bundle runs/mt/mle/seed1": {
        "scores edited": (EDITED, f"{SCORE}: was changed", PUT_BACK),
        "scores missing": (delete(SCORE), f"{SCORE}: no such file; train the run that writes it first"),
        "history missing": (delete(f"{MLE}/history.csv"), "seed1/history.csv: is missing", PUT_BACK),
        "hypotheses replaced": (copy("test.en", f"{MLE}/hypotheses.txt"), "hypotheses.txt: ", PUT_BACK),
        "manifest cut": (cut(f"{MLE}/manifest.json"), "seed1/manifest.json: damaged", AGAIN),
        "folders exchanged": (exchanged, "manifest.json: belongs to runs/mt/", "; put that folder back"),
    },
    "verify bundle.zip --references test.en": {
        "text": (write("bundle.zip", "text"), "bundle.zip: damaged, or not a bundle", BUNDLE_AGAIN),
        "empty": (write("bundle.zip", ""), "bundle.zip: damaged, or not a bundle", BUNDLE_AGAIN),
        "cut": (cut("bundle.zip", 0.9), "bundle.zip: damaged, or not a bundle", BUNDLE_AGAIN),
        "no zip": (copy("de-en.tgz", "bundle.zip"), "bundle.zip: damaged, or not a bundle", BUNDLE_AGAIN),
        "pipe": (make_pipe("bundle.zip"), "bundle.zip: is a pipe or a device; give a regular file"),
        "file missing": (
            repack("bundle.zip", {"history.csv": None}),
            "bundle.zip: history.csv: is missing in the bundle",
            BUNDLE_AGAIN,
        ),
        "scores edited": (
            repack("bundle.zip", {"scores.json": lambda content: content.replace(b'"seed": 1', b'"seed": 2')}),
            "bundle.zip: scores.json: is not the file that the run wrote",
            BUNDLE_AGAIN,
        ),
        "other lines": (
            write("test.en", "a\n"),
            "test.en has 1 lines, bundle.zip has 2 hypotheses: give test.target.txt of",
        ),
        "no words": (write("test.en", "\n\n"), "no reference of 2 has a word: give references that have some"),
        "not UTF-8": (write("test.en", b"a\n\xe4\n"), "test.en:2: not UTF-8; convert it"),
    },
    "figure --name breakdown-mt": {
        "references permuted": (
            change("results/small/data/text/test.target.txt", reversed_lines),
            "test.target.txt: was changed",
        ),
        "hypotheses too few": (write(f"{MLE}/hypotheses.txt", ""), "hypotheses.txt: has 0 bytes", PUT_BACK),
        "hypotheses missing": (delete(f"{MLE}/hypotheses.txt"), "hypotheses.txt: is missing", PUT_BACK),
        "hypotheses replaced": (copy("test.en", f"{MLE}/hypotheses.txt"), "hypotheses.txt: ", PUT_BACK),
    },
    "figure --name learning-curves-mt": {
        "history of others": (write(f"{MLE}/history.csv", "a,b\n1,2\n"), "history.csv: has", PUT_BACK),
        "history empty": (write(f"{MLE}/history.csv", ""), "seed1/history.csv: has 0 bytes", PUT_BACK),
        "history missing": (delete(f"{MLE}/history.csv"), "seed1/history.csv: is missing", PUT_BACK),
    },
    "score --hypotheses short --references test.en": {
        "unequal lines": (write("short", "x\n"), "short has 1 lines, test.en has 2: give one for each"),
    },
    "score --hypotheses test.en --references test.en --source short --comet x": {
        "unequal lines": (write("short", "x\n"), "--comet: give --source with one line for each hypothesis"),
    },
    "score --hypotheses none --references none": {
        "no lines": (write("none", ""), "0 hypotheses, 0 references: give one for each, and at least one"),
    },
}
