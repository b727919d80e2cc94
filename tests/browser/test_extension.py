"""The extension where it lives: in a Chromium that the policy locks, before a server that orders."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, sync_playwright

from server.workspace.isolation import isolate, policy_place
from server.workspace.locked_browser import find_chromium
from tests.browser.extension_stage import Stage, ms_from_now
from tests.browser.school_site import NO_CHROMIUM, chromium_missing
from tests.stage import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium_missing(), reason=NO_CHROMIUM),
    pytest.mark.skipif(shutil.which("node") is None, reason="the stage of these tests runs on node"),
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("extension")
    private = isolate(folder, policy_place(find_chromium() or ""))
    if not private.works:
        pytest.skip(str(private.reason))
    with sync_playwright() as driver:
        stage = Stage(driver, folder)
        stage.until(stage.report, "the device reports")
        yield stage
        stage.close()


@pytest.fixture
def exam(stage: Stage) -> Stage:
    """In the exam, on its first page, with nothing over it."""
    stage.doc()
    stage.until(lambda: stage.page.url.startswith(f"{stage.url}/pupil"), "the pupil waits")
    stage.exam()
    stage.until(lambda: not stage.shown("cover"), "nothing covers the exam")
    return stage


def test_it_checks_in_by_itself_and_binds_the_pupils_page(stage: Stage) -> None:
    stage.until(lambda: "#t=" in stage.page.url, "the page got its ticket")
    stage.until(lambda: stage.report()["observed"]["page"] == "waiting", "the page in front is told")
    state = stage.tell("state")
    assert state["proofs"][0]["serial"] == "PC-01"
    assert state["proofs"][0]["connection_ticket"] is None
    assert state["report"]["observed"]["unsent_answers"] == 2
    assert [e["seq"] for e in state["events"]] == list(range(1, len(state["events"]) + 1))


def test_editing_is_left_to_the_pupil_and_shortcuts_are_not(exam: Stage) -> None:
    exam.page.click("#answer")
    for key in ("Control+a", "Control+t", "F5", "Control+Shift+c", "Alt+ArrowLeft", "x"):
        exam.page.keyboard.press(key)
    keys = dict(map(tuple, exam.page.evaluate("keys")))
    assert keys | {"Control": False, "Shift": False, "Alt": True} == {
        "Control": False, "a": False, "t": True, "F5": True, "Shift": False, "c": True, "Alt": True, "ArrowLeft": True,
        "x": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "how", [{}, {"modifiers": ["Control"]}, {"modifiers": ["Shift"]}, {"button": "middle"}]
)
def test_a_link_that_leads_out_does_nothing(exam: Stage, how: dict[str, object]) -> None:
    exam.page.fill("#answer", "empat")
    exam.page.click("#away" if not how else "#next", **how)  # type: ignore[arg-type]
    exam.until(lambda: exam.report()["observed"]["blocked_count"] > 0, "the attempt is counted")
    assert exam.page.url == f"{exam.exam_url}/exam"
    assert exam.answer() == "empat"
    assert exam.tabs() == 1


def test_a_page_that_wanted_a_tab_of_its_own_opens_in_place(exam: Stage) -> None:
    exam.page.click("#blank")
    exam.until(lambda: exam.page.url == f"{exam.exam_url}/exam/2", "the page opens in place")
    assert exam.tabs() == 1


def test_a_tab_from_outside_is_closed(exam: Stage) -> None:
    with pytest.raises(Error):
        outside = exam.browser.new_page()
        until(lambda: outside.goto("about:blank"), "it can be used no more")  # `goto` itself returns nothing
    exam.until(lambda: exam.tabs() == 1, "one tab is left")
    exam.until(lambda: {"host": None, "how": "tab"} in exam.events("blocked"), "it is told")


@pytest.mark.parametrize("policy_refuses", [True, False])
def test_a_page_that_leads_out_brings_the_pupil_back_with_what_was_typed(
    exam: Stage, policy_refuses: bool
) -> None:
    """Outside the policy's list Chromium refuses; inside it, but not in the order's, the extension does."""
    exam.page.fill("#answer", "empat")
    if policy_refuses:
        away = "http://away.test/"
    else:
        exam.doc(**{**exam.exam_fields(), "allowed_hosts": exam.hosts, "seat": "7"})
        away = f"http://localhost:{exam.ports[1]}/exam"
    host = away.split("/")[2]

    def told() -> int:
        return sum(event["host"] == host for event in exam.events("blocked"))

    before = told()  # other tests try the same address
    exam.page.evaluate("(away) => setTimeout(() => { location.href = away; }, 0)", away)
    exam.until(lambda: told() > before, "the attempt is told")
    exam.until(lambda: exam.page.url == f"{exam.exam_url}/exam", "the pupil is back")
    # Chromium fills the fields in again a moment after the page is there.
    exam.until(lambda: exam.answer() == "empat", "what was typed is there again")


def test_a_lock_covers_everything_and_swallows_every_key(exam: Stage) -> None:
    exam.page.fill("#answer", "empat")
    exam.lock(text="Proktor segera datang.", reason="supervisor")
    exam.until(lambda: exam.shown("cover"), "the lock is shown")
    exam.page.evaluate("document.getElementById('answer').focus()")
    exam.page.keyboard.type("lima")
    inner = exam.page.frame(name="part")
    assert inner is not None
    inner.evaluate("document.getElementById('inner').focus()")
    exam.page.keyboard.type("lima")
    assert exam.answer() == "empat"
    assert inner.evaluate("document.getElementById('inner').value") == ""
    saves = exam.page.evaluate("saves")
    exam.until(lambda: exam.page.evaluate("saves") > saves, "the page below goes on saving")
    exam.until(lambda: exam.report()["applied"]["mode"] == "locked", "the lock is reported")


def test_a_lock_stays_on_top_and_cannot_be_taken_out(exam: Stage) -> None:
    exam.lock()
    exam.until(lambda: exam.shown("cover"), "the lock is shown")
    on_top = "document.elementFromPoint(200, 200)?.dataset.bangku === 'cover'"
    exam.page.evaluate("document.querySelector('dialog').showModal()")
    exam.until(lambda: exam.page.evaluate(on_top), "above the page's own dialog")
    exam.page.evaluate("document.querySelector('[data-bangku=cover]').remove()")
    exam.until(lambda: exam.page.evaluate(on_top), "it is back after it was removed")


def test_a_lock_runs_out_by_itself_without_the_server(exam: Stage) -> None:
    exam.lock(expires_at=ms_from_now(10))  # time to be seen, and for the server to go
    exam.until(lambda: exam.shown("cover"), "the lock is shown")
    exam.stop_server()
    exam.until(lambda: not exam.shown("cover"), "the lock ran out")
    exam.page.fill("#answer", "lima")
    exam.start_server()
    exam.doc(**exam.exam_fields())
    exam.until(
        lambda: {"cause": "expired"} in exam.events("lock_cleared"), "it is told once the server is back"
    )


def test_a_restarted_browser_is_locked_before_the_server_answers(exam: Stage) -> None:
    exam.lock()
    exam.until(lambda: exam.shown("cover"), "the lock is shown")
    exam.stop_server()
    exam.restart_browser()
    exam.until(lambda: exam.page.url.startswith("chrome-extension://"), "our page stands in for the server's")
    exam.until(lambda: exam.shown("cover"), "and it is locked")
    exam.start_server()
    exam.lock()
    exam.until(lambda: exam.page.url == f"{exam.exam_url}/exam", "the exam page is back by itself")
    exam.until(lambda: exam.shown("cover"), "still locked")


def test_a_crash_of_the_extension_costs_neither_the_lock_nor_the_page(exam: Stage) -> None:
    exam.page.fill("#answer", "empat")
    exam.lock()
    exam.until(lambda: exam.shown("cover"), "the lock is shown")
    before = len(exam.events("worker_started"))
    for pid in _extension_processes(str(exam.folder)):
        os.kill(pid, signal.SIGKILL)
    exam.until(lambda: len(exam.events("worker_started")) > before, "the worker is back")
    assert exam.shown("cover")
    exam.doc(**exam.exam_fields())
    exam.until(lambda: not exam.shown("cover"), "the new worker opens what the old one locked")
    assert exam.answer() == "empat"


def test_alone_at_the_end_of_time_the_page_is_frozen_and_kept(exam: Stage) -> None:
    exam.doc(
        **exam.exam_fields(), ends_at=ms_from_now(10)
    )  # time to write an answer, and for the server to go
    exam.until(lambda: exam.shown("strip"), "the clock is shown on a page that is not the server's")
    exam.page.fill("#answer", "empat")
    exam.stop_server()
    exam.until(lambda: exam.shown("cover"), "time is up")
    exam.page.keyboard.type("lima")
    assert exam.answer() == "empat"
    exam.start_server()
    exam.doc(**exam.exam_fields(), ends_at=ms_from_now(600))
    exam.until(lambda: not exam.shown("cover"), "the server gave more time")
    assert exam.answer() == "empat"
    exam.until(lambda: exam.events("time_up"), "the end was told")


def test_an_impostor_is_not_obeyed(exam: Stage) -> None:
    proofs = len(exam.tell("state")["proofs"])
    exam.tell("impostor", True)
    exam.doc(mode="finished")
    exam.until(lambda: len(exam.tell("state")["proofs"]) > proofs, "the device tried to connect")
    assert exam.page.url == f"{exam.exam_url}/exam"
    exam.tell("impostor", False)
    exam.until(lambda: exam.page.url.startswith(f"{exam.url}/pupil"), "the true server is obeyed")


def test_the_next_pupil_finds_nothing_of_the_last(exam: Stage) -> None:
    exam.page.evaluate("sessionStorage.pupil = localStorage.pupil = 'Siti'")
    exam.doc(mode="finished", clear={"id": "k1", "origins": [exam.exam_url]})
    exam.until(lambda: {"clear_id": "k1"} in exam.events("site_data_cleared"), "the order is carried out")
    exam.exam()
    kept = "[sessionStorage.pupil, localStorage.pupil]"
    exam.until(lambda: exam.page.evaluate(kept) == ["previous", "previous"], "the site starts afresh")


def _extension_processes(profile: str) -> list[int]:
    """The extension's renderers among the children of the browser that uses this profile."""
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    parents = {int(pid): int(ppid) for pid, ppid, _ in rows}
    args = {int(pid): text for pid, _, text in rows}

    def ours(pid: int) -> bool:
        while pid in parents:
            if profile in args[pid]:
                return True
            pid = parents[pid]
        return False

    return [pid for pid, text in args.items() if "--extension-process" in text and ours(pid)]
