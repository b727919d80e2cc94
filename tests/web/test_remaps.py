"""The pages on Chromebooks that came back: evidence in words, accept by sticker, reject, undo, and the school's rule."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server.domain.scan import What
from server.services import demo, remap_rule, remaps, scans
from server.simulated_installation import Installation
from server.store import tables as t
from tests.services.test_enrol import ADDRESS, NONCE, Desk

from .conftest import Web


class Knocking(Desk):
    """Devices at the web school's door."""

    def __init__(self, web: Web) -> None:
        self.web = web
        super().__init__(self)
        from server.services.enrol import Enroller

        self.enroller = Enroller(self.db, (ADDRESS,))

    @property
    def db(self):
        return self.web.context.db

    @property
    def now(self):
        return self.web.context.now()


@pytest.fixture
def back(web: Web) -> int:
    """C01 has a living key, and another one knocks under its serial number. The proposal's id."""
    desk = Knocking(web)
    desk.prove(Installation())
    assert desk.prove(Installation()).standing == "quarantined"
    assert NONCE
    with web.context.db.read() as c:
        (view,) = remaps.waiting(c)
    return view.id


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def state(web: Web, remap_id: int):
    with web.context.db.read() as c:
        return remaps.get(c, remap_id)


def accept(web: Web, client, remap_id: int, **more):
    given = {"digest": state(web, remap_id).digest} | more
    return client.post(f"/remaps/{remap_id}/accept", data=given)


def test_the_list_counts_what_waits_and_the_device_list_leads_there(web: Web, back: int) -> None:
    joko = web.sign_in("joko")
    page = text(joko.get("/remaps"))
    assert "Menunggu keputusan (1)" in page and "C01" in page and f"/remaps/{back}" in page
    assert "Kembali (1 menunggu)" in text(joko.get("/devices"))
    assert "Ruang 1" in page


def test_readiness_speaks_of_a_wipe_only_where_one_is_known(web: Web, back: int) -> None:
    joko = web.sign_in("joko")
    wipe, claim = "Kembali setelah dihapus isinya", "Ada perangkat yang mengaku sebagai Chromebook ini"
    page = text(joko.get("/readiness"))
    assert claim in page and wipe not in page
    with web.context.db.write() as tx:
        tx.c.execute(t.remaps.update().where(t.remaps.c.id == back).values(kind="wiped"))
    page = text(joko.get("/readiness"))
    assert wipe in page and claim not in page


def test_evidence_and_what_it_gets_back_are_said_in_words(web: Web, back: int) -> None:
    page = text(web.sign_in("joko").get(f"/remaps/{back}"))
    assert demo.serial(1) in page
    assert "mendukung:" in page and "bukti lemah" in page
    assert "Ruang 1, meja 1" in page
    assert "Terima: ini C01" in page and "Tolak: ini bukan C01" in page


@pytest.mark.parametrize(("kind", "how"), [("scan", "scan"), ("typed", "typed"), ("none", "click")])
def test_accepting_says_how(web: Web, back: int, kind: str, how: str) -> None:
    code = {
        "scan": lambda: f"https://x.test/d/{scans.code(web.context.db, What.DEVICE, 'C01')}",
        "typed": lambda: "c01",
        "none": lambda: "",
    }[kind]()
    answer = accept(web, web.sign_in("joko"), back, code=code)
    assert answer.status_code == 302
    view = state(web, back)
    assert (view.state, view.how, view.decided_by) == ("accepted", how, "joko")


def test_the_sticker_of_another_chromebook_is_refused_in_words(web: Web, back: int) -> None:
    answer = accept(web, web.sign_in("joko"), back, code="C02")
    assert answer.status_code == 409
    assert "C01" in text(answer)
    assert state(web, back).state == "open"


def test_a_participants_card_is_no_sticker(web: Web, back: int) -> None:
    card = f"https://x.test/k/{scans.code(web.context.db, What.CARD, '1')}"
    answer = accept(web, web.sign_in("joko"), back, code=card)
    assert "Itu kartu peserta" in text(answer) and state(web, back).state == "open"


def test_an_unknown_sticker_is_refused_on_the_page(web: Web, back: int) -> None:
    answer = accept(web, web.sign_in("joko"), back, code="Z99")
    assert answer.status_code == 404 and "Terima: ini C01" in text(answer)


def test_what_changed_since_it_was_shown_is_not_accepted(web: Web, back: int) -> None:
    answer = accept(web, web.sign_in("joko"), back, digest="0123456789abcdef")
    assert answer.status_code == 409
    assert state(web, back).state == "open"


def test_reject_undo_and_accept_undo(web: Web, back: int) -> None:
    sari = web.sign_in("sari")
    assert sari.post(f"/remaps/{back}/reject").status_code == 302
    assert state(web, back).state == "rejected"
    page = text(sari.get(f"/remaps/{back}"))
    assert "Batalkan keputusan ini" in page and "Terima: ini" not in page
    assert "ditolak" in text(sari.get("/remaps"))
    assert sari.post(f"/remaps/{back}/undo").status_code == 302
    assert sari.post(f"/remaps/{back}/undo").status_code == 409


def test_an_undone_acceptance_says_who_did_what_and_when(web: Web, back: int) -> None:
    joko = web.sign_in("joko")
    accept(web, joko, back, code="C01")
    joko.post(f"/remaps/{back}/undo")
    page = text(joko.get(f"/remaps/{back}"))
    name = demo.CAST["joko"][0]
    said = re.search(r'<p class="faint">(diterima .*?)</p>', page)
    assert said is not None
    assert re.fullmatch(
        rf"diterima [^·]+ oleh {name} · label diketik · dibatalkan [^·]+ oleh {name}", said[1]
    )
    assert f"{name}</td>" in text(joko.get("/remaps"))


def test_nothing_failed_means_nothing_to_try_again(web: Web, back: int) -> None:
    answer = web.sign_in("joko").post(f"/remaps/{back}/again")
    assert answer.status_code == 409


def test_who_may_only_look_sees_no_buttons(web: Web, back: int) -> None:
    made = web.sign_in("made")
    assert made.get("/remaps").status_code == 403
    assert made.post(f"/remaps/{back}/accept").status_code == 403


def test_all_strong_ones_at_once_take_only_what_was_shown(web: Web, back: int) -> None:
    """The rule of the button: id and digest, each judged by itself."""
    joko = web.sign_in("joko")
    shown = [f"{back}.0123456789abcdef", "x.y", "999.0123456789abcdef"]
    answer = joko.post("/remaps/accept", data={"shown": shown})
    assert answer.status_code == 409
    assert "Usul nomor 999" in text(answer)
    assert state(web, back).state == "open"
    assert (
        joko.post("/remaps/accept", data={"shown": [f"{back}.{state(web, back).digest}"]}).status_code == 302
    )
    assert state(web, back).state == "accepted"


def test_lists_go_into_files(web: Web, back: int) -> None:
    client = web.sign_in("joko")
    sheet = load_workbook(io.BytesIO(client.get("/remaps.xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "Perangkat" and rows[1][0] == "C01" and demo.serial(1) in rows[1]
    assert client.get("/remaps/away.xlsx").status_code == 200


def test_one_that_has_not_come_back_is_listed_with_its_steps(web: Web) -> None:
    desk = Knocking(web)
    admitted = desk.prove(Installation())
    with web.context.db.write() as tx:
        tx.insert(
            t.device_commands,
            console_id="x",
            device_id=admitted.device_id,
            serial=demo.serial(1),
            kind="powerwash",
            payload={},
            state="done",
            asked_by="joko",
            created_at=web.context.now() + 1_000,
            sent_at=web.context.now() + 1_000,
            ended_at=web.context.now() + 1_000,
        )
    page = text(web.sign_in("joko").get("/remaps"))
    assert "Belum kembali (1)" in page and "Langkah di tempat" in page


def test_the_schools_rule_is_switched_on_a_page_of_its_own(web: Web) -> None:
    wayan = web.sign_in("wayan")
    assert "/setup/remap" in text(wayan.get("/setup"))
    assert "Selalu petugas" in text(wayan.get("/setup/remap"))
    assert wayan.post("/setup/remap", data={"rule": "strong"}).status_code == 302
    with web.context.db.read() as c:
        assert remap_rule.on(c)
    wayan.post("/setup/remap", data={"rule": "off"})
    with web.context.db.read() as c:
        assert not remap_rule.on(c)
    assert web.sign_in("joko").get("/setup/remap").status_code == 403


def test_what_the_console_holds_is_said_field_by_field(web: Web, back: int) -> None:
    accept(web, web.sign_in("joko"), back)
    with web.context.db.write() as tx:
        for position, (field, outcome, code) in enumerate(
            [
                ("annotatedAssetId", "done", None),
                ("notes", "failed", "remap_drifted"),
                ("annotatedUser", "failed", "google_unavailable"),
                ("orgUnitPath", "pending", "move_exam_browser_day"),
            ]
        ):
            tx.insert(
                t.remap_changes,
                remap_id=back,
                way="out",
                position=position,
                console_id="x",
                field=field,
                before="",
                after="isi",
                outcome=outcome,
                code=code,
                at=web.context.now(),
            )
    client = web.sign_in("joko")
    page = text(client.get(f"/remaps/{back}"))
    assert "tertulis, sudah dibaca kembali" in page
    assert "berubah di konsol sesudah ditunjukkan" in page
    assert "menunggu: hari ini ada ujian di Exam Browser" in page
    assert "Coba tulis lagi yang belum" in page
    assert client.post(f"/remaps/{back}/again").status_code == 302
    with web.context.db.read() as c:
        again = c.execute(select(t.remap_changes.c.field).where(t.remap_changes.c.position > 3)).scalars()
        assert list(again) == ["annotatedUser"]
