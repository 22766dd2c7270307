"""Read configuration files and mappings as a validated `Experiment`."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from snakemake.utils import update_config

from erac_vaml.config.captioning import CAPTIONING
from erac_vaml.config.datasets import CAPTION_KINDS
from erac_vaml.config.experiment import Execution, Experiment
from erac_vaml.config.recipes import recipe_values
from erac_vaml.errors import UserError, did_you_mean

_NO_MAPPING = "a mapping of settings is expected; config.yaml shows one"


def load_experiment(*paths: Path | str) -> Experiment:
    """Read and validate configuration files; each overrides single settings of those before it.

    Snakemake's own function merges them, so they mean the same here as after its `--configfile`.

    Raises:
        UserError: a file is missing or not a YAML mapping, or has an unknown key or a value out of range.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        update_config(merged, _read(Path(path)))
    return validate_experiment(merged, *paths)


def validate_experiment(raw: Any, *files: Path | str) -> Experiment:
    """Validate a mapping as an experiment.

    The values of a task are, from weakest to strongest: the recipe's, for captioning those of `config.captioning`,
    `defaults`, the task's own.

    Args:
        raw: the mapping as read from YAML, JSON or Snakemake's ``config``.
        files: the files that it was read from; a message names the last one that has the faulty value.

    Raises:
        UserError: a key is unknown, or a value is missing, of the wrong type or out of range; the message has its path.
    """
    if not isinstance(raw, Mapping):
        raise UserError(f"{_all(files)}: {_NO_MAPPING}")
    try:
        return Experiment.model_validate(_layered(_plain(raw)))
    except ValidationError as error:
        raise UserError(f"{_file_at_fault(error, files)}: {_faults(error)}") from None


def with_execution(experiment: Experiment, text: str) -> Experiment:
    """Return an experiment with another section `execution`, given as JSON.

    Raises:
        UserError: the text is not a valid section.
    """
    try:
        execution = Execution.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"--execution: {_faults(error)}") from None
    return experiment.model_copy(update={"execution": execution})


def configuration_text(experiment: Experiment) -> str:
    """Return an experiment as YAML: every setting of every task, with the recipe and the shared defaults filled in.

    The section `execution` is left out: it changes no number, and may change while a workflow trains.
    """
    content = experiment.model_dump(mode="json", exclude={"defaults", "execution"})
    heading = "# Written by the workflow from its configuration, every setting filled in; not to be edited."
    return f"{heading}\n{yaml.safe_dump(content, sort_keys=False, allow_unicode=True)}"


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a configuration file.

    Raises:
        UserError: the file is missing or not a YAML mapping.
    """
    try:
        content = _plain(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(f"{path}: no such configuration file; config.yaml and config/ have examples") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give a configuration file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error}); give a configuration file") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not valid YAML ({reason}); correct it there") from None
    except RecursionError:
        raise UserError(f"{path}: nested too deeply, or without end; config.yaml shows the expected form") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: {_NO_MAPPING}")
    return content


def _plain(value: Any) -> Any:
    """Return nested mappings and lists as plain dict and list; those of Snakemake are ordered dicts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _layered(raw: dict[str, Any]) -> dict[str, Any]:
    """Fill in each task and data set with the values of the recipe, of captioning and of `defaults`.

    A value that should be a mapping and is not stays unchanged; the validation will name it.
    """
    recipe = raw.get("recipe", "released")
    defaults, tasks, datasets = raw.get("defaults", {}), raw.get("tasks"), raw.get("datasets")
    layered = dict(raw)
    if isinstance(tasks, dict) and isinstance(defaults, dict):
        layered["tasks"] = dict(tasks)
        for name, task in tasks.items():
            if isinstance(task, dict):
                above = merge(defaults, task)
                network = above.get("network")
                input_feeding = isinstance(network, dict) and network.get("input_feeding") is True
                beneath = recipe_values(recipe, input_feeding)[0]
                if _captions_images(above, datasets):
                    beneath = merge(beneath, CAPTIONING)
                layered["tasks"][name] = merge(beneath, above)
    if isinstance(datasets, dict):
        layered["datasets"] = dict(datasets)
        for name, dataset in datasets.items():
            if isinstance(dataset, dict) and dataset.get("kind") not in CAPTION_KINDS:
                layered["datasets"][name] = merge(recipe_values(recipe, False)[1], dataset)
    return layered


def _captions_images(task: dict[str, Any], datasets: Any) -> bool:
    """Return True if a task that is not validated yet is image captioning."""
    name = task.get("dataset")
    dataset = datasets.get(name) if isinstance(datasets, dict) and isinstance(name, str) else None
    return isinstance(dataset, dict) and dataset.get("kind") in CAPTION_KINDS


def merge(beneath: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the union of two mappings, merged recursively; values of `above` override those of `beneath`."""
    merged = dict(beneath)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = merge(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def _faults(error: ValidationError) -> str:
    """Return the first fault and its path, with the number of the others."""
    where = ".".join(map(str, _path(error)))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{where + ': ' if where else ''}{_explain(_first(error))}{more}"


def _first(error: ValidationError) -> ErrorDetails:
    """Return the first fault: an unknown key, if there is one, because a mistyped key is also missing elsewhere."""
    return min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")


def _path(error: ValidationError) -> list[str | int]:
    """Return the keys that lead to the first fault."""
    path = list(_first(error)["loc"])
    if path[:1] == ["datasets"]:
        del path[2:3]  # The kind, which pydantic adds after the name of a data set.
    return path


def _file_at_fault(error: ValidationError, files: Sequence[Path | str]) -> str:
    """Return the last file with the faulty value; if a value is missing, with most of its path; else all files."""
    path, value = _path(error), _first(error)["input"]

    def keys_found(file: Path | str) -> int:
        try:
            here: Any = _read(Path(file))
        except UserError:  # It has changed meanwhile.
            return 0
        for count, key in enumerate(path):
            try:
                here = here[key]
            except (KeyError, IndexError, TypeError):
                return count
        return len(path) if here == value else 0  # Another value comes from another file, or the command line.

    last = max(reversed(files), key=keys_found, default=None)
    return str(last) if last is not None and keys_found(last) else _all(files)


def _all(files: Sequence[Path | str]) -> str:
    return " + ".join(map(str, files)) or "configuration"


def _keys_beside(path: Sequence[str | int]) -> list[str]:
    """Return the keys that are known where an unknown key lies.

    Args:
        path: the unknown key's path, in which pydantic adds the kind of a data set after its name.
    """
    schema = here = Experiment.model_json_schema()
    for key in path[:-1]:
        if "discriminator" in here:
            here = {"$ref": here["discriminator"]["mapping"][key]}
        else:
            here = here["properties"][key] if "properties" in here else next(iter(here["patternProperties"].values()))
        here = here.get("anyOf", [here])[0]
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    return list(here["properties"])


def _explain(error: ErrorDetails) -> str:
    """Return a message for one pydantic error that says how to fix it."""
    kind, value = error["type"], error.get("input")
    if kind == "missing":
        return "required, but not given"
    if kind == "extra_forbidden":
        *_, key = error["loc"]
        return f"unknown key; {did_you_mean(str(key), _keys_beside(error['loc']))}config/README.md lists the known ones"
    if kind == "union_tag_not_found":
        return "kind: required, but not given; config/README.md lists the kinds"
    if kind == "union_tag_invalid":
        return f"kind: {error['ctx']['tag']!r} is not known; take one of {error['ctx']['expected_tags']}"
    if kind == "literal_error":
        known = error["ctx"]["expected"]
        similar = did_you_mean(str(value), re.findall("'([^']*)'", known)).rstrip()
        return f"input should be {known}, not {reprlib.repr(value)}{similar and '; ' + similar}"
    if kind == "model_type":
        return f"a mapping of settings is expected, not {reprlib.repr(value)}"
    if isinstance(value, str) and kind in {"float_type", "int_type"}:
        hint = " (YAML reads 1e-4 as text: write 1.0e-4)" if "e" in value.lower() else " (remove the quotes)"
        return f"{value!r} is text, a number is expected{hint}"
    message = error["msg"].removeprefix("Value error, ")
    return message if kind == "value_error" else f"{message[0].lower()}{message[1:]}, not {reprlib.repr(value)}"
