"""Configuration files and mappings -> a validated `Experiment`."""

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from erac_vaml.config.captioning import CAPTIONING
from erac_vaml.config.datasets import CAPTION_KINDS
from erac_vaml.config.experiment import Execution, Experiment
from erac_vaml.config.recipes import recipe_values
from erac_vaml.errors import UserError


def load_experiment(path: Path | str) -> Experiment:
    """Read and validate a configuration file.

    Raises:
        UserError: the file is missing, is no YAML mapping, or has an unknown key or a value out of range.
    """
    path = Path(path)
    try:
        return validate_experiment(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
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
        raise UserError(f"{path}: nested too deeply, or without end; config.yaml shows what is expected") from None


def validate_experiment(raw: Any, origin: str = "configuration") -> Experiment:
    """Validate a mapping as an experiment: the recipe's values first, for captioning those of
    `config.captioning`, then `defaults`, then each task's own.

    Args:
        raw: the mapping as read from YAML, JSON or Snakemake's ``config``.
        origin: name of the file, for messages.

    Raises:
        UserError: an unknown key or a value that is missing, of the wrong type or out of range, named by its path.
    """
    if not isinstance(raw, Mapping):
        raise UserError(f"{origin}: a mapping of settings is expected; config.yaml shows one")
    raw = _plain(raw)
    try:
        return Experiment.model_validate(_layered(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{_path(first['loc'])}: " if first["loc"] else ""
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise UserError(f"{origin}: {where}{_explain(first)}{more}") from None


def with_execution(experiment: Experiment, text: str) -> Experiment:
    """Return an experiment with another section `execution`.

    Args:
        experiment: any.
        text: the section as JSON.

    Raises:
        UserError: the text is no such section.
    """
    try:
        execution = Execution.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--execution: {_path(first['loc'])}: {_explain(first)}") from None
    return experiment.model_copy(update={"execution": execution})


def configuration_text(experiment: Experiment) -> str:
    """Return an experiment as YAML: every setting of every task, with the recipe and the shared defaults filled in.

    How runs are executed is left out: that changes no number, and may change while a workflow trains.
    """
    content = experiment.model_dump(mode="json", exclude={"defaults", "execution"})
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _plain(value: Any) -> Any:
    """Return nested mappings and lists as plain dict and list (Snakemake hands out ordered ones)."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _layered(raw: dict[str, Any]) -> dict[str, Any]:
    """Put the recipe's and captioning's values beneath `defaults`, and all beneath each task and data set.

    Whatever is not a mapping where one belongs is left as it is, for the validation to name.
    """
    recipe = raw.get("recipe", "released")
    defaults, tasks, datasets = raw.get("defaults", {}), raw.get("tasks"), raw.get("datasets")
    layered = dict(raw)
    if isinstance(tasks, dict) and isinstance(defaults, dict):
        layered["tasks"] = {}
        for name, task in tasks.items():
            merged = merge(defaults, task) if isinstance(task, dict) else task
            if isinstance(merged, dict):
                network = merged.get("network")
                input_feeding = isinstance(network, dict) and network.get("input_feeding") is True
                beneath = recipe_values(recipe, input_feeding)[0]
                if _captions_images(merged, datasets):
                    beneath = merge(beneath, CAPTIONING)
                merged = merge(beneath, merged)
            layered["tasks"][name] = merged
    if isinstance(datasets, dict):
        of_text = recipe_values(recipe, False)[1]
        layered["datasets"] = {
            name: merge({} if item.get("kind") in CAPTION_KINDS else of_text, item) if isinstance(item, dict) else item
            for name, item in datasets.items()
        }
    return layered


def _captions_images(task: dict[str, Any], datasets: Any) -> bool:
    """Return whether a task, as the file has it, is image captioning."""
    name = task.get("dataset")
    dataset = datasets.get(name) if isinstance(datasets, dict) and isinstance(name, str) else None
    return isinstance(dataset, dict) and dataset.get("kind") in CAPTION_KINDS


def merge(beneath: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return both mappings as one, nested mappings merged, `above` winning."""
    merged = dict(beneath)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = merge(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def _path(location: tuple[str | int, ...]) -> str:
    """Return where an error is, as the file has it: pydantic adds a data set's kind after its name."""
    parts = [str(part) for part in location]
    return ".".join(parts[:2] + parts[3:] if parts[:1] == ["datasets"] else parts)


def _explain(error: Any) -> str:
    """Return one pydantic error in words that say how to fix it."""
    kind, value = error["type"], error.get("input")
    if kind == "missing":
        return "required, but not given"
    if kind == "extra_forbidden":
        return "unknown key; config/README.md lists the known ones"
    if kind == "union_tag_not_found":
        return "kind: required, but not given; config/README.md lists the kinds"
    if kind == "union_tag_invalid":
        return f"kind: {error['ctx']['tag']!r} is not known; take one of {error['ctx']['expected_tags']}"
    if kind == "model_type":
        return f"a mapping of settings is expected, not {reprlib.repr(value)}"
    if isinstance(value, str) and kind in {"float_type", "int_type"}:
        hint = " (YAML reads 1e-4 as text: write 1.0e-4)" if "e" in value.lower() else " (remove the quotes)"
        return f"{value!r} is text, a number is expected{hint}"
    message = error["msg"].removeprefix("Value error, ")
    return message if kind == "value_error" else f"{message[0].lower()}{message[1:]}, not {reprlib.repr(value)}"
