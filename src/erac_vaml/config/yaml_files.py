"""Read YAML files strictly: every key once, aliases without end refused, only regular files of a bounded size."""

from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from erac_vaml.errors import UserError
from erac_vaml.files import read_regular

_MOST_BYTES = 10_000_000
_MOST_VALUES = 200_000
"""Values of a file after each alias is replaced by what it stands for. A few lines of aliases can mean billions."""


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises:
        UserError: the file is missing, cannot be read, is not a regular file in UTF-8 or not valid YAML, has a key
            twice in one mapping, or is too large.
    """
    try:
        loader = yaml.SafeLoader(read_regular(path, _MOST_BYTES).decode("utf-8"))
        try:
            root = loader.get_single_node()
            if root is None:
                return None
            _count_values(root, {}, path)
            return loader.construct_document(root)
        finally:
            loader.dispose()
    except FileNotFoundError:
        raise UserError(f"{path}: no such configuration file; config.yaml and config/ have examples") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give a configuration file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 text ({error}); give a configuration file") from None
    # PyYAML also raises errors of Python itself: of a `!!bool maybe`, an empty `!!int ''`, a `!!timestamp x`.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not valid YAML ({reason}); correct it there") from None
    except RecursionError:
        raise UserError(f"{path}: nested too deeply, or without end; config.yaml shows what is expected") from None


def _count_values(node: Node, counted: dict[int, int], path: Path) -> int:
    """Return the number of values in a node, and check the keys of its mappings.

    Args:
        node: the node; all aliases of an anchor are the same node.
        counted: number of values of each node that was counted before, by its `id`.
        path: the file, for messages.

    Raises:
        UserError: a key occurs twice in a mapping, or there are too many values.
        RecursionError: a node contains itself.
    """
    if isinstance(node, ScalarNode):
        return 1
    if id(node) not in counted:
        nodes = node.value
        if isinstance(node, MappingNode):
            _refuse_doubles([key for key, _ in node.value], path)
            nodes = [part for pair in node.value for part in pair]
        counted[id(node)] = 1 + sum(_count_values(part, counted, path) for part in nodes)
        if counted[id(node)] > _MOST_VALUES:
            line = node.start_mark.line + 1
            raise UserError(f"{path}:{line}: has over {_MOST_VALUES:,} values with its aliases; use fewer aliases")
    return counted[id(node)]


def _refuse_doubles(keys: list[Node], path: Path) -> None:
    """Check that no key occurs twice.

    Raises:
        UserError: a key does.
    """
    lines: dict[str, int] = {}
    for key in keys:
        line = key.start_mark.line + 1
        if isinstance(key, ScalarNode):
            if key.value in lines:
                first = lines[key.value]
                raise UserError(f"{path}:{line}: {key.value} occurs twice, first in line {first}; keep one of them")
            lines[key.value] = line
