"""The pupil's pages over HTTP: what opens them, what does not, and what they never show.

Adi sits at seat 1 on C01, Bunga at seat 2 on C02.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from server import config
from server.services import demo, desired, exams, pupil, tokens
from server.services.actor import SYSTEM
from server.services.context import Context
from server.store.database import Database
from server.store.tables import audit, metadata, registrations
from server.web import pupil as pupil_pages
from server.web.app import create_app
from tests.enrolled import enrol_every_device

NOW = 1_790_000_000_000
OURS = {"X-Bangku-Page": "1"}
PROFILE = {"key": "latihan", "client": "web", "blocks": [{"name": "Literasi", "minutes": 10}]}
STATIC = Path(pupil_pages.__file__).parent / "static"


class Room:
    def __init__(self, tmp_path: Path, public_url: str = "http://127.0.0.1:8410") -> None:
        settings = config.load(tmp_path, public_url=public_url)
        self.db = Database(settings.database_url)
        with self.db.write() as tx:
            metadata.create_all(tx.c)
            desired.ensure_epoch(tx)
        school = demo.seed(self.db, NOW, days=("2026-11-24", "2026-11-25"))
        enrol_every_device(self.db, NOW)
        self.exam_id = exams.create(
            self.db,
            SYSTEM,
            NOW,
            day_id=school.day_ids[0],
            slot_id=school.slot_ids[0],
            room_id=school.room_id,
            profile=PROFILE,
            title="Latihan",
            start_url="practice",
            allowed_hosts=[],
            opens_at=NOW,
        )
        exams.open_exam(self.db, SYSTEM, NOW, self.exam_id)
        self.origin = public_url
        self.app, _ = create_app(Context(settings, self.db, lambda: NOW))

    def ticket(self, device_id: int) -> str:
        return pupil.page_ticket(self.db, NOW, device_id, device_id)[0]

    def nobody(self) -> Pupil:
        return Pupil(self)

    def seated(self, device_id: int) -> Pupil:
        page = Pupil(self)
        assert page.post("enter", ticket=self.ticket(device_id)).status_code == 200
        return page

    def card(self, number: str) -> str:
        with self.db.read() as c:
            return c.execute(
                select(registrations.c.card_code).where(registrations.c.number == number)
            ).scalar_one()

    def start(self) -> str:
        exams.start(self.db, SYSTEM, NOW, self.exam_id)
        with self.db.read() as c:
            view = tokens.current(c, self.exam_id, NOW)
        assert view is not None
        return view.value


class Pupil:
    def __init__(self, room: Room) -> None:
        self.client = room.app.test_client()
        self.origin = room.origin

    def get(self, path: str):
        return self.client.get(f"/pupil/{path}" if path else "/pupil", base_url=self.origin)

    def post(self, path: str, **body):
        return self.client.post(f"/pupil/{path}", json=body, headers=OURS, base_url=self.origin)


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path)
    yield made
    made.db.close()


GETS = (
    "",
    "enter",
    "card",
    "state",
    "practice",
    "questions",
    "answers",
    "answers?sitting=1",
    "sw.js",
    "hands",
)
ACTS = ("arrived", "confirm", "not-me", "token", "finish", "answers", "hands")


def test_a_page_without_ticket_or_card_gets_nowhere(room):
    nobody = room.nobody()
    for path in GETS:
        answer = nobody.get(path)
        assert answer.status_code in {200, 302, 401}, path
        assert not re.search("Pratama|02-001-|Latihan</", answer.text), path
    for path in ("state", "questions", "answers"):
        assert nobody.get(path).json["code"] == "binding_needed"
    assert nobody.get("practice").location == "/pupil"
    for path in ACTS:
        answer = nobody.post(path, token="ABCDEF", position=1, answers=[])
        assert (answer.status_code, answer.json["code"]) == (401, "binding_needed"), path


def test_a_made_up_cookie_opens_nothing(room):
    page = room.nobody()
    page.client.set_cookie("bangku_pupil", "made-up", path="/pupil", domain="127.0.0.1")
    assert page.get("state").status_code == 401


def test_every_route_of_the_pupil_is_walked_here(room):
    walked = {f"/pupil/{p.partition('?')[0]}".rstrip("/") for p in GETS + ACTS}
    rules = {r.rule for r in room.app.url_map.iter_rules() if r.endpoint.startswith("pupil.")}
    assert rules == walked


def test_a_ticket_becomes_a_cookie_that_no_script_and_no_other_site_can_use(room):
    ticket = room.ticket(1)
    answer = room.nobody().post("enter", ticket=ticket)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/pupil" in cookie
    assert "Secure" not in cookie
    again = room.nobody().post("enter", ticket=ticket)
    assert (again.status_code, again.json["code"]) == (403, "page_ticket_invalid")
    assert "Set-Cookie" not in again.headers


def test_the_cookie_is_secure_on_https(tmp_path):
    room = Room(tmp_path, "https://ujian.smp1.sch.id")
    answer = room.nobody().post("enter", ticket=room.ticket(1))
    assert "Secure" in answer.headers["Set-Cookie"]
    room.db.close()


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, False),
        (OURS | {"Origin": "http://other.example"}, False),
        (OURS, True),
        ({"X-Bangku-Page": "0"}, False),
    ],
)
def test_a_post_from_elsewhere_is_refused(room, headers, form):
    page = room.seated(1)
    body = {"data": {"a": "b"}} if form else {"json": {}}
    answer = page.client.post("/pupil/confirm", headers=headers, base_url=page.origin, **body)
    assert (answer.status_code, answer.json["code"]) == (403, "csrf")
    assert page.get("state").json["page"] == "waiting"


def test_from_waiting_to_finished(room):
    adi = room.seated(1)
    seen = adi.get("state").json
    assert (seen["page"], seen["seat"], seen["participant"]["name"]) == ("waiting", "1", "Adi Pratama")
    assert seen["opens_text"].endswith(" WIB")
    assert adi.post("arrived").json["sitting_state"] == "checked_in"
    assert adi.post("confirm").json["page"] == "token"
    token = room.start()
    wrong = adi.post("token", token="ABC")
    assert (wrong.status_code, wrong.json["code"]) == (403, "token_wrong")
    assert adi.get("practice").location == "/pupil"
    assert adi.post("token", token=token.lower()).json["url"] == "/pupil/practice"
    assert adi.get("practice").status_code == 200
    assert adi.get("questions").json["questions"][0]["item"] == "1.kebun"
    one = {"item": "1.kebun", "seq": 1, "value": "2", "answered_at": NOW}
    assert adi.post("answers", answers=[one], sitting=seen["sitting"]).json["saved"] == [
        {"item": "1.kebun", "seq": 1}
    ]
    assert adi.get("answers").json["answers"] == [{"item": "1.kebun", "seq": 1, "value": "2", "late": False}]
    assert adi.post("finish", position=1).json["page"] == "finished"


def test_one_pupil_never_sees_another(room):
    adi, bunga = room.seated(1), room.seated(2)
    sitting = bunga.get("state").json["sitting"]
    for page in (adi.get("state"), adi.get(""), adi.get(f"answers?sitting={sitting}")):
        assert "Bunga" not in page.text
    assert adi.get(f"answers?sitting={sitting}").json["code"] == "sitting_not_yours"


def test_no_page_may_be_kept_by_a_shared_cache(room):
    adi = room.seated(1)
    for path in ("", "state", "card"):
        assert "no-store" in adi.get(path).headers["Cache-Control"]


def test_bad_bodies_are_told_and_change_nothing(room):
    adi = room.seated(1)
    for path, body, status in (
        ("answers", "[1]", 422),
        ("answers", "{", 422),
        ("token", '{"token": 7}', 422),
        ("token", '{"token": "' + "A" * 300 + '"}', 422),
        ("finish", '{"position": "1"}', 422),
        ("answers", '{"answers": [], "sitting": "x"}', 422),
        ("answers", '{"x": "' + "A" * 600_000 + '"}', 422),
    ):
        answer = adi.client.post(
            f"/pupil/{path}",
            data=body,
            content_type="application/json",
            headers=OURS,
            base_url=adi.origin,
        )
        assert answer.status_code == status, (path, body[:40])
        assert answer.json["code"] in {"request_bad", "number_invalid", "answers_invalid", "too_large"}
        assert "Traceback" not in answer.text


def test_wrong_cards_lock_a_number_and_never_the_room(room):
    for _ in range(5):
        assert room.nobody().post("card", number="02-001-001", code="AAAA").json["code"] == "card_wrong"
    locked = room.nobody().post("card", number="02-001-001", code=room.card("02-001-001"))
    assert (locked.status_code, locked.json["code"]) == (409, "card_locked")
    assert str(locked.json["seconds"]) in locked.json["message"]
    bunga = room.nobody()
    assert bunga.post("card", number=" 02-001-002 ", code=room.card("02-001-002").lower()).status_code == 200
    assert bunga.get("state").json["participant"]["name"] == "Bunga Pratama"
    with room.db.read() as c:
        lines = c.execute(select(audit.c.code).where(audit.c.action == "pupil.card")).scalars().all()
    assert lines == [*["card_wrong"] * 5, "card_locked", None]


def test_refusals_are_sentences_in_indonesian(room):
    answer = room.nobody().post("enter", ticket="guessed")
    assert "Tiket" in answer.json["message"]
    assert (
        room.nobody().get("").text.startswith('<!doctype html>\n<html lang="id" data-bangku-page="waiting">')
    )


def test_the_offline_copy_names_every_file_the_pages_need(room):
    """A script missing from the list would be missing after a reload without the server."""
    listed = set(
        re.findall(r"'/static/(js/[^']+|css/[^']+)'", (STATIC / "js/pupil_sw.js").read_text("utf-8"))
    )
    needed = {"css/pupil.css"}
    waiting = ["js/pupil.js", "js/practice.js"]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        script = (STATIC / name).read_text("utf-8")
        waiting += [f"js/{found}" for found in re.findall(r"from '\./([^']+)'", script)]
    assert listed == needed


def test_the_service_worker_may_serve_the_pupils_pages_only(room):
    answer = room.nobody().get("sw.js")
    assert answer.headers["Service-Worker-Allowed"] == "/pupil"
    assert answer.content_type.startswith("text/javascript")


def test_in_english_nothing_stays_indonesian(room):
    page = room.nobody()
    page.client.set_cookie("bangku_lang", "en", domain="127.0.0.1")
    shown = page.get("").text
    assert '<html lang="en"' in shown
    assert "Yes, this is me" in shown
    assert "Silakan" not in shown
    assert page.post("enter", ticket="guessed").json["message"].startswith("The page")
