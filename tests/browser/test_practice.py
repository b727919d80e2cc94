"""The pupil's pages in a real Chromium against a real server: nothing answered is lost, whatever goes away.

One exam for all; each test sits at a seat of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from server.services import demo, exams, pupil, seats, tokens
from server.services.actor import SYSTEM
from server.store.tables import (
    answers,
    assignments,
    enrolments,
    registrations,
    sitting_blocks,
    sittings,
)
from tests.enrolled import enrol_every_device
from tests.stage import ServerProcess, until

pytestmark = pytest.mark.browser

PROFILE = {
    "key": "latihan",
    "client": "web",
    "blocks": [{"name": "Literasi", "minutes": 30}, {"name": "Numerasi", "minutes": 20}],
}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    server = ServerProcess(tmp_path_factory.mktemp("room"))
    db, now = server.context.db, server.context.now()
    school = demo.seed(db, now, days=("2026-11-24", "2026-11-25"))
    enrol_every_device(db, now)
    exam_id = exams.create(
        db,
        SYSTEM,
        now,
        day_id=school.day_ids[0],
        slot_id=school.slot_ids[0],
        room_id=school.room_id,
        profile=PROFILE,
        title="Latihan",
        start_url="practice",
        allowed_hosts=[],
    )
    exams.open_exam(db, SYSTEM, now, exam_id)
    exams.start(db, SYSTEM, now, exam_id)
    server.start()
    try:
        yield Room(server, exam_id)
    finally:
        server.stop()
        db.close()


class Room:
    def __init__(self, server: ServerProcess, exam_id: int) -> None:
        self.server, self.exam_id, self.db = server, exam_id, server.context.db

    def ticket(self, device_id: int) -> str:
        with self.db.read() as c:
            enrolment = c.execute(
                select(enrolments.c.id).where(enrolments.c.device_id == device_id)
            ).scalar_one()
        return pupil.page_ticket(self.db, self.server.context.now(), device_id, enrolment)[0]

    def token(self) -> str:
        with self.db.read() as c:
            view = tokens.current(c, self.exam_id, self.server.context.now())
        assert view is not None
        return view.value

    def sitting(self, device_id: int) -> int:
        with self.db.read() as c:
            return c.execute(
                select(assignments.c.sitting_id).where(assignments.c.device_id == device_id)
            ).scalar_one()

    def state(self, device_id: int) -> str:
        with self.db.read() as c:
            return c.execute(
                select(sittings.c.state).where(sittings.c.id == self.sitting(device_id))
            ).scalar_one()

    def answers(self, device_id: int) -> dict[str, tuple[str, bool]]:
        with self.db.read() as c:
            rows = c.execute(
                select(answers).where(answers.c.sitting_id == self.sitting(device_id)).order_by(answers.c.seq)
            ).all()
        return {r.item: (r.value, r.late) for r in rows}

    def leave_seconds(self, device_id: int, seconds: int) -> None:
        """Move the part's start into the past, so that this much of it is left."""
        started = self.server.context.now() - 30 * 60_000 + seconds * 1000
        with self.db.write() as tx:
            tx.c.execute(
                sitting_blocks.update()
                .where(sitting_blocks.c.sitting_id == self.sitting(device_id), sitting_blocks.c.position == 1)
                .values(started_at=started)
            )


@contextmanager
def pupil_page(browser, room: Room, device_id: int, *, to_work: bool = True) -> Iterator:
    """A page as the extension opens it, with the ticket behind the `#`."""
    context = browser.new_context(viewport={"width": 1024, "height": 720})
    page = context.new_page()
    page.goto(f"{room.server.url}/pupil/enter#t={room.ticket(device_id)}")
    page.wait_for_selector("#me:visible")
    if to_work:
        page.click("#me")
        page.fill("#token", room.token())
        page.click("#token-form button")
        page.wait_for_url("**/pupil/practice")
        page.wait_for_selector("#paper:visible")
        # The page's own copy for a reload without the server.
        until(lambda: page.evaluate("caches.match('/pupil/practice').then(Boolean)"), "the page is kept")
    try:
        yield page
    finally:
        context.close()


def unsent(page) -> int:
    return int(page.evaluate("document.documentElement.dataset.bangkuUnsent ?? '-1'"))


def choose(page, nth: int) -> None:
    page.click(f"#question label.option >> nth={nth}")


def test_without_ticket_or_card_there_is_nothing_but_waiting(browser, room):
    context = browser.new_context()
    page = context.new_page()
    for path in ("/pupil", "/pupil/practice", "/pupil/enter", "/pupil/enter#t=guessed"):
        page.goto(room.server.url + path)
        page.wait_for_selector("html[data-bangku-binding=needed]")
        assert page.is_visible("#connecting-title")
        assert "Pratama" not in page.content()
    context.close()


def test_the_ticket_never_reaches_the_server_in_an_address(browser, room):
    with pupil_page(browser, room, 1, to_work=False) as page:
        assert page.url == f"{room.server.url}/pupil"
        assert page.get_attribute("html", "data-bangku-page") == "waiting"
        assert page.text_content("[data-page=waiting] [data-fill=number]") == "02-001-001"
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        until(lambda: room.state(1) == "checked_in", "the seat shows checked in")
    assert "t=" not in room.server.log.read_text("utf-8", "replace")


def test_the_keyboard_alone_is_enough(browser, room):
    with pupil_page(browser, room, 2, to_work=False) as page:
        press = page.keyboard.press
        until(lambda: page.evaluate("document.activeElement.id") == "me", "the focus is on “Ya, ini saya”")
        press("Enter")
        until(lambda: page.evaluate("document.activeElement.id") == "token", "the focus is in the token")
        page.keyboard.type("aaa")
        press("Enter")
        page.wait_for_selector("#token-say:not(:empty)")
        press("Control+a")
        page.keyboard.type(f"{room.token()[:3].lower()} {room.token()[3:].lower()}")
        press("Enter")
        page.wait_for_selector("#paper:visible")
        while page.evaluate("document.activeElement.type") != "radio":
            press("Tab")
        press("Space")
        page.wait_for_selector("#saved[data-state=school]")
        press("ArrowDown")
        until(lambda: room.answers(2).get("1.kebun") == ("1", False), "the second choice is at the school")
        press("Enter")  # from an answer to the next question
        page.wait_for_selector("legend:has-text('Soal 2')")


def test_answers_given_without_the_network_arrive_and_are_proven(browser, room):
    with pupil_page(browser, room, 3) as page:
        choose(page, 1)
        page.wait_for_selector("#saved[data-state=school]")
        page.context.set_offline(True)
        choose(page, 2)
        page.wait_for_selector("#saved[data-state=device]")
        page.click("#next")
        choose(page, 0)
        choose(page, 2)
        until(lambda: unsent(page) == 2, "two answers wait")
        page.wait_for_selector("#banner:visible")
        page.reload()
        page.wait_for_selector("#paper:visible")
        assert page.text_content("[data-fill=name]") == "Cahya Pratama"
        until(lambda: unsent(page) == 2, "the two still wait")  # counted a moment after the paper is there
        assert page.is_checked("#question input >> nth=2")
        page.click("#next")
        page.click(".statement label >> nth=0")
        until(lambda: unsent(page) == 3, "three answers wait")
        assert room.answers(3) == {"1.kebun": ("1", False)}
        page.context.set_offline(False)
        until(lambda: unsent(page) == 0, "all are sent")
        until(lambda: "3" in (page.text_content("#proof") or ""), "all are read back")
        page.wait_for_selector("#banner", state="hidden")
        assert room.answers(3) == {
            "1.kebun": ("2", False),
            "1.poster": ("0,2", False),
            "1.surat": ("1,-,-", False),
        }


def test_the_server_is_killed_and_comes_back(browser, room):
    with pupil_page(browser, room, 4) as page:
        room.server.kill()
        choose(page, 3)
        page.wait_for_selector("#saved[data-state=device]")
        page.reload()
        page.wait_for_selector("#paper:visible")
        assert page.is_checked("#question input >> nth=3")
        page.click("#numbers button >> nth=3")
        page.fill("#question input", "sepi")
        until(lambda: unsent(page) == 2, "two answers wait")
        room.server.start()
        until(lambda: unsent(page) == 0, "all are sent")
        until(lambda: page.text_content("#proof"), "all are read back")
        assert room.answers(4) == {"1.kebun": ("3", False), "1.kata": ("sepi", False)}


def test_offline_at_the_end_the_page_freezes_and_keeps_everything(browser, room):
    with pupil_page(browser, room, 5) as page:
        room.leave_seconds(5, 25)  # enough to load the page again, go away and answer
        page.reload()
        page.wait_for_selector("#clock:has-text('00:')")
        page.context.set_offline(True)
        choose(page, 1)
        until(lambda: unsent(page) == 1, "the answer waits")
        page.wait_for_selector("#cover:visible", timeout=60_000)
        assert not page.is_visible("#paper")
        assert page.is_disabled("#question input >> nth=0")
        page.reload()
        page.wait_for_selector("#cover:visible")
        until(lambda: unsent(page) == 1, "the answer still waits")
        until(lambda: ended(room, 5), "the server ended the part")
        page.context.set_offline(False)
        until(lambda: unsent(page) == 0, "the answer arrived after the end")
        assert room.answers(5) == {"1.kebun": ("1", False)}
        page.wait_for_selector("[data-fill=part]:has-text('Numerasi')")
        page.wait_for_selector("#paper:visible")


def ended(room: Room, device_id: int) -> bool:
    with room.db.read() as c:
        at = c.execute(
            select(sitting_blocks.c.ended_at).where(
                sitting_blocks.c.sitting_id == room.sitting(device_id), sitting_blocks.c.position == 1
            )
        ).scalar_one()
    return at is not None


def test_a_changed_local_clock_moves_no_end(browser, room):
    with pupil_page(browser, room, 6) as page:
        page.evaluate("""() => { const real = Date.now; Date.now = () => real() + 86_400_000; }""")
        page.wait_for_selector("#clock:has-text('29:')")
        assert page.is_visible("#paper")


def test_pause_lock_and_finish_by_the_proctor(browser, room):
    now = room.server.context.now
    with pupil_page(browser, room, 7) as page:
        sitting = room.sitting(7)
        seats.pause(room.db, SYSTEM, now(), [sitting])
        page.wait_for_selector("#cover:visible")
        stood = page.text_content("#clock")
        seats.resume(room.db, SYSTEM, now(), [sitting])
        page.wait_for_selector("#paper:visible")
        assert stood and stood.startswith(("29:", "30:"))
        seats.lock(room.db, SYSTEM, now(), [sitting], "Lihat ke depan")
        page.wait_for_selector("#cover-text:has-text('Lihat ke depan')")
        seats.unlock(room.db, SYSTEM, now(), [sitting])
        page.wait_for_selector("#paper:visible")
        choose(page, 0)
        page.wait_for_selector("#saved[data-state=school]")
        seats.finish(room.db, SYSTEM, now(), [sitting])
        page.wait_for_url("**/pupil")
        page.wait_for_selector("[data-page=finished]:visible")
        until(lambda: unsent(page) == 0, "nothing waits")  # the new page counts for itself


def test_two_parts_to_the_end_and_answers_are_still_sent_from_the_last_page(browser, room):
    with pupil_page(browser, room, 8) as page:
        choose(page, 1)
        # while an answer is on its way the page asks to press again a little later
        page.wait_for_selector("#saved[data-state=school]")
        page.click("#finish")
        page.click("#finish-yes")
        page.wait_for_selector("[data-fill=part]:has-text('Numerasi')")
        page.wait_for_selector("#question input[type=text]")
        page.fill("#question input", "48")
        page.wait_for_selector("#saved[data-state=school]")
        page.click("#finish")
        page.click("#finish-yes")
        page.wait_for_selector("[data-page=finished]:visible")
        assert room.state(8) == "finished"
        assert room.answers(8) == {"1.kebun": ("1", False), "2.pensil": ("48", False)}


def test_a_spare_shows_what_was_answered_before(browser, room):
    """The Chromebook at seat 9 dies; the pupil goes on at C14 with everything that had reached the school."""
    with pupil_page(browser, room, 9) as page:
        choose(page, 2)
        page.wait_for_selector("#saved[data-state=school]")
    sitting, now = room.sitting(9), room.server.context.now()
    with room.db.write() as tx:
        tx.c.execute(assignments.update().where(assignments.c.device_id == 9).values(to_at=now))
        tx.c.execute(
            assignments.insert().values(
                sitting_id=sitting, seat_id=None, device_id=14, from_at=now, reason="swap"
            )
        )
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{room.server.url}/pupil/enter#t={room.ticket(14)}")
    page.wait_for_url("**/pupil/practice")
    page.wait_for_selector("#saved[data-state=school]")
    assert page.is_checked("#question input >> nth=2")
    context.close()


def test_answers_on_their_way_here_are_not_written_into_a_cleared_store(browser, room):
    """The order to clear falls between the page's question and the school's answer."""
    with pupil_page(browser, room, 11) as page:
        choose(page, 1)
        until(lambda: room.answers(11), "the answer is at the school")
        count = (
            "new Promise((done) => { const o = indexedDB.open('bangku-pupil'); o.onsuccess = () => {"
            " const q = o.result.transaction('answers').objectStore('answers').count();"
            " q.onsuccess = () => { o.result.close(); done(q.result); }; }; })"
        )
        assert page.evaluate(count) == 1
        held = []
        page.route("**/pupil/answers?sitting=*", lambda route: held.append(route))
        page.reload()
        until(lambda: page.wait_for_timeout(50) or held, "the page asks for what the school has")
        devtools = page.context.new_cdp_session(page)
        origin = page.evaluate("location.origin")
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "indexeddb"})
        with page.expect_response("**/pupil/answers?sitting=*") as told:
            held.pop().continue_()
        assert len(told.value.json()["answers"]) == 1, "the school still had it"
        # two more pictures: whatever was to be written is written
        for _ in range(2):
            page.wait_for_event("response", lambda r: r.url.endswith("/pupil/state"))
        assert page.evaluate(count) == 0


def test_number_and_card_code_open_the_page_without_an_extension(browser, room):
    with room.db.read() as c:
        code = c.execute(
            select(registrations.c.card_code).where(registrations.c.number == "02-001-010")
        ).scalar_one()
    context = browser.new_context()
    page = context.new_page()
    page.goto(room.server.url + "/pupil/card")
    page.fill("#number", "02-001-010")
    page.fill("#code", "WRONG")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card-say:not(:empty)")
    page.fill("#code", code.lower())
    page.keyboard.press("Enter")
    page.wait_for_selector("#me:visible")
    assert page.text_content("[data-page=waiting] [data-fill=name]") == "Joko Pratama"
    context.close()
