"""The check page: what a code opens and what it does not, who hands it out, and what is kept of it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from server.domain.check_code import FREE, RESULTS_A_MINUTE
from server.domain.scan import What
from server.services import check_codes, device_checks, exams, scans
from server.services.actor import SYSTEM
from server.store import tables as t
from server.web.access_table import ROUTES
from tests.domain.test_device_check import HANDS, PAGE
from tests.enrolled import enrol_every_device

from .conftest import JSON, Web

OURS = {"X-Bangku-Page": "1"}


class Visitor:
    """A browser on a Chromebook that nobody signed in on."""

    def __init__(self, web: Web) -> None:
        self.web, self.client = web, web.app.test_client()

    def post(self, path: str, headers=OURS, **body):
        return self.client.post(f"/check/{path}", json=body, headers=headers)

    def enter(self, hours: int = 4) -> check_codes.CheckCode:
        code = check_codes.hand_out(self.web.context.db, SYSTEM, self.web.context.now(), hours)
        assert self.post("code", code=code.code.lower()).json["ok"]
        return code


@pytest.fixture
def visitor(web: Web) -> Visitor:
    return Visitor(web)


def kept(web: Web) -> list:
    with web.context.db.read() as c:
        return list(c.execute(select(t.device_checks)))


def test_the_page_opens_to_anybody_and_tells_nothing_of_the_school(web, visitor):
    page = visitor.client.get("/check")
    assert page.status_code == 200
    assert not re.search(r"C0\d|Pratama|Ruang 1|SMP Negeri", page.text)


@pytest.mark.parametrize("path", ["device", "page", "hands"])
def test_without_a_code_nothing_can_be_asked_or_told(web, visitor, path):
    answer = visitor.post(path, text="C01", device=1, seen=PAGE)
    assert (answer.status_code, answer.json["code"]) == (403, "check_code_needed")
    check_codes.hand_out(web.context.db, SYSTEM, web.context.now())
    for made_up in ("1", "1.", "1.made-up", "²", "1" * 99, f"1.{'0' * 64}"):
        visitor.client.set_cookie("bangku_check", made_up, path="/check")
        assert visitor.post(path, text="C01", device=1, seen=PAGE).json["code"] == "check_code_needed"
    assert kept(web) == []


def test_every_route_of_the_door_is_tried_here():
    routes = {name for name in ROUTES if name.startswith("check.")}
    assert routes == {f"check.{n}" for n in ("page", "code", "time", "device", "page_post", "hands_post")}


def test_a_chromebook_says_what_it_sees(web, visitor):
    code = visitor.enter()
    found = visitor.post("device", text="c03").json
    assert (found["label"], found["room"], found["seat"]) == ("C03", "Ruang 1", "3")
    assert visitor.post("page", device=found["id"], seen=PAGE).json["ok"]
    assert visitor.post("hands", device=found["id"], seen=HANDS).json["ok"]
    with web.context.db.read() as c:
        checks = device_checks.newest(c, [found["id"]])[found["id"]]
    assert (checks.page.seen, checks.page.source, checks.hands.seen) == (PAGE, "browser", HANDS)
    assert [(line.actor, line.action) for line in web.audit()[-2:]] == [
        (f"check {code.code}", "device.check_page"),
        (f"check {code.code}", "device.check_hands"),
    ]


def test_a_scanned_sticker_names_its_chromebook_and_a_card_does_not(web, visitor):
    visitor.enter()
    sticker = scans.code(web.context.db, What.DEVICE, "C05")
    assert visitor.post("device", text=f"http://ujian.sekolah.test/d/{sticker}").json["label"] == "C05"
    card = scans.code(web.context.db, What.CARD, "1")
    assert visitor.post("device", text=f"http://ujian.sekolah.test/k/{card}").json["code"] == "code_is_card"
    unknown = visitor.post("device", text="Z99")
    assert (unknown.status_code, unknown.json["code"]) == (404, "device_unknown")
    assert "Z99" in unknown.json["message"]


def test_another_schools_sticker_is_not_taken_for_ours(web, visitor):
    """A borrowed Chromebook still wears its owner's C03: its results are no results of our C03."""
    visitor.enter()
    theirs = visitor.post("device", text="https://ujian.sekolah-lain.test/d/C03.AAAAAA")
    assert (theirs.status_code, theirs.json["code"]) == (404, "sticker_foreign")


def test_half_a_character_and_a_number_beyond_all_are_refused_in_words(web, visitor):
    assert visitor.post("code", code="\ud800").json["code"] == "request_bad"
    visitor.enter()
    assert visitor.post("device", text="\ud800").json["code"] == "request_bad"
    for number in (2**63, 10**30):
        assert visitor.post("page", device=number, seen=PAGE).json["code"] == "request_bad"
    assert visitor.post("page", device=2**63 - 1, seen=PAGE).json["code"] == "device_unknown"


def test_one_code_serves_a_room(web):
    first, second = Visitor(web), Visitor(web)
    code = first.enter()
    assert second.post("code", code=code.code).json["ok"]
    for number, browser in ((1, first), (2, second)):
        assert browser.post("page", device=number, seen=PAGE).json["ok"]
    assert {row.device_id for row in kept(web)} == {1, 2}


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"device": 1, "seen": {**PAGE, "battery": 200}}, "check_invalid", "battery"),
        ({"device": 1, "seen": {**PAGE, "serial": "X"}}, "check_invalid", "serial"),
        ({"device": 1, "seen": None}, "check_invalid", "seen"),
        ({"device": 1}, "check_invalid", "seen"),
        ({"device": "1", "seen": PAGE}, "request_bad", "device"),
        ({"device": True, "seen": PAGE}, "request_bad", "device"),
        ({"device": 99_999, "seen": PAGE}, "device_unknown", None),
        ({"device": 1, "seen": {**PAGE, "browser": "x" * 20_000}}, "request_bad", None),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(web, visitor, body, code, field):
    visitor.enter()
    lines = len(web.audit())
    answer = visitor.post("page", **body)
    assert (answer.json["code"], answer.json.get("field")) == (code, field)
    assert 400 <= answer.status_code < 500
    assert (kept(web), len(web.audit())) == ([], lines)


def test_a_form_of_another_site_can_tell_nothing(web, visitor):
    visitor.enter()
    for headers in ({}, {**OURS, "Origin": "https://jahat.example"}):
        assert visitor.post("page", headers=headers, device=1, seen=PAGE).json["code"] == "csrf"
    assert kept(web) == []


def test_a_withdrawn_code_closes_the_pages_that_came_in_by_it(web, visitor):
    code = visitor.enter()
    check_codes.withdraw(web.context.db, SYSTEM, web.context.now(), code.id)
    assert visitor.post("page", device=1, seen=PAGE).json["code"] == "check_code_needed"


def test_guessing_is_slowed_for_guessers_and_not_for_a_room_that_is_in(web, visitor):
    visitor.enter()
    guesser = Visitor(web)
    answers = [guesser.post("code", code=f"XXXXX{n}").json["code"] for n in range(FREE + 3)]
    assert answers == ["check_code_wrong"] * (FREE + 1) + ["check_wait"] * 2
    assert visitor.post("page", device=1, seen=PAGE).json["ok"]


def test_one_code_is_no_flood(web, visitor):
    visitor.enter()
    pace = web.app.extensions["bangku_check_pace"]
    for _ in range(RESULTS_A_MINUTE):
        pace.take(1, web.context.now())
    answer = visitor.post("page", device=1, seen=PAGE)
    assert (answer.status_code, answer.json["code"]) == (409, "check_pace")
    assert kept(web) == []


def test_the_cookie_is_for_this_page_alone(web, visitor):
    code = check_codes.hand_out(web.context.db, SYSTEM, web.context.now())
    plain = visitor.post("code", code=code.code).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Strict" in plain
    assert "Path=/check" in plain
    assert "Secure" not in plain
    over_tls = visitor.client.post(
        "/check/code",
        json={"code": code.code},
        headers={**OURS, "Origin": "https://localhost"},
        base_url="https://localhost",
    )
    assert "Secure" in over_tls.headers["Set-Cookie"]


# --- the staff's side -------------------------------------------------------------------------------------------


def test_a_technician_hands_out_a_code_and_ends_it(web):
    tech = web.sign_in("joko")
    assert tech.post("/devices/checks/codes", data={"hours": "2"}).status_code == 302
    with web.context.db.read() as c:
        (code,) = check_codes.in_force(c, web.context.now())
    page = tech.get("/devices/checks").text
    assert "setiap Chromebook membuka halaman pemeriksaan dengan kode di bawah ini" in page
    assert "Kolom “Dilaporkan perangkat” berisi" in page
    assert code.code in page
    assert "<svg" in page
    tech.post(f"/devices/checks/codes/{code.id}/withdraw")
    assert code.code not in tech.get("/devices/checks").text


@pytest.mark.parametrize("hours", ["", "3", "²", "-2", "ten", "2.0"])
def test_hours_that_are_not_offered(web, hours):
    answer = web.sign_in("joko").post("/devices/checks/codes", data={"hours": hours})
    assert answer.status_code == 422
    assert "2, 4, 8, atau 12 jam" in answer.text


def test_what_nobody_knows_is_said_so_and_never_fine(web, visitor):
    visitor.enter()
    blind = {**PAGE, **dict.fromkeys(("battery", "charging", "storage_free_mb"), None), "secure": False}
    visitor.post("page", device=1, seen=blind)
    page = web.sign_in("joko").get("/devices/checks").text
    assert "baterai tidak diketahui; penyimpanan tidak diketahui" in page
    assert "dibuka lewat http" in page
    assert "kata Chromebook itu sendiri" in page


def test_the_tick_needs_both_and_a_name_and_can_be_taken_back(web):
    tech = web.sign_in("joko")
    half = tech.post("/devices/1/client", data={"menu": "1"}, headers=JSON)
    assert (half.status_code, half.json["error"]["code"]) == (422, "tick_incomplete")
    assert kept(web) == []
    both = {"menu": "1", "login_page": "1", "version": "3.1.2", "next": "/devices/checks"}
    assert tech.post("/devices/1/client", data=both).location == "/devices/checks"
    assert "dilihat joko" in tech.get("/devices/1").text
    assert "Versi 3.1.2" in tech.get("/devices/checks").text
    back = tech.post("/devices/1/client/back", data={"next": "//jahat.example/"})
    assert "jahat" not in back.location
    assert "dilihat joko" not in tech.get("/devices/1").text
    long = tech.post("/devices/1/client", data={**both, "version": "9" * 41}, headers=JSON)
    assert (long.status_code, long.json["error"]["code"]) == (422, "check_invalid")


def test_the_list_as_a_sheet(web, visitor):
    visitor.enter()
    visitor.post("hands", device=1, seen={**HANDS, "keyboard": "bad", "keys_missing": ["q", " "]})
    answer = web.sign_in("joko").get("/devices/checks.xlsx")
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"


# --- the pupil's page -------------------------------------------------------------------------------------------


def kiosk(web: Web, device: int):
    from server.services import pupil

    with web.context.db.read() as c:
        life = c.execute(select(t.enrolments.c.id).where(t.enrolments.c.device_id == device)).scalar_one()
    ticket, _ = pupil.page_ticket(web.context.db, web.context.now(), device, life)
    client = web.app.test_client()
    assert client.post("/pupil/enter", json={"ticket": ticket}, headers=OURS).json["ok"]
    return client


def test_the_pupils_page_offers_the_hands_test_while_a_check_is_open_and_no_exam_is_here(web):
    enrol_every_device(web.context.db, web.context.now())
    client = kiosk(web, 1)
    assert client.get("/pupil/state").json["check"] is False
    refused = client.post("/pupil/hands", json={"seen": HANDS}, headers=OURS)
    assert (refused.status_code, refused.json["code"]) == (409, "check_closed")
    check_codes.hand_out(web.context.db, SYSTEM, web.context.now())
    assert client.get("/pupil/state").json["check"] is True
    assert client.post("/pupil/hands", json={"seen": HANDS}, headers=OURS).json["ok"]
    (row,) = kept(web)
    assert (row.device_id, row.kind, row.source) == (1, "hands", "kiosk")

    exams.open_exam(web.context.db, SYSTEM, web.context.now(), web.exam)
    assert "check" not in client.get("/pupil/state").json
    assert client.post("/pupil/hands", json={"seen": HANDS}, headers=OURS).json["code"] == "check_closed"
    assert len(kept(web)) == 1


def test_a_bad_hands_test_on_the_pupils_page_is_named(web):
    enrol_every_device(web.context.db, web.context.now())
    check_codes.hand_out(web.context.db, SYSTEM, web.context.now())
    client = kiosk(web, 1)
    for seen in (None, {**HANDS, "touch": "x"}, {**HANDS, "keyboard": "bad"}):
        answer = client.post("/pupil/hands", json={"seen": seen}, headers=OURS)
        assert (answer.status_code, answer.json["code"]) == (422, "check_invalid")
    assert kept(web) == []


def test_a_large_school_turns_pages_and_every_chromebook_is_on_one(web):
    with web.context.db.write() as tx:
        for number in range(190):
            tx.insert(t.devices, label=f"X{number:03d}", created_at=0)
    client, shown = web.sign_in("joko"), []
    for number in ("0", "1", "2", "99999", "-1"):
        page = client.get(f"/devices/checks?page={number}").text
        shown.append(set(re.findall(r"<b>([CX]\d+)</b>", page)))
    assert [len(some) for some in shown] == [100, 100, 5, 5, 100]
    assert len(set().union(*shown[:3])) == 205
