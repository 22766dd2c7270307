"""Strategies of odd configurations, from the published JSON schema: every field is reached, most values are wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from hypothesis import strategies as st
from odd_documents import NUMBERS, TEXTS, Raw, at, changed, key_twice, places, put, raw_yaml, text_of, values
from odd_files import Odd, odd_lines
from promise import Case
from small_experiment import CONFIGURATION, TEXT

SCHEMA = json.loads((Path(__file__).parents[2] / "workflow/schemas/config.schema.json").read_text(encoding="utf-8"))
SOUND = CONFIGURATION | {
    "datasets": CONFIGURATION["datasets"]
    | {"mini": {"kind": "mini"}, "scenes": {"kind": "mini-captions"}, "raw": TEXT | {"tokenised": False}},
    "execution": {"checkpoint_minutes": 10.0},
}
"""The small experiment with a data set of each kind."""
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
COMMANDS = (
    *("plan --runs", "plan --runs", "plan", "status --json", "doctor", "collect", "table --number 5"),
    *("plan --runs --config sound.yaml --config config.yaml", "prepare --dataset text"),
)
"""Commands that read the configuration; the first does no more."""
TRAINED = {
    "raml": "captioning/raml/seed1",
    "vaml": "mt/vaml/critic1-actor1",
    "q_network": "captioning/q-network/critic1",
    "critic": "captioning/critic/critic1",
    "joint": "mt/erac/critic1-actor1",
    "rewards": "captioning/raml/seed1",
    "evaluation": "captioning/raml/seed1",
}
"""An untrained run for each section of its settings."""


def fields(schema: dict[str, Any], document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Yield the path and the schema of each setting below a part of the configuration, also those that it leaves out.

    Args:
        schema: schema of the part.
        document: the part, whose names of data sets, tasks and grids are taken; None: it is left out.
        path: its path.
    """
    if "discriminator" in schema:
        schema = {"$ref": schema["discriminator"]["mapping"][document["kind"]]}
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    inner = schema.get("properties", {})
    for pattern in schema.get("patternProperties", {}).values():
        inner = dict.fromkeys(document or (), pattern)
    for key, part in inner.items():
        yield from fields(part, document.get(key) if isinstance(document, dict) else None, (*path, key))
    if not inner:
        yield path, schema


def near(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of values on both sides of what a setting allows."""
    parts = schema.get("anyOf", [schema])
    bounds = [part[name] for part in parts for name in part if name.lower().endswith(("minimum", "maximum"))]
    found = [part["enum"] for part in parts if "enum" in part]
    beside = [bound * share + step for bound in bounds for share in (1, 10) for step in (-1, 0, 1)]
    likely: list[Any] = [*beside, *(value for known in found for value in known)]
    types = {part.get("type") for part in parts}
    if "string" in types:
        likely += TEXTS[:8]
    if "array" in types:
        likely += [[text, "train.en"] for text in TEXTS[:8]]
    return st.sampled_from([*likely, *NUMBERS[:6], *TEXTS[:6], None, True])


FIELDS = dict(fields(SCHEMA, SOUND))


@st.composite
def odd_settings(draw: st.DrawFn, names: tuple[tuple[str, ...], ...] = tuple(FIELDS)) -> Any:
    """Draw the small experiment with one to three settings at the limits of what is allowed."""
    document = SOUND
    for _ in range(draw(st.integers(1, 3))):
        section = draw(st.sampled_from(sorted({path[0] for path in names})))
        path = draw(st.sampled_from([path for path in names if path[0] == section]))
        document = put(document, path, draw(near(FIELDS[path])))
    return document


@st.composite
def key_written_twice(draw: st.DrawFn) -> Case:
    """Draw the small experiment with one key that occurs twice."""
    paths = [path for path in places(SOUND) if isinstance(at(SOUND, path), dict) and at(SOUND, path)]
    path = draw(st.sampled_from(paths))
    mapping = key_twice(at(SOUND, path), draw(st.sampled_from(list(at(SOUND, path)))))
    return Case(Odd("config.yaml", text_of(put(SOUND, path, mapping)).encode()), COMMANDS[0], refused=True)


def case(document: Any, command: str) -> Case:
    """Return a document as a configuration file, which must be refused if the published schema forbids it."""
    raw = any(isinstance(at(document, path), Raw) for path in places(document))
    forbidden = not raw and not _VALIDATOR.is_valid(document)
    # Of two files, the first has what the second lacks.
    return Case(Odd("config.yaml", text_of(document).encode()), command, forbidden and "sound" not in command)


NAMES = {
    ("datasets", "text", "train"): "prepare --dataset text",
    ("datasets", "pictures", "images"): "prepare --dataset pictures",
    ("datasets", "iwslt14", "archive"): "prepare --dataset iwslt14",
    ("tasks", "mt", "label"): "table --ablation entropy",
}
"""Settings that are names, and commands that use them."""


def odd_names() -> st.SearchStrategy[Case]:
    """Return a strategy of configurations with an odd name of a file or of a task."""
    return st.sampled_from(sorted(NAMES)).flatmap(
        lambda path: near(FIELDS[path]).map(lambda value: case(put(SOUND, path, value), NAMES[path]))
    )


def odd_configurations() -> st.SearchStrategy[Case]:
    """Return a strategy of configurations: settings at their limits, odd values, keys twice, broken text."""
    documents = odd_settings() | changed(SOUND, values | raw_yaml) | changed(SOUND, raw_yaml)
    texts = odd_lines(yaml.safe_dump(SOUND).encode())
    commands = st.sampled_from(COMMANDS)
    likely = st.builds(case, documents, commands)
    broken = st.builds(Case, texts.map(lambda text: Odd("config.yaml", text)), commands)
    return st.sampled_from((likely, likely, likely, key_written_twice(), odd_names(), broken)).flatmap(
        lambda kind: kind
    )


@st.composite
def odd_trainings(draw: st.DrawFn) -> Case:
    """Draw settings of a stage at the limits of what is allowed, and the call that trains with them.

    Sizes are small: a large one is slow, and not wrong.
    """
    section = draw(st.sampled_from(sorted(TRAINED)))
    names = tuple(path for path in FIELDS if path[:2] == ("defaults", section))
    document = draw(odd_settings(names))
    for path in names:
        value = at(document, path) if path in places(document) else None
        if FIELDS[path].get("type") == "integer" and isinstance(value, int) and 20 < value <= FIELDS[path]["maximum"]:
            document = put(document, path, 2)
    return case(document, f"train --device cpu --run runs/{TRAINED[section]}")
