"""The device pages with and without a console: what each role sees, takes over and labels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from server import config
from server.services import demo
from server.store import tables as t
from tests import synced_school
from tests.synced_school import Connected, school_of

from .conftest import JSON, Web

SEED = school_of(
    *({"serial": demo.serial(n), "asset_id": f"C{n:02}"} for n in range(1, 16)),
    {"serial": "5CD0099BARU"},
)


@pytest.fixture
def connected(web: Web, tmp_path: Path) -> Iterator[Connected]:
    """The school of `web`, connected to a console."""
    made = synced_school.connect(web.context.settings.data_dir, tmp_path / "console", SEED)
    yield made
    made.close()


def order(web: Web, school: Connected, user: str = "joko") -> str:
    """Press the button and let the worker run; where the page led."""
    answer = web.sign_in(user).post("/devices/sync", data={"full": "1"})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    path = answer.headers["Location"]
    school.work(int(path.rsplit("/", 1)[1]))
    return path


def digest(page: str) -> str:
    return page.split('name="digest" value="')[1].split('"')[0]


def test_without_a_console_the_list_is_as_it_was_and_says_what_is_not_known(web: Web) -> None:
    page = web.sign_in("joko").get("/devices").get_data(as_text=True)
    assert "Konsol Google tidak tersambung" in page and "5CD0007DEMO" in page
    assert "Ambil dari konsol" not in page and "Di konsol Google" not in page
    answer = web.sign_in("joko").post("/devices/sync", headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "google_not_connected")


def test_a_technician_fetches_looks_and_saves(web: Web, connected: Connected) -> None:
    client = web.sign_in("joko")
    assert "Ambil dari konsol" in client.get("/devices").get_data(as_text=True)
    path = order(web, connected)
    page = client.get(path).get_data(as_text=True)
    assert "<b>16</b> baru" in page and "Belum ada yang disimpan" in page
    assert "menunggu dilihat" in client.get("/devices").get_data(as_text=True)
    refused = client.post(f"{path}/accept", data={"digest": "0" * 16, "what": "all"})
    assert refused.status_code == 409 and "sudah tidak sama" in refused.get_data(as_text=True)
    assert client.post(f"{path}/accept", data={"digest": digest(page), "what": "all"}).status_code == 302
    assert "Sudah disimpan" in client.get(path).get_data(as_text=True)
    listed = client.get("/devices").get_data(as_text=True)
    assert "16 Chromebook menurut konsol" in listed and "1 belum berlabel" in listed and "/Lab" in listed
    line = next(x for x in web.audit() if x.action == "google.sync_accept")
    assert (line.actor, line.detail["new"], line.detail["odd"]) == ("joko", 16, False)


def test_the_button_pressed_twice_leads_to_the_one_that_runs(web: Web, connected: Connected) -> None:
    client = web.sign_in("joko")
    first = client.post("/devices/sync", data={"full": "1"})
    second = client.post("/devices/sync", data={"full": "0"})
    assert first.headers["Location"] == second.headers["Location"]
    page = client.get("/devices").get_data(as_text=True)
    assert "data-active" in page and 'action="/devices/sync"' not in page


def test_who_may_only_look_sees_no_buttons(web: Web, connected: Connected) -> None:
    path = order(web, connected)
    page = web.sign_in("sari").get(path).get_data(as_text=True)
    assert "<b>16</b> baru" in page and "/accept" not in page
    assert "/devices/sync" not in web.sign_in("sari").get("/devices").get_data(as_text=True).replace(path, "")
    assert web.sign_in("sari").post("/devices/sync").status_code == 403
    assert web.sign_in("made").get(path).status_code == 403


def test_odd_findings_stand_first_and_are_saved_only_when_chosen(web: Web, connected: Connected) -> None:
    client = web.sign_in("joko")
    connected.take(connected.sync())
    connected.google(demo.serial(3))["serialNumber"] = "PAPAN-BARU"
    connected.google(demo.serial(4))["orgUnitId"] = connected.unit("/Ujian")
    path = order(web, connected)
    page = client.get(path).get_data(as_text=True)
    assert (
        page.index("Janggal: lihat dulu (1)") < page.index("Papan induk diganti") < page.index("Biasa</h2>")
    )
    client.post(f"{path}/accept", data={"digest": digest(page), "what": "ordinary"})
    assert connected.mirror("PAPAN-BARU") == []
    assert connected.mirror(demo.serial(4))[0].org_unit_path == "/Ujian"
    assert "1 yang janggal menunggu" in client.get("/devices").get_data(as_text=True)
    page = client.get(path).get_data(as_text=True)
    assert "Simpan juga yang janggal" in page
    client.post(f"{path}/accept", data={"digest": digest(page), "what": "all"})
    assert connected.label_of("PAPAN-BARU") == "C03"
    sheet = load_workbook(io.BytesIO(client.get(f"{path}.xlsx").data)).active
    assert sheet is not None and sheet["A2"].value == "Nomor seri berubah"


def test_what_the_console_does_not_name_gets_its_label_here(web: Web, connected: Connected) -> None:
    client = web.sign_in("joko")
    connected.take(connected.sync())
    page = client.get("/devices/unlabelled").get_data(as_text=True)
    assert "5CD0099BARU" in page and "ID aset di konsol kosong" in page
    (row,) = connected.mirror("5CD0099BARU")
    path = f"/devices/unlabelled/{row.console_id}"
    refused = client.post(path, data={"label": "C01"})
    assert refused.status_code == 409 and "Label C01 sudah ada" in refused.get_data(as_text=True)
    done = client.post(path, data={"label": "D20"})
    assert done.status_code == 302
    page = client.get(done.headers["Location"]).get_data(as_text=True)
    assert "<h1>D20</h1>" in page and "Diberi label (oleh joko)" in page and "5CD0099BARU" in page
    assert web.sign_in("sari").post(path, data={"label": "D21"}).status_code == 403


def test_one_device_shows_its_whole_history_in_words(web: Web, connected: Connected) -> None:
    web.start()
    connected.take(connected.sync())
    connected.google(demo.serial(3))["status"] = "DISABLED"
    connected.take(connected.sync())
    client = web.sign_in("joko")
    page = client.get("/devices/3").get_data(as_text=True)
    for words in (
        "<h1>C03</h1>",
        "dinonaktifkan di konsol",
        "Keadaan di konsol berubah dari aktif menjadi dinonaktifkan di konsol",
        "Pertama terlihat di konsol Google, di /Lab",
        f"Nomor seri {demo.serial(3)} tercatat",
        "Tempat asal: Ruang 1, meja 3",
    ):
        assert words in page, words
    rows = list(load_workbook(io.BytesIO(client.get("/devices/3.xlsx").data)).active.iter_rows())  # type: ignore[union-attr]
    assert len(rows) > 4
    assert client.get("/devices/999").status_code == 404


def test_the_list_is_filtered_and_the_file_follows_the_filter(web: Web, connected: Connected) -> None:
    connected.google(demo.serial(2))["status"] = "DISABLED"
    connected.take(connected.sync())
    client = web.sign_in("joko")

    def labels(query: str) -> list[str]:
        rows = load_workbook(io.BytesIO(client.get(f"/devices.xlsx?{query}").data)).active
        assert rows is not None
        return [str(row[0].value) for row in rows.iter_rows(min_row=2)]

    assert labels("status=DISABLED") == ["C02"]
    assert labels("q=0007") == ["C07"]
    assert labels("linked=no") == []
    assert len(labels("policy=no&since=2099-01-01")) == 15
    assert len(labels("policy=no&since=besok&room=x&service=maybe")) == 15
    page = client.get("/devices?status=DISABLED").get_data(as_text=True)
    assert "1 Chromebook cocok" in page and "Tampilkan semua" in page
    assert "Tidak ada yang cocok" in client.get("/devices?q=tidakada").get_data(as_text=True)


def test_a_long_list_is_shown_in_pages(web: Web) -> None:
    with web.context.db.write() as tx:
        tx.c.execute(
            t.devices.insert(), [{"label": f"X{n:03}", "created_at": web.context.now()} for n in range(400)]
        )
    client = web.sign_in("joko")
    page = client.get("/devices").get_data(as_text=True)
    assert "1–200 dari 415" in page and "X100" in page and "X300" not in page
    assert "X399" in client.get("/devices?page=2").get_data(as_text=True)
    assert client.get("/devices?page=99999").status_code == 200


def test_a_failed_fetch_says_why(web: Web, connected: Connected) -> None:
    settings = web.context.settings
    config.save_google(settings.data_dir, "nobody@sekolah.sch.id", connected.console.root)
    path = order(web, connected)
    page = web.sign_in("joko").get(path).get_data(as_text=True)
    assert "Berhenti karena masalah" in page and "Simpan" not in page
    assert connected.all(select(t.console_devices)) == []
