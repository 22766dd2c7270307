"""Whether a file of a model is whole, by its own table of contents: nothing but that is read."""

import json
from pathlib import Path

_LONGEST_TABLE = 100_000_000


def model_fault(path: Path) -> str | None:
    """Return what is wrong with a safetensors file, or None.

    The file begins with the length of its table, eight bytes, and the table, which says where each tensor ends.
    """
    try:
        with open(path, "rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length < _LONGEST_TABLE:
                return f"{path.name} is damaged: no table of contents"
            table = json.loads(stream.read(length))
        ends = [entry["data_offsets"][1] for name, entry in table.items() if name != "__metadata__"]
        expected = 8 + length + max(ends, default=0)
    except FileNotFoundError:
        return f"{path.name} is missing"
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return f"{path.name} is damaged ({error})"
    found = path.stat().st_size
    return None if found == expected else f"{path.name} is damaged: {found:,} of {expected:,} bytes"
