"""Whatever form allows, the emulated console answers: never with an error of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.workspace.emulator.call import HANDLERS
from server.workspace.emulator.discovery import Method, methods
from tests.workspace.emulator.stand import EVERY, Wire, start
from tests.workspace.emulator.test_checks import target_of

DEEP = 3
TEXTS = ("", " ", "x", "/", "'", "id:", "customers/my_customer", "orgunits/none", "☃")


def allowed(method: Method, shape: dict[str, Any], depth: int = 0) -> Iterator[Any]:
    """Values that are of the right form and may make no sense."""
    yield None
    if "$ref" in shape:
        shape = method.schemas[shape["$ref"]]
    kind = shape.get("type")
    if kind == "object":
        yield {}
        if depth < DEEP:
            for name, inner in shape.get("properties", {}).items():
                for value in allowed(method, inner, depth + 1):
                    yield {name: value}
            if isinstance(shape.get("additionalProperties"), dict):
                yield {"x": None}
                yield {
                    "": next(
                        itertools.islice(allowed(method, shape["additionalProperties"], DEEP), 1, 2), None
                    )
                }
    elif kind == "array":
        yield []
        for value in allowed(method, shape["items"], depth + 1):
            yield [value]
            yield [value, value]
    elif kind == "boolean":
        yield False
    elif kind in ("integer", "number"):
        yield from (0, -1)
    elif kind == "any":
        yield from (0, "x", [], {"x": []})
    elif "enum" in shape:
        yield from shape["enum"]
    elif shape.get("format") in ("int64", "uint64"):
        yield "0"
    elif not shape.get("format"):
        yield from TEXTS


def queries(method: Method) -> Iterator[dict[str, str]]:
    yield {}
    for name, shape in method.parameters.items():
        if shape["location"] != "query":
            continue
        if "enum" in shape:
            yield from ({name: value} for value in shape["enum"])
        elif shape.get("type") == "boolean":
            yield {name: "true"}
        elif shape.get("type") == "integer":
            yield {name: shape.get("minimum", "0")}
        else:
            yield from ({name: text} for text in TEXTS)


def test_nothing_of_the_right_form_breaks_it(tmp_path: Path) -> None:
    with start(tmp_path, settings={"quota": {"off": ["all"]}}) as console:
        wire = Wire(console, *EVERY)
        device, unit = console.device("5CD000")["deviceId"], console.world.find_org_unit("/Lab")
        siti = next(u["id"] for u in console.world.state["users"].values() if u["role"] is None)
        real = {
            "customers/C1": "customers/my_customer",
            "/customer/x/": "/customer/my_customer/",
            "/chromeos/x": f"/chromeos/{device}",
            "orgunits/Lab/Ruang%201": f"orgunits/id:{unit}",
            "/users/x": f"/users/{siti}",
        }
        broken, tried = [], 0
        for name in sorted(HANDLERS):
            method = methods()[name]
            for query in queries(method):
                for body in [{}] if query else _bodies(method):
                    target = target_of(method, **query)
                    for placeholder, name_here in real.items():
                        target = target.replace(placeholder, name_here)
                    status, answer = wire(method.verb, target, body if method.request else None)
                    tried += 1
                    if status >= 500:
                        broken.append(f"{status} {name} {target} {body} {answer}")
        assert not broken, "\n".join(broken[:20])
        assert tried > 1_000


def _bodies(method: Method) -> list[dict[str, Any]]:
    if method.request is None:
        return [{}]
    return [b for b in allowed(method, method.schemas[method.request]) if isinstance(b, dict)]
