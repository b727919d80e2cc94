"""A spare in one action in a real Chromium at 1024×720: typed, clicked and scanned; taken back; doubted; not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.scan import What
from server.services import exam_list, exams, scans, swaps
from server.services.actor import SYSTEM
from server.store import tables as t
from tests.browser.test_board import Room, seat, sign_in, sitting
from tests.services.conftest import School
from tests.services.room import clear, doc, report
from tests.stage import ServerProcess, until

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


class SpareRoom(Room):
    """Ruang 1 with its Chromebooks heard; slot 2 of the day is the ministry's client."""

    def __init__(self, server: ServerProcess) -> None:
        super().__init__(server)
        self.hear()

    @property
    def school(self) -> School:
        with self.context.db.read() as c:
            room_id = c.execute(select(t.exams.c.room_id).where(t.exams.c.id == self.exam)).scalar_one()
        made = type("Made", (), {"room_id": room_id})()
        return School(self.context.db, made, now=self.context.now(), exam=self.exam)

    def hear(self, *but: int) -> None:
        for device in range(1, 16):
            if device not in but:
                report(self.school, device, doc(self.school, device)["mode"])

    def reset(self) -> None:
        """Everybody back on the Chromebook of the own seat, and every spare clean and heard."""
        home = {label: f"C{int(label):02d}" for label in self.seats()}
        self.hear()
        for label, device in home.items():
            if self.device_of(label) != device:
                number = int(device[1:])
                if doc(self.school, number)["mode"] == "idle" and self.owing(number):
                    clear(self.school, number)
                (done,) = swaps.place(
                    self.context.db, SYSTEM, self.context.now(), sitting(self, label), device
                )
                assert done.ok, done
        self.hear()
        with self.context.db.write() as tx:
            tx.c.execute(t.swaps.update().values(at=t.swaps.c.at - 700_000, lost_ms=None))

    def owing(self, device: int) -> bool:
        with self.context.db.read() as c:
            return (
                c.execute(
                    select(t.assignments.c.id).where(
                        t.assignments.c.device_id == device,
                        t.assignments.c.owes_clear.is_(True),
                        t.assignments.c.cleared_at.is_(None),
                    )
                ).first()
                is not None
            )

    def seats(self) -> list[str]:
        with self.context.db.read() as c:
            return [label for label in exam_list.seat_labels(c, self.exam).values() if label.isdigit()]

    def device_of(self, label: str) -> str | None:
        with self.context.db.read() as c:
            return c.execute(
                select(t.devices.c.label)
                .join(t.assignments, t.assignments.c.device_id == t.devices.c.id)
                .where(
                    t.assignments.c.sitting_id == sitting(self, label),
                    t.assignments.c.to_at.is_(None),
                )
            ).scalar()

    def sticker(self, label: str) -> str:
        return f"{self.server.url}/d/{scans.code(self.context.db, What.DEVICE, label)}"

    def card(self, label: str) -> str:
        with self.context.db.read() as c:
            registration = c.execute(
                select(t.sittings.c.registration_id).where(t.sittings.c.id == sitting(self, label))
            ).scalar_one()
        return f"{self.server.url}/k/{scans.code(self.context.db, What.CARD, str(registration))}"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpareRoom]:
    server = ServerProcess(
        tmp_path_factory.mktemp("spare"), async_mode=os.environ.get("BANGKU_ASYNC_MODE", "eventlet")
    )
    made = SpareRoom(server)
    server.start()
    yield made
    server.stop()


@pytest.fixture
def page(browser: Any, room: SpareRoom) -> Iterator[Any]:
    room.reset()
    made = browser.new_page(viewport={"width": 1024, "height": 720}, locale="id-ID")
    broken: list[str] = []
    made.on("pageerror", lambda error: broken.append(str(error)))
    made.on("console", lambda m: broken.append(m.text) if "Content Security" in m.text else None)
    sign_in(made, room, "sari")
    open_board(made, room)
    yield made
    made.close()
    assert broken == []


def open_board(page: Any, room: Room, exam: int | None = None) -> None:
    page.goto(f"{room.server.url}/exams/{exam or room.exam}/board")
    page.wait_for_selector('#live[data-state="on"]')


def device(page: Any, label: str) -> str | None:
    return seat(page, label).get_attribute("data-device")  # type: ignore[no-any-return]


def until_device(page: Any, label: str, wanted: str) -> None:
    until(
        lambda: device(page, label) == wanted, lambda: f"seat {label} has {wanted}, not {device(page, label)}"
    )


def command(page: Any, text: str) -> None:
    page.focus("#command-text")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def scan(page: Any, text: str, end: str = "\r", pace: float = 0.004) -> None:
    """What a USB scanner does: all characters within milliseconds, then (most of them) Enter. The keyboard's own time
    stamps are set, and the page's timers wait that much longer, so that a busy machine does not make a slow scanner
    of it."""
    line = page.context.new_cdp_session(page)
    page.evaluate(
        "() => { globalThis.ownTimer ??= setTimeout;"
        " globalThis.setTimeout = (act, ms, ...given) => ownTimer(act, ms + 3_000, ...given); }"
    )
    at = page.evaluate("Date.now()") / 1000
    for n, char in enumerate([*text, *end]):
        enter = char == "\r"
        key: dict[str, Any] = {
            "key": "Enter" if enter else char,
            "code": "Enter" if enter else "",
            "windowsVirtualKeyCode": 13 if enter else 0,
            "timestamp": at + n * pace,
        }
        line.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": char, **key})
    page.evaluate("() => { globalThis.setTimeout = ownTimer; }")
    line.detach()


def serious(page: Any) -> list[str]:
    page.evaluate(AXE.read_text("utf-8"))
    # A desk's name is a sentence of what it shows, not its words one after the other.
    found = page.evaluate("axe.run({rules: {'label-content-name-mismatch': {enabled: false}}})")
    return [
        f"{v['id']}: {n['target']}"
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
        for n in v["nodes"]
    ]


# --- three ways -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["7 → C14", "7 > c14", "meja 7 C14"])
def test_typed_it_is_one_action(page: Any, typed: str) -> None:
    command(page, typed)
    page.locator(".toast", has_text="Meja 7 sekarang di C14").wait_for()
    until_device(page, "7", "C14")
    assert page.locator("dialog[open]").count() == 0
    page.locator(".swap", has_text="Meja 7").wait_for()


def test_two_clicks_the_seat_and_a_ready_spare(page: Any) -> None:
    page.click('[data-spare="C14"]')
    page.locator(".toast.warn", has_text="Pilih satu meja").wait_for()
    seat(page, "8").click()
    page.click('[data-spare="C14"]')
    until_device(page, "8", "C14")


@pytest.mark.parametrize("order", ["sticker first", "card first", "old sticker first"])
def test_a_scanner_pairs_sticker_and_card_whichever_comes_first(
    page: Any, room: SpareRoom, order: str
) -> None:
    first, second = {
        "sticker first": (room.sticker("C14"), room.card("9")),
        "card first": (room.card("9"), room.sticker("C14")),
        "old sticker first": (room.sticker("C09"), room.sticker("C14")),
    }[order]
    page.click("h1")
    scan(page, first)
    page.locator("#scanned:not([hidden])").wait_for()
    assert page.locator("dialog[open]").count() == 0, "no letter of the code was taken for a shortcut"
    scan(page, second)
    until_device(page, "9", "C14")
    assert page.locator("#scanned").is_hidden()


def test_a_scanned_sticker_goes_to_the_chosen_seat_or_the_one_clicked_next(
    page: Any, room: SpareRoom
) -> None:
    seat(page, "10").click()
    scan(page, room.sticker("C14"))
    until_device(page, "10", "C14")
    scan(page, room.sticker("C15"))
    page.locator("#scanned", has_text="C15 terpindai").wait_for()
    seat(page, "11").click()
    until_device(page, "11", "C15")


def test_a_sticker_scanned_while_the_server_is_slow_waits_for_a_seat_of_its_own(
    page: Any, room: SpareRoom
) -> None:
    held: list[Any] = []
    page.route("**/seats/place", lambda route: held.append(route), times=1)
    seat(page, "10").click()
    scan(page, room.sticker("C14"))
    until(lambda: page.wait_for_timeout(50) or held, "the order is on its way")
    scan(page, room.sticker("C15"))
    held.pop().continue_()
    until_device(page, "10", "C14")
    page.locator("#scanned", has_text="C15 terpindai").wait_for()
    assert device(page, "10") == "C14"


@pytest.mark.parametrize(("end", "pace"), [("", 0.004), ("\r", 0.05)], ids=["no Enter", "slow"])
def test_letters_of_any_scanner_are_no_shortcuts(page: Any, room: SpareRoom, end: str, pace: float) -> None:
    seat(page, "8").click()
    scan(page, room.sticker("C14"), end, pace)
    until_device(page, "8", "C14")
    assert page.locator("dialog[open]").count() == 0


def test_a_trigger_pressed_too_long_scans_once_and_the_next_seat_gets_the_next_chromebook(
    page: Any, room: SpareRoom
) -> None:
    seat(page, "10").click()
    # twice at one moment, however long it takes us to type it
    page.evaluate("() => { const at = performance.now(); performance.now = () => at; }")
    scan(page, room.sticker("C14"))
    scan(page, room.sticker("C14"))
    page.evaluate("delete performance.now")
    until_device(page, "10", "C14")
    assert page.locator(".toast.warn").count() == 0
    scan(page, room.card("10"))
    page.locator("#scanned", has_text="Meja 10").wait_for()
    seat(page, "10").click()  # not that one
    seat(page, "11").click()
    scan(page, room.sticker("C15").upper())
    until_device(page, "11", "C15")
    assert device(page, "10") == "C14"


def test_a_scan_while_a_field_has_the_focus_leaves_the_field_as_it_was(page: Any, room: SpareRoom) -> None:
    page.fill("#interval", "37")
    page.focus("#interval")
    scan(page, room.card("9"))
    page.locator("#scanned", has_text="Meja 9").wait_for()
    assert page.input_value("#interval") == "37"
    page.keyboard.press("Escape")
    page.click("h1")
    page.keyboard.press("Escape")
    until(lambda: page.locator("#scanned").is_hidden(), "Escape forgets what was scanned")


def test_a_scan_into_a_half_typed_command_is_its_end(page: Any, room: SpareRoom) -> None:
    page.keyboard.press("/")
    page.keyboard.type("12 → ")
    scan(page, room.sticker("C14"))
    until_device(page, "12", "C14")


def test_what_a_person_types_is_never_swallowed(page: Any) -> None:
    seat(page, "3").click()
    page.keyboard.press("m")
    page.wait_for_selector("#ask[open]")
    page.keyboard.type("Lihat /d/C03 dan tunggu, ya.")
    assert page.input_value("#ask-text") == "Lihat /d/C03 dan tunggu, ya."
    page.keyboard.press("Escape")
    page.wait_for_selector("#ask[open]", state="detached")
    page.keyboard.press("l")
    page.wait_for_selector("#ask[open]")
    assert page.locator("#ask-title").inner_text() == "Kunci layar"
    page.keyboard.press("Escape")


def test_a_code_of_somebody_else_is_said_and_does_nothing(page: Any) -> None:
    page.click("h1")
    scan(page, "8991234567890")
    page.locator(".toast.warn").first.wait_for()
    assert page.locator("dialog[open]").count() == 0


# --- taking it back ----------------------------------------------------------------------------------------


def test_undo_counts_down_and_gives_the_seat_back(page: Any, room: SpareRoom) -> None:
    command(page, "7 → C14")
    until_device(page, "7", "C14")
    left = page.locator(".undo-left")
    until(lambda: left.inner_text().isdigit() and 0 < int(left.inner_text()) <= 60, "seconds are counted")
    first = int(left.inner_text())
    until(lambda: int(left.inner_text()) < first, "down")
    page.click(".undo")
    until_device(page, "7", "C07")
    page.locator(".toast", has_text="Pergantian dibatalkan").wait_for()
    until(lambda: page.locator(".swap").count() == 0, "nothing is left to take back")
    page.goto(f"{room.server.url}/exams/{room.exam}/minutes")
    assert "diganti C14" in page.locator("s").last.inner_text()


def test_the_button_goes_when_the_servers_minute_is_over_and_brings_no_other_under_the_pointer(
    page: Any, room: SpareRoom
) -> None:
    command(page, "7 → C14")
    page.hover(".undo")
    desks_at = page.locator("#desks").bounding_box()["y"]
    with room.context.db.write() as tx:
        tx.c.execute(t.swaps.update().values(at=t.swaps.c.at - 61_000))
    until(lambda: page.locator(".undo").count() == 0, "the server says it is over")
    assert page.locator("#desks").bounding_box()["y"] == desks_at
    page.hover("h1")
    until(
        lambda: page.locator("#desks").bounding_box()["y"] < desks_at, "the room of the button is given back"
    )


def test_the_command_box_helps_on_with_half_a_swap_and_with_a_question_mark(page: Any) -> None:
    command(page, "7 → ")
    page.locator(".toast.warn", has_text="7 → C14").wait_for()
    page.fill("#command-text", "")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert page.input_value("#command-text") == ""


def test_time_that_was_lost_is_offered_with_the_minutes_filled_in(page: Any, room: SpareRoom) -> None:
    command(page, "7 → C14")
    page.locator(".swap").wait_for()
    with room.context.db.write() as tx:
        tx.c.execute(t.swaps.update().where(t.swaps.c.lost_ms.is_(None)).values(lost_ms=0))
        newest = tx.c.execute(select(t.swaps.c.id).order_by(t.swaps.c.id.desc())).scalars().first()
        tx.c.execute(t.swaps.update().where(t.swaps.c.id == newest).values(lost_ms=185_000))
        tx.c.execute(t.sittings.update().where(t.sittings.c.id == sitting(room, "7")).values(state="working"))
    page.locator("[data-lost]").click()
    page.wait_for_selector("#ask[open]")
    assert page.input_value("#ask-minutes") == "4"
    page.click("#ask-go")
    until(lambda: page.locator("[data-lost]").count() == 0, "it was given")
    with room.context.db.write() as tx:
        tx.c.execute(
            t.sittings.update().where(t.sittings.c.id == sitting(room, "7")).values(state="expected")
        )


# --- not ready, and none left ---------------------------------------------------------------------------------


def test_a_spare_that_is_not_ready_says_why_first(page: Any, room: SpareRoom) -> None:
    report(room.school, 15, "idle", battery=9)
    page.locator('[data-spare="C15"]', has_text="baterai 9%").wait_for()
    command(page, "7 → C15")
    page.wait_for_selector("#ask[open]")
    assert page.locator("#ask-title").inner_text() == "C15 belum siap"
    assert "baterai 9%; siapkan pengisi daya" in page.locator("#ask-say").inner_text()
    assert page.evaluate("document.activeElement.id") == "ask-no"
    assert serious(page) == []
    page.keyboard.press("Enter")
    page.wait_for_selector("#ask[open]", state="detached")
    assert device(page, "7") == "C07"
    command(page, "7 → C15")
    page.click("#ask-go")
    until_device(page, "7", "C15")


def test_with_no_spare_left_a_laptop_is_a_seat(page: Any, room: SpareRoom, browser: Any) -> None:
    command(page, "7 → C14")
    command(page, "8 → C15")
    page.locator(".no-spare").wait_for()
    assert serious(page) == []
    seat(page, "9").click()
    page.click("#else-borrow")
    page.click("#ask-go")
    page.locator(".swap-note", has_text="/pupil/card").wait_for()
    assert "laptop pinjaman" in seat(page, "9").inner_text()
    with room.context.db.read() as c:
        card = c.execute(
            select(t.registrations.c.number, t.registrations.c.card_code)
            .join(t.sittings, t.sittings.c.registration_id == t.registrations.c.id)
            .where(t.sittings.c.id == sitting(room, "9"))
        ).one()
    laptop = browser.new_page()
    laptop.goto(f"{room.server.url}/pupil/card")
    laptop.fill("#number", card.number)
    laptop.fill("#code", card.card_code)
    laptop.keyboard.press("Enter")
    laptop.wait_for_url(f"{room.server.url}/pupil")
    until(lambda: card.number in laptop.locator("body").inner_text(), "the pupil's own page")
    laptop.close()


# --- the ministry's client, the ledger, the notes -----------------------------------------------------------------


def test_the_ledger_and_the_notes_have_no_serious_problem(page: Any, room: SpareRoom) -> None:
    page.goto(f"{room.server.url}/ledger?exam={room.exam}")
    assert serious(page) == []
    page.select_option("#room", "Ruang 1")
    page.fill("#seat", "7")
    page.fill("#date", "2026-11-24")
    page.fill("#at", "08.41")
    page.keyboard.press("Enter")
    page.locator("#told").wait_for()
    assert serious(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{room.server.url}/exams/{room.exam}/minutes")
    assert serious(page) == []


def test_under_the_ministrys_client_four_steps_are_ticked(page: Any, room: SpareRoom) -> None:
    """The last one here: the room's first exam ends for it."""
    with room.context.db.read() as c:
        first = c.execute(select(t.exams).where(t.exams.c.id == room.exam)).one()
        day = c.execute(select(t.round_days.c.id).where(t.round_days.c.id != first.day_id)).scalars().first()
    now = room.context.now()
    exams.end(room.context.db, SYSTEM, now, room.exam)
    room.exam = exams.create(
        room.context.db, SYSTEM, now, day_id=day, slot_id=first.slot_id, room_id=first.room_id, start_url=None,
        profile=dict(first.profile) | {"client": "exam_browser", "token": None}, title="Gladi", allowed_hosts=[],
    )  # fmt: skip
    exams.open_exam(room.context.db, SYSTEM, now, room.exam)
    open_board(page, room)
    command(page, "7 → C14")
    page.locator(".tick").first.wait_for()
    assert [b.inner_text().strip() for b in page.locator(".tick").all()] == [
        "sudah direset di Proktor Browser", "login ulang dengan kartu", "token dimasukkan", "lanjut mengerjakan",
    ]  # fmt: skip
    assert serious(page) == []
    page.locator('[data-step="reset"]').click()
    page.locator('[data-step="reset"][aria-pressed="true"]', has_text="Sari").wait_for()
    with room.context.db.write() as tx:
        tx.c.execute(t.swaps.update().where(t.swaps.c.exam_id == room.exam).values(at=t.swaps.c.at - 61_000))
    until(lambda: page.locator(".undo").count() == 0, "the minute is over")
    # one after the other: each tick draws the line anew
    for step in ("login", "token"):
        page.locator(f'[data-step="{step}"]').click()
        page.locator(f'[data-step="{step}"][aria-pressed="true"]').wait_for()
    page.locator('[data-step="goes_on"]').click()
    until(lambda: page.locator(".tick").count() == 0, "all done, the line goes")
