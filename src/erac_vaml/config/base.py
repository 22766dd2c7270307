"""The base class of all settings."""

import unicodedata
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Settings(BaseModel):
    """Frozen, strict settings: an unknown key, or text in place of a number, is an error that names the key.

    Every number has an upper bound, far above any sensible value, so that a typing error is reported at once. The
    docstring under a field is its description in the generated JSON schema.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )

    @field_validator("*")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """Check that a text, or each text of a list, has no control character and no half of a surrogate pair.

        All texts are names, labels, paths and addresses, which end up in file names and in the cells of tables.
        """
        for text in value if isinstance(value, list | tuple) else [value]:
            if isinstance(text, str) and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
                raise ValueError(f"{text!a} has a line break, a control character or half a character; remove it")
        return value
