"""Read and replace single settings of a task by their names, `section.field`."""

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from erac_vaml.config import TaskSettings
from erac_vaml.config.loading import merge
from erac_vaml.errors import UserError, content_fault, did_you_mean


def flat_settings(settings: TaskSettings, names: Collection[str]) -> dict[str, Any]:
    """Return `section.field` to value for the named sections and fields, in the order of the models."""
    sections = {name.partition(".")[0] for name in names}
    return {
        f"{section}.{key}": value
        for section, content in settings.model_dump(include=sections).items()
        if isinstance(content, dict)
        for key, value in content.items()
        if section in names or f"{section}.{key}" in names
    }


def override(settings: TaskSettings, overrides: Mapping[str, Any], origin: str) -> TaskSettings:
    """Return the settings with `section.field` values replaced.

    Args:
        settings: the settings of a task.
        overrides: `section.field` to its new value.
        origin: where the values come from, for error messages.

    Raises:
        UserError: a field is unknown or a value is out of range.
    """
    values = {name: content for name, content in settings.model_dump().items() if name in TaskSettings.model_fields}
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        if key not in (values.get(section) or {}):
            known = flat_settings(settings, TaskSettings.model_fields)
            raise UserError(
                f"{origin}.{name}: no such setting; {did_you_mean(name, known)}write section.field, as in "
                "actor_critic.tau"
            )
        values = merge(values, {section: {key: value}})
    try:
        return TaskSettings.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{origin}: {content_fault(error)}, not {error.errors()[0]['input']!r}") from None
