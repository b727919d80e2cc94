"""A YAML file as plain values with the line of each, and the error that points there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from server.domain.errors import BangkuError

At = tuple[str | int, ...]
_LEFT_OUT = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}


class _Loader(yaml.SafeLoader):
    """Dates stay text, and only true and false are booleans: `off` is the name of a setting."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_OUT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


class SeedError(BangkuError):
    """`file:line: field: what is wrong`."""


class SeedFile:
    """One seed, read. `fail` says what is wrong with a place in it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines: dict[At, int] = {}
        try:
            loader = _Loader(text)
            node = loader.get_single_node()
            self.value: Any = None if node is None else loader.construct_document(node)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise self._error(mark.line + 1 if mark else 1, "", f"not readable as YAML ({error})") from error
        if node is not None:
            self._note(node, ())

    def fail(self, at: At, message: str) -> SeedError:
        place = at
        while place and place not in self._lines:
            place = place[:-1]
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).removeprefix(".")
        return self._error(self._lines.get(place, 1), field, message)

    def _error(self, line: int, field: str, message: str) -> SeedError:
        where = f"{self.name}:{line}"
        text = f"{where}: {field + ': ' if field else ''}{message}; correct the seed file"
        return SeedError(text, code="console_seed", file=self.name, line=line, field=field)

    def _note(self, node: yaml.Node, at: At) -> None:
        self._lines[at] = node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self._note(item, (*at, number))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*at, str(key.value))
                if here in self._lines:
                    raise self._error(key.start_mark.line + 1, str(key.value), "it is there twice")
                self._note(value, here)


def read_seed(path: Path) -> SeedFile:
    try:
        return SeedFile(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"Seed file {path}: it cannot be read ({error}); name a YAML file"
        raise SeedError(message, code="console_seed", file=str(path), line=0, field="") from error
