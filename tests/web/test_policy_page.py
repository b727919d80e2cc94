"""Kebijakan as a person works through it: what would change, why not, what became of it, what to do without Google."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook

from server import config
from server.domain.policy_plan import Change, Op, Worry, digest_of
from server.services import google_jobs
from server.services.actor import Actor
from server.store import tables as t

from .conftest import JSON, Web

UNIT, PATH = "03ph8a2z1", "/Ujian/Ruang 1"
SECRET = "rahasia-enrol-yang-tidak-tampil"

CHANGES = (
    Change(
        Op.CREATE,
        "chrome.devices.kiosk.apps.ForceInstall",
        "web:https://ujian.contoh.sch.id/p",
        "kiosk_app",
        "apps",
        None,
        {"appInstallType": "X_FORCED"},
        ("appInstallType",),
        {"address": "https://ujian.contoh.sch.id/p"},
    ),
    Change(
        Op.UPDATE,
        "chrome.devices.kiosk.apps.ChromeExtensionsForWebApps",
        "web:https://ujian.contoh.sch.id/p",
        "companion",
        "apps",
        {"extensions": "lama"},
        {"extensions": SECRET},
        ("extensions",),
        secret=True,
    ),
    Change(
        Op.DELETE,
        "chrome.devices.GuestMode",
        None,
        "guest_mode",
        "sign_in",
        {"guestModeDisabled": False},
        None,
        ("guestModeDisabled",),
    ),
)


def connect(web: Web) -> None:
    """A console is connected; nothing here asks it."""
    web.context.settings.google_credentials.write_text("{}", "utf-8")
    config.save(dataclasses.replace(web.context.settings, google_subject="admin@contoh.sch.id"))


@pytest.fixture
def managed(web: Web) -> Web:
    connect(web)
    with web.context.db.write() as tx:
        for key, path in ((UNIT, PATH), ("03ph8a2z2", "/Guru")):
            tx.c.execute(
                t.console_org_units.insert().values(
                    org_unit_id=key, path=path, name=path.split("/")[-1], seen_at=web.context.now()
                )
            )
    return web


def planned(web: Web, *worries: Worry, state: str = "planned", **values: Any) -> int:
    now = web.context.now()
    with web.context.db.write() as tx:
        plan_id = tx.insert(
            t.policy_plans,
            digest=digest_of(UNIT, CHANGES),
            kind="exam",
            org_unit_id=UNIT,
            org_unit_path=PATH,
            profile_key="simulasi",
            wanted={},
            device_count=15,
            worries=[dataclasses.asdict(w) for w in worries],
            allowed=[],
            seconds=12,
            state=state,
            by_name="wayan",
            created_at=now,
            **values,
        )
        for n, change in enumerate(CHANGES):
            tx.insert(
                t.policy_changes,
                plan_id=plan_id,
                position=n,
                change=change.as_dict(),
                batch=n,
                outcome="pending" if state == "planned" else "done",
            )
    return plan_id


def test_it_is_an_administrators_page_and_in_the_menu(managed: Web) -> None:
    assert ">Kebijakan</a>" in managed.sign_in("wayan").get("/exams").get_data(as_text=True)
    for username in ("sari", "made", "joko"):
        client = managed.sign_in(username)
        assert client.get("/policy").status_code == 403
        assert "/policy" not in client.get("/exams").get_data(as_text=True)


def test_without_google_it_says_so_and_what_to_do_instead(web: Web) -> None:
    page = web.sign_in("wayan").get("/policy").get_data(as_text=True)
    assert "Diamati · tanpa hak konsol" in page
    assert "bangku policy linux" in page
    assert "belajar.id" in page
    assert "Buat rencana</button>" not in page


def test_org_units_are_chosen_and_a_plan_is_ordered(managed: Web) -> None:
    client = managed.sign_in("wayan")
    page = client.get("/policy").get_data(as_text=True)
    assert "Terkelola · konsol Google tersambung" in page
    assert PATH in page
    answer = client.post("/policy/plans", data={"org_unit_id": UNIT, "profile": "simulasi"})
    assert answer.status_code == 302
    making = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Menunggu giliran" in making
    assert 'role="progressbar"' in making
    again = client.post("/policy/plans", data={"org_unit_id": UNIT, "profile": "simulasi"})
    assert again.status_code == 409
    assert "Pekerjaan yang sama" in again.get_data(as_text=True)
    for wrong in ({"org_unit_id": "x", "profile": "simulasi"}, {"org_unit_id": UNIT, "profile": "x"}):
        assert client.post("/policy/plans", data=wrong).status_code == 404


def test_the_wait_for_a_plan_ends_at_the_plan(managed: Web) -> None:
    plan_id = planned(managed)
    with managed.context.db.write() as tx:
        job = google_jobs.enqueue(tx, Actor("wayan"), 1, "plan", {"org_unit_id": UNIT})
    claimed = google_jobs.claim(managed.context.db, managed.context.now(), job)
    assert claimed
    google_jobs.finish(managed.context.db, managed.context.now(), claimed, {"plan_id": plan_id})
    answer = managed.sign_in("wayan").get(f"/policy/making/{job}")
    assert answer.headers["Location"] == f"/policy/plans/{plan_id}"


def test_a_plan_behind_others_says_how_long_the_line_is(managed: Web) -> None:
    first, second = planned(managed), planned(managed)
    now = managed.context.now()
    with managed.context.db.write() as tx:
        google_jobs.enqueue(tx, Actor("wayan"), now, "apply", {"plan_id": first})
        for ago in range(28):  # of this minute's thirty
            tx.c.execute(t.google_calls.insert().values(bucket="policy_write", at=now - ago * 100))
    page = managed.sign_in("wayan").get(f"/policy/plans/{second}").get_data(as_text=True)
    assert "perlu kira-kira 61 detik" in page


def test_a_plan_shows_each_change_and_no_secret(managed: Web) -> None:
    page = managed.sign_in("wayan").get(f"/policy/plans/{planned(managed)}").get_data(as_text=True)
    assert "Aplikasi ujian https://ujian.contoh.sch.id/p dipasang di Chromebook." in page
    assert "Terapkan 3 perubahan" in page
    assert "<b>1</b> dibuat" in page
    assert "<b>1</b> diubah" in page
    assert "<b>1</b> dilepas" in page
    assert "perlu kira-kira 1 detik" in page  # three calls, and nobody before them
    assert "rahasia, tidak ditampilkan" in page
    assert SECRET not in page
    assert "lama</div>" not in page


def test_a_refusal_is_lifted_by_name_and_reason_and_only_where_it_may_be(managed: Web) -> None:
    too_many = Worry("policy_too_many_devices", True, {"count": 200, "max": 100})
    plan_id = planned(managed, too_many, Worry("policy_exam_live", True, {"exams": "Simulasi"}))
    client = managed.sign_in("wayan")
    url = f"/policy/plans/{plan_id}"
    page = client.get(url).get_data(as_text=True)
    assert "Belum bisa diterapkan" in page
    assert "batas sekolah 100" in page
    assert page.count("Izinkan dengan alasan") == 1
    refused = client.post(f"{url}/apply", data={"digest": digest_of(UNIT, CHANGES)}, headers=JSON)
    assert refused.status_code == 409
    empty = client.post(f"{url}/allow", data={"code": "policy_too_many_devices", "reason": " "})
    assert empty.status_code == 422
    assert "Tulis alasannya" in empty.get_data(as_text=True)
    assert client.post(f"{url}/allow", data={"code": "policy_exam_live", "reason": "x"}).status_code == 409
    allowed = {"code": "policy_too_many_devices", "reason": "Semua kelas IX ikut"}
    assert client.post(f"{url}/allow", data=allowed).status_code == 302
    page = client.get(url).get_data(as_text=True)
    assert "Diizinkan" in page
    assert "Belum bisa diterapkan" in page  # an exam is still on
    line = managed.audit()[-1]
    assert (line.action, line.detail["reason"]) == ("policy.allow", "Semua kelas IX ikut")
    trail = client.get("/audit").get_data(as_text=True)
    assert "Mengizinkan yang ditolak rencana kebijakan" in trail


def test_only_what_was_shown_is_applied_and_its_progress_is_on_the_page(managed: Web) -> None:
    plan_id = planned(managed)
    client = managed.sign_in("wayan")
    url = f"/policy/plans/{plan_id}"
    stale = client.post(f"{url}/apply", data={"digest": "0" * 16})
    assert stale.status_code == 409
    assert "bukan lagi yang ditunjukkan" in stale.get_data(as_text=True)
    assert client.post(f"{url}/apply", data={"digest": digest_of(UNIT, CHANGES)}).status_code == 302
    page = client.get(url).get_data(as_text=True)
    assert 'role="progressbar"' in page
    assert "Terapkan 3 perubahan" not in page
    assert client.post("/policy/plans/999/apply", data={"digest": "0"}).status_code == 404


def test_a_proof_names_the_chromebooks_that_do_not_have_it(managed: Web) -> None:
    now = managed.context.now()
    proof = {
        "at": now,
        "devices": 15,
        "in_force": 13,
        "late": [
            {"label": "C03", "serial": "5CD1", "since": now - 86_400_000},
            {"label": None, "serial": "5CD2", "since": None},
        ],
    }
    plan_id = planned(managed, state="applied", applied_at=now, snapshot=[], proof=proof)
    client = managed.sign_in("wayan")
    page = client.get(f"/policy/plans/{plan_id}").get_data(as_text=True)
    assert "Berlaku di 13 dari 15; 2 belum." in page
    assert "C03" in page
    assert "5CD2" in page
    assert "belum pernah mengambil kebijakan" in page
    assert "Berlaku di 13 dari 15; 2 belum." in client.get("/policy").get_data(as_text=True)
    assert client.post(f"/policy/plans/{plan_id}/prove").status_code == 302


def test_the_way_back_is_planned_first(managed: Web) -> None:
    plan_id = planned(managed, state="applied", applied_at=managed.context.now(), snapshot=[])
    client = managed.sign_in("wayan")
    assert "Rencanakan pengembalian" in client.get(f"/policy/plans/{plan_id}").get_data(as_text=True)
    answer = client.post(f"/policy/plans/{plan_id}/restore")
    assert re.match(r"/policy/making/\d+", answer.headers["Location"])
    assert client.post(f"/policy/plans/{planned(managed)}/restore").status_code == 409


def test_plans_and_changes_export_without_secrets(managed: Web) -> None:
    plan_id = planned(managed)
    client = managed.sign_in("wayan")
    for path in ("/policy.xlsx", f"/policy/plans/{plan_id}.xlsx"):
        book = load_workbook(io.BytesIO(client.get(path).data))
        text = " ".join(str(cell.value) for row in book.active.iter_rows() for cell in row)
        assert PATH in text or "Aplikasi ujian Bangku" in text
        assert SECRET not in text
