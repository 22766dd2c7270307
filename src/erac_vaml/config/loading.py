"""Read configuration files and mappings as a validated `Experiment`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from snakemake.utils import update_config

from erac_vaml.config.captioning import CAPTIONING
from erac_vaml.config.datasets import CAPTION_KINDS
from erac_vaml.config.experiment import Execution, Experiment
from erac_vaml.config.faults import explain, first_fault, path_of
from erac_vaml.config.recipes import recipe_values
from erac_vaml.config.yaml_files import read_yaml
from erac_vaml.errors import UserError

_NO_MAPPING = "a mapping of settings is expected; config.yaml shows one"


def load_experiment(*paths: Path | str) -> Experiment:
    """Read and validate configuration files; each overrides single settings of those before it.

    Raises:
        UserError: a file is missing or not a YAML mapping, or has an unknown key or a value out of range.
    """
    return validate_experiment(read_configuration(*paths), *paths)


def read_configuration(*paths: Path | str) -> dict[str, Any]:
    """Return the content of configuration files; each overrides single settings of those before it.

    Snakemake's own function merges them, so they mean the same here as after its `--configfile`.

    Raises:
        UserError: a file is missing, cannot be read, or is not a YAML mapping.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        update_config(merged, _read(Path(path)))
    return merged


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
        raise UserError(f"{_file_at_fault(error, files)}: {explain(error)}") from None


def with_execution(experiment: Experiment, text: str) -> Experiment:
    """Return an experiment with another section `execution`, given as JSON.

    Raises:
        UserError: the text is not a valid section.
    """
    try:
        execution = Execution.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"--execution: {explain(error)}") from None
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
        UserError: the file is missing, cannot be read, or is not a YAML mapping.
    """
    content = _plain(read_yaml(path))
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


def _file_at_fault(error: ValidationError, files: Sequence[Path | str]) -> str:
    """Return the last file with the faulty value; if a value is missing, with most of its path; else all files."""
    path, value = path_of(error), first_fault(error)["input"]

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
