"""What all settings have in common, and the digest by which a job knows that it got those that were planned."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Frozen, strict settings: an unknown key, or text in place of a number, is refused by name.

    The docstring under each field is its description in the generated JSON schema.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


def digest(settings: Any) -> str:
    """Return 12 hexadecimal digits of the SHA-256 of settings as canonical JSON: equal settings have equal digests."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]
