"""Explain what is wrong with a configuration: where, what, and how to fix it."""

import re
import reprlib
from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from erac_vaml.config.experiment import Experiment
from erac_vaml.errors import did_you_mean


def explain(error: ValidationError) -> str:
    """Return the first fault and its path, with the number of the others.

    A mistyped key is missing elsewhere: where there are unknown keys, missing ones do not count.
    """
    where, first = ".".join(map(str, path_of(error))), first_fault(error)
    follow = "missing" if first["type"] == "extra_forbidden" else None
    others = sum(fault["type"] != follow for fault in error.errors()) - 1
    more = f" (and {others} more)" if others else ""
    return f"{where + ': ' if where else ''}{_explained(first)}{more}"


def first_fault(error: ValidationError) -> ErrorDetails:
    """Return the first fault: an unknown key, if there is one, because a mistyped key is also missing elsewhere."""
    return min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")


def path_of(error: ValidationError) -> list[str | int]:
    """Return the keys that lead to the first fault."""
    path = list(first_fault(error)["loc"])
    if path[:1] == ["datasets"]:
        del path[2:3]  # The kind, which pydantic adds after the name of a data set.
    return path


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


def _explained(error: ErrorDetails) -> str:
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
