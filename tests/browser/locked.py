"""A real Chromium under a managed policy, driven from outside, with a school server behind every *.test name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, sync_playwright

from server.workspace.isolation import isolate, policy_place
from server.workspace.locked_browser import find_chromium
from server.workspace.policy_folder import write_policy
from tests.browser.school_site import SchoolSite

WRAPPER = Path(__file__).resolve().parents[2] / "scripts" / "locked_chromium"
#: Playwright adds these by itself; each of the first and last stops a forced extension without a word.
NOT_THESE = [
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-background-networking",
    "--disable-popup-blocking",
]


@dataclass(frozen=True)
class Locked:
    site: SchoolSite
    context: BrowserContext
    policy: dict[str, Any]

    def open(self, url: str) -> str:
        """The page's heading, or Chromium's own word for why there is none."""
        page = self.context.new_page()
        try:
            page.goto(url)
            return page.locator("h1").inner_text()
        except Error as error:
            return str(error)
        finally:
            page.close()


@contextmanager
def chromium_under(folder: Path, policy_for: Callable[[SchoolSite], Mapping[str, Any]]) -> Iterator[Locked]:
    """Chromium under `policy_for(site)`; chrome://policy is open besides, so that the browser can be asked."""
    private = isolate(folder, policy_place(find_chromium() or ""))
    if not private.works:
        pytest.skip(str(private.reason))
    with SchoolSite(folder) as site, sync_playwright() as driver:
        policy = dict(policy_for(site))
        write_policy(
            folder / "policy", {**policy, "URLAllowlist": [*policy["URLAllowlist"], "chrome://policy"]}
        )
        port = site.host.partition(":")[2]
        context = driver.chromium.launch_persistent_context(
            folder / "profile",
            executable_path=WRAPPER,
            env={**os.environ, "POLICY_DIR": str(folder / "policy")},
            ignore_default_args=NOT_THESE,
            args=["--no-sandbox", f"--host-resolver-rules=MAP *.test 127.0.0.1:{port}"],
        )
        context.pages[0].goto(f"{site.url}/pupil")
        yield Locked(site, context, policy)
        context.close()
