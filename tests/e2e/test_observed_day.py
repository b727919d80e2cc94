"""A day with the ministry's Exam Browser in a school without the extension and without Google.

No device ever speaks to the server. A proctor in a real browser tells what is seen by eye, copies the centre's token,
and notes what the centre does; a second browser page stands at the projector; a small local host stands in for the
centre's and goes away for a while.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from server import config
from server.services import demo, exams, when
from server.services.actor import SYSTEM
from server.store.tables import (
    assignments,
    audit,
    centre_states,
    device_events,
    device_seen,
    devices,
    exam_tokens,
    incidents,
    seats,
    sittings,
)
from server.store.tables import (
    exams as exam_rows,
)
from tests.centre_host import CentreHost
from tests.e2e.room import PASSWORD, Room, command, sign_in
from tests.e2e.students import CHROMIUM
from tests.stage import ServerProcess, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="Debian's Chromium is not installed"),
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed"),
]

PROFILE = {"key": "anbk", "client": "exam_browser", "blocks": [{"name": "Literasi", "minutes": 90}]}
TOKEN = "QX7K2M"


def minutes_ago(now: int, minutes: int) -> str:
    """A time of day the proktor remembers; just after midnight it is midnight."""
    then, today = when.local(now - minutes * 60_000, "WIB"), when.local(now, "WIB")
    return then.strftime("%H.%M") if then.date() == today.date() else "00.00"


def tell_all(page: Page, words: str, css: str, count: int) -> None:
    command(page, words)
    expect(page.locator(f".desk.is-{css}")).to_have_count(count)


def test_a_room_that_is_only_observed_has_its_day_on_record(tmp_path):
    server = ServerProcess(tmp_path / "data", async_mode=os.environ.get("BANGKU_ASYNC_MODE", "eventlet"))
    db, now = server.context.db, server.context.now
    made = demo.seed(db, now(), days=("2026-11-24", "2026-11-25"))
    demo.set_passwords(db, now(), dict.fromkeys(demo.CAST, PASSWORD))
    with db.write() as tx:  # a school that has not one Chromebook to spare
        tx.c.execute(devices.update().where(devices.c.spare.is_(True)).values(in_service=False))
    first, second = (
        exams.create(
            db,
            SYSTEM,
            now(),
            day_id=made.day_ids[0],
            slot_id=slot,
            room_id=made.room_id,
            profile=PROFILE,
            title=f"ANBK hari 1, sesi {number}",
            start_url=None,
            allowed_hosts=[],
            token_interval_minutes=None,
        )
        for number, slot in enumerate(made.slot_ids, 1)
    )
    with ExitStack() as closing:
        centre, reference = CentreHost().up(), CentreHost().up()
        closing.callback(centre.close)
        closing.callback(reference.close)
        config.save(replace(server.settings, probe_seconds=1, probe_reference_url=reference.url))
        server.start()
        closing.callback(server.stop)
        room = Room(server, first)
        p = closing.enter_context(sync_playwright())
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        proctor = browser.new_page(viewport={"width": 1024, "height": 720})
        projector = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        broken: list[str] = []
        for page in (proctor, projector):
            page.on("pageerror", lambda error: broken.append(str(error)))

        # --- the morning: the address is entered, check-in opens, the page names its mode ---------------------
        sign_in(proctor, server.url, "sari")
        proctor.goto(f"{server.url}/exams/{first}/board")
        proctor.wait_for_selector('#live[data-state="on"]')
        proctor.fill("#probe-url", centre.url)
        proctor.press("#probe-url", "Enter")
        until(
            lambda: (
                room.all(select(exam_rows.c.probe_url).where(exam_rows.c.id == first))[0][0] == centre.url
            ),
            "the address is kept",
        )
        assert centre.asked == []  # nobody is asked before the exam opens
        proctor.click("#step-open")
        expect(proctor.locator("#mode")).to_contain_text("Mode pengamatan.")
        expect(proctor.locator("#centre-look")).to_contain_text("Alamat pusat menjawab")
        for shout in ("tidak terdengar", "belum ada perangkat", "belum melapor", "menunggu diterapkan"):
            expect(proctor.locator("#board")).not_to_contain_text(shout)
        sign_in(projector, server.url, "made")
        projector.goto(f"{server.url}/exams/{first}/projector")
        expect(projector.locator("#part-token")).to_contain_text("tampil di sini setelah disalin proktor")

        # --- check-in by eye: all but one are there ---------------------------------------------------------------
        tell_all(proctor, "semua hadir", "checked_in", 13)
        tell_all(proctor, "9 belum", "checked_in", 12)
        expect(proctor.locator("#filter-ready b")).to_have_text("12")
        expect(proctor.locator('.desk[data-seat="3"]')).to_contain_text("diisi proktor")

        # --- the token is late, and the projector says since when --------------------------------------------------
        since = minutes_ago(now(), 20)
        proctor.fill("#token_awaited-time", since)
        proctor.press("#token_awaited-time", "Enter")
        expect(projector.locator("#part-token")).to_contain_text(f"Menunggu token dari pusat sejak {since}")
        corrected = minutes_ago(now(), 25)
        if corrected != since:
            proctor.fill("#token_awaited-time", corrected)
            proctor.press("#token_awaited-time", "Enter")
            expect(proctor.locator("#centre-waiting")).to_contain_text(corrected)
        proctor.fill("#centre-token", TOKEN)
        proctor.press("#centre-token", "Enter")
        expect(projector.locator(".big-token")).to_have_text(TOKEN)
        expect(proctor.locator("#centre-waiting")).to_have_count(0)

        # --- semua mulai, then the exceptions ----------------------------------------------------------------------
        proctor.click("#step-start")
        proctor.click("#all-started")
        expect(proctor.locator(".desk.is-working")).to_have_count(13)
        tell_all(proctor, "9 absen", "absent", 1)
        assert proctor.locator("[data-ends-at]").count() == 0  # the clock is the centre's

        # --- the centre goes down, our side is fine; it comes back --------------------------------------------------
        away = proctor.locator("#centre-away")
        centre.down()
        expect(away).to_contain_text("Sisi kita baik; alamat pusat tidak menjawab sejak")
        centre.up()
        expect(away).to_have_count(0)
        expect(proctor.locator(".centre-past")).to_contain_text("alamat pusat tidak menjawab")

        # --- one Chromebook dies and there is no spare: its pupil moves to the next session -------------------------
        command(proctor, "5 pindah")
        proctor.locator("#ask-list").select_option(str(second))
        proctor.click("#ask-go")
        expect(proctor.locator('.desk[data-seat="5"]')).to_contain_text("Pindah sesi")

        # --- the end -------------------------------------------------------------------------------------------------
        tell_all(proctor, "1-4 selesai", "finished", 4)
        proctor.click("#step-end")
        expect(proctor.locator("#ask-say")).to_contain_text("7 peserta")
        proctor.click("#ask-go")
        expect(projector.locator("#part-token")).to_contain_text("Ujian sudah diakhiri")
        until(
            lambda: not room.all(select(assignments).where(assignments.c.to_at.is_(None))),
            "the ledger closes",
        )
        expect(proctor.locator("#live")).to_have_attribute("data-state", "on")
        assert broken == []
        check_the_record(room, second, since if corrected == since else corrected)


def check_the_record(room: Room, second: int, since: str) -> None:
    # who did what
    assert room.states() == ["absent", *["finished"] * 11, "moved"]
    assert (room.state(9), room.state(5)) == ("absent", "moved")
    mine = room.all(select(sittings).where(sittings.c.exam_id == room.exam_id))
    assert {r.told_by for r in mine} == {"person"}
    moved = room.sitting(5)
    (there,) = room.all(select(sittings).where(sittings.c.id == moved.moved_to_id))
    assert (moved.moved_kind, there.exam_id, there.state, there.registration_id) == (
        "session",
        second,
        "expected",
        moved.registration_id,
    )

    # what the centre did, from when to when
    wait, away = room.all(select(centre_states).order_by(centre_states.c.id))
    assert (wait.kind, wait.told_by) == ("token_awaited", "person")
    assert when.local(wait.from_at, "WIB").strftime("%H.%M") == since
    (token,) = room.all(select(exam_tokens))
    assert (token.value, token.source) == (TOKEN, "centre")
    assert wait.to_at == token.from_at
    assert (away.kind, away.told_by, away.by_staff_id) == ("unreachable", "probe", None)
    assert away.from_at < away.to_at

    # the ledger: everyone had a seat from the opening to the end, or to the move
    ledger = room.all(
        select(assignments, seats.c.label)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(seats, seats.c.id == assignments.c.seat_id)
        .where(sittings.c.exam_id == room.exam_id)
    )
    assert sorted(int(r.label) for r in ledger) == list(range(1, 14))
    assert {r.label: r.end_reason for r in ledger if r.end_reason != "exam_ended"} == {"5": "moved"}

    # the trail
    acts = [(r.action, r.actor) for r in room.all(select(audit).where(audit.c.outcome == "done"))]
    for act, who in (
        ("centre.probe_url", "sari"),
        ("exam.open", "sari"),
        ("centre.token_awaited", "sari"),
        ("token.copy", "sari"),
        ("exam.start", "sari"),
        ("centre.unreachable", "system"),
        ("centre.reachable", "system"),
        ("seat.move", "sari"),
        ("exam.end", "sari"),
    ):
        assert acts.count((act, who)) == 1, act
    # 13 present, 1 not yet, 13 started, 1 absent, 4 finished
    assert acts.count(("seat.tell", "sari")) == 32
    assert room.all(select(audit).where(audit.c.outcome == "refused")) == []
    (line,) = room.all(select(audit).where(audit.c.action == "centre.unreachable"))
    assert line.detail["our_side"] is True

    # and nothing is claimed that nobody saw
    assert (
        room.all(select(device_seen)) == room.all(select(device_events)) == room.all(select(incidents)) == []
    )
