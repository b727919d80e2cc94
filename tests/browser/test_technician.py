"""A technician's phone, in a real Chromium at 360 px: each step as the server sees it, one picture each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.domain.scan import What
from server.services import demo, device_checks, exam_list, exams, inventory, remap_views, remaps, scans
from server.services.actor import SYSTEM
from server.services.context import wall_clock
from server.store import tables as t
from tests import simulated
from tests.browser.technician_stage import (
    HOUR,
    LAPTOP,
    NARROW,
    Phone,
    TechSchool,
    counted,
    google,
)
from tests.stage import until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: a folder of this run, or the one that BANGKU_PICTURES names."""
    named = os.environ.get("BANGKU_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TechSchool]:
    """Chromebooks at every step: C02 waits for its policy, C03 for its check-in, and so on."""
    now = wall_clock()
    yesterday = google(now - 24 * HOUR)
    known = {"more": {"lastEnrollmentTime": yesterday}}
    synced = {**known, "last_sync": google(now - 20 * HOUR)}
    before = google(now - 30 * HOUR)
    seed = [{"serial": demo.serial(2), **known, "last_sync": before}]
    seed += [{"serial": demo.serial(n), **synced} for n in (3, 4, 7, 9, 10, 11, 12, 13, 14)]
    seed += [{"serial": demo.serial(6), "status": "DEPROVISIONED", **synced}]
    seed += [{"serial": demo.serial(8), "status": "DISABLED", **synced}]
    made = TechSchool(tmp_path_factory.mktemp("technician"), seed)
    furnish(made)
    made.server.start()
    yield made
    made.stop()


def furnish(made: TechSchool) -> None:
    now = made.context.now()
    inventory.set_service(made.context.db, SYSTEM, now, made.device("C10").id, False, "layar retak")
    with made.context.db.write() as tx:
        tx.insert(
            t.device_commands, console_id="x", device_id=made.device("C09").id, serial=demo.serial(9), kind="powerwash",
            payload={}, state="done", asked_by="joko", created_at=now - HOUR, sent_at=now - HOUR, ended_at=now - HOUR,
        )  # fmt: skip
        for label, until_ in (("C11", "2099-12-31"), ("C12", "2026-01-31")):
            tx.insert(
                t.device_loans, device_id=made.device(label).id, owner="SMP Negeri Sebelah yang Namanya Panjang",
                foreign_policies=True, from_at=now - 48 * HOUR, until=until_,
            )  # fmt: skip
        tx.c.execute(
            t.device_places.update()
            .where(t.device_places.c.device_id == made.device("C14").id)
            .values(to_at=now)
        )


@pytest.fixture
def phone(browser: Any, school: TechSchool, pictures: Path) -> Iterator[Phone]:
    made = Phone(browser, school.server.url, pictures).sign_in()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("label", "name", "title", "states"),
    [
        ("C01", "join-wifi", "Sambungkan ke Wi-Fi", "now later later later later"),
        ("C02", "wait-policy", "Tunggu kebijakan sekolah", "done done now later later"),
        ("C03", "check-in", "Check-in ke Bangku", "done done done now later"),
        ("C06", "enrol-again", "Enrol ulang dengan akun", "now later later later later"),
        ("C08", "disabled", "Minta admin mengaktifkannya", "now later later later later"),
        ("C09", "come-back", "Sambungkan lagi ke Wi-Fi", "now later later later later"),
        ("C10", "out-of-service", "Tidak dipakai dulu", "done done done now later"),
        ("C11", "borrowed", "Buka halaman cek di Chromebook", "now unknown unknown later later"),
        ("C12", "give-back", "Kembalikan kepada pemiliknya", "now unknown unknown later later"),
    ],
)
def test_each_step_and_situation(phone: Phone, label: str, name: str, title: str, states: str) -> None:
    phone.open(label)
    assert (phone.title(), phone.states()) == (title, states.split())
    phone.picture(name)


def test_from_joining_wifi_to_its_seat_the_page_follows_by_itself(phone: Phone, school: TechSchool) -> None:
    """Google and the Chromebook do the steps; nobody touches the page but for one look at the console each."""
    page = phone.open("C05")
    assert phone.title() == "Sambungkan ke Wi-Fi"
    now = school.context.now()
    school.record(5, lastEnrollmentTime=google(now), lastSync=google(now - 2_000), status="ACTIVE")
    look(phone, "Tunggu kebijakan sekolah")
    phone.picture("walk-policy")
    school.record(5, lastSync=google(school.context.now() + 1_000))
    look(phone, "Check-in ke Bangku")
    until(lambda: page.inner_text("[data-part=job]") == "", "the look at the console is over")
    phone.picture("walk-check-in")
    device = simulated.device(school.context, 5)
    simulated.wait(device.connect())
    try:
        until(lambda: reported(device) and phone.states() == ["done"] * 5, "all five are ticked")
        assert phone.title() in {
            "Siap: taruh di tempatnya",
            "Perlu dicek: lihat sebabnya",
            "Belum siap: lihat sebabnya",
        }
        page.get_by_text("tersambung sejak").wait_for()
        phone.picture("walk-seat")
    finally:
        simulated.wait(device.cut())


def in_focus(phone: Phone) -> str:
    return str(phone.page.evaluate("document.activeElement.id"))


def watched_over(phone: Phone) -> bool:
    """Both scopes have an active service worker."""
    ready = "navigator.serviceWorker.getRegistrations().then((all) => all.filter((one) => one.active).length)"
    return bool(phone.page.evaluate(ready) == 2)


def reported(device: Any) -> bool:
    simulated.wait(device.report())
    return True


def look(phone: Phone, title: str) -> None:
    phone.page.get_by_role("button", name="Lihat konsol").click()
    phone.page.wait_for_selector("#told")
    until(lambda: in_focus(phone) == "told", "what was done has the focus: the next tab goes on from here")
    until(lambda: phone.page.wait_for_timeout(50) or phone.title() == title, f"the page says {title}")


def test_one_that_came_back_is_accepted_by_its_sticker(phone: Phone, school: TechSchool) -> None:
    before = simulated.device(school.context, 7)
    simulated.wait(before.connect())
    simulated.wait(before.report())
    simulated.wait(before.cut())
    again = simulated.device(school.context, 7)  # another key: what a powerwash leaves
    simulated.wait(again.connect())
    try:
        code = scans.code(school.context.db, What.DEVICE, "C07")
        phone.page.goto(f"{phone.url}/t/")
        phone.page.get_by_role("heading", name="Menunggu diterima").wait_for()
        phone.picture("start-waiting")
        phone.page.goto(f"{phone.url}/D/{code}")
        phone.page.wait_for_url(f"{phone.url}/d/{code}")
        assert phone.title() == "Pastikan: apakah ini C07?"
        # the console is asked at once, and what it answers stands on the page before anybody decides
        phone.page.get_by_text("Konsol tidak mencatat enrol ulang").wait_for()
        phone.picture("remap-waiting")
        phone.page.get_by_role("button", name="Terima sebagai C07").click()
        phone.page.wait_for_selector("#told")
        until(lambda: in_focus(phone) == "told", "what was done has the focus")
        phone.picture("remap-accepted")
        simulated.wait(again.cut())
        simulated.wait(again.connect())
        phone.page.get_by_text("tersambung sejak").wait_for()
        until(lambda: reported(again) and phone.states() == ["done"] * 5, "it sits at its place again")
        phone.picture("remap-back")
    finally:
        simulated.wait(again.cut())
    with school.context.db.read() as c:
        row = c.execute(t.remaps.select().where(t.remaps.c.device_id == school.device("C07").id)).one()
    assert (row.state, row.how, row.decided_by) == ("accepted", "scan", "joko")


def test_one_in_the_wrong_org_unit_says_where_it_should_be(phone: Phone, school: TechSchool) -> None:
    """Enrolled again by an account of another unit: first a question, and once that is declined, what is left to do."""
    assert school.console is not None
    now = school.context.now()
    elsewhere = school.console.world.find_org_unit("/Ujian")
    fields = {"lastEnrollmentTime": google(now), "lastSync": google(now), "orgUnitId": elsewhere}
    phone.open("C13")
    school.record(13, **fields)
    look(phone, "Pastikan: apakah ini C13?")
    phone.picture("wrong-unit-asked")
    with school.context.db.read() as c:
        (waiting,) = remap_views.waiting(c, device_id=school.device("C13").id)
    remaps.reject(school.context.db, SYSTEM, school.context.now(), waiting.id)
    until(
        lambda: phone.page.wait_for_timeout(50) or phone.title() == "Pindahkan unit organisasinya",
        "it follows",
    )
    assert "Sekarang di /Ujian, seharusnya di /Lab." in phone.page.inner_text(".next")
    phone.picture("wrong-unit")


def test_out_of_service_with_one_hand_and_back(phone: Phone, school: TechSchool) -> None:
    page = phone.open("C04")
    page.get_by_text("Jangan dipakai dulu…").click()
    page.get_by_label("Alasan").fill("tombol lepas")
    phone.picture("out-form")
    page.get_by_role("button", name="Jangan dipakai dulu").click()
    page.get_by_text("Alasan: tombol lepas").wait_for()
    assert phone.title() == "Tidak dipakai dulu"
    page.get_by_role("button", name="Pakai lagi").click()
    page.get_by_text("C04 dipakai lagi.").wait_for()


def test_a_label_typed_or_scanned_in_opens_its_page(phone: Phone, school: TechSchool) -> None:
    page = phone.page
    phone.picture("start")
    page.fill("#q", "c03")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{phone.url}/d/C03?typed=1")
    page.get_by_role("link", name="Chromebook lain").click()
    page.fill("#q", "Z99")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    phone.picture("start-not-found")
    page.select_option("#room", "none")
    page.get_by_text("C14").wait_for()
    page.goto(f"{phone.url}/t/")
    page.get_by_text("C14").wait_for()  # the room is remembered


def test_a_stranger_signs_in_and_comes_back_to_the_sticker(
    browser: Any, school: TechSchool, pictures: Path
) -> None:
    made = Phone(browser, school.server.url, pictures)
    made.sign_in(path="/d/C03")
    assert made.title() == "Check-in ke Bangku"
    made.close()


@pytest.mark.parametrize("size", [NARROW, LAPTOP])
def test_narrower_and_wider(browser: Any, school: TechSchool, pictures: Path, size: tuple[int, int]) -> None:
    made = Phone(browser, school.server.url, pictures, size).sign_in()
    made.picture("start")
    for label, name in (("C11", "borrowed"), ("C02", "wait-policy")):
        made.open(label)
        made.picture(name)
    made.close()


def test_everything_to_press_is_large_enough_and_the_main_button_lies_below(phone: Phone) -> None:
    page = phone.open("C02")
    small = page.evaluate(
        """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select')]
            .filter((e) => e.checkVisibility() && !e.matches('.skip'))
            .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
            .filter(([, height]) => height < 48)"""
    )
    assert small == []
    box = page.get_by_role("button", name="Lihat konsol").bounding_box()
    assert box["y"] > 740 * 0.75


def test_a_fresh_phone_fetches_at_most_60_kb(browser: Any, school: TechSchool, pictures: Path) -> None:
    with counted(school.server.port) as (url, counts):
        made = Phone(browser, url, pictures).sign_in()
        cookies = made.frame.cookies()
        made.close()
        fresh = Phone(browser, url, pictures)
        fresh.frame.add_cookies(cookies)
        counts.clear()
        fresh.open("C02")
        until(lambda: watched_over(fresh), "the service workers stand")
        fresh.page.wait_for_load_state("networkidle")
        fetched = sum(counts)
        print(f"a fresh phone fetches {fetched} bytes for one Chromebook's page")
        counts.clear()
        fresh.page.goto(f"{url}/t/")
        fresh.page.wait_for_load_state("networkidle")
        fresh.close()
    assert 0 < fetched <= 60_000
    assert sum(counts) <= 60_000


def test_without_scripts_the_page_says_the_same(browser: Any, school: TechSchool, phone: Phone) -> None:
    frame = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    frame.add_cookies(phone.frame.cookies())
    page = frame.new_page()
    page.goto(f"{school.server.url}/d/C02")
    assert "Tunggu kebijakan sekolah" in page.inner_text("#next")
    page.get_by_text("Muat ulang untuk melihat yang terbaru").click()
    page.get_by_role("button", name="Lihat konsol").click()
    page.wait_for_selector("#told")
    frame.close()


def test_while_an_exam_is_open_in_the_room_no_phone_is_used_there(
    browser: Any, school: TechSchool, pictures: Path
) -> None:
    db, now = school.context.db, school.context.now()
    profile = exam_list.profiles(school.context.settings.data_dir)["simulasi"]
    with db.read() as c:
        day, slot = (c.execute(table.select().limit(1)).one().id for table in (t.round_days, t.exam_slots))
        room = c.execute(t.rooms.select().where(t.rooms.c.name == demo.ROOM)).one().id
    exam = exams.create(
        db, SYSTEM, now, day_id=day, slot_id=slot, room_id=room, profile=profile.as_dict(), title="Simulasi",
        start_url=profile.start_url, allowed_hosts=[],
    )  # fmt: skip
    exams.open_exam(db, SYSTEM, now, exam)
    made = Phone(browser, school.server.url, pictures).sign_in()
    made.open("C03")
    made.page.get_by_text("di dalam ruang tidak ada ponsel").wait_for()
    made.picture("exam-open")
    with db.write() as tx:
        tx.c.execute(t.sittings.update().where(t.sittings.c.exam_id == exam).values(state="working"))
    made.open("C04")
    assert made.title() == "Jangan disentuh"
    made.picture("hands-off")
    made.close()


def test_observed_mode_says_what_nobody_here_can_see(
    browser: Any, pictures: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = TechSchool(tmp_path_factory.mktemp("observed"), None)
    made.server.start()
    try:
        phone = Phone(browser, made.server.url, pictures).sign_in()
        phone.open("C02")
        assert phone.states() == ["now", "unknown", "unknown", "later", "later"]
        assert "dikelola oleh" in phone.page.inner_text(".steps")
        phone.picture("observed")
        device_checks.record_page(made.context.db, SYSTEM, made.context.now(), made.device("C02").id, CHECKED)
        until(lambda: phone.page.wait_for_timeout(50) or phone.states()[0] == "done", "the check page ticks")
        assert phone.states() == ["done", "unknown", "unknown", "done", "done"]
        phone.picture("observed-checked")
        phone.close()
    finally:
        made.stop()


CHECKED = {
    "battery": 80, "charging": True, "storage_free_mb": 9_000, "online": True, "effective_type": "4g", "round_trip_ms": 20,
    "clock_offset_ms": 10, "screen": [1366, 768], "touch_points": 0, "secure": True, "browser": "Chrome 139",
}  # fmt: skip


def test_a_server_that_cannot_be_reached_is_said_with_what_was_seen_last(
    browser: Any, school: TechSchool, pictures: Path
) -> None:
    """Last of all: it stops the server."""
    made = Phone(browser, school.server.url, pictures).sign_in()
    page = made.open("C14")
    until(lambda: watched_over(made), "the service workers stand")
    school.server.kill()
    page.get_by_text("Tidak tersambung ke server. Di layar ini keadaan pukul").wait_for()
    made.picture("offline-notice")
    page.reload()
    page.get_by_role("heading", name="Yang terakhir dilihat").wait_for()
    assert page.locator("h1").inner_text() == "C14"
    assert "Check-in ke Bangku" in page.inner_text(".next")
    assert "do-check_in" in (page.get_attribute(".next", "class") or ""), (
        "its colour says what it is here too"
    )
    made.picture("offline-page")
    page.goto(f"{made.url}/d/C02")
    page.get_by_role("heading", name="Chromebook yang pernah dibuka di ponsel ini").wait_for()
    school.server.start()
    page.get_by_role("link", name="Coba lagi").click()
    page.wait_for_selector("#next")
    made.close()
