"""One room, one session: from nothing to "exam finished, everything on record", through the real parts.

A proctor's browser, three student Chromiums under managed policy and one more with the production value of
DeveloperToolsAvailability (driven by keys on its own display), and twelve simulated Chromebooks.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from server.domain.sequence import gaps
from server.services import demo, exams, extension, tokens
from server.services.actor import SYSTEM
from server.simulated_room import run_room
from server.store.tables import (
    answers,
    assignments,
    audit,
    device_events,
    device_seen,
    device_serials,
    devices,
    enrolments,
    holds,
    incidents,
    seats,
    sittings,
)
from server.workspace.locked_browser import BrowserSetup, LockedBrowser
from tests import simulated
from tests.e2e.students import CHROMIUM, Student
from tests.e2e.wire import Wire
from tests.stage import ServerProcess, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(900),
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
PASSWORD = "kata-sandi-uji"


class Room:
    """Everything on stage, and a view of the record behind it."""

    def __init__(self, server: ServerProcess, exam_id: int) -> None:
        self.server, self.exam_id = server, exam_id

    def all(self, statement):
        with self.server.context.db.read() as c:
            return c.execute(statement).all()

    def sitting(self, seat: int):
        (row,) = self.all(
            select(sittings)
            .join(seats, seats.c.id == sittings.c.seat_id)
            .where(sittings.c.exam_id == self.exam_id, seats.c.label == str(seat))
        )
        return row

    def state(self, seat: int) -> str:
        return self.sitting(seat).state

    def states(self) -> list[str]:
        return sorted(
            r.state for r in self.all(select(sittings.c.state).where(sittings.c.exam_id == self.exam_id))
        )

    def token(self) -> str | None:
        with self.server.context.db.read() as c:
            shown = tokens.current(c, self.exam_id, self.server.context.now())
        return shown.value if shown else None


def sign_in(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("#username", state="detached")


def command(page: Page, text: str) -> None:
    """The proctor keeps both hands on the keyboard."""
    page.locator("#desks").focus()
    page.keyboard.press("/")
    page.fill("#command-text", text)
    page.keyboard.press("Enter")


def answer(page: Page, question: int, choice: int) -> None:
    page.locator("#numbers li").nth(question).locator("button, a").first.click()
    page.locator("#question input").nth(choice).check()


def extra_simulated_chromebook(server: ServerProcess) -> str:
    """The twelfth simulated device: it waits in the second room."""
    now = server.context.now()
    with server.context.db.write() as tx:
        device_id = tx.c.execute(devices.insert().values(label="C16", created_at=now)).inserted_primary_key[0]
        tx.c.execute(device_serials.insert().values(device_id=device_id, serial="5CD0016DEMO", from_at=now))
    return "5CD0016DEMO"


class Keys:
    """The fourth pupil: a browser nobody can drive from inside, so keys it is."""

    def __init__(self, room: Room, folder) -> None:
        self.browser = LockedBrowser(
            BrowserSetup(
                url=room.server.url + "/pupil",
                policy_dir=folder / "policy",
                user_data_dir=folder / "profile",
                own_display=True,
                size=(1024, 720),
            )
        )
        assert self.browser.isolation.works, self.browser.isolation.reason
        self.browser.write_policy(extension.linux_policy(room.server.context, demo.serial(4)))
        self.browser.start()

    def press(self, *keys: str) -> None:
        self._xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "40", text)

    def enter(self, token: str) -> None:
        """Type the token into whatever has the focus; the field comes with the page's next look at the server."""
        self.press(*["BackSpace"] * 8)
        self.type(token)
        self.press("Return")
        time.sleep(1)  # a pupil looks up, too

    def _xdotool(self, *args: str) -> None:
        env = {**os.environ, "DISPLAY": str(self.browser.display)}
        subprocess.run(["xdotool", *args], env=env, check=True)


def test_a_room_goes_from_nothing_to_finished_and_everything_is_on_record(tmp_path):
    server = ServerProcess(tmp_path / "data")
    db, now = server.context.db, server.context.now
    made = demo.seed(db, now(), days=("2026-11-24", "2026-11-25"))
    demo.set_passwords(db, now(), dict.fromkeys(demo.CAST, PASSWORD))
    twelfth = extra_simulated_chromebook(server)
    exam_id = exams.create(
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
    server.start()
    room = Room(server, exam_id)
    with ExitStack() as closing:
        closing.callback(server.stop)
        wire = Wire(f"bangku-{os.getpid()}", server.port, tmp_path)
        closing.callback(wire.close)
        p = closing.enter_context(sync_playwright())
        # --- before: the proctor opens check-in; Chromebooks arrive -----------------------------------
        proctor = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]).new_page()
        proctor.set_viewport_size({"width": 1366, "height": 768})
        sign_in(proctor, server.url, "sari")
        proctor.goto(f"{server.url}/exams/{exam_id}/board")
        proctor.click("#step-open")
        students = {
            n: Student(p, server.context, demo.serial(n), tmp_path / f"c{n:02d}", wire if n == 3 else None)
            for n in (1, 2, 3)
        }
        for student in students.values():
            closing.callback(student.close)
        keys = Keys(room, tmp_path / "c04")
        closing.callback(keys.browser.terminate)
        simulated_room = asyncio.run_coroutine_threadsafe(
            run_room(
                [simulated.device(server.context, n) for n in range(5, 16)]
                + [simulated.device(server.context, 16, serial=twelfth)],
                room.token,
                seconds=None,
                calm=True,
            ),
            simulated._loop,
        )
        closing.callback(simulated_room.cancel)

        # --- check-in: name and number are compared, and confirmed ---------------------------------------
        for number, student in students.items():
            until(lambda s=student: "/pupil" in s.page.url, f"C{number:02d} shows the pupil page", 60)
            expect(student.page.locator("#me")).to_be_visible(timeout=60_000)
            expect(student.page.locator("[data-page=waiting] [data-fill=seat]")).to_have_text(str(number))
            student.page.click("#me")
        until(lambda: room.state(4) == "checked_in", "C04 checked in", 60)
        keys.press("Return")  # "Ya, ini saya" has the focus
        until(lambda: room.states() == ["ready"] * 13, lambda: f"all are ready: {room.states()}", 60)
        expect(proctor.locator("#filter-ready b")).to_have_text("13", timeout=15_000)

        # --- token, and work ------------------------------------------------------------------------------
        proctor.click("#step-start")
        shown = proctor.locator("#part-token .token")
        expect(shown).to_be_visible(timeout=15_000)
        token = shown.inner_text().strip()
        assert token == room.token()
        for student in students.values():
            student.page.locator("#token").fill(token.lower())
            student.page.keyboard.press("Enter")
        until(lambda: all(room.state(n) == "working" for n in (1, 2, 3)), "three are working", 30)
        until(lambda: keys.enter(token) or room.state(4) == "working", "C04 typed the token", 60)
        until(lambda: room.states() == ["working"] * 13, lambda: f"all work: {room.states()}", 60)
        for student in students.values():
            student.page.wait_for_url("**/pupil/practice", timeout=30_000)
            answer(student.page, 0, 0)
            until(lambda s=student: saved(room, s, "1") is not None, f"{student.serial}: first answer", 20)

        # --- one is locked and unlocked; the board tells ordered and applied apart --------------------------
        desk = proctor.locator('.desk[data-seat="1"]')
        command(proctor, "1 kunci")
        proctor.fill("#ask-text", "Mohon lihat layar sendiri.")
        proctor.click("#ask-go")
        expect(desk).to_have_attribute("data-locked", "1", timeout=15_000)
        expect(desk).not_to_have_class(r"is-pending", timeout=15_000)
        until(lambda: applied(room, 1) == "locked", "C01 applied the lock", 20)
        before = answer_count(room, 1)
        students[1].page.mouse.click(400, 300)
        students[1].page.keyboard.press("ArrowDown")
        covered = students[1].page.evaluate(
            "document.elementFromPoint(400, 300)?.closest('#question') === null"
        )
        assert covered and answer_count(room, 1) == before
        command(proctor, "1 buka")
        until(lambda: applied(room, 1) == "exam", "C01 is unlocked", 20)
        answer(students[1].page, 1, 0)
        until(lambda: answer_count(room, 1) > before, "C01 works on", 20)

        # --- the server is killed mid-exam; everything goes on -----------------------------------------------
        server.kill()
        answer(students[2].page, 1, 1)  # kept on the Chromebook
        expect(students[2].page.locator("html")).not_to_have_attribute(
            "data-bangku-unsent", "0", timeout=15_000
        )
        server.start()
        until(lambda: saved(room, students[2], "2") is not None, "C02's answer of the outage arrived", 60)
        expect(proctor.locator("#live")).to_have_attribute("data-state", "on", timeout=60_000)

        # --- C03 loses the network, across the planned end too ------------------------------------------------
        wire.cut()
        page = students[3].page
        clock = page.locator("#clock").inner_text()
        answer(page, 1, 0)
        until(lambda: page.locator("#clock").inner_text() != clock, "C03's clock goes on without the school")
        assert saved(room, students[3], "2") is None
        # Seat 13 has ten minutes more (accommodation) and stays where it is.
        until(
            lambda: room.states() == ["finished"] * 12 + ["working"],
            lambda: f"the time is up for all but one: {room.states()}",
            300,
        )
        expect(page.locator("#cover")).to_be_visible(timeout=30_000)
        until(lambda: cleared(room, 1) and cleared(room, 4), "connected Chromebooks are cleared", 60)
        assert room.sitting(3).clear_ordered_at is None, "C03 still holds an answer and must not be cleared"
        wire.mend()
        until(lambda: saved(room, students[3], "2") is not None, "C03's offline answer arrived", 90)
        assert saved(room, students[3], "2").late is False
        until(lambda: cleared(room, 3), "C03 is cleared after it delivered", 90)
        assert room.sitting(3).clear_ordered_at >= saved(room, students[3], "2").received_at

        # --- end: ledger and audit agree, nothing is missing ---------------------------------------------------
        proctor.click("#step-end")
        proctor.click("#ask-go")
        until(
            lambda: not room.all(select(assignments).where(assignments.c.to_at.is_(None))),
            "the ledger closes",
            60,
        )
        until(lambda: outstanding(room) == [], lambda: f"every event is here: {outstanding(room)}", 60)
        check_the_record(room)


def saved(room: Room, student: Student, item: str):
    seat = int(student.serial[3:7])
    rows = room.all(
        select(answers).where(answers.c.sitting_id == room.sitting(seat).id).order_by(answers.c.received_at)
    )
    items = list(dict.fromkeys(r.item for r in rows))
    number = int(item) - 1
    return next((r for r in rows if number < len(items) and r.item == items[number]), None)


def answer_count(room: Room, seat: int) -> int:
    return len(room.all(select(answers.c.id).where(answers.c.sitting_id == room.sitting(seat).id)))


def applied(room: Room, number: int) -> str | None:
    rows = room.all(
        select(device_seen.c.applied_mode)
        .join(enrolments, enrolments.c.id == device_seen.c.enrolment_id)
        .join(devices, devices.c.id == enrolments.c.device_id)
        .where(devices.c.label == f"C{number:02d}", enrolments.c.standing == "live")
    )
    return rows[0].applied_mode if rows else None


def cleared(room: Room, seat: int) -> bool:
    return room.sitting(seat).cleared_at is not None


def outstanding(room: Room) -> list[tuple[int, int, int]]:
    rows = room.all(select(device_seen.c.enrolment_id, device_seen.c.acked_seq, device_seen.c.last_seq))
    return [tuple(r) for r in rows if r.acked_seq != r.last_seq]


def check_the_record(room: Room) -> None:
    ledger = room.all(select(assignments))
    assert len(ledger) == 13
    assert all(row.device_id is not None and row.from_at < row.to_at for row in ledger)
    for row in room.all(select(device_seen)):
        numbers = [
            r.seq
            for r in room.all(
                select(device_events.c.seq).where(device_events.c.enrolment_id == row.enrolment_id)
            )
        ]
        assert gaps(numbers, row.last_seq) == []
    assert room.all(select(device_events).where(device_events.c.rejected.is_not(None))) == []
    acts = [(line.action, line.outcome) for line in room.all(select(audit).order_by(audit.c.id))]
    for act in ("exam.open", "exam.start", "seat.lock", "seat.unlock", "exam.end"):
        assert acts.count((act, "done")) == 1, act
    assert acts.count(("pupil.begin", "done")) == 13
    assert acts.count(("device.clear_ordered", "done")) == acts.count(("device.cleared", "done")) == 13
    assert [h for h in room.all(select(holds)) if h.released_at is None] == []
    assert {i.kind for i in room.all(select(incidents))} <= {"missing", "left_exam", "battery_low"}
