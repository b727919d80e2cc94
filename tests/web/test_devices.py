"""The device list, its import and its states, as each role sees them."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from server.domain import inventory, roster
from server.domain.sheet import Spec, guess

from .conftest import Web
from .test_roster_page import confirmation


def upload(client: FlaskClient, text: str, name: str = "perangkat.csv") -> str:
    answer = client.post(
        "/devices/import",
        data={"sheet": (io.BytesIO(text.encode()), name)},
        content_type="multipart/form-data",
    )
    return answer.get_data(as_text=True)


def test_the_list_shows_every_device_and_only_those_who_may_change_it_see_how(web: Web) -> None:
    page = web.sign_in("joko").get("/devices").get_data(as_text=True)
    assert "5CD0007DEMO" in page and "meja 7" in page and "Impor perangkat" in page
    page = web.sign_in("sari").get("/devices").get_data(as_text=True)
    assert "5CD0007DEMO" in page
    assert "Impor perangkat" not in page and "/service" not in page
    assert web.sign_in("made").get("/devices").status_code == 403


def test_a_list_is_checked_corrected_and_confirmed(web: Web) -> None:
    client = web.sign_in("joko")
    page = upload(client, "Unit,Nomor seri\nC01,LAIN-1\nD01,none\n")
    assert "Kolom “Label” belum ada" in page
    page = client.post(
        "/devices/import/columns",
        data={"key": confirmation(page)["key"], "column.label": "0", "column.serial": "1"},
    ).get_data(as_text=True)
    assert "<b>1</b> baru" in page and "<b>1</b> berubah" in page
    assert "5CD0001DEMO" in page
    done = client.post("/devices/import/confirm", data=confirmation(page)).get_data(as_text=True)
    assert "1 baru, 1 berubah, 0 tetap" in done
    assert "LAIN-1" in client.get("/devices").get_data(as_text=True)


def test_a_participants_preview_is_no_device_preview(web: Web) -> None:
    client = web.sign_in("wayan")
    key = confirmation(upload(client, "Label\nD01\n"))["key"]
    assert client.post("/participants/confirm", data={"key": key}).status_code == 404


def test_the_export_can_be_brought_in_again_unchanged(web: Web) -> None:
    client = web.sign_in("joko")
    answer = client.get("/devices.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[1][:6] == ("C01", "5CD0001DEMO", "Chromebook 11", "Ruang 1", "1", "tidak")
    page = client.post(
        "/devices/import",
        data={"sheet": (io.BytesIO(answer.data), "perangkat.xlsx")},
        content_type="multipart/form-data",
    ).get_data(as_text=True)
    assert "<b>15</b> tetap" in page
    assert "Tidak ada yang perlu disimpan" in page


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    ("path", "kind"), [("/participants", roster.SPEC), ("/devices/import", inventory.SPEC)]
)
def test_every_heading_of_the_empty_example_is_known(web: Web, language: str, path: str, kind: Spec) -> None:
    client = web.sign_in("wayan")
    client.get(f"/language/{language}")
    rows = load_workbook(io.BytesIO(client.get(f"{path}/template.xlsx").data)).active
    assert rows is not None
    assert set(guess(kind, [cell.value for cell in rows[1]])) == set(kind.headings)


def test_out_of_service_needs_a_reason_and_shows_it(web: Web) -> None:
    client = web.sign_in("joko")
    refused = client.post("/devices/1/service", data={"in_service": "0", "reason": " "})
    assert refused.status_code == 422 and "Tulis alasannya" in refused.get_data(as_text=True)
    assert (
        client.post("/devices/1/service", data={"in_service": "0", "reason": "layar retak"}).status_code
        == 302
    )
    page = client.get("/devices").get_data(as_text=True)
    assert "layar retak" in page and "Pakai lagi" in page
    assert client.post("/devices/999/service", data={"in_service": "0", "reason": "x"}).status_code == 404
    line = next(x for x in web.audit() if x.action == "device.out_of_service")
    assert (line.actor, line.detail) == ("joko", {"reason": "layar retak"})


def test_a_device_in_an_exam_is_refused_in_words(web: Web) -> None:
    web.start()
    client = web.sign_in("joko")
    page = upload(client, "Label,Ruang,Meja\nC01,Ruang 2,1\n")
    assert "C01 sedang dipakai di ujian “Simulasi web”" in page
    answer = client.post("/devices/1/service", data={"in_service": "0", "reason": "rusak"})
    assert answer.status_code == 409
    assert "Tukar dulu di papan" in answer.get_data(as_text=True)


def test_a_column_that_was_not_recognised_is_named_before_anything_is_stored(web: Web) -> None:
    client = web.sign_in("joko")
    page = upload(client, "Label,No Meja,Nomor bangku kayu\nD01,7,8\n")
    assert "tidak dibaca: Nomor bangku kayu." in page
    page = upload(client, "Label,Meja\nD01,7\n")
    assert "tidak dibaca" not in page
