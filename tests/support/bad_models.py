"""Damaged exported models: the command, how the files are spoilt before it, and words of its error message."""

from bad_data import reversed_lines, zeroed
from spoil import change, copy, cut, delete, replace, write

DESCRIPTION, WEIGHTS, WORDS = "exported/model.json", "exported/model.safetensors", "exported/vocabulary.target.txt"
FOREIGN = "exported/model.json: not a model of this program; give a folder that `erac-vaml export` wrote"
AGAIN = "; copy the folder again, or export the run again"

MODELS = {
    "translate --model exported --source test.de --tokenised": {
        "weights cut": (cut(WEIGHTS), f"{WEIGHTS}: has", AGAIN),
        "weights zeroed": (change(WEIGHTS, zeroed), f"{WEIGHTS}: was changed", AGAIN),
        "weights missing": (delete(WEIGHTS), f"{WEIGHTS}: is missing", AGAIN),
        "words reversed": (change(WORDS, reversed_lines), f"{WORDS}: was changed", AGAIN),
        "words of the other side": (copy("exported/vocabulary.source.txt", WORDS), f"{WORDS}: ", AGAIN),
        "description missing": (delete(DESCRIPTION), f"{DESCRIPTION}: no such file; give a folder"),
        "description cut": (cut(DESCRIPTION), f"{DESCRIPTION}: damaged (", AGAIN),
        "description deep": (write(DESCRIPTION, "[" * 100_000), f"{DESCRIPTION}: damaged (recursion limit", AGAIN),
        "description binary": (write(DESCRIPTION, b"\x80"), f"{DESCRIPTION}: damaged (", AGAIN),
        "of another program": (write(DESCRIPTION, '{"model_type": "marian"}'), FOREIGN),
        "a list": (write(DESCRIPTION, "[]"), FOREIGN),
        "another version": (
            replace(DESCRIPTION, '"version": 1', '"version": 2'),
            "is in version 2 of the format, this program reads version 1; export the run with this program",
        ),
        "a setting of another type": (replace(DESCRIPTION, '"units": 4', '"units": "4"'), "(network.units: ", AGAIN),
        "an unknown setting": (replace(DESCRIPTION, '"units": 4', '"units": 4, "x": 1'), "(network.x: ", AGAIN),
        "no digest": (replace(DESCRIPTION, '"model.safetensors"', '"x"'), "(no digest of model.safetensors)", AGAIN),
        "another network": (replace(DESCRIPTION, '"embedding": 4', '"embedding": 8'), f"{WEIGHTS}: ", " is (", "; "),
    },
}
