"""Google's own description of its methods, as shipped inside googleapiclient: which request is which method."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import googleapiclient

Json = dict[str, Any]

#: API → document. All are served from one root: their paths do not overlap.
DOCUMENTS = {
    "admin": "admin.directory_v1.json",
    "chromepolicy": "chromepolicy.v1.json",
    "chromemanagement": "chromemanagement.v1.json",
    "verifiedaccess": "verifiedaccess.v2.json",
}
_VARIABLE = re.compile(r"\{(\+?)(\w+)\}")


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """One method of one API, with what its document says about it."""

    api: str
    id: str
    verb: str
    path: str
    parameters: dict[str, Json]
    common: dict[str, Json]  # the parameters every method takes: fields, alt, key, …
    schemas: dict[str, Json]
    request: str | None
    response: str | None
    scopes: frozenset[str]
    pattern: re.Pattern[str]

    @property
    def service(self) -> str:
        """The name of the API as it is enabled in a Cloud project."""
        return f"{self.api}.googleapis.com"

    @property
    def changes(self) -> bool:
        """Whether a call can change anything. `resolve` is a POST that only reads."""
        return self.verb != "GET" and not self.id.endswith((".resolve", "challenge.generate"))


@functools.cache
def methods() -> dict[str, Method]:
    """Every method of the four documents by its id."""
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    found = {}
    for api, name in DOCUMENTS.items():
        document = json.loads((folder / name).read_text("utf-8"))
        for entry in _walk(document):
            parameters = entry.get("parameters", {})
            path = "/" + document["servicePath"] + entry["path"]
            found[entry["id"]] = Method(
                api=api,
                id=entry["id"],
                verb=entry["httpMethod"],
                path=path,
                parameters=parameters,
                common=document["parameters"],
                schemas=document["schemas"],
                request=entry.get("request", {}).get("$ref"),
                response=entry.get("response", {}).get("$ref"),
                scopes=frozenset(entry.get("scopes", [])),
                pattern=_pattern(path, parameters),
            )
    return found


def match(verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method behind a request line, and the variables of its path. `path` is still percent-encoded."""
    for method in _by_verb().get(verb, ()):
        found = method.pattern.fullmatch(path)
        if found is not None:
            return method, {name: unquote(value) for name, value in found.groupdict().items()}
    return None


@functools.cache
def _by_verb() -> dict[str, list[Method]]:
    """The more of a path is spelled out, the earlier it is tried: `…/{id}:issueCommand` before `…/{+name}`."""
    ordered: dict[str, list[Method]] = {}
    for method in sorted(methods().values(), key=lambda m: -len(_VARIABLE.sub("", m.path))):
        ordered.setdefault(method.verb, []).append(method)
    return ordered


def _walk(resource: Json) -> Iterator[Json]:
    yield from resource.get("methods", {}).values()
    for child in resource.get("resources", {}).values():
        yield from _walk(child)


def _pattern(path: str, parameters: dict[str, Json]) -> re.Pattern[str]:
    """The template as an expression. `{+name}` takes slashes, as far as the parameter's own pattern allows."""
    parts, at = [], 0
    for variable in _VARIABLE.finditer(path):
        parts.append(re.escape(path[at : variable.start()]))
        reserved, name = variable.groups()
        inner = parameters[name].get("pattern", "^.+$").removeprefix("^").removesuffix("$")
        inner = ".+" if inner == ".*" else inner
        parts.append(f"(?P<{name}>{inner if reserved else '[^/]+'})")
        at = variable.end()
    parts.append(re.escape(path[at:]))
    return re.compile("".join(parts))
