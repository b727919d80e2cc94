"""The sticker pages: what is chosen is printed, and a wrong address is told before paper is spent."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from server.domain.sticker import FORMATS

from .conftest import Web


def sheets_page(web: Web, query: str = "", who: str = "joko") -> str:
    answer = web.sign_in(who).get(f"/stickers/sheets?{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def printed(page: str) -> list[str]:
    return re.findall(r'<g data-name="([^"]+)">', page)


@pytest.mark.parametrize("key", FORMATS)
def test_each_format_prints_every_device_once_in_mm(web: Web, key: str) -> None:
    page = sheets_page(web, f"format={key}")
    form = FORMATS[key]
    assert printed(page) == [f"C{n:02d}" for n in range(1, 16)]
    assert page.count('<svg class="sheet"') == -(-15 // form.per_page)
    assert f'width="{form.sheet_width}mm" height="{form.sheet_height}mm"' in page
    assert "100 %" in page and "style=" not in page


def test_some_devices_from_a_half_used_sheet(web: Web) -> None:
    page = sheets_page(web, "format=a4-65&start=64&device=3&device=5&device=7")
    assert len(printed(page)) == 3
    assert page.count('<svg class="sheet"') == 2


def test_a_start_beyond_the_sheet_is_said(web: Web) -> None:
    answer = web.sign_in("joko").get("/stickers/sheets?format=a4-24&start=25")
    assert answer.status_code == 422
    assert "1 sampai 24" in answer.get_data(as_text=True)


def test_the_test_print_has_every_outline_and_a_ruler_and_no_sticker(web: Web) -> None:
    page = sheets_page(web, "format=a4-65&test=1")
    assert printed(page) == []
    assert page.count('rx="1.5"') == 65
    assert "Garis ini 100 mm" in page


def test_nothing_chosen_says_so(web: Web) -> None:
    assert "Tidak ada yang dicetak" in sheets_page(web, "device=99999")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:8410", "hanya terbuka di komputer server ini"),
        ("https://localhost", "hanya terbuka di komputer server ini"),
        ("http://192.168.1.5:8410", "Tanpa https"),
        ("https://ujian.smpn1.sch.id", "baru berguna setelah petugas masuk"),
    ],
)
def test_an_address_that_a_phone_cannot_open_is_warned_of(web: Web, address: str, said: str) -> None:
    web.app.extensions["bangku"] = replace(
        web.context, settings=replace(web.context.settings, public_url=address)
    )
    client = web.sign_in("joko")
    for path in ("/stickers", "/stickers/sheets"):
        assert said in client.get(path).get_data(as_text=True)
    assert f"{address.upper()}/D/C01." in client.get("/stickers/sheets").get_data(as_text=True)


def test_the_list_for_a_label_printers_own_program(web: Web) -> None:
    answer = web.sign_in("joko").get("/stickers.xlsx?room=1")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0] == ("Label", "Nomor seri", "Ruang", "Meja", "Isi kode QR")
    assert len(rows) == 16 and "/D/C01." in str(rows[1][4])


def test_who_watches_the_room_has_no_stickers(web: Web) -> None:
    assert web.sign_in("made").get("/stickers").status_code == 403
