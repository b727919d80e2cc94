"""Real student Chromiums: each under its own managed policy, with the extension forced in by it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from server.services import extension
from server.services.context import Context
from server.workspace.policy_folder import write_policy
from tests.e2e.wire import Wire
from tests.kiosk_page import kiosk_page
from tests.stage import until

LAUNCHER = Path(__file__).parents[2] / "scripts" / "locked_chromium"
CHROMIUM = "/usr/bin/chromium"
#: Playwright's own flags that would silently stop a force-installed extension.
UNWANTED = [
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-background-networking",
    "--disable-popup-blocking",
]
FLAGS = ["--no-sandbox"]


class Student:
    """Headless, driven by Playwright; so the policy differs from production in one value: developer tools."""

    def __init__(
        self,
        p: Playwright,
        context: Context,
        serial: str,
        folder: Path,
        wire: Wire | None = None,
        *,
        wait: bool = True,
    ) -> None:
        self.serial = serial
        self.folder = folder
        policy_dir = folder / "policy"
        write_policy(policy_dir, extension.linux_policy(context, serial, developer_tools=1))
        executable = folder / "chromium"
        prefix = " ".join(wire.command) if wire else ""
        executable.write_text(f'#!/bin/sh\nexport POLICY_DIR="{policy_dir}"\nexec {prefix} {LAUNCHER} "$@"\n')
        executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
        self._start = lambda: p.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=str(executable),
            headless=True,
            args=FLAGS,  # the extension and the policy lead to the pupil page
            ignore_default_args=UNWANTED,
            env={**os.environ},
            viewport={"width": 1024, "height": 720},
        )
        self.start_page = context.settings.public_url + "/pupil"
        self.browser: BrowserContext = self._start()
        if wait:
            self.opens_its_page()

    def opens_its_page(self, seconds: float = 60) -> None:
        """Chromium gives extensions their policy once a first page has loaded; Playwright's about:blank is none."""
        until(lambda: self._goes(self.start_page), "the pupil page can be opened", seconds)

    def _goes(self, url: str) -> bool:
        """False when the page went away meanwhile: the extension closes all tabs but one as soon as it is there."""
        try:
            self.page.goto(url)
        except PlaywrightError:
            return False
        return True

    def is_at(self, path: str) -> bool:
        """Where its page is now; the driver hears of navigations only while it is in a call."""
        try:
            self.page.wait_for_timeout(20)
        except PlaywrightError:  # the extension closed this one meanwhile: the next look finds the other
            return False
        return path in self.page.url

    @property
    def page(self) -> Page:
        return kiosk_page(self.browser)

    def worker(self) -> Any:
        return self.browser.service_workers[0]

    def close(self) -> None:
        self.browser.close()
