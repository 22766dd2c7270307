"""The JSON schema and the reference of keys: generated from the models and equal to the files in the repository."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from erac_vaml.config import load_experiment
from erac_vaml.config.schema import experiment_schema, settings_reference

ROOT = Path(__file__).parents[2]
CONFIGURATIONS = [
    ROOT / "config.yaml",
    *sorted((ROOT / "config").glob("*.yaml")),
    *sorted((ROOT / "tests" / "workflow").glob("*.yaml")),
]


def test_the_schema_in_the_repository_is_the_models():
    written = json.loads((ROOT / "workflow" / "schemas" / "config.schema.json").read_text(encoding="utf-8"))
    assert written == experiment_schema(), "run `make schema`"


def test_the_reference_in_the_repository_is_the_models():
    written = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    assert written.endswith("-->\n" + settings_reference()), "run `make schema`"


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_a_configuration_is_valid(path):
    load_experiment(path)


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_a_configuration_meets_the_schema(path):
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), experiment_schema())


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_a_configuration_begins_with_a_line_that_leads_an_editor_to_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    target = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / target).resolve() == ROOT / "workflow" / "schemas" / "config.schema.json"


@pytest.mark.parametrize(
    "change",
    [
        {"recipes": "paper"},
        {"defaults": {"raml": {"tau": 0}}},
        {"defaults": {"mle": {"learning_rate": "0.5"}}},
        {"datasets": {"mini": {"train_pairs": 10}}},
        {"tasks": {"mt": {}}},
    ],
    ids=["unknown key", "out of range", "text for a number", "a data set of no kind", "a task of no data set"],
)
def test_the_schema_refuses_what_the_models_refuse(change):
    sound = {"name": "x", "datasets": {"mini": {"kind": "mini"}}, "tasks": {"mt": {"dataset": "mini"}}}
    jsonschema.validate(sound, experiment_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(sound | change, experiment_schema())


def test_every_key_has_a_meaning():
    rows = [line.split(" | ") for line in settings_reference().splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if row[-1].strip(" |") == "" and row[0] != "| `kind`"] == []


def test_a_setting_in_which_the_recipes_differ_has_both_values():
    rows = [line for line in settings_reference().splitlines() if line.startswith("| `validation_value`")]
    assert '`released` `"critic"`, `paper` `"target"`' in rows[0]
