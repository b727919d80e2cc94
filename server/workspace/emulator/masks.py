"""`fields=`: which parts of an answer the client wants. `items(id,name/first),nextPageToken`, `*`."""

from __future__ import annotations

from typing import Any

from server.workspace.emulator.call import Json
from server.workspace.emulator.checks import invalid
from server.workspace.emulator.discovery import Method

Tree = dict[str, "Tree | None"]  # None: everything below


def parse_mask(text: str) -> Tree:
    """Raises Refusal 400 when the mask cannot be read."""
    tree, rest = _list(text.replace(" ", ""), text)
    if rest:
        raise _bad(text)
    return tree


def check_mask(method: Method, tree: Tree) -> None:
    """Every name must stand in the answer's schema. Raises Refusal 400."""
    if method.response is not None:
        _check(method, method.schemas[method.response], tree)


def apply_mask(tree: Tree, value: Any) -> Any:
    """What of `value` the mask lets through."""
    if isinstance(value, list):
        return [apply_mask(tree, item) for item in value]
    if not isinstance(value, dict):
        return value
    if "*" in tree:
        every = tree["*"]
        return {name: inner if every is None else apply_mask(every, inner) for name, inner in value.items()}
    kept: Json = {}
    for name, below in tree.items():
        if name in value:
            kept[name] = value[name] if below is None else apply_mask(below, value[name])
    return kept


def _list(text: str, whole: str) -> tuple[Tree, str]:
    """Items up to a closing bracket or the end; and what is left."""
    tree: Tree = {}
    while True:
        end = next((n for n, letter in enumerate(text) if letter in ",/()"), len(text))
        name, text = text[:end], text[end:]
        if not name:
            raise _bad(whole)
        below: Tree | None = None
        if text.startswith("/"):
            below, text = _one(text[1:], whole)
        elif text.startswith("("):
            below, text = _list(text[1:], whole)
            if not text.startswith(")"):
                raise _bad(whole)
            text = text[1:]
        _add(tree, name, below)
        if not text.startswith(","):
            return tree, text
        text = text[1:]


def _one(text: str, whole: str) -> tuple[Tree, str]:
    """What follows a slash: one name, with what hangs below it."""
    end = next((n for n, letter in enumerate(text) if letter in ",/()"), len(text))
    name, text = text[:end], text[end:]
    if not name:
        raise _bad(whole)
    if text.startswith("/"):
        below, text = _one(text[1:], whole)
        return {name: below}, text
    if text.startswith("("):
        inner, text = _list(text[1:], whole)
        if not text.startswith(")"):
            raise _bad(whole)
        return {name: inner}, text[1:]
    return {name: None}, text


def _add(tree: Tree, name: str, below: Tree | None) -> None:
    if name not in tree:
        tree[name] = below
        return
    known = tree[name]
    if known is None or below is None:
        tree[name] = None
        return
    for inner, deeper in below.items():
        _add(known, inner, deeper)


def _check(method: Method, shape: Json, tree: Tree) -> None:
    while "$ref" in shape or shape.get("type") == "array":
        shape = method.schemas[shape["$ref"]] if "$ref" in shape else shape["items"]
    known = shape.get("properties", {})
    if shape.get("type") == "any" or "additionalProperties" in shape or (not known and "id" not in shape):
        return
    for name, below in tree.items():
        if name != "*" and name not in known:
            raise _bad(name)
        for inner in known.values() if name == "*" else (known[name],):
            if below is not None and name != "*":
                _check(method, inner, below)


def _bad(text: str) -> Exception:
    return invalid(f"Invalid field selection {text}", reason="invalidParameter", field="fields")
