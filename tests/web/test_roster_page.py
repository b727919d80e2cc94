"""Participants: upload, row-numbered problems, and nothing stored before the confirmation."""

from __future__ import annotations

import io

from openpyxl import Workbook

from server.services.demo import participant_sheet
from server.store import tables as t

from .conftest import Web


def sheet(*rows: tuple[object, ...]) -> io.BytesIO:
    book = Workbook()
    active = book.active
    assert active is not None
    active.append(["Nomor Peserta", "Nama", "Sesi", "Ruang", "Meja", "NIK"])
    for row in rows:
        active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def upload(web: Web, client: object, stream: io.BytesIO, name: str = "peserta.xlsx"):  # type: ignore[no-untyped-def]
    return client.post(  # type: ignore[attr-defined]
        "/participants",
        data={"round_id": str(web.school.round_id), "sheet": (stream, name)},
        content_type="multipart/form-data",
    )


def count(web: Web) -> int:
    with web.context.db.read() as c:
        return len(c.execute(t.participants.select()).all())


def test_problems_name_their_rows_and_nothing_is_stored(web: Web) -> None:
    client = web.sign_in("wayan")
    before = count(web)
    answer = upload(
        web,
        client,
        sheet(
            ("X-1", "Baru Satu", 1, "Ruang 2", "1", "3201"),
            ("X-2", "", 1, "Ruang 9", "1", ""),
            ("X-1", "Kembar", "a", "Ruang 2", "2", ""),
        ),
    )
    page = answer.get_data(as_text=True)
    assert "hal perlu diperbaiki di peserta.xlsx" in page
    assert "<td>3</td>" in page
    assert "<td>4</td>" in page
    assert "Simpan peserta ini" not in page
    assert count(web) == before


def test_a_good_sheet_is_shown_then_confirmed_once(web: Web) -> None:
    client = web.sign_in("wayan")
    before = count(web)
    page = upload(web, client, sheet(("X-1", "Baru Satu", 1, "Ruang 2", "1", "3201"))).get_data(as_text=True)
    assert "Baru Satu" in page
    assert "3201" not in page
    assert count(web) == before
    key = page.split('name="key" value="')[1].split('"')[0]
    done = client.post("/participants/confirm", data={"key": key}).get_data(as_text=True)
    assert "1 baru" in done
    assert count(web) == before + 1
    assert "Unggah berkasnya sekali lagi" in client.post("/participants/confirm", data={"key": key}).get_data(
        as_text=True
    )


def test_somebody_elses_preview_is_not_confirmed(web: Web) -> None:
    page = upload(web, web.sign_in("wayan"), sheet(("X-1", "A", 1, "Ruang 2", "1", ""))).get_data(
        as_text=True
    )
    key = page.split('name="key" value="')[1].split('"')[0]
    from server.domain.roles import Role
    from server.services import staff
    from server.services.actor import SYSTEM

    with web.context.db.read() as c:
        sari = next(s for s in staff.everyone(c) if s.username == "sari")
    staff.change(web.context.db, SYSTEM, web.context.now(), sari.id, role=Role.ADMIN)
    assert web.sign_in("sari").post("/participants/confirm", data={"key": key}).status_code == 404


def test_what_is_not_a_sheet_is_refused_in_words(web: Web) -> None:
    client = web.sign_in("wayan")
    answer = upload(web, client, io.BytesIO(b"bukan xlsx"), "daftar.pdf")
    assert answer.status_code == 422
    assert "daftar.pdf bukan XLSX yang bisa dibaca" in answer.get_data(as_text=True)
    missing = client.post("/participants", data={"round_id": str(web.school.round_id)})
    assert "Pilih berkas XLSX" in missing.get_data(as_text=True)


def test_the_same_sheet_again_changes_nothing(web: Web) -> None:
    client = web.sign_in("wayan")
    page = upload(web, client, participant_sheet()).get_data(as_text=True)
    key = page.split('name="key" value="')[1].split('"')[0]
    done = client.post("/participants/confirm", data={"key": key}).get_data(as_text=True)
    assert "26 tetap" in done
