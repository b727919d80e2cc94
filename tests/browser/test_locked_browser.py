"""The launcher with a real Chromium: its own policy, live changes, its own screen, and coming back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.workspace.browser_keeper import BrowserKeeper
from server.workspace.isolation import policy_place
from server.workspace.linux_policy import DEVTOOLS_OFF, render
from server.workspace.locked_browser import BrowserSetup, LockedBrowser
from tests.browser.school_site import NO_CHROMIUM, SchoolSite, chromium_missing
from tests.stage import until

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium_missing(), reason=NO_CHROMIUM)]


def now() -> int:
    return time.time_ns() // 1_000_000


def processes_of(user_data_dir: Path) -> list[str]:
    """Living processes of the browser with this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"--user-data-dir={user_data_dir}".encode() in (entry / "cmdline").read_bytes().split(
                    b"\0"
                ):
                    found.append(entry.name)
            except OSError:
                pass  # ended while we looked
    return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SchoolSite]:
    with SchoolSite(tmp_path) as site:
        yield site


def browser_for(site: SchoolSite, tmp_path: Path, *, own_display: bool) -> LockedBrowser:
    browser = LockedBrowser(
        BrowserSetup(
            f"{site.url}/pupil",
            tmp_path / "policy",
            tmp_path / "profile",
            headless=not own_display,
            own_display=own_display,
            log_file=tmp_path / "chromium.log",
        )
    )
    if not browser.isolation.works:
        pytest.skip(str(browser.isolation.reason))
    return browser


def test_a_kiosk_on_its_own_screen_under_its_own_policy_that_changes_live(
    site: SchoolSite, tmp_path: Path
) -> None:
    place = policy_place("chromium")
    before = sorted(p.name for p in place.rglob("*"))
    browser = browser_for(site, tmp_path, own_display=True)
    browser.write_policy(render(site.lock(developer_tools=DEVTOOLS_OFF)))
    with browser:
        until(lambda: site.told, "the forced extension tells its managed values")
        until(lambda: f"{site.host}/pupil" in site.asked, "the pupil's page is opened")
        assert browser.display is not None
        assert browser.display != os.environ.get("DISPLAY")
        assert sorted(p.name for p in place.rglob("*")) == before, "the machine's own policy is untouched"

        browser.write_policy(render(site.lock(developer_tools=DEVTOOLS_OFF, serial="PC-02")))
        until(lambda: site.told[-1]["serial"] == "PC-02", "a changed policy reaches the running browser")
        display = browser.display
    assert not browser.running
    until(lambda: not processes_of(browser.setup.user_data_dir), "no process of the browser is left")
    until(lambda: not Path(f"/tmp/.X11-unix/X{display[1:]}").exists(), "its screen is gone")


def test_a_browser_that_ends_comes_back_and_each_ending_is_written_down(
    site: SchoolSite, tmp_path: Path
) -> None:
    browser = browser_for(site, tmp_path, own_display=False)
    browser.write_policy(render(site.lock()))
    told: list[int] = []
    began = now()
    with BrowserKeeper(browser, now, lambda ended: told.append(ended.number)) as keeper:
        loads = 0
        for number, how in enumerate((signal.SIGTERM, signal.SIGKILL), 1):
            until(lambda seen=loads: len(site.told) > seen, "the extension runs")  # type: ignore[misc]
            pid = browser.pid
            assert pid is not None
            loads = len(site.told)  # before it ends: its successor may tell sooner than we look again
            os.kill(pid, how)
            until(lambda wanted=number: len(keeper.exits) == wanted, "the ending is noticed")  # type: ignore[misc]
            until(lambda old=pid: browser.running and browser.pid != old, "it is started again")  # type: ignore[misc]
        until(lambda: len(site.told) > loads, "the extension runs again after a kill")
        assert [e.number for e in keeper.exits] == told == [1, 2]
        assert began <= keeper.exits[0].at <= keeper.exits[1].at <= now()
        assert keeper.exits[1].code == -signal.SIGKILL
    assert not browser.running
    assert len(keeper.exits) == 2, "closing is not an ending"
    until(lambda: not processes_of(browser.setup.user_data_dir), "no process of the browser is left")
