"""The check page in a real Chromium, on an address that is not loopback: with trusted https, and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.device_check import KEY_ROWS, KEYS
from server.services import exams, pupil
from server.services.actor import SYSTEM
from server.store.tables import enrolments
from tests.browser.check_stage import CheckStage, check_stage, give_a_reader, serious
from tests.enrolled import enrol_every_device
from tests.stage import until

pytestmark = pytest.mark.browser

PROFILE = {"key": "latihan", "client": "web", "blocks": [{"name": "Literasi", "minutes": 30}]}
PRESS = {
    "shift": "Shift",
    "backspace": "Backspace",
    "enter": "Enter",
    "arrowleft": "ArrowLeft",
    "arrowright": "ArrowRight",
    "arrowup": "ArrowUp",
    "arrowdown": "ArrowDown",
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckStage]:
    with check_stage(tmp_path_factory.mktemp("check"), has_touch=True) as made:
        yield made


@pytest.fixture
def page(stage: CheckStage) -> Iterator[Any]:
    made = stage.context.new_page()
    broken: list[str] = []
    made.on("pageerror", lambda error: broken.append(str(error)))
    made.on("console", lambda m: broken.append(m.text) if "Content Security" in m.text else None)
    yield made
    made.close()
    assert broken == []


def enter(page: Any, stage: CheckStage, address: str, label: str) -> None:
    page.goto(f"{address}/check")
    page.fill("#code", stage.code().lower())
    page.keyboard.press("Enter")
    page.fill("#label", label)
    page.keyboard.press("Enter")
    page.get_by_text(f"untuk {label.upper()}.").wait_for()


def told(page: Any, key: str) -> str:
    return str(page.inner_text(f'[data-seen="{key}"]'))


def test_over_trusted_https_the_browser_tells_what_it_can(stage: CheckStage, page: Any) -> None:
    enter(page, stage, stage.https, "c01")
    assert page.evaluate("isSecureContext")
    assert page.is_hidden("#needs-https")
    seen = stage.checks(1).page.seen
    assert seen["secure"]
    assert seen["battery"] is not None
    assert seen["storage_free_mb"] > 0
    assert seen["screen"] == [1024, 720]
    assert abs(seen["clock_offset_ms"]) < 2_000
    assert "GB bebas" in told(page, "storage")
    assert told(page, "clock") == "cocok dengan server"
    assert told(page, "browser").startswith("bukan Chromebook")
    assert stage.checks(1).page.self_reported
    assert "Dilaporkan sendiri oleh peramban" in page.inner_text("main")


def test_over_http_it_says_in_words_what_it_cannot_see_and_nothing_counts_as_fine(
    stage: CheckStage, page: Any
) -> None:
    enter(page, stage, stage.http, "C02")
    assert not page.evaluate("isSecureContext")
    assert "https://" in page.inner_text("#needs-https")
    for key in ("battery", "storage"):
        assert told(page, key) == "tidak diketahui: alamat halaman ini bukan https tepercaya"
    seen = stage.checks(2).page.seen
    assert [seen[k] for k in ("battery", "charging", "storage_free_mb", "secure")] == [
        None,
        None,
        None,
        False,
    ]
    assert seen["round_trip_ms"] is not None
    page.click("#other")
    assert page.is_hidden("#scan")
    assert "bukan https tepercaya" in page.inner_text("#scan-said")


def test_a_chromium_that_reads_no_codes_asks_for_no_camera(stage: CheckStage, page: Any) -> None:
    page.goto(f"{stage.https}/check#{stage.code()}")
    page.locator("#label").wait_for()
    assert not page.evaluate("'BarcodeDetector' in window")
    assert page.is_hidden("#scan")
    assert "Ketik labelnya" in page.inner_text("#scan-said")
    assert "#" not in page.url


def test_the_sticker_before_the_camera_picks_the_chromebook(stage: CheckStage, page: Any) -> None:
    give_a_reader(page)
    page.goto(f"{stage.https}/check#{stage.code()}")
    page.click("#scan")
    page.get_by_text("untuk C07.").wait_for()
    assert page.inner_text("#result-label") == "C07"
    assert page.is_hidden("#camera")
    assert page.evaluate("document.getElementById('camera').srcObject.active") is False


def test_a_wrong_code_and_a_wrong_label_are_said_where_they_were_typed(stage: CheckStage, page: Any) -> None:
    page.goto(f"{stage.https}/check")
    page.fill("#code", "XXXXXX")
    page.keyboard.press("Enter")
    page.locator("#code-said", has_text="Kode ini tidak berlaku").wait_for()
    page.fill("#code", stage.code())
    page.keyboard.press("Enter")
    page.fill("#label", "Z99")
    page.keyboard.press("Enter")
    page.locator("#device-said", has_text="Z99").wait_for()


def drag_over(page: Any, rows: range) -> None:
    """A finger over the whole width, row by row."""
    finger = page.context.new_cdp_session(page)
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    for row in rows:
        y = (row + 0.5) * height / 6
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 4, "y": y}]})
        for step in range(1, 17):
            at = {"x": step * width / 16 - 4, "y": y}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def press(page: Any, keys: Any) -> None:
    page.focus("#keys-typed")
    for key in keys:
        page.keyboard.press(PRESS.get(key, "Space" if key == " " else key))


def test_hands_that_find_everything_well(stage: CheckStage, page: Any) -> None:
    enter(page, stage, stage.https, "C03")
    assert page.inner_text("#hands-left") == "Sebelum dikirim, coba dulu: Sentuhan, Tombol, Layar."
    assert page.is_disabled("#hands-send")
    page.click("#touch-start")
    page.mouse.click(30, 30)  # a mouse is no finger
    page.locator("#touch-left", has_text="jari").wait_for()
    assert page.locator("#touch-cells i.done").count() == 0
    drag_over(page, range(6))
    page.locator("#touch-said", has_text="semua bagian layar bereaksi").wait_for()
    press(page, [key for row in KEY_ROWS for key in row])
    page.locator("#keys-said", has_text="jalan").wait_for()
    assert page.inner_text("#hands-left") == "Sebelum dikirim, coba dulu: Layar."
    page.click("#screen-start")
    for _ in range(5):
        page.keyboard.press("Space")
    page.click("#screen-no")
    assert page.inner_text("#hands-left") == ""
    page.click("#hands-send")
    page.get_by_text("Terkirim. Terima kasih.").wait_for()
    hands = stage.checks(3).hands
    assert hands is not None
    assert hands.seen == {"touch": "ok", "keyboard": "ok", "keys_missing": [], "screen": "ok"}
    assert hands.source == "browser"


def test_hands_that_find_a_dead_key_a_dead_corner_and_a_line(stage: CheckStage, page: Any) -> None:
    enter(page, stage, stage.https, "C04")
    page.click("#touch-start")
    drag_over(page, range(5))
    until(lambda: page.locator("#touch-cells i.done").count() == 40, "five rows are touched")
    page.click("#touch-bad")
    press(page, sorted(KEYS - {"q", "arrowup"}))
    page.click("#keys-stuck")
    assert "q" in page.inner_text("#keys-said")
    page.click("#screen-start")
    for _ in range(5):
        page.mouse.click(500, 300)
    page.click("#screen-yes")
    page.click("#hands-send")
    seen = until(lambda: stage.checks(4).hands, "the hands test is kept").seen
    assert (seen["touch"], seen["keyboard"], seen["screen"]) == ("bad", "bad", "bad")
    assert set(seen["keys_missing"]) == {"q", "arrowup"}


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1024, 720)])
def test_nothing_serious_for_a_screen_reader_and_nothing_wider_than_the_screen(
    stage: CheckStage, page: Any, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{stage.http}/check")
    page.locator("#code").wait_for()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click(".place a")  # in English both are longest
    page.locator(".place", has_text="Bahasa Indonesia").wait_for()
    heights = (
        "[...document.querySelectorAll('.place > span')].map((one) => one.getBoundingClientRect().height)"
    )
    line = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.place')).lineHeight)")
    assert max(page.evaluate(heights)) < 1.5 * line, "neither the name of the page nor the language is broken"
    colour = page.evaluate("getComputedStyle(document.querySelector('.place a')).color")
    assert colour != "rgb(0, 0, 238)", "not the browser's own blue"
    page.click(".place a")
    page.locator(".place", has_text="English").wait_for()
    enter(page, stage, stage.http, "C05")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_pupils_page_offers_it_while_a_check_is_open_and_leaves_when_an_exam_opens(
    stage: CheckStage, page: Any
) -> None:
    db, now = stage.server.context.db, stage.server.context.now
    enrol_every_device(db, now())
    with db.read() as c:
        life = c.execute(select(enrolments.c.id).where(enrolments.c.device_id == 6)).scalar_one()
    page.goto(f"{stage.https}/pupil/enter#t={pupil.page_ticket(db, now(), 6, life)[0]}")
    stage.code()
    page.click("#hands-way a")
    page.locator("#device", has_text="C06").wait_for()
    page.click("#touch-none")
    press(page, KEYS)
    page.click("#screen-start")
    for _ in range(5):
        page.keyboard.press("Space")
    page.click("#screen-no")
    page.click("#hands-send")
    hands = until(lambda: stage.checks(6).hands, "the hands test is kept")
    assert (hands.seen["touch"], hands.source) == ("none", "kiosk")
    assert serious(page) == []

    exam = exams.create(
        db, SYSTEM, now(), day_id=1, slot_id=1, room_id=1, profile=PROFILE, title="Latihan",
        start_url="practice", allowed_hosts=[],
    )  # fmt: skip
    exams.open_exam(db, SYSTEM, now(), exam)
    page.wait_for_url("**/pupil")
    page.locator("#me").wait_for()
