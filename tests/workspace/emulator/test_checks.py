"""The emulated console refuses what Google's discovery documents refuse: every method, one thing broken at a time."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from server.workspace.emulator.checks import check_body, check_params
from server.workspace.emulator.discovery import DOCUMENTS, Method, match, methods
from tests.workspace.emulator.stand import Wire, start

DEEP = 3
#: Real values for path variables that hold slashes, by the documents' patterns.
WHOLE = {
    "^customers/[^/]+$": "customers/C1",
    "^.*$": "Lab/Ruang 1",
}


def value_of(shape: dict[str, Any]) -> str:
    """A value the document allows for a parameter."""
    if "enum" in shape:
        return str(shape["enum"][-1])
    if shape.get("type") == "boolean":
        return "true"
    if shape.get("type") == "integer" or shape.get("format") in ("int32", "int64"):
        return str(shape.get("minimum", shape.get("maximum", "1")))
    pattern = shape.get("pattern")
    if pattern in WHOLE:
        return WHOLE[pattern]
    if pattern:
        return pattern.strip("^$").replace("[^/]+", "x").replace(".*", "x")
    return "x"


def target_of(method: Method, without: str = "", **query: str) -> str:
    """The method's address with everything it requires."""
    path = method.path
    asked: dict[str, str] = {}
    for name, shape in method.parameters.items():
        if shape["location"] == "path":
            for form, safe in ((f"{{+{name}}}", "/"), (f"{{{name}}}", "")):
                path = path.replace(form, quote(value_of(shape), safe=safe))
        elif shape.get("required"):
            asked[name] = value_of(shape)
    asked |= query
    asked.pop(without, None)
    return path + ("?" + urlencode(asked) if asked else "")


def broken_queries(method: Method) -> Iterator[str]:
    yield target_of(method, noSuchParameter="1")
    yield target_of(method, prettyPrint="perhaps")
    if method.response:
        yield target_of(method, fields="noSuchField")
        yield target_of(method, fields="a(b")
    for name, shape in method.parameters.items():
        if shape["location"] != "query":
            continue
        if shape.get("required"):
            yield target_of(method, without=name)
        if "enum" in shape:
            yield target_of(method, **{name: "NOT_A_VALUE"})
        if shape.get("type") == "boolean":
            yield target_of(method, **{name: "yes"})
        if shape.get("type") == "integer":
            yield target_of(method, **{name: "many"})
            yield target_of(method, **{name: "99999999999"})
        if "minimum" in shape:
            yield target_of(method, **{name: str(int(shape["minimum"]) - 1)})
        if "maximum" in shape:
            yield target_of(method, **{name: str(int(shape["maximum"]) + 1)})


def broken_bodies(method: Method) -> Iterator[Any]:
    if method.request is None:
        yield {"something": 1}
        return
    yield []
    yield from _broken(method, method.schemas[method.request], 0)


def _broken(method: Method, schema: dict[str, Any], depth: int) -> Iterator[Any]:
    if ("properties" in schema or "id" in schema) and not isinstance(
        schema.get("additionalProperties"), dict
    ):
        yield {"noSuchField": 1}
    for name, shape in schema.get("properties", {}).items():
        for bad in _wrong(method, shape, depth):
            yield {name: bad}


def _wrong(method: Method, shape: dict[str, Any], depth: int) -> Iterator[Any]:
    """Values this shape does not allow."""
    if "$ref" in shape:
        yield "text"
        if depth < DEEP:
            yield from _broken(method, method.schemas[shape["$ref"]], depth + 1)
        return
    kind, form = shape.get("type"), shape.get("format")
    if kind == "array":
        yield {"not": "a list"}
        for bad in _wrong(method, shape["items"], depth):
            yield [bad]
    elif kind == "object":
        yield "text"
        if "properties" in shape and depth < DEEP:
            yield from _broken(method, shape, depth + 1)
    elif kind == "boolean":
        yield "true"
        yield 1
    elif kind == "string":
        yield {"a": 1}
        if form in ("int64", "uint64"):
            yield "12x"
            yield str(2**65)
        else:
            yield 5
        if "enum" in shape:
            yield "NOT_A_VALUE"
        if form in ("date-time", "google-datetime", "date", "google-duration"):
            yield "yesterday"
        if form == "byte":
            yield "***"
    elif kind in ("integer", "number"):
        yield "many"
        yield True
        if form == "int32":
            yield 2**40


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    console = start(tmp_path_factory.mktemp("console"), settings={"quota": {"scale": 1, "off": ["all"]}})
    scopes = {scope for method in methods().values() for scope in method.scopes}
    yield Wire(console, *sorted(scopes))
    console.stop()


def test_every_method_of_the_documents_is_found_by_its_address() -> None:
    assert {m.api for m in methods().values()} == set(DOCUMENTS)
    assert len(methods()) > 150
    for method in methods().values():
        path = target_of(method).partition("?")[0]
        found = match(method.verb, path)
        assert found is not None and found[0] is method, path


@pytest.mark.parametrize("api", DOCUMENTS)
def test_a_request_with_all_that_is_required_is_no_error_of_form(api: str) -> None:
    for method in (m for m in methods().values() if m.api == api):
        url, _, query = target_of(method, fields="*").partition("?")
        found = match(method.verb, url)
        assert found is not None
        pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if not pair.startswith("fields")]
        named = [(name, value.replace("%2A", "*")) for name, value in pairs]
        check_params(method, found[1], [*named, ("alt", "json"), ("key", "k"), ("quotaUser", "u")])
        check_body(method, {} if method.request else None)


@pytest.mark.parametrize("api", DOCUMENTS)
def test_one_broken_thing_is_refused_with_400(api: str, wire: Wire) -> None:
    host = wire.console.root.removeprefix("http://")
    line = http.client.HTTPConnection(host, timeout=20)
    headers = {"Authorization": f"Bearer {wire.token}", "Content-Type": "application/json"}
    tried, taken = 0, []
    for method in (m for m in methods().values() if m.api == api):
        requests: list[tuple[str, Any]] = [(target, None) for target in broken_queries(method)]
        requests += [(target_of(method), body) for body in broken_bodies(method)]
        for target, body in requests:
            sent = None if body is None else json.dumps(body).encode()
            line.request(method.verb, target, sent, headers)
            answer = line.getresponse()
            text = answer.read()
            tried += 1
            if answer.status != 400:
                taken.append(f"{answer.status} {method.id} {target} {body}")
                continue
            error = json.loads(text)["error"]
            assert error["code"] == 400 and error["message"]
            if api == "admin":
                assert error["errors"][0]["reason"]
            else:
                assert error["status"] == "INVALID_ARGUMENT" and error["details"]
    line.close()
    assert not taken, "\n".join(taken[:20])
    assert tried > {"admin": 2_000, "chromepolicy": 100, "chromemanagement": 300, "verifiedaccess": 5}[api]


def test_what_nobody_serves_is_501_and_what_does_not_exist_404(wire: Wire) -> None:
    assert wire("GET", "/admin/directory/v1/groups/x")[0] == 501
    assert wire("POST", "/admin/directory/v1/groups", {})[0] == 501
    assert wire("GET", "/admin/directory/v1/no/such/path")[0] == 404
    assert wire("DELETE", "/admin/directory/v1/customer/my_customer/devices/chromeos")[0] == 404


def test_what_is_no_json_is_refused(wire: Wire) -> None:
    status, body = wire(
        "POST",
        "/admin/directory/v1/customer/my_customer/devices/chromeos/moveDevicesToOu?orgUnitPath=/Lab",
        b"{no",
    )
    assert status == 400 and body["error"]["errors"][0]["reason"] == "parseError"


def test_null_and_read_only_fields_may_stand_in_a_body() -> None:
    method = methods()["directory.chromeosdevices.patch"]
    body = {"notes": None, "autoUpdateThrough": "2030-01-01", "annotatedUser": "a"}
    assert check_body(method, body) == {"notes": None, "annotatedUser": "a"}
