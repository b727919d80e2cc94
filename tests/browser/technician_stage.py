"""A school with its console, a real server in front of it, and phones: what the technician's pages are tried on."""

from __future__ import annotations

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from server.services import console_sync, demo
from server.services.context import Context
from server.store import tables as t
from server.workspace.emulator.app import Emulator
from tests.console_school import plug_in
from tests.stage import ServerProcess
from tests.synced_school import Connected, bare_school, school_of

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "bangku kayu jati"
HOUR = 3_600_000
NARROW, PHONE, LAPTOP = (320, 640), (360, 740), (1024, 720)


def google(at: int) -> str:
    """A moment as Google writes it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class TechSchool:
    """`seed` None: no console, the school is in observed mode. `server` is not started yet."""

    def __init__(self, folder: Path, seed: list[dict[str, Any]] | None) -> None:
        data = bare_school(folder / "data")
        self.console: Emulator | None = None
        if seed is not None:
            self.console = Emulator(folder / "console", school_of(*seed)).start()
            plug_in(data, self.console, school_npsn=demo.NPSN)
        self.server = ServerProcess(data, async_mode=os.environ.get("BANGKU_ASYNC_MODE", "eventlet"))
        self.context: Context = self.server.context
        demo.set_passwords(self.context.db, self.context.now(), dict.fromkeys(demo.CAST, PASSWORD))
        if self.console is not None:
            Connected(self.context, self.console).sync(accept=console_sync.ORDINARY)

    def device(self, label: str) -> Any:
        with self.context.db.read() as c:
            return c.execute(select(t.devices).where(t.devices.c.label == label)).one()

    def record(self, number: int, **fields: Any) -> None:
        """Google's record of demo Chromebook `number`, made when there is none."""
        assert self.console is not None
        with self.console.world.changing() as state:
            known = {d["serialNumber"]: d for d in state["devices"].values()}
            found = known.get(demo.serial(number))
            if found is None:
                twin = next(iter(known.values()))
                key = f"made-{number:04d}"
                found = state["devices"][key] = {**twin, "deviceId": key, "serialNumber": demo.serial(number)}
                for name in ("lastSync", "lastEnrollmentTime", "annotatedAssetId"):
                    found.pop(name, None)
            found.update(fields)

    def stop(self) -> None:
        self.server.stop()
        self.context.db.close()
        if self.console is not None:
            self.console.stop()


class Phone:
    """A page of a small window, signed in as the technician; what it should not say is kept in `broken`."""

    def __init__(self, browser: Any, url: str, pictures: Path, size: tuple[int, int] = PHONE) -> None:
        width, height = size
        self.size, self.url, self.pictures = size, url, pictures
        self.frame = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=True, is_mobile=True, locale="id-ID"
        )
        self.page = self.frame.new_page()
        self.page.set_default_timeout(60_000)  # a look at the console is a worker's work
        self.broken: list[str] = []
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on(
            "console", lambda m: self.broken.append(m.text) if "Content Security" in m.text else None
        )

    def sign_in(self, username: str = "joko", path: str = "/t/") -> Phone:
        self.page.goto(f"{self.url}{path}")
        self.page.fill("#username", username)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}{path}")
        return self

    def open(self, label: str) -> Any:
        self.page.goto(f"{self.url}/d/{label}")
        return self.page

    def title(self) -> str:
        """The next step, as it stands on the page."""
        return str(self.page.evaluate("document.querySelector('#next').lastChild.textContent.trim()"))

    def states(self) -> list[str]:
        return [name.removeprefix("is-") for name in self.page.eval_on_selector_all(
            ".steps li", "all => all.map(one => one.className)"
        )]  # fmt: skip

    def picture(self, name: str) -> None:
        """Taken, and looked at by machine: nothing wider than the window, nothing that axe calls serious."""
        width = self.size[0]
        self.page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, name
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("async () => (await axe.run()).violations")
        serious = [
            f"{one['id']}: {one['nodes'][0]['html']}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]
        assert serious == [], f"{name}: {serious}"

    def close(self) -> None:
        self.frame.close()
        assert self.broken == []


@contextmanager
def counted(port: int) -> Iterator[tuple[str, list[int]]]:
    """A pipe to the server that counts what comes back: every byte that goes to the phone, headers too."""
    counts: list[int] = []

    class Pipe(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as far:
                threading.Thread(target=copy, args=(self.request, far, None), daemon=True).start()
                copy(far, self.request, counts)

    def copy(source: socket.socket, target: socket.socket, into: list[int] | None) -> None:
        try:
            while some := source.recv(65_536):
                if into is not None:
                    into.append(len(some))
                target.sendall(some)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Pipe) as pipe:
        threading.Thread(target=pipe.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{pipe.server_address[1]}", counts
        finally:
            pipe.shutdown()
