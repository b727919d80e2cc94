"""Borrowed Chromebooks on their page, on the lists, on paper and on the board."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from server.services import when
from server.store import tables as t

from .conftest import Web
from .test_roster_page import confirmation

FORM = {
    "label": "P-01",
    "owner": "SMP Negeri 2",
    "until": "30/11/2099",
    "serial": "NX-1",
    "foreign_policies": "1",
}


def lend(web: Web, client: FlaskClient, **more: str) -> Any:
    return client.post("/devices/borrowed", data={**FORM, **more})


def loan(web: Web) -> Any:
    with web.context.db.read() as c:
        return c.execute(select(t.device_loans).order_by(t.device_loans.c.id.desc())).first()


def page(client: FlaskClient, path: str = "/devices/borrowed") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def make_late(web: Web) -> None:
    with web.context.db.write() as tx:
        tx.c.execute(t.device_loans.update().values(until="2020-01-02"))


def test_the_label_of_our_own_chromebook_is_refused_beside_its_field(web: Web) -> None:
    answer = lend(web, web.sign_in("joko"), label="C03", serial="")
    said = answer.get_data(as_text=True)
    assert answer.status_code == 409 and loan(web) is None
    assert 'id="error-label"' in said and "Label C03 sudah dipakai Chromebook sekolah sendiri." in said


def test_it_is_taken_in_kept_longer_and_given_back(web: Web) -> None:
    client = web.sign_in("joko")
    assert lend(web, client).status_code == 302
    assert "SMP Negeri 2" in page(client) and "milik sekolah lain" in page(client)
    found = loan(web)
    assert client.post(f"/devices/borrowed/{found.id}/until", data={"until": "31.12.2099"}).status_code == 302
    assert client.post(f"/devices/borrowed/{found.id}/policies", data={"foreign": "0"}).status_code == 302
    assert (loan(web).until, loan(web).foreign_policies) == ("2099-12-31", False)
    today = when.today(web.context.now(), "WIB")
    answer = client.post(f"/devices/borrowed/{found.id}/back", data={"on": today, "condition": "baik"})
    assert answer.status_code == 302
    assert "Sudah dikembalikan (1)" in page(client)
    assert "sudah kembali ke SMP Negeri 2" in page(client, "/devices")


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(web: Web) -> None:
    client = web.sign_in("joko")
    answer = lend(web, client, serial="5CD0001DEMO", until="30-11-2099")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'id="error-serial"' in text and "milik C01" in text and 'value="SMP Negeri 2"' in text
    answer = lend(web, client, until="2020-01-01", owner="")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'id="error-until"' in text and 'id="error-owner"' in text
    assert loan(web) is None
    assert [line.code for line in web.audit() if line.outcome == "refused"] == [
        "loan_refused",
        "field_missing",
    ]
    lend(web, client)
    answer = client.post(f"/devices/borrowed/{loan(web).id}/back", data={"on": "", "condition": ""})
    assert answer.status_code == 422 and "Tulis keadaannya" in answer.get_data(as_text=True)


def test_the_mark_is_on_the_list_the_device_and_the_board(web: Web) -> None:
    client = web.sign_in("wayan")
    lend(web, client, label="C03", serial="5CD0003DEMO")
    make_late(web)
    text = page(client, "/devices")
    assert "pinjaman SMP Negeri 2" in text and "lewat waktu" in text and "icons.svg#guest" in text
    text = page(client, f"/devices/{loan(web).device_id}")
    assert "Dipinjam dari SMP Negeri 2 sampai 2 Jan 2020" in text and "tidak mengubah apa pun" in text
    web.start()
    text = page(client, f"/exams/{web.exam}/board")
    assert "pinjaman" in text and "icons.svg#guest" in text
    line = next(line for line in text.splitlines() if "aria-label" in line and "Meja 3," in line)
    assert "Chromebook pinjaman" in line


def test_the_return_list_on_paper_and_as_a_file(web: Web) -> None:
    client = web.sign_in("joko")
    lend(web, client)
    lend(web, client, label="P-02", serial="NX-2", owner="Bu Rina")
    text = page(client, "/devices/borrowed/return")
    assert text.count('class="paper-page"') == 2 and "Yang menyerahkan" in text
    answer = client.get("/devices/borrowed/return.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[1][:4] == ("P-02", "NX-2", "Bu Rina", "30/11/2099")
    assert rows[2][:4] == ("P-01", "NX-1", "SMP Negeri 2", "30/11/2099")
    rows = list(
        load_workbook(io.BytesIO(client.get("/devices/borrowed.xlsx").data)).active.iter_rows(
            values_only=True
        )  # type: ignore[union-attr]
    )
    assert len(rows) == 3 and rows[0][5:7] == ("Dipinjam dari", "Sampai tanggal")


def test_the_device_list_as_a_file_brings_loans_in_again_unchanged(web: Web) -> None:
    client = web.sign_in("joko")
    lend(web, client)
    answer = client.get("/devices.xlsx")
    text = client.post(
        "/devices/import",
        data={"sheet": (io.BytesIO(answer.data), "perangkat.xlsx")},
        content_type="multipart/form-data",
    ).get_data(as_text=True)
    assert "<b>16</b> tetap" in text


def test_a_list_with_owner_and_day_is_shown_before_it_is_taken_in(web: Web) -> None:
    client = web.sign_in("joko")
    sheet = "Label,Dipinjam dari,Sampai tanggal\nP-09,SMP Negeri 2,30/11/2099\n"
    text = client.post(
        "/devices/import",
        data={"sheet": (io.BytesIO(sheet.encode()), "p.csv")},
        content_type="multipart/form-data",
    ).get_data(as_text=True)
    assert "SMP Negeri 2" in text and "Dipinjam dari" in text
    assert loan(web) is None
    client.post("/devices/import/confirm", data=confirmation(text))
    assert (loan(web).owner, loan(web).until) == ("SMP Negeri 2", "2099-11-30")


def test_a_proctor_looks_and_changes_nothing(web: Web) -> None:
    lend(web, web.sign_in("joko"))
    client = web.sign_in("sari")
    text = page(client)
    assert "SMP Negeri 2" in text and "Catat pinjaman baru" not in text and "/back" not in text
    assert lend(web, client).status_code == 403
