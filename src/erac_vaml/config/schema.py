"""The JSON schema of a configuration file and a reference of all keys, generated from the models."""

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from erac_vaml.config.datasets import (
    CaptionDataset,
    CaptionsDataset,
    CocoDataset,
    Iwslt14Dataset,
    MiniCaptionsDataset,
    MiniDataset,
    ParallelDataset,
    TextDataset,
    TranslationDataset,
)
from erac_vaml.config.experiment import Execution, Experiment, Grid, Task, TaskSettings
from erac_vaml.config.recipes import DIFFERENCES

_MODELS: dict[str, type[BaseModel]] = {
    "the top level": Experiment,
    "datasets.NAME, of every kind": TextDataset,
    "datasets.NAME, of the kinds for translation": TranslationDataset,
    "datasets.NAME, kind iwslt14": Iwslt14Dataset,
    "datasets.NAME, kind parallel": ParallelDataset,
    "datasets.NAME, kind mini": MiniDataset,
    "datasets.NAME, of the kinds for captioning": CaptionDataset,
    "datasets.NAME, kind coco": CocoDataset,
    "datasets.NAME, kind captions": CaptionsDataset,
    "datasets.NAME, kind mini-captions": MiniCaptionsDataset,
    "tasks.NAME": Task,
    "ablations.NAME": Grid,
    "execution": Execution,
}
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def experiment_schema() -> dict[str, Any]:
    """Return the JSON schema of a configuration file, for completion and validation in an editor."""
    schema = Experiment.model_json_schema()
    definitions = schema["$defs"] | {"Experiment": schema}
    sections = {model.__name__: section for section, model in _sections().items()}
    models: list[type[BaseModel]] = [*_MODELS.values(), TaskSettings, *_sections().values()]
    for model in models:
        definition = definitions.get(model.__name__, {"properties": {}})
        for key, value in definition["properties"].items():
            value.pop("title", None)
            value["description"] = _description(model, key)
            recipes = _recipes(sections.get(model.__name__, "dataset"), key)
            if recipes:
                value["description"] += f" Recipe {recipes}."
            # The default of a section only repeats its fields, and that of a recipe is in the description.
            if recipes or "$ref" in value:
                value.pop("default", None)
        if "const" in definition["properties"].get("kind", {}):  # It selects the model of a data set.
            definition.setdefault("required", []).append("kind")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def settings_reference() -> str:
    """Return Markdown tables of the keys of each section, with types, defaults and meanings."""
    parts = [_table(f"At {where}", model, "dataset", _own_keys(model)) for where, model in _MODELS.items()]
    for section, model in _sections().items():
        parts.append(_table(f"`{section}`, in `defaults` or in a task", model, section, list(model.model_fields)))
    return "\n".join(parts)


def _sections() -> dict[str, type[BaseModel]]:
    """Return the sections of a task, such as `raml`."""
    fields = {name: field.annotation for name, field in TaskSettings.model_fields.items()}
    return {name: model for name, model in fields.items() if isinstance(model, type) and issubclass(model, BaseModel)}


def _own_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys for a model's own table: no sections, and no keys that it inherits unchanged."""
    elsewhere: set[str] = set()
    if issubclass(model, TaskSettings):
        elsewhere = set(_sections())
    for base in model.__mro__[1:]:
        if base in _MODELS.values() and issubclass(base, TextDataset):
            elsewhere |= base.model_fields.keys() - model.__annotations__.keys()
    return [name for name in model.model_fields if name not in elsewhere]


def _table(title: str, model: type[BaseModel], section: str, keys: list[str]) -> str:
    properties = model.model_json_schema()["properties"]
    lines = [f"### {title}", "", "| Key | Value | Default | Meaning |", "|---|---|---|---|"]
    for key in keys:
        cells = [f"`{key}`", _values(properties[key]), _default(model, section, key), _description(model, key)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _default(model: type[BaseModel], section: str, key: str) -> str:
    field = model.model_fields[key]
    if field.is_required() or (key == "kind" and len(get_args(field.annotation)) == 1):
        return "required"
    default = field.get_default()
    return _recipes(section, key) or ("" if isinstance(default, BaseModel) else f"`{json.dumps(default)}`")


def _recipes(section: str, key: str) -> str:
    """Return a setting's values in both recipes, or "" if they agree."""
    return "; ".join(
        f"`released` `{json.dumps(difference.released)}`, `paper` `{json.dumps(difference.paper)}`"
        + ("" if difference.when == "always" else f" {difference.when}")
        for difference in DIFFERENCES
        if difference.field == f"{section}.{key}"
    )


def _description(model: type[BaseModel], key: str) -> str:
    """Return the docstring of a field, or of its base if the field only has another default."""
    fields = (getattr(base, "model_fields", {}).get(key) for base in (model, *model.__mro__[1:]))
    return next((" ".join(field.description.split()) for field in fields if field and field.description), "")


def _values(schema: dict[str, Any]) -> str:
    """Return a description of the values that a property's JSON schema allows."""
    return " or ".join(_alternatives(schema))


def _alternatives(schema: dict[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from _alternatives(alternative)
    elif "enum" in schema:
        yield ", ".join(f"`{value}`" for value in schema["enum"])
    elif "const" in schema:
        yield f"`{schema['const']}`"
    elif "$ref" in schema:
        yield {"Seeds": "{critics, actors}"}.get(schema["$ref"].rpartition("/")[2], "settings")
    elif schema["type"] == "array":
        yield "list of " + _values(schema["items"]) if schema.get("items") else "[source, target]"
    elif schema["type"] == "object":
        yield "mapping"
    else:
        bounds = [f"{sign} {schema[bound]:g}" for bound, sign in _BOUNDS.items() if bound in schema]
        steps = [f"a multiple of {schema['multipleOf']}"] if "multipleOf" in schema else []
        words = {"string": "text", "null": "null", "boolean": "true, false"}.get(schema["type"], schema["type"])
        yield ", ".join([" ".join([words, *bounds[:1]]), *bounds[1:], *steps])
