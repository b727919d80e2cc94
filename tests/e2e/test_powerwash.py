"""A Chromebook is wiped in the middle of an exam and comes back: a real Chromium that loses its user data.

Seconds are printed, not judged: they are those of this machine and of Debian's Chromium (`pytest -s` shows them).
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright
from sqlalchemy import select

from server.domain.scan import What
from server.services import board, demo, exams, remaps, scans
from server.services.actor import SYSTEM
from server.store.tables import device_events, enrolments
from tests.e2e.room import PASSWORD, Room, answer, sign_in
from tests.e2e.students import CHROMIUM, Student
from tests.stage import ServerProcess, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="Debian's Chromium is not installed"),
]

PROFILE = {
    "key": "simulasi",
    "client": "web",
    "blocks": [{"name": "Latihan", "minutes": 60}],
    "lock": {"report_interval_ms": 5000},
}
LABEL, SEAT = "C01", 1
AWAY_S = 15  # long enough for several refused tries


class Afternoon:
    """One pupil at work on a real locked Chromium, a technician with a phone, and the record behind both."""

    def __init__(self, folder, p: Playwright, closing: ExitStack) -> None:
        self.folder, self.p, self.closing = folder, p, closing
        self.server = ServerProcess(folder / "data")
        db, now = self.server.context.db, self.server.context.now
        made = demo.seed(db, now(), days=("2026-11-24", "2026-11-25"))
        demo.set_passwords(db, now(), dict.fromkeys(demo.CAST, PASSWORD))
        self.exam = exams.create(
            db,
            SYSTEM,
            now(),
            day_id=made.day_ids[0],
            slot_id=made.slot_ids[0],
            room_id=made.room_id,
            profile=PROFILE,
            title="Simulasi – hari 1, sesi 1",
            start_url="practice",
            allowed_hosts=[],
        )
        self.server.start()
        closing.callback(self.server.stop)
        self.room = Room(self.server, self.exam)
        exams.open_exam(db, SYSTEM, now(), self.exam)
        phone = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        closing.callback(phone.close)
        self.phone: Page = phone.new_context(viewport={"width": 360, "height": 740}).new_page()
        sign_in(self.phone, self.server.url, "joko")
        self.student: Student | None = None

    def chromebook_starts(self, *, server_is_there: bool = True) -> None:
        self.student = Student(
            self.p, self.server.context, demo.serial(SEAT), self.folder / "c01", wait=server_is_there
        )
        self.closing.callback(self.student.close)

    def pupil_works(self) -> None:
        assert self.student is not None
        page = self.student.page
        expect(page.locator("[data-page=waiting] [data-fill=number]")).to_have_text(
            self.room.participant(SEAT)
        )
        page.click("#me")
        until(lambda: self.room.state(SEAT) == "ready", "the pupil confirmed")
        exams.start(self.server.context.db, SYSTEM, self.server.context.now(), self.exam)
        until(lambda: self.student.page.locator("#token").count(), "the token can be typed")
        self.student.page.locator("#token").fill((self.room.token() or "").lower())
        self.student.page.keyboard.press("Enter")
        expect(self.student.page).to_have_url(re.compile(r"/pupil/practice$"))
        answer(self.student.page, 0, 0)
        until(lambda: self.room.saved(SEAT, "1") is not None, "the first answer is on the server")

    def wipe(self) -> None:
        """What a powerwash takes: everything of the user data folder. Policy and serial number stay."""
        assert self.student is not None
        self.student.close()
        profile = self.folder / "c01" / "profile"

        def gone() -> bool:
            """A helper of the browser may write a last file while the folder is emptied."""
            shutil.rmtree(profile, ignore_errors=True)
            return not profile.exists()

        until(gone, "the profile is gone")

    def proposal(self):
        with self.server.context.db.read() as c:
            found = remaps.waiting(c)
        return found[0] if found else None

    def lives(self):
        return self.room.all(select(enrolments).order_by(enrolments.c.id))

    def technician_scans_and_accepts(self) -> None:
        """The camera opens what the sticker carries."""
        sticker = scans.code(self.server.context.db, What.DEVICE, LABEL)
        self.phone.goto(f"{self.server.url}/d/{sticker}")
        self.phone.locator("button[form=accept]").click()
        until(lambda: self.proposal() is None, "the proposal is accepted")

    def seat_is_back(self, deadline_before: int) -> None:
        """Same seat, same device, same deadline, and what had been written is still there."""
        assert self.student is not None
        until(lambda: self.room.applied(SEAT) == "exam", "the exam is ordered and applied again")
        expect(self.student.page).to_have_url(re.compile(r"/pupil/practice$"))
        assert self.room.state(SEAT) == "working"
        assert self.deadline() == deadline_before, "the wipe neither gave nor took time"
        answer(self.student.page, 1, 0)
        until(lambda: self.room.saved(SEAT, "2") is not None, "the pupil goes on answering")
        (row,) = self.room.ledger(SEAT)
        assert (row.label, row.to_at) == (LABEL, None), "one ledger row: the seat never changed"
        old, new = self.lives()
        assert (old.standing, new.standing) == ("ended", "live")
        started = self.room.all(
            select(device_events.c.data).where(
                device_events.c.enrolment_id == new.id, device_events.c.kind == "worker_started"
            )
        )
        assert started[0].data["cause"] == "install", "the policy installed the extension anew"

    def deadline(self) -> int:
        with self.server.context.db.read() as c:
            seats = board.board(c, self.exam, self.server.context.now()).seats
        (mine,) = [seat for seat in seats if seat.seat == str(SEAT)]
        assert mine.ends_at is not None
        return mine.ends_at


@pytest.fixture
def afternoon(tmp_path) -> Iterator[Afternoon]:
    with ExitStack() as closing:
        p = closing.enter_context(sync_playwright())
        day = Afternoon(tmp_path, p, closing)
        day.chromebook_starts()
        day.pupil_works()
        yield day


def _waits_for_a_person(day: Afternoon, since: float, said: str) -> None:
    view = until(day.proposal, "a proposal to give the place back", 120)
    print(f"{said}: {time.monotonic() - since:.1f} s to the proposal")
    assert (view.label, view.proposal.seat) == (LABEL, str(SEAT))
    assert [life.standing for life in day.lives()][-1] == "quarantined"
    assert day.room.state(SEAT) == "working", "the pupil's exam is untouched while it waits"


def test_a_wiped_chromebook_gets_its_seat_back_when_its_sticker_is_scanned(afternoon):
    before = afternoon.deadline()
    afternoon.wipe()
    began = time.monotonic()
    afternoon.chromebook_starts()
    _waits_for_a_person(afternoon, began, "from browser start, server up")
    afternoon.technician_scans_and_accepts()
    afternoon.seat_is_back(before)


def test_wiped_and_started_while_the_server_was_down_it_is_the_same(afternoon):
    before = afternoon.deadline()
    afternoon.server.kill()
    afternoon.wipe()
    afternoon.chromebook_starts(server_is_there=False)
    assert afternoon.student is not None
    # Chromium asks for the forced extension again and again, each time after twice the wait: seen here, it came about
    # as long after the server was back as the server had been away.
    time.sleep(AWAY_S)
    afternoon.server.start()
    back = time.monotonic()
    afternoon.student.opens_its_page(120)
    _waits_for_a_person(afternoon, back, f"server back after {AWAY_S} s, which the browser had begun without")
    afternoon.technician_scans_and_accepts()
    afternoon.seat_is_back(before)
