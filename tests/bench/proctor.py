"""The proctor's browser in a benchmark: signs in, keeps the board open, posts what its buttons post."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterable
from urllib.parse import urlencode

import socketio

from tests.bench.school import PASSWORD, PROCTOR


class ProctorsBrowser:
    """One signed-in session with one open board."""

    def __init__(self, host: str, port: int, exam: int) -> None:
        self.exam = exam
        self._http = http.client.HTTPConnection(host, port, timeout=60)
        self._cookies: dict[str, str] = {}
        token = self._token("/sign-in")
        form = {"username": PROCTOR, "password": PASSWORD, "csrf_token": token}
        status, _ = self._ask("POST", "/sign-in", urlencode(form), "application/x-www-form-urlencoded")
        if status != 302:
            raise RuntimeError(f"the proctor could not sign in [{status}]")
        self._csrf = self._token(f"/exams/{exam}/board")
        self._board = socketio.Client(reconnection=False)
        self.changes = 0
        self._board.on("changes", self._changed, namespace="/staff")
        headers = {"Cookie": self._cookie()}
        url = f"http://{host}:{port}"
        # of itself the client waits for one second
        self._board.connect(
            url, headers=headers, namespaces=["/staff"], transports=["websocket"], wait_timeout=60
        )
        joined = self._board.call("join_board", {"exam_id": exam}, namespace="/staff")
        if not joined["ok"]:
            raise RuntimeError(f"the board did not open: {joined}")

    def press(self, act: str, sittings: Iterable[int], **more: object) -> int:
        """Post one act; returns how many seats obeyed."""
        body = json.dumps({"sitting_ids": list(sittings), **more})
        status, answer = self._ask("POST", f"/exams/{self.exam}/seats/{act}", body, "application/json")
        if status != 200:
            raise RuntimeError(f"{act}: {status} {answer[:300]!r}")
        return sum(outcome["ok"] for outcome in json.loads(answer)["outcomes"])

    def close(self) -> None:
        self._board.disconnect()
        self._http.close()

    def _changed(self, _parts: object) -> None:
        self.changes += 1

    def _token(self, path: str) -> str:
        status, page = self._ask("GET", path)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page.decode())
        if status != 200 or found is None:
            raise RuntimeError(f"{path}: no page with a token [{status}]")
        return found[1]

    def _ask(self, method: str, path: str, body: str = "", kind: str = "") -> tuple[int, bytes]:
        headers = {"Accept": "application/json" if "json" in kind else "text/html"}
        if self._cookies:
            headers["Cookie"] = self._cookie()
        if kind:
            headers |= {"Content-Type": kind, "X-CSRFToken": getattr(self, "_csrf", "")}
        self._http.request(method, path, body or None, headers)
        answer = self._http.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";")[0]
        return answer.status, answer.read()

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())
