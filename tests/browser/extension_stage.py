"""The extension in a real Chromium, forced in by policy, before a school server and an exam site of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from server.services.extension import source_dir
from server.workspace.crx import pack_extension
from server.workspace.linux_policy import DEVTOOLS_FOR_TESTS, LinuxLock, render
from server.workspace.policy_folder import write_policy
from tests.kiosk_page import kiosk_page
from tests.stage import PATIENCE_SECONDS, until

HERE = Path(__file__).resolve().parent
WRAPPER = HERE.parents[1] / "scripts" / "locked_chromium"
#: Playwright adds these by itself; each of the first and last stops a forced extension without a word.
NOT_THESE = [
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-background-networking",
    "--disable-popup-blocking",
]


class Stage:
    """`doc(...)` orders, `events(...)` tells what the device reported, `seen(...)` looks at the page."""

    def __init__(self, driver: Playwright, folder: Path) -> None:
        self.driver, self.folder = driver, folder
        packed = pack_extension(source_dir(), generate_private_key(public_exponent=65537, key_size=2048))
        self.extension_id = packed.id
        (folder / "bangku.crx").write_bytes(packed.crx)
        (folder / "update.xml").write_bytes(packed.update_manifest("ORIGIN/ext/bangku.crx"))
        self.ports = ("0", "0")
        self.start_server()
        try:
            self.browser = self._launch()
        except BaseException:
            self.stop_server()
            raise

    @property
    def page(self) -> Page:
        return kiosk_page(self.browser)

    def start_server(self) -> None:
        files = [str(self.folder / "bangku.crx"), str(self.folder / "update.xml")]
        self._node = subprocess.Popen(
            ["node", str(HERE / "extension_stage.js"), *files, *self.ports], stdout=subprocess.PIPE, text=True
        )
        assert self._node.stdout is not None
        told = json.loads(self._node.stdout.readline())
        self.ports = (str(told["port"]), str(told["exam"]))
        self.url, self.exam_url = (f"http://127.0.0.1:{port}" for port in self.ports)
        self.hosts = [f"127.0.0.1:{port}" for port in self.ports]

    def stop_server(self) -> None:
        self._node.kill()
        self._node.wait()

    def _launch(self) -> BrowserContext:
        lock = LinuxLock(
            servers=(self.url,),
            extension_id=self.extension_id,
            update_url=f"{self.url}/ext/update.xml",
            school="20999001",
            enrolment_secret="rahasia-sekolah",
            serial="PC-01",
            allowed_hosts=(self.hosts[1],),
            developer_tools=DEVTOOLS_FOR_TESTS,
        )
        # A second tab at the start would be closed by the extension while Playwright is still taking hold of it.
        policy = {
            name: value for name, value in render(lock).items() if not name.startswith("RestoreOnStartup")
        }
        write_policy(self.folder / "policy", policy)
        return self.driver.chromium.launch_persistent_context(
            self.folder / "profile",
            executable_path=WRAPPER,
            env={**os.environ, "POLICY_DIR": str(self.folder / "policy")},
            ignore_default_args=NOT_THESE,
            args=["--no-sandbox"],
            no_viewport=True,  # setting one fails now and then while tabs come and go
        )

    def restart_browser(self) -> None:
        self.browser.close()
        self.browser = self._launch()

    def close(self) -> None:
        self.browser.close()
        self.stop_server()

    # --- the server's side --------------------------------------------------------------------------------

    def tell(self, what: str, given: object = None) -> Any:
        query = "" if given is None else "?given=" + urllib.parse.quote(json.dumps(given))
        with urllib.request.urlopen(f"{self.url}/stage/{what}{query}", timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def doc(self, **change: object) -> None:
        self.tell("doc", change)

    def exam(self, **change: object) -> None:
        """Into the exam, and wait until its page is in front."""
        self.doc(**{**self.exam_fields(), **change})
        self.until(lambda: self.page.url.startswith(f"{self.exam_url}/exam"), "the exam page is in front")
        self.page.wait_for_function("document.readyState === 'complete'")

    def exam_fields(self) -> dict[str, object]:
        return {"mode": "exam", "start_url": f"{self.exam_url}/exam", "allowed_hosts": self.hosts}

    def lock(self, **lock: object) -> None:
        given = {"reason": "proctor", "text": "", "expires_at": None, "then": "exam", **lock}
        self.doc(**{**self.exam_fields(), "mode": "locked", "lock": given})

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.tell("state")["events"] if event["kind"] == kind]

    def report(self) -> Any:
        return self.tell("state")["report"]

    # --- the pupil's side ---------------------------------------------------------------------------------

    def until(self, happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """As stage.until; the driver hears of navigations only while it is in a call."""
        lost: list[str] = []

        def look() -> Any:
            try:
                self.page.wait_for_timeout(20)
                return happened()
            except (
                Error
            ) as error:  # the page, its tab or the worker went away while it was asked: ask the next one
                lost[:] = [f"; the last look ended with: {error}"]
                return False

        return until(look, lambda: what + "".join(lost), seconds)

    def shown(self, layer: str) -> bool:
        """Is our `cover` or `strip` over the page?"""
        return bool(self.page.evaluate(f"document.querySelector('[data-bangku={layer}]') !== null"))

    def tabs(self) -> int:
        """Open tabs as the browser counts them; Playwright keeps some that were closed at birth."""
        worker = self.until(lambda: self.browser.service_workers, "the worker can be asked")[0]
        return int(worker.evaluate("async () => (await chrome.tabs.query({})).length"))

    def answer(self) -> str:
        return self.page.input_value("#answer")


def ms_from_now(seconds: float) -> int:
    return round((time.time() + seconds) * 1000)
