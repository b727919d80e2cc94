"""Participants: upload, row-numbered problems, and nothing stored before the confirmation."""

from __future__ import annotations

import hashlib
import io
import re

from openpyxl import Workbook, load_workbook

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


def saved(book: Workbook) -> io.BytesIO:
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def row_of(page: str, number: int) -> list[str]:
    """The cells of the first problem of a row."""
    rows = (re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", page))
    return next(cells for cells in rows if cells and cells[0] == str(number))


def confirmation(page: str) -> dict[str, str]:
    """What the page's own button sends."""
    fields = re.findall(r'name="(key|seen)" value="([^"]*)"', page)
    if not any(name == "seen" for name, _ in fields):
        fields.append(("seen", hashlib.sha256(b"([], [])").hexdigest()[:24]))
    return dict(fields)


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
    assert "Hasil periksa peserta.xlsx" in page
    assert row_of(page, 3) == ["3", "Nama", "–", "Belum diisi"]
    assert row_of(page, 4) == ["4", "Sesi", "a", "Sesi “a” harus angka 1 sampai 99"]
    assert "Simpan ke Bangku" not in page
    assert count(web) == before


def test_a_good_sheet_is_shown_then_confirmed_once(web: Web) -> None:
    client = web.sign_in("wayan")
    before = count(web)
    page = upload(web, client, sheet(("X-1", "Baru Satu", 1, "Ruang 2", "1", "3201"))).get_data(as_text=True)
    assert "Baru Satu" in page
    assert "3201" not in page
    assert count(web) == before
    key = confirmation(page)["key"]
    done = client.post("/participants/confirm", data=confirmation(page)).get_data(as_text=True)
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
    assert "daftar.pdf bukan XLSX atau CSV yang bisa dibaca" in answer.get_data(as_text=True)
    missing = client.post("/participants", data={"round_id": str(web.school.round_id)})
    assert "Pilih berkas XLSX atau CSV" in missing.get_data(as_text=True)


def test_the_same_sheet_again_changes_nothing(web: Web) -> None:
    client = web.sign_in("wayan")
    page = upload(web, client, participant_sheet()).get_data(as_text=True)
    assert "<b>26</b> tetap" in page
    assert "Simpan ke Bangku" not in page
    done = client.post("/participants/confirm", data=confirmation(page)).get_data(as_text=True)
    assert "0 baru, 0 berubah, 26 tetap" in done


def test_a_row_without_its_digest_is_not_confirmed(web: Web) -> None:
    """Only what was shown is done."""
    client = web.sign_in("wayan")
    page = upload(web, client, sheet(("X-1", "Baru", 1, "Ruang 2", "1", ""))).get_data(as_text=True)
    answer = client.post("/participants/confirm", data={**confirmation(page), "seen": ""})
    assert answer.status_code == 409
    assert "Lihat hasil periksa yang baru" in answer.get_data(as_text=True)


def test_what_changes_is_named_before_anything_is_stored(web: Web) -> None:
    book = load_workbook(participant_sheet())
    active = book.active
    assert active is not None
    active["D2"] = "IX-C"
    active["H3"] = "99"
    page = upload(web, web.sign_in("wayan"), saved(book)).get_data(as_text=True)
    assert "<b>1</b> berubah" in page
    assert "IX-A <span" in page and "<b>IX-C</b>" in page
    assert row_of(page, 3)[:3] == ["3", "Meja", "99"]


def test_a_column_is_corrected_without_another_upload(web: Web) -> None:
    client = web.sign_in("wayan")
    text = "Kode;Siswa;Sesi;Ruang;Meja;Nama Ayah\n007-1;Ani Baru;1;Ruang 2;3;Rahasia\n"
    page = upload(web, client, io.BytesIO(text.encode("cp1252")), "daftar.csv").get_data(as_text=True)
    assert "Kolom “Nomor Peserta” belum ada" in page and "Kolom “Nama” belum ada" in page
    assert "Dibuang dari berkas ini: Nama Ayah." in page
    assert "Rahasia" not in page
    chosen = {"key": confirmation(page)["key"], "column.number": "0", "column.name": "1", "column.nisn": "5"}
    chosen |= {"column.slot": "2", "column.room": "3", "column.seat": "4"}
    page = client.post("/participants/columns", data=chosen).get_data(as_text=True)
    assert "<b>1</b> baru" in page and "Rahasia" not in page
    done = client.post("/participants/confirm", data=confirmation(page)).get_data(as_text=True)
    assert "1 baru" in done
    with web.context.db.read() as c:
        assert c.execute(t.registrations.select().where(t.registrations.c.number == "007-1")).one()
    # the file is let go once it is in
    assert client.post("/participants/columns", data=chosen).status_code == 404


def test_a_column_taken_twice_is_named(web: Web) -> None:
    client = web.sign_in("wayan")
    page = upload(web, client, sheet(("X-1", "Baru", 1, "Ruang 2", "1", ""))).get_data(as_text=True)
    chosen = {f"column.{n}": str(i) for i, n in enumerate(("number", "name", "slot", "room"))}
    page = client.post(
        "/participants/columns", data={"key": confirmation(page)["key"], **chosen, "column.seat": "3"}
    ).get_data(as_text=True)
    assert "Judul “Ruang” dipakai juga untuk Ruang" in page


def test_the_problems_come_as_xlsx_too(web: Web) -> None:
    client = web.sign_in("wayan")
    page = upload(
        web, client, sheet(("X-1", "", 1, "Ruang 9", "1", ""), ("X-2", "Ani", 1, "Ruang 9", "1", ""))
    )
    key = page.get_data(as_text=True).split("/participants/preview.xlsx?key=")[1].split('"')[0]
    answer = client.get(f"/participants/preview.xlsx?key={key}")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [r[0] for r in rows[1:]] == [2, 3]
    assert rows[2][2:] == ("Ruang 9", "Ruang", "Ruang “Ruang 9” belum dibuat")
    assert web.sign_in("sari").get(f"/participants/preview.xlsx?key={key}").status_code == 403


def test_a_round_that_does_not_exist_is_refused(web: Web) -> None:
    answer = web.sign_in("wayan").post(
        "/participants",
        data={"round_id": "99", "sheet": (sheet(), "peserta.xlsx")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
