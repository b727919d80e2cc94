"""One exam day: two sessions on the same fifteen Chromebooks, from nothing to "everything on record".

A proctor's browser, a projector, three student Chromiums under managed policy and one more with the production
value of DeveloperToolsAvailability (driven by keys on its own display), and twelve simulated Chromebooks. Nothing
stands in for anything but the Chromebooks themselves.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright
from sqlalchemy import select

from server.services import demo, exams
from server.services.actor import SYSTEM
from server.simulated_room import run_room
from server.store.tables import assignments
from tests import simulated
from tests.e2e.room import (
    PASSWORD,
    Keys,
    Room,
    answer,
    command,
    extra_simulated_chromebook,
    outstanding,
    sign_in,
)
from tests.e2e.students import CHROMIUM, Student
from tests.e2e.wire import Wire
from tests.stage import ServerProcess, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="Debian's Chromium is not installed"),
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed"),
    pytest.mark.skipif(Wire.possible() is not None, reason=f"{Wire.possible()}"),
]

#: Long enough for the story, short enough to see its planned end.
PROFILE = {
    "key": "simulasi",
    "client": "web",
    "blocks": [{"name": "Latihan", "minutes": 4}],
    "lock": {"report_interval_ms": 5000},
}


class Day:
    """The stage of one day: the server, its people and its Chromebooks. Steps are methods, in the order of the day."""

    def __init__(self, folder: Path, p: Playwright, closing: ExitStack) -> None:
        self.server = ServerProcess(folder / "data")
        db, now = self.server.context.db, self.server.context.now
        made = demo.seed(db, now(), days=("2026-11-24", "2026-11-25"))
        demo.set_passwords(db, now(), dict.fromkeys(demo.CAST, PASSWORD))
        twelfth = extra_simulated_chromebook(self.server)
        self.first, self.second = (
            exams.create(
                db,
                SYSTEM,
                now(),
                day_id=made.day_ids[0],
                slot_id=slot_id,
                room_id=made.room_id,
                profile=PROFILE,
                title=f"Simulasi – hari 1, sesi {number}",
                start_url="practice",
                allowed_hosts=[],
            )
            for number, slot_id in enumerate(made.slot_ids, 1)
        )
        self.server.start()
        closing.callback(self.server.stop)
        self.room = Room(self.server, self.first)
        self.wire = Wire(f"bangku-{os.getpid()}", self.server.port, folder)
        closing.callback(self.wire.close)
        staff = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        self.proctor, self.projector = self._staff(staff, "sari"), self._staff(staff, "made")
        self.folder, self.p, self.closing = folder, p, closing
        self.twelfth = twelfth

    def _staff(self, browser, username: str) -> Page:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        sign_in(page, self.server.url, username)
        return page

    def go_to_board(self, exam_id: int) -> None:
        self.proctor.goto(f"{self.server.url}/exams/{exam_id}/board")
        expect(self.proctor.locator("#live")).to_have_attribute("data-state", "on")

    # --- session 1 ------------------------------------------------------------------------------------------

    def chromebooks_arrive(self) -> None:
        self.go_to_board(self.first)
        self.proctor.click("#step-open")
        self.students = {
            n: Student(
                self.p,
                self.server.context,
                demo.serial(n),
                self.folder / f"c{n:02d}",
                self.wire if n == 3 else None,
            )
            for n in (1, 2, 3)
        }
        for student in self.students.values():
            self.closing.callback(student.close)
        self.keys = Keys(self.room, self.folder / "c04")
        self.closing.callback(self.keys.browser.terminate)
        others = [simulated.device(self.server.context, n) for n in range(5, 16)]
        others.append(simulated.device(self.server.context, 16, serial=self.twelfth))
        running = asyncio.run_coroutine_threadsafe(
            run_room(others, self.room.token, seconds=None, calm=True), simulated._loop
        )
        self.closing.callback(running.cancel)

    def everyone_confirms(self) -> None:
        """Name and number are compared with the card, and confirmed."""
        room = self.room
        for number, student in self.students.items():
            until(lambda s=student: s.is_at("/pupil"), f"C{number:02d} shows the pupil page")
            pupil = room.participant(number)
            expect(student.page.locator("[data-page=waiting] [data-fill=number]")).to_have_text(pupil)
            expect(student.page.locator("[data-page=waiting] [data-fill=seat]")).to_have_text(str(number))
            student.page.click("#me")
        until(lambda: room.state(4) == "checked_in", "C04 checked in")
        # "Ya, ini saya" has the focus
        until(lambda: self.keys.press("Return") or room.state(4) == "ready", "C04 is ready")
        until(lambda: room.states() == ["ready"] * 13, lambda: f"all are ready: {room.states()}")
        expect(self.proctor.locator("#filter-ready b")).to_have_text("13")

    def everyone_starts(self) -> None:
        room = self.room
        self.proctor.click("#step-start")
        shown = self.proctor.locator("#part-token .token")
        expect(shown).to_be_visible()
        token = shown.inner_text().strip()
        assert token == room.token()
        expect(self.projector.locator(".big-token")).to_have_text(token)
        for student in self.students.values():
            student.page.locator("#token").fill(token.lower())
            student.page.keyboard.press("Enter")
        until(lambda: all(room.state(n) == "working" for n in (1, 2, 3)), "three are working")
        until(lambda: self.keys.enter(token) or room.state(4) == "working", "C04 typed the token")
        until(lambda: room.states() == ["working"] * 13, lambda: f"all work: {room.states()}")
        for number, student in self.students.items():
            # by looking: page and extension both lead there, and the later one cuts the earlier one's loading off
            expect(student.page).to_have_url(re.compile(r"/pupil/practice$"))
            answer(student.page, 0, 0)
            until(lambda n=number: room.saved(n, "1") is not None, f"C{number:02d}: first answer")

    def one_is_locked_and_unlocked(self) -> None:
        """The board tells ordered and applied apart."""
        room, page = self.room, self.students[1].page
        desk = self.proctor.locator('.desk[data-seat="1"]')
        command(self.proctor, "1 kunci")
        self.proctor.fill("#ask-text", "Mohon lihat layar sendiri.")
        self.proctor.click("#ask-go")
        expect(desk).to_have_attribute("data-locked", "1")
        expect(desk).not_to_have_class(re.compile(r"\bis-pending\b"))
        until(lambda: room.applied(1) == "locked", "C01 applied the lock")
        before = room.answer_count(1)
        page.mouse.click(400, 300)
        page.keyboard.press("ArrowDown")
        covered = page.evaluate("document.elementFromPoint(400, 300)?.closest('#question') === null")
        assert covered and room.answer_count(1) == before
        command(self.proctor, "1 buka")
        until(lambda: room.applied(1) == "exam", "C01 is unlocked")
        answer(page, 1, 0)
        until(lambda: room.answer_count(1) > before, "C01 works on")

    def the_server_is_killed_and_everything_goes_on(self) -> None:
        room, page = self.room, self.students[2].page
        self.server.kill()
        answer(page, 1, 1)  # kept on the Chromebook
        expect(page.locator("html")).not_to_have_attribute("data-bangku-unsent", "0")
        self.server.start()
        until(lambda: room.saved(2, "2") is not None, "C02's answer of the outage arrived")
        expect(self.proctor.locator("#live")).to_have_attribute("data-state", "on")

    def one_loses_the_network_across_the_planned_end(self) -> None:
        room, page = self.room, self.students[3].page
        self.wire.cut()
        clock = page.locator("#clock").inner_text()
        answer(page, 1, 0)
        until(lambda: page.locator("#clock").inner_text() != clock, "C03's clock goes on without the school")
        assert room.saved(3, "2") is None
        # Seat 13 has ten minutes more (accommodation) and stays where it is.
        until(
            lambda: room.states() == ["finished"] * 12 + ["working"],
            lambda: f"the time is up for all but one: {room.states()}",
            300,
        )
        expect(page.locator("#cover")).to_be_visible()
        until(lambda: all(map(room.cleared, (1, 2, 4))), "connected Chromebooks are cleared")
        assert room.sitting(3).clear_ordered_at is None, "C03 still holds an answer and must not be cleared"

    # --- change of session ------------------------------------------------------------------------------------

    def a_change_with_unsent_answers_is_refused_by_name(self) -> None:
        until(lambda: room_missing(self.room, 3), "the board knows that C03 is silent", 90)
        self.proctor.goto(f"{self.server.url}/exams/{self.first}/change")
        expect(self.proctor.locator(".place-unsent")).to_contain_text("C03")
        self.proctor.click("#change-go")
        expect(self.proctor.locator("#change-error")).to_contain_text("C03")
        assert self.room.exam_state(self.second) == "draft"
        # the same look that later has to find nothing
        assert self.students[3].page.evaluate(ANSWERS_LEFT) >= 2

    def what_was_written_offline_arrives_and_only_then_is_cleared(self) -> None:
        room = self.room
        self.wire.mend()
        until(lambda: room.saved(3, "2") is not None, "C03's offline answer arrived", 90)
        kept = room.saved(3, "2")
        assert kept.late is False
        until(lambda: room.cleared(3), "C03 is cleared after it delivered", 90)
        assert room.sitting(3).clear_ordered_at >= kept.received_at

    def the_next_pupils_take_over_the_same_chromebooks(self) -> None:
        room = self.room
        self.proctor.goto(f"{self.server.url}/exams/{self.first}/change")
        expect(self.proctor.locator(".place-working")).to_contain_text("C13")
        self.proctor.click("#change-go")
        expect(self.proctor.locator("#next-board")).to_be_visible()
        assert (room.exam_state(self.first), room.exam_state(self.second)) == ("running", "open")
        expect(self.projector).to_have_url(f"{self.server.url}/exams/{self.second}/projector")
        assert self.projector.locator(".big-token").count() == 0, "the old token left the projector"
        assert room.state(13) == "working", "a pupil with time left keeps the device"
        room.exam_id = self.second
        beside = room.ledger(13)
        assert [r.label for r in beside] == ["C14"] and beside[0].seat_id is None
        self.go_to_board(self.second)

    def nothing_of_the_first_pupils_is_left_on_the_devices(self) -> None:
        for number, student in self.students.items():
            left = student.page.evaluate(ANSWERS_LEFT)
            assert left == 0, f"C{number:02d} still holds {left} answers of the first pupil"
        for row in self.room.handed_on(self.first, self.second):
            assert row.cleared_at is not None and row.cleared_at <= row.next_from, row

    def the_last_pupil_of_the_first_session_is_done(self) -> None:
        """The first exam ends by itself."""
        self.go_to_board(self.first)
        assert self.room.exam_state(self.first) == "running"
        command(self.proctor, "13 selesai")
        self.proctor.click("#ask-go")
        until(lambda: self.room.exam_state(self.first) == "ended", "session 1 ends by itself")

    def the_second_session_ends(self) -> None:
        room = self.room
        self.go_to_board(self.second)
        self.proctor.click("#step-end")
        self.proctor.click("#ask-go")
        until(
            lambda: not room.all(select(assignments).where(assignments.c.to_at.is_(None))),
            lambda: (
                f"the ledger closes: {room.all(select(assignments).where(assignments.c.to_at.is_(None)))}"
            ),
            90,
        )
        until(lambda: outstanding(room) == [], lambda: f"every event is here: {outstanding(room)}")


#: How many answers the practice page's own store still has.
ANSWERS_LEFT = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === 'bangku-pupil')) return 0;
  const opening = indexedDB.open('bangku-pupil');
  const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
  try {
    if (!database.objectStoreNames.contains('answers')) return 0;
    const counting = database.transaction('answers').objectStore('answers').count();
    return await new Promise((resolve) => { counting.onsuccess = () => resolve(counting.result); });
  } finally {
    database.close();
  }
}"""


def room_missing(room: Room, seat: int) -> bool:
    return bool({"missing", "battery_out"} & set(room.incidents(seat))) or room.silent_for(seat) > 45_000


def test_two_sessions_on_the_same_chromebooks_and_everything_is_on_record(tmp_path):
    with ExitStack() as closing:
        p = closing.enter_context(sync_playwright())
        day = Day(tmp_path, p, closing)
        day.projector.goto(f"{day.server.url}/exams/{day.first}/projector")
        day.chromebooks_arrive()
        day.everyone_confirms()
        day.everyone_starts()
        day.one_is_locked_and_unlocked()
        day.the_server_is_killed_and_everything_goes_on()
        day.one_loses_the_network_across_the_planned_end()
        day.a_change_with_unsent_answers_is_refused_by_name()
        day.what_was_written_offline_arrives_and_only_then_is_cleared()
        day.the_next_pupils_take_over_the_same_chromebooks()
        day.everyone_confirms()
        day.nothing_of_the_first_pupils_is_left_on_the_devices()
        day.everyone_starts()
        day.the_last_pupil_of_the_first_session_is_done()
        day.the_second_session_ends()
        check_the_record(day.room)


def check_the_record(room: Room) -> None:
    room.no_event_is_missing()
    ledger = room.all(select(assignments))
    assert len(ledger) == 26
    assert all(row.device_id is not None and row.from_at < row.to_at for row in ledger)
    for device in {row.device_id for row in ledger}:
        mine = sorted((r for r in ledger if r.device_id == device), key=lambda r: r.from_at)
        for before, after in pairwise(mine):
            assert before.to_at <= after.from_at, "one device served two pupils at once"
    acts = room.acts()
    for act in (*("exam.open", "exam.change_session", "seat.lock", "seat.unlock", "seat.finish"),):
        assert acts.count((act, "done")) == 1, act
    assert acts.count(("exam.start", "done")) == acts.count(("exam.end", "done")) == 2
    assert acts.count(("day.change", "refused")) == 1
    assert acts.count(("pupil.begin", "done")) == 26
    assert acts.count(("device.clear_ordered", "done")) == acts.count(("device.cleared", "done")) == 26
    assert room.open_holds() == []
    assert room.incident_kinds() <= {
        *("missing", "network_loss", "left_exam", "battery_low", "battery_out", "browser_restarted")
    }
