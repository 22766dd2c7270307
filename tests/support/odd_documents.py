"""Strategies of odd values and of changed documents: what a person writes into a file by mistake, or to do harm."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from hypothesis import strategies as st

NUMBERS = (0, -1, 1, 3, 0.5, 1e-300, 1e9, 10**9, 2**63, 1e30, 10**30, 1e40, 1e308, 10**400, 0.1 + 0.2)
TEXTS = (
    *("", " ", "\0", "\ud800", "a\nb", "\x1b[31m", "\u2028", "x" * 10_000, "ä", "\N{DUCK}", "1e-4", "nan", "null"),
    *("/dev/zero", "/dev/null", ".", "..", "/", "-", "~", "*", "images", "train.de", "config.yaml", "results", "none"),
    *("{x}", "{0}", "%s", "$HOME", "`id`", "<script>", "|", "a/b", "mt", "text", "given", "mle", "erac", "2026-01-01"),
)
values = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TEXTS), inner, max_size=3),
    max_leaves=4,
)
"""Values that both JSON and YAML can hold."""


@dataclass(frozen=True)
class Raw:
    """A part of a document as text."""

    text: str


def _nested(opened: str, closed: str, depth: int) -> Raw:
    return Raw(opened * depth + closed * depth)


raw_json = st.one_of(
    st.sampled_from(
        ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "", "[", "'x'", '{"a": 1, "a": 2}')
    ),
    st.sampled_from(('"\0"', '"\\ud800"', '"\\u0000"', '"\t"', "01", "1.", "tru", "//", '"' + "x" * 10**6 + '"')),
).map(Raw) | st.builds(_nested, st.just("["), st.just("]"), st.sampled_from((500, 100_000)))
"""Values that are JSON at most for lenient readers, or too much of it."""


def text_of_aliases(depth: int, width: int, merged: bool) -> Raw:
    """Return YAML of anchors within anchors: `width` to the power of `depth` values."""
    first, link = ("{x: y}", "{{<<: [{}]}}") if merged else ("[x]", "[{}]")
    levels = [link.format(", ".join([f"*a{level}"] * width)) for level in range(depth)]
    return Raw(f"[{', '.join(f'&a{level} {text}' for level, text in enumerate([first, *levels]))}]")


raw_yaml = st.one_of(
    st.sampled_from((".inf", "-.inf", ".nan", "2026-01-01", "2026-13-45", "2026-01-01 25:61:61", "1:30", "1_0", "08")),
    st.sampled_from(
        ("~", "yes", "=", "<<", "*nowhere", "&r [*r]", "&r {x: *r}", "{<<: 3}", "{<<: [3]}", "{? [a] : b}")
    ),
    st.sampled_from(
        ("!!binary aGk=", "!!binary '*'", "!!set {a, b}", "!!omap [a: 1]", "!!omap 3", "!!pairs [a]", "!x y")
    ),
    st.sampled_from(
        ("!!int x", "!!int ''", "!!float x", "!!bool maybe", "!!timestamp x", "!!null 3", "!!map 3", "!!seq x")
    ),
    st.sampled_from(
        ("!!python/name:os.system", "{1: 2, null: 3}", "{a: 1, a: 2}", "{x: 1, 'x': 2}", "[", "'", "@", "\0")
    ),
    st.sampled_from(
        ("9" * 5000, "1e400", "0x" + "f" * 300, "0b", "'" + "x" * 10**5 + "'", "|2\n", "\t", "--- x", "%YAML 9")
    ),
).map(Raw) | st.one_of(
    st.builds(_nested, st.just("["), st.just("]"), st.sampled_from((50, 1000))),
    st.builds(text_of_aliases, st.sampled_from((1, 3, 30)), st.sampled_from((2, 9)), st.booleans()),
)
"""Values that only YAML has: special types, tags, anchors, and much of them."""


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in nested dicts and lists, the document's own included."""
    yield path
    if isinstance(document, dict | list):
        keys = document if isinstance(document, dict) else range(len(document))
        for key in keys:
            yield from places(document[key], (*path, key))


def at(document: Any, path: Sequence[Any]) -> Any:
    """Return the value at a path."""
    return reduce(getitem, path, document)


def put(document: Any, path: Sequence[Any], value: Any) -> Any:
    """Return a document with another value at a path; missing mappings are added."""
    if not path:
        return value
    key, *rest = path
    if isinstance(document, list):
        return [put(item, rest, value) if index == key else item for index, item in enumerate(document)]
    document = document if isinstance(document, dict) else {}
    return document | {key: put(document.get(key), rest, value)}


def without(document: Any, path: Sequence[Any]) -> Any:
    """Return a document without the value at a path."""
    parent = at(document, path[:-1])
    if isinstance(parent, list):
        return put(document, path[:-1], [item for index, item in enumerate(parent) if index != path[-1]])
    return put(document, path[:-1], {key: item for key, item in parent.items() if key != path[-1]})


def text_of(document: Any) -> str:
    """Return a document as JSON, which is YAML too, with its raw parts as they are."""
    match document:
        case Raw(text):
            return text
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {text_of(value)}" for key, value in document.items()) + "}"
        case list():
            return f"[{', '.join(map(text_of, document))}]"
        case float() if "." not in repr(document):
            return repr(document).replace("e", ".0e")  # YAML takes 1e-4 for text.
    return json.dumps(document)


def key_twice(mapping: dict[str, Any], key: str) -> Raw:
    """Return a mapping in which a key occurs again at the end."""
    return Raw(f"{text_of(mapping)[:-1]}, {json.dumps(key)}: {text_of(mapping[key])}}}")


@st.composite
def changed(draw: st.DrawFn, document: Any, odd: st.SearchStrategy[Any]) -> Any:
    """Draw a document with one to three values replaced by odd ones, removed, added, or written twice."""
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(document))))
        value = at(document, path)
        match draw(st.sampled_from(("replace", "replace", "remove", "add", "twice"))):
            case "remove" if path:
                document = without(document, path)
            case "add" if isinstance(value, dict):
                document = put(document, (*path, draw(st.sampled_from(TEXTS))), draw(odd))
            case "twice" if isinstance(value, dict) and value:
                document = put(document, path, key_twice(value, draw(st.sampled_from(list(value)))))
            case _:
                document = put(document, path, draw(odd))
    return document


def odd_json(content: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of JSON files like this one, with odd values."""
    return changed(json.loads(content), values | raw_json).map(text_of).map(lambda text: text.encode("utf-8"))
