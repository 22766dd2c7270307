"""Runs that are damaged: the command, what is done to the files before it, and words that must be said."""

import numpy as np
from spoil import configure, copy, cut, delete, make_folder, save, write

Q_NETWORK, MLE = "results/small/runs/mt/q-network/critic1", "results/small/runs/mt/mle/seed1"
MANIFEST = f"{Q_NETWORK}/manifest.json"
MODEL, CAPTIONS = f"{Q_NETWORK}/model.safetensors", "results/small/runs/captioning/mle/seed1/model.safetensors"
WIDE = np.ones((4, 5), np.float32)
AGAIN, ANEW = "; train that run again", " and train that run again"
DELETE = "; delete the run's folder and train it again"

RUNS = {
    "train --run runs/mt/vaml/critic1-actor1 --device cpu": {
        "model cut": (cut(MODEL), f"{MODEL}: damaged model", "; delete its folder" + ANEW),
        "model empty": (write(MODEL, ""), f"{MODEL}: damaged model", "; delete its folder" + ANEW),
        "no model": (write(MODEL, "text" * 99), f"{MODEL}: damaged model", "; delete its folder" + ANEW),
        "other shapes": (copy(CAPTIONS, MODEL), f"{MODEL}: ", "the settings and the vocabulary ask for", AGAIN),
        "other settings": (
            configure("defaults.q_network.learning_rate", 0.5),
            f"{Q_NETWORK}: was trained with q_network.learning_rate = 0.001, the configuration asks for 0.5" + AGAIN,
        ),
        "manifest missing": (delete(MANIFEST), "critic1/manifest.json: no such file; train the run"),
        "manifest cut": (cut(MANIFEST), "manifest.json: damaged; delete its folder and train"),
        "scores cut": (cut(f"{Q_NETWORK}/scores.json"), "critic1/scores.json: damaged", "; delete its folder and"),
        "parent missing": (delete(Q_NETWORK), "critic1/manifest.json: no such file; train the run that writes it"),
    },
    "translate --run runs/mt/mle/seed1 --source test.de": {
        "model missing": (delete(f"{MLE}/model.safetensors"), "model.safetensors: no such model; train the run that"),
        "no text": (delete("test.de"), "test.de: No such file or directory; check the path"),
        "empty line": (write("test.de", "a\n\n"), "line 2 of the text to translate has no word; delete it"),
    },
    "caption --run runs/captioning/mle/seed1 --features features.npy --feature-ids ids.txt": {
        "features of another width": (save("features.npy", WIDE), "features of 5 numbers", "; give those of"),
        "names missing": (delete("ids.txt"), "ids.txt: No such file or directory; check the path"),
    },
    "collect": {
        "scores cut": (cut(f"{MLE}/scores.json"), "seed1/scores.json: cannot be read", DELETE),
        "scores binary": (write(f"{MLE}/scores.json", b"\x80"), "seed1/scores.json: cannot be read", DELETE),
        "scores a folder": (make_folder(f"{MLE}/scores.json"), "seed1/scores.json: cannot be read", DELETE),
        "scores of text": (
            write(f"{MLE}/scores.json", '{"status": "finished", "test_bleu": "high"}'),
            "seed1/scores.json: test_bleu is 'high', not a number" + DELETE,
        ),
    },
    "figure --name breakdown-mt": {
        "hypotheses too few": (write(f"{MLE}/hypotheses.txt", ""), "hypotheses.txt: not 2", "; train the run again"),
        "hypotheses missing": (delete(f"{MLE}/hypotheses.txt"), "hypotheses.txt: No such", "; train the run again"),
    },
    "figure --name learning-curves-mt": {
        "history of others": (write(f"{MLE}/history.csv", "a,b\n1,2\n"), "history.csv: no table with epoch", "; train"),
        "history empty": (write(f"{MLE}/history.csv", ""), "seed1/history.csv: no table with epoch", "; train the run"),
        "history binary": (write(f"{MLE}/history.csv", b"\x80\x00"), "history.csv: no table with epoch", "; train the"),
    },
    "score --hypotheses short --references test.en": {
        "unequal lines": (write("short", "x\n"), "short has 1 lines, test.en has 2: give one for each"),
    },
    "score --hypotheses none --references none": {
        "no lines": (write("none", ""), "0 hypotheses, 0 references: give one for each, and one at least"),
    },
}
