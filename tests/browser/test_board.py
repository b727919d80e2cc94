"""The room board in a real Chromium: by keyboard, without reload, and plain about what it does not know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from server.domain.roles import Role
from server.services import demo, exam_list, exams, seats, staff, tokens
from server.services.actor import SYSTEM
from tests import simulated
from tests.stage import ServerProcess, until

pytestmark = pytest.mark.browser

PASSWORD = "bangku kayu jati"


class Room:
    """A running exam in Ruang 1, and a server in front of it."""

    def __init__(self, server: ServerProcess) -> None:
        self.server, self.context = server, server.context
        now = self.context.now()
        made = demo.seed(self.context.db, now, days=("2026-11-24", "2026-11-25"))
        demo.set_passwords(self.context.db, now, dict.fromkeys(demo.CAST, PASSWORD))
        profile = exam_list.profiles(self.context.settings.data_dir)["simulasi"]
        self.exam = exams.create(
            self.context.db,
            SYSTEM,
            now,
            day_id=made.day_ids[0],
            slot_id=made.slot_ids[0],
            room_id=made.room_id,
            profile=profile.as_dict(),
            title="Simulasi",
            start_url=profile.start_url,
            allowed_hosts=[],
        )
        exams.open_exam(self.context.db, SYSTEM, now, self.exam)
        exams.start(self.context.db, SYSTEM, now, self.exam)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    server = ServerProcess(
        tmp_path_factory.mktemp("board"), async_mode=os.environ.get("BANGKU_ASYNC_MODE", "eventlet")
    )
    made = Room(server)
    server.start()
    yield made
    server.stop()


@pytest.fixture
def page(browser: Any, room: Room) -> Iterator[Any]:
    made = browser.new_page(viewport={"width": 1366, "height": 768})
    broken: list[str] = []
    made.on("pageerror", lambda error: broken.append(str(error)))
    sign_in(made, room, "sari")
    made.goto(f"{room.server.url}/exams/{room.exam}/board")
    made.wait_for_selector('#live[data-state="on"]')
    yield made
    made.close()
    assert broken == []


def sign_in(page: Any, room: Room, username: str) -> None:
    page.goto(f"{room.server.url}/sign-in")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{room.server.url}/exams")


def seat(page: Any, label: str) -> Any:
    return page.locator(f'.desk[data-seat="{label}"]')


def sitting(room: Room, label: str) -> int:
    with room.context.db.read() as c:
        return next(key for key, found in exam_list.seat_labels(c, room.exam).items() if found == label)


def in_focus(page: Any) -> str | None:
    return page.evaluate("document.activeElement.dataset.seat ?? null")  # type: ignore[no-any-return]


def test_a_seat_is_locked_and_unlocked_by_keyboard_alone(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    assert in_focus(page) == "1"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert in_focus(page) == "7"
    page.keyboard.press("l")
    page.wait_for_selector("#ask[open]")
    page.keyboard.type("Lihat layar sendiri.")
    page.keyboard.press("Enter")
    seat(page, "7").locator("text=Terkunci").wait_for()
    assert in_focus(page) == "7"
    page.keyboard.press("u")
    until(lambda: seat(page, "7").get_attribute("data-locked") == "0", "seat 7 is unlocked")


def test_space_chooses_many_and_escape_lets_go(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.locator("#chosen").inner_text() == "2 meja: 1, 2"
    page.keyboard.press("Control+a")
    assert page.locator('.desk[aria-selected="true"]').count() == 13
    page.keyboard.press("Escape")
    assert page.locator('.desk[aria-selected="true"]').count() == 0


def test_a_command_does_what_it_says(page: Any) -> None:
    page.keyboard.press("/")
    page.keyboard.type("3,4-5 kunci Tunggu sebentar.")
    page.keyboard.press("Enter")
    for label in ("3", "4", "5"):
        seat(page, label).locator("text=Terkunci").wait_for()
    page.keyboard.type("3-5 buka")
    page.keyboard.press("Enter")
    until(lambda: seat(page, "5").get_attribute("data-locked") == "0", "seat 5 is unlocked")
    page.keyboard.type("77 kunci")
    page.keyboard.press("Enter")
    page.locator(".toast", has_text="Tidak ada meja 77.").wait_for()


def test_what_is_chosen_while_the_server_answers_stays_chosen(page: Any) -> None:
    held: list[Any] = []
    page.route("**/seats/lock", lambda route: held.append(route), times=1)
    page.keyboard.press("/")
    page.keyboard.type("3 kunci Tunggu sebentar.")
    page.keyboard.press("Enter")
    until(lambda: page.wait_for_timeout(50) or held, "the order is on its way")
    seat(page, "9").click()
    held.pop().continue_()
    seat(page, "3").locator("text=Terkunci").wait_for()
    page.locator(".toast", has_text="meja 3").first.wait_for()
    assert page.locator("#chosen").inner_text() == "1 meja: 9"


def test_what_cannot_be_taken_back_is_asked_and_starts_on_no(page: Any) -> None:
    page.locator("#step-end").click()
    page.wait_for_selector("#ask[open]")
    assert page.evaluate("document.activeElement.id") == "ask-no"
    page.keyboard.press("Enter")
    assert page.locator("#ask[open]").count() == 0
    assert page.locator("#board").get_attribute("data-state") == "running"


def test_the_menu_of_further_acts_closes_by_itself_and_by_escape(page: Any) -> None:
    page.locator("#desk-2").click()
    for leave in ("act", "escape", "elsewhere"):
        page.click("details.more summary")
        page.wait_for_selector("details.more[open]")
        if leave == "act":
            page.click("#act-reset")
            page.wait_for_selector("dialog[open]")
            assert page.locator("details.more[open]").count() == 0
            page.keyboard.press("Escape")
            page.wait_for_selector("dialog[open]", state="detached")
        elif leave == "escape":
            page.keyboard.press("Escape")
        else:
            page.click("h1")
        page.wait_for_selector("details.more[open]", state="detached")
        if leave != "elsewhere":
            assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert page.locator("#desk-2").get_attribute("aria-selected") == "true"  # the seat stays chosen


def test_everyone_is_paused_and_resumed_without_reload(page: Any) -> None:
    page.locator("#step-pause").click()
    page.locator("#ask-go").click()
    page.locator("#step-resume").wait_for()
    page.locator("#step-resume").click()
    page.locator("#step-pause").wait_for()


def test_a_word_half_typed_survives_what_changes_meanwhile(page: Any, room: Room) -> None:
    page.fill("#interval", "37")
    old = page.locator(".token").inner_text()
    tokens.release(room.context.db, SYSTEM, room.context.now(), room.exam)
    seats.lock(room.context.db, SYSTEM, room.context.now(), [sitting(room, "9")], "Sebentar.")
    seat(page, "9").locator("text=Terkunci").wait_for()
    assert page.input_value("#interval") == "37"
    seat(page, "1").click()
    page.keyboard.press("Escape")
    until(lambda: page.locator(".token").inner_text() != old, "the new token is shown once nobody types")


def test_ordered_and_applied_are_shown_apart(page: Any, room: Room) -> None:
    device = simulated.device(room.context, 2)
    simulated.wait(device.connect())
    simulated.wait(device.report())
    simulated.wait(device.report())  # the first one's ack brought the order, this one says it is applied
    until(lambda: "is-pending" not in seat(page, "2").get_attribute("class"), "C02 applied its first order")
    simulated.wait(device.cut())
    page.keyboard.press("/")
    page.keyboard.type("2 kunci Sebentar.")
    page.keyboard.press("Enter")
    seat(page, "2").locator("text=diperintah: terkunci").wait_for()
    assert "di layar: menunggu" in seat(page, "2").inner_text()
    simulated.wait(device.connect())
    simulated.wait(device.report())
    simulated.wait(device.report())
    until(lambda: "diperintah" not in seat(page, "2").inner_text(), "C02 applied the lock")
    assert "Terkunci" in seat(page, "2").inner_text()
    simulated.wait(device.cut())


def test_the_projector_changes_with_the_token(page: Any, room: Room, browser: Any) -> None:
    wall = browser.new_page()
    sign_in(wall, room, "made")
    wall.goto(f"{room.server.url}/exams/{room.exam}/projector")
    old = wall.locator(".big-token").inner_text()
    page.locator("#token-release").click()
    until(lambda: wall.locator(".big-token").inner_text() != old, "the projector shows the new token")
    # each of the two is told by itself
    until(
        lambda: page.locator(".token").inner_text() == wall.locator(".big-token").inner_text(),
        "the board shows the same one",
    )
    wall.close()


def test_a_dead_server_is_said_and_its_return_too(page: Any, room: Room) -> None:
    room.server.kill()
    page.wait_for_selector('#live[data-state="off"]')
    assert "Terputus – angka di layar pukul" in page.locator("#live").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    page.locator(".toast.warn").first.wait_for()
    room.server.start()
    page.wait_for_selector('#live[data-state="on"]')


def test_a_closed_account_leaves_the_board_at_once(page: Any, room: Room) -> None:
    with room.context.db.read() as c:
        sari = next(s for s in staff.everyone(c) if s.username == "sari")
    staff.change(room.context.db, SYSTEM, room.context.now(), sari.id, role=Role.TECHNICIAN)
    page.wait_for_url("**/sign-in?**")
    staff.change(room.context.db, SYSTEM, room.context.now(), sari.id, role=Role.PROCTOR)
