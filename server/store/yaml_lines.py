"""YAML as plain values, with the line of every value and key: what an error needs to point at the place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Dates stay text: a source is dated as exactly as it can be, and 2026-04 is no date to YAML anyway."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the text itself: (code, line, path, message)."""

    code: str
    line: int
    path: Path
    message: str


@dataclass(slots=True)
class Document:
    value: Any = None
    faults: list[Fault] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of what holds it when it is missing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Document:
    """Read one YAML document. Faults are collected, and the rest is still read as far as it can be."""
    document = Document()
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            document.value = _value(loader, node, (), document, set())
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        document.faults.append(_syntax(line, "it holds a control character"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.faults.append(_syntax(mark.line + 1 if mark else 1, str(error.problem)))
    except RecursionError:
        document.faults.append(_syntax(1, "nested far too deep"))
    return document


def _syntax(line: int, why: str) -> Fault:
    return Fault("yaml_syntax", line, (), f"not readable as YAML: {why}; correct the indentation or quotes")


def _value(loader: _Loader, node: yaml.Node, path: Path, document: Document, seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    document.lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            document.faults.append(
                Fault("yaml_value", line, path, f"'{node.value}' cannot be read ({error}); put it in quotes")
            )
            return node.value
    if id(node) in seen:
        # An alias. A profile has no use for them, and one that holds itself would never end.
        document.faults.append(Fault("yaml_alias", line, path, "an alias (*name); write the value out"))
        return None
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*path, n), document, seen) for n, item in enumerate(node.value)]
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.start_mark)
        key_line = key_node.start_mark.line + 1
        here = (*path, key)
        if key in result:
            document.faults.append(
                Fault(
                    "duplicate_key",
                    key_line,
                    here,
                    f"'{key}' is there twice (first in line {document.lines[here]}); keep one",
                )
            )
            continue
        document.lines[here] = key_line
        result[key] = _value(loader, value_node, here, document, seen)
    return result
