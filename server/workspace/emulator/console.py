"""One request through the whole console: match, token, check, quota, faults, handler, answer."""

from __future__ import annotations

import importlib
import json
import logging
import pickle
import pkgutil
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from server.workspace.emulator.answers import Answer, error_answer
from server.workspace.emulator.auth import authorise, token_answer
from server.workspace.emulator.call import HANDLERS, Call, Json, Refusal
from server.workspace.emulator.checks import check_body, check_params, invalid
from server.workspace.emulator.control import control_answer
from server.workspace.emulator.discovery import Method, match
from server.workspace.emulator.faults import Fault, Faults
from server.workspace.emulator.masks import Tree, apply_mask, check_mask, parse_mask
from server.workspace.emulator.quota import Quota
from server.workspace.emulator.world import World

log = logging.getLogger(__name__)
GRANTING = "oauth.token"  # what faults and counts call it


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came. `path` is percent-encoded; header names are in lower case."""

    verb: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    local: bool = True  # from this machine


def load_handlers() -> None:
    """Import every module beside this one: what answers a method registers itself."""
    package = __name__.rpartition(".")[0]
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")


class Console:
    """The console of one world. `answer` may be called from many threads."""

    def __init__(self, world: World, key: str) -> None:
        load_handlers()
        self.world = world
        self.key = key  # of the control endpoints
        self.quota = Quota()
        self.faults = Faults()
        self.token_uri = ""
        self._past: deque[tuple[float, bytes]] = deque()  # the state before each change, for stale reads

    def answer(self, request: Request) -> Answer:
        url = urlsplit(request.target)
        query = parse_qsl(url.query, keep_blank_values=True)
        verb = request.verb
        if url.path.startswith("/_emulator/"):
            return control_answer(self, request, url.path.removeprefix("/_emulator/"), dict(query))
        if (verb, url.path) == ("POST", "/token"):
            return self._token(request)
        if request.headers.get("x-http-method-override") and verb == "POST":
            # A client whose address grew too long sends the query as a body.
            verb, query = request.headers["x-http-method-override"], _form(request)
            request = Request(verb, request.target, request.headers)
        found = match(verb, url.path)
        if found is None:
            return Answer(404, {"error": {"code": 404, "message": f"{verb} {url.path}: no such method"}})
        method, path = found
        self.quota.count(method.id)
        try:
            return self._method(method, path, query, request)
        except Refusal as refusal:
            return error_answer(method.api, refusal)
        except Exception:  # a fault of ours: said in the log, and answered as Google answers its own
            log.exception("emulated console: %s", method.id)
            broken = Refusal(500, "backendError", "Internal error encountered.", rpc="INTERNAL")
            return error_answer(method.api, broken)

    def _method(
        self, method: Method, path: dict[str, str], query: list[tuple[str, str]], request: Request
    ) -> Answer:
        subject, scopes = self._who(method, query, request)
        params, common = check_params(method, path, query)
        if common.get("alt", "json") != "json":
            raise Refusal(
                501, "notImplemented", f"alt={common['alt']} is not served here", rpc="UNIMPLEMENTED"
            )
        body = check_body(method, _json(request))
        mask = parse_mask(common["fields"]) if common.get("fields") else None
        if mask is not None:
            check_mask(method, mask)
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise Refusal(
                501, "notImplemented", f"{method.id} is not served by this console", rpc="UNIMPLEMENTED"
            )
        state = self.world.state
        self.quota.take(method, subject, state["customer"]["id"], state["settings"]["quota"])
        fault = self.faults.of(method.id)
        if fault.slow:
            time.sleep(fault.slow)
        if not fault.after and (early := _struck(fault, method.api)) is not None:
            return early
        call = Call(method.id, params, body, subject, self.world.now(), scopes, fault.mischief)
        answer = self._run(method, call, fault, mask)
        return (_struck(fault, method.api) if fault.after else None) or answer

    def _who(
        self, method: Method, query: list[tuple[str, str]], request: Request
    ) -> tuple[str, frozenset[str]]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            named = dict(query)
            token = named.get("access_token") or named.get("oauth_token") or ""
        with self.world.lock:
            return authorise(self.world, method, token)

    def _run(self, method: Method, call: Call, fault: Fault, mask: Tree | None) -> Answer:
        """The handler under the lock. A refused change is undone by nobody: handlers check before they act."""
        world = self.world
        with world.lock:
            self.tick()
            if method.changes:
                self._remember()
            view = self._past_view(fault.stale) if fault.stale and not method.changes else world
            result: Any = HANDLERS[method.id](view, call)
            if method.changes:
                world.save()
            if method.response is None:
                return Answer(204)
            if mask is not None:
                result = apply_mask(mask, result)
            # Written out under the lock: the answer may hold parts of the state.
            return Answer(200, raw=json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode())

    def tick(self) -> None:
        """Let what is due happen. Call under the lock."""
        if self.world.tick():
            self.world.save()

    def _remember(self) -> None:
        longest = self.faults.longest_stale
        if not longest:
            self._past.clear()
            return
        now = self.world.now()
        while self._past and self._past[0][0] < now - longest:
            self._past.popleft()
        self._past.append((now, pickle.dumps(self.world.state)))

    def _past_view(self, seconds: float) -> World:
        """The world before the first change of the last so many seconds."""
        since = self.world.now() - seconds
        for at, state in self._past:
            if at >= since:
                return self.world.as_it_was(pickle.loads(state))  # noqa: S301 - our own bytes, never left memory
        return self.world

    def _token(self, request: Request) -> Answer:
        self.quota.count(GRANTING)
        fault = self.faults.of(GRANTING)
        if fault.slow:
            time.sleep(fault.slow)
        if (struck := _struck(fault, "admin")) is not None:
            return struck
        with self.world.lock:
            return token_answer(self.world, dict(_form(request)), self.token_uri)


def _struck(fault: Fault, api: str) -> Answer | None:
    if fault.reset:
        return Answer(dropped=True)
    return error_answer(api, fault.refusal()) if fault.status else None


def _form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def _json(request: Request) -> Json | None:
    """The body as JSON. Raises Refusal 400."""
    if not request.body.strip():
        return None
    try:
        body: Json = json.loads(request.body)
    except ValueError as error:
        raise invalid(f"Invalid JSON payload received. {error}", reason="parseError") from error
    return body
