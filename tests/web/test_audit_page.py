"""The audit trail reads as sentences, filters, pages and exports."""

from __future__ import annotations

import ast
import io

from openpyxl import load_workbook

from server.services import seats
from server.services.actor import SYSTEM, Actor
from server.services.demo import CAST
from server.web import audit_page

from .conftest import JSON, Web
from .test_roster_page import confirmation, sheet, upload
from .test_texts import sources


def test_acts_and_refusals_in_words(web: Web) -> None:
    web.start()
    seats.lock(web.context.db, SYSTEM, web.context.now(), [web.sittings()["7"]], "Sebentar.")
    web.sign_in("made").get("/staff")
    page = web.sign_in("sari").get("/audit").get_data(as_text=True)
    assert "Mengunci meja" in page
    assert f"ujian {web.exam} meja 7" in page
    assert "teks: Sebentar." in page
    assert "Mencoba membuka yang bukan perannya" in page
    assert "✕ ditolak" in page


def test_it_filters(web: Web) -> None:
    web.start()
    client = web.sign_in("sari")
    page = client.get("/audit?action=exam.open").get_data(as_text=True)
    assert "Membuka check-in" in page
    assert page.count('<td class="nowrap">') == 2
    assert "Tidak ada baris" in client.get("/audit?q=zzzz%25").get_data(as_text=True)


def test_it_pages(web: Web) -> None:
    from server.services import audit

    with web.context.db.write() as tx:
        for n in range(120):
            audit.record(tx, Actor("uji"), "staff.sign_in", f"staff {n}", n)
    client = web.sign_in("sari")
    page = client.get("/audit?q=uji").get_data(as_text=True)
    assert "petugas 119" in page
    before = page.split("before=")[1].split('"')[0]
    assert "petugas 0" in client.get(f"/audit?q=uji&before={before}").get_data(as_text=True)


def test_it_exports_and_text_stays_text(web: Web) -> None:
    web.start()
    seats.message(web.context.db, SYSTEM, web.context.now(), [web.sittings()["1"]], "=1+1")
    with web.context.db.write() as tx:
        from server.services import audit

        audit.record(tx, Actor("=HYPERLINK(1)"), "staff.sign_in", "x", 1)
    book = load_workbook(io.BytesIO(web.sign_in("sari").get("/audit.xlsx").data))
    cells = [c for row in book.active.iter_rows() for c in row if str(c.value).startswith("=")]
    assert cells
    assert all(c.data_type == "s" for c in cells)


def test_each_act_and_each_refusal_has_who_what_when_and_from_where(web: Web) -> None:
    """Board, steps, set-up, lists, day pages, accounts: one that is done and one that is refused of each."""
    web.start()
    seat, exam, round_id = web.sittings(), web.exam, web.school.round_id
    seat_url = f"/exams/{exam}/seats"
    chosen = {"sitting_ids": [seat["1"]]}
    profile = {"profile": "simulasi", "title": "Hari 2", "slot_id": web.school.slot_ids[0]}
    profile |= {"room_id": web.school.room_id, "token_interval": "15"}
    good_day, other = {"day_id": web.school.day_ids[1]}, web.make_exam(slot=2)
    #: who, path, what is sent, the action on record and the code when it is refused
    acts: list[tuple[str, str, dict[str, object], str, str | None]] = [
        ("sari", f"{seat_url}/message", {"json": chosen | {"text": "Tenang"}}, "seat.message", None),
        ("sari", f"{seat_url}/message", {"json": chosen | {"text": ""}}, "seat_acts.act", "text_invalid"),
        ("sari", f"{seat_url}/unlock", {"json": chosen}, "seat.unlock", "seat_not_locked"),
        ("sari", f"{seat_url}/place", {"json": chosen | {"device": "C14"}}, "seat.place", "spare_not_ready"),
        ("sari", f"{seat_url}/place", {"json": chosen | {"device": "C14", "sure": True}}, "seat.place", None),
        ("sari", f"/exams/{web.exam}/swaps/1/undo", {"json": {}}, "seat.undo_swap", None),
        ("sari", f"/exams/{web.exam}/swaps/1/undo", {"json": {}}, "swap_acts.undo", "swap_undone"),
        ("sari", f"{seat_url}/borrow", {"json": chosen}, "seat.borrow_laptop", None),
        ("sari", f"{seat_url}/place", {"json": chosen | {"device": "X9"}}, "seat.place", "device_unknown"),
        ("sari", f"{seat_url}/susulan", {"json": {"sitting_ids": [seat["2"]]}}, "seat.to_susulan", None),
        ("sari", f"{seat_url}/reserve", {"json": chosen | {"reserve": "R"}}, "seat_acts.act", "reserve_unknown"),
        ("sari", f"/exams/{exam}/token/release", {"data": {}}, "token.release", None),
        ("sari", f"/exams/{exam}/token/release", {"data": {"interval_minutes": "x"}}, "token.release", "token_interval"),
        ("sari", f"/exams/{exam}/token/copy", {"data": {"value": "ABC"}}, "token.copy", "token_ours"),
        ("sari", f"/exams/{exam}/centre/unreachable/begin", {"data": {}}, "centre_page.begin", "centre_not_for_web"),
        ("sari", f"/exams/{exam}/steps/pause", {"data": {}}, "exam.pause", None),
        ("sari", f"/exams/{exam}/steps/pause", {"data": {}}, "exams.step", "exam_state"),
        ("sari", f"/exams/{exam}/steps/resume", {"data": {}}, "exam.resume", None),
        ("sari", f"/exams/{exam}/incidents/close", {"json": {"ids": [999]}}, "seat_acts.close_incidents", "incident_unknown"),
        ("sari", f"/exams/{exam}/newcomers/999/admit", {"json": {}}, "seat_acts.admit", "enrolment_unknown"),
        ("sari", f"/exams/{other}/shift", {"data": {"minutes": "20", "reason": "hujan"}}, "exam.shift", None),
        ("sari", f"/exams/{other}/shift", {"data": {"minutes": "lama"}}, "day.shift", "shift_invalid"),
        ("sari", f"/exams/{exam}/change", {"data": {"next_id": 999}}, "day.change", "session_not_next"),
        ("sari", f"/exams/{exam}/change", {"data": {"next_id": other}}, "exam.change_session", None),
        ("sari", "/exams/new", {"data": profile | good_day | {"minutes.1": "5"}}, "exam.create", None),
        ("sari", "/exams/new", {"data": {"profile": "x"}}, "exams.create", "profile_unknown"),
        ("wayan", "/setup/rooms", {"data": {"name": "Lab", "count": "4", "columns": "2"}}, "setup.room_create", None),
        ("wayan", "/setup/rooms", {"data": {"name": "Lab", "count": "4", "columns": "2"}}, "setup_rooms.create", "room_exists"),
        ("wayan", f"/setup/rooms/{web.school.room_id}/remove", {"data": {}}, "setup_rooms.remove", "room_in_use"),
        ("wayan", f"/setup/rounds/{round_id}/remove", {"data": {}}, "setup_rounds.remove", "round_in_use"),
        ("wayan", "/setup/school/guests", {"data": {"npsn": "20111111", "name": "Dua", "level": "SMP"}}, "setup.guest_add", None),
        ("wayan", "/setup/school", {"data": {}}, "setup_school.save", "npsn_invalid"),
        ("wayan", "/participants", {"data": {"round_id": round_id}}, "roster.preview", "sheet_missing"),
        ("joko", "/devices/import/confirm", {"data": {"key": "x"}}, "devices.confirm", "sheet_gone"),
        ("joko", "/devices/1/service", {"data": {"in_service": "0", "reason": ""}}, "devices.service", "reason_missing"),
        ("joko", "/devices/15/service", {"data": {"in_service": "0", "reason": "retak"}}, "device.out_of_service", None),
        ("wayan", "/staff", {"data": {"username": "baru", "name": "Baru", "role": "proctor"}}, "staff.create", None),
        ("wayan", "/staff", {"data": {"username": "baru", "name": "Baru", "role": "raja"}}, "staff_admin.create", "role_unknown"),
        ("made", f"{seat_url}/lock", {"json": chosen | {"text": "x"}}, "access.refused", "forbidden"),
    ]  # fmt: skip
    clients = {name: web.sign_in(name) for name in CAST}
    roles = {name: role for name, (_, role) in CAST.items()}
    for who, path, sent, action, code in acts:
        before = len(web.audit())
        clients[who].post(path, headers=JSON, environ_base={"REMOTE_ADDR": "10.20.30.40"}, **sent)
        new = [x for x in web.audit()[before:] if x.actor != "system"]
        assert [(x.actor, x.role, x.address, x.action, x.code) for x in new] == [
            (who, str(roles[who]), "10.20.30.40", action, code)
        ], path
        assert new[0].outcome == ("refused" if code else "done")
        assert new[0].at > 0
    page = clients["wayan"].get("/audit").get_data(as_text=True)
    assert "10.20.30.40" in page
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    for action in {x.action for x in web.audit()}:
        assert f">{action}<" not in body, "an act without a name"


def test_every_detail_and_object_of_the_trail_has_a_word() -> None:
    """Read from the sources: a name that nobody translated would stand on the page as it is."""
    details, objects = set(), set()
    for name, source in sources().items():
        if not name.startswith("services/"):
            continue
        for call in ast.walk(ast.parse(source)):
            if not isinstance(call, ast.Call):
                continue
            function = ast.unparse(call.func)
            if function in {"audit.record", "audit.refused", "each", "_done"}:
                details |= {k.arg for k in call.keywords if k.arg}
            if function in {"audit.record", "audit.refused"}:
                said = call.args[3]
                first = said.values[0] if isinstance(said, ast.JoinedStr) else said
                if isinstance(first, ast.Constant):
                    objects.add(first.value.split(" ")[0])
    assert {"minutes", "next", "device"} <= details and {"exam", "room"} <= objects
    assert details - {"outcome", "code", "states"} - set(audit_page.DETAILS) == set()
    assert objects - set(audit_page.WORDS) - {"enrolment"} == set()


def test_an_import_that_went_through_is_on_record_with_its_counts(web: Web) -> None:
    client = web.sign_in("wayan")
    page = upload(web, client, sheet(("X-1", "Baru", 1, "Ruang 2", "1", ""))).text
    client.post("/participants/confirm", data=confirmation(page), environ_base={"REMOTE_ADDR": "10.20.30.40"})
    line = next(x for x in reversed(web.audit()) if x.action == "roster.import")
    assert (line.actor, line.role, line.address, line.outcome) == ("wayan", "admin", "10.20.30.40", "done")
    shown = client.get("/audit?action=roster.import").text
    assert "Mengimpor peserta" in shown and "berkas: peserta.xlsx; baru: 1" in shown


def test_a_pupil_beside_the_numbered_desks_has_no_seat_to_name(web: Web) -> None:
    from server.web import audit_page

    with web.app.test_request_context():
        assert audit_page.thing("exam 2 seat None").endswith(" –")
