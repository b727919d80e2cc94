"""A stand-in school server for browser tests: a pupil page, an extension to install, and what was asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from server.workspace.crx import CRX_TYPE, UPDATE_TYPE, PackedExtension, pack_extension
from server.workspace.linux_policy import DEVTOOLS_FOR_TESTS, LinuxLock
from server.workspace.locked_browser import find_chromium

#: An update of the extension, an icon for a page shown a moment ago.
BY_ITSELF = {"update.xml", "ext.crx", "favicon.ico"}
NO_CHROMIUM = "no Chromium on this machine: install the package 'chromium' to run these"

_WORKER = """\
const tell = async () => {
  const told = await chrome.storage.managed.get();
  if (told.servers) await fetch(told.servers[0] + '/told', {method: 'POST', body: JSON.stringify(told)});
};
chrome.storage.onChanged.addListener((_, area) => { if (area === 'managed') tell(); });
chrome.runtime.onStartup.addListener(() => {});  // without it, nothing wakes the worker at a later start
tell();
"""
_SCHEMA = {
    "type": "object",
    "properties": {
        "servers": {"type": "array", "items": {"type": "string"}},
        **{name: {"type": "string"} for name in ("enrolment_secret", "school", "serial", "language")},
    },
}


def chromium_missing() -> bool:
    return find_chromium() is None


def throwaway_extension(folder: Path, version: str = "1.0.0") -> Path:
    """The smallest extension that shows it was installed and configured: it tells its managed values."""
    (folder / "vendor").mkdir(parents=True)
    (folder / "vendor" / "nothing.js").write_text("", "utf-8")
    (folder / "worker.js").write_text(_WORKER, "utf-8")
    (folder / "schema.json").write_text(json.dumps(_SCHEMA), "utf-8")
    manifest = {
        "manifest_version": 3,
        "name": "Throwaway",
        "version": version,
        "background": {"service_worker": "worker.js"},
        "permissions": ["storage"],
        "host_permissions": ["http://127.0.0.1/*"],
        "storage": {"managed_schema": "schema.json"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


class SchoolSite:
    """Serves /pupil, /other, /opener, /update.xml and /ext.crx on a free port of 127.0.0.1."""

    def __init__(self, folder: Path, key: RSAPrivateKey | None = None) -> None:
        self.key = key or generate_private_key(public_exponent=65537, key_size=2048)
        self.packed: PackedExtension = pack_extension(throwaway_extension(folder / "ext"), self.key)
        self.asked: list[str] = []
        self.told: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def lock(self, **other: Any) -> LinuxLock:
        given: dict[str, Any] = {
            "servers": (self.url,),
            "extension_id": self.packed.id,
            "update_url": f"{self.url}/update.xml",
            "school": "20999001",
            "enrolment_secret": "rahasia-sekolah",
            "serial": "PC-01",
            "developer_tools": DEVTOOLS_FOR_TESTS,
        }
        return LinuxLock(**{**given, **other})

    def pages_asked(self) -> list[str]:
        """What was asked for, without what a browser looks for by itself whenever it likes."""
        return [asked for asked in self.asked if asked.partition("/")[2] not in BY_ITSELF]

    def page(self, path: str) -> tuple[str, bytes] | None:
        if path == "/update.xml":
            return UPDATE_TYPE, self.packed.update_manifest(f"{self.url}/ext.crx")
        if path == "/ext.crx":
            return CRX_TYPE, self.packed.crx
        if path == "/opener":  # by itself: what a driver evaluates counts as a click
            script = "document.write(`<h1>${window.open('/other') === null ? 'refused' : 'opened'}</h1>`)"
            return "text/html", f"<!doctype html><script>{script}</script>".encode()
        if path in {"/pupil", "/other", "/"}:
            return "text/html", f"<!doctype html><title>{path}</title><h1>{path}</h1>".encode()
        return None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _handler(site: SchoolSite) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            site.asked.append(f"{self.headers['Host']}{path}")
            found = site.page(path)
            self.send_response(200 if found else 404)
            kind, body = found or ("text/plain", b"")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            site.told.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
