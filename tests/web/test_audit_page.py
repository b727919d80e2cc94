"""The audit trail reads as sentences, filters, pages and exports."""

from __future__ import annotations

import io

from openpyxl import load_workbook

from server.services import seats
from server.services.actor import SYSTEM, Actor

from .conftest import Web


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


def test_a_pupil_beside_the_numbered_desks_has_no_seat_to_name(web: Web) -> None:
    from server.web import audit_page

    with web.app.test_request_context():
        assert audit_page.thing("exam 2 seat None").endswith(" –")
