"""The doctor's report: evidence from the console and from devices, and never a secret in it."""

from __future__ import annotations

import json

import pytest

from server.bootstrap import open_gateway
from server.domain.errors import BangkuError
from server.domain.field_claims import CLAIMS, Finding
from server.services import doctor, secrets
from server.services.context import Context
from server.services.doctor_look import Evidence

AT = "2026-11-10T02:00:00+00:00"


def examine(school, **options):
    gateway = open_gateway(school.context, school.sleep)
    return doctor.examine(school.context, gateway, AT, "0", **options)


def found(report, key):
    return next(evidence for claim, evidence in report.evidence if claim.key == key)


def test_every_open_claim_has_a_line_and_nothing_secret_is_in_it(school):
    report = examine(school)
    text = report.as_text() + report.as_json()
    assert [claim for claim, _ in report.evidence] == list(CLAIMS)
    with school.db.read() as c:
        assert secrets.current(c, school.now) not in text
    key = json.loads(school.context.settings.google_credentials.read_text())
    assert key["private_key"][:60] not in text
    assert key["private_key_id"] not in text
    assert all(e.finding is not Finding.UNREACHABLE for _, e in report.evidence), [
        (c.key, e.text) for c, e in report.evidence if e.finding is Finding.UNREACHABLE
    ]


def test_a_report_from_an_emulated_console_says_that_it_is_no_evidence_of_google(school):
    assert "emulated console" in examine(school).as_text()


def test_the_tenants_schemas_are_held_against_the_shipped_list(school):
    names = found(examine(school), "policy_names")
    assert names.finding is Finding.FOR, names.data
    assert names.data["missing"] == ()
    spelled = names.data["enums"]["chrome.devices.kiosk.LidCloseAction lidCloseAction"]["SUSPEND"]
    assert len(spelled) == 1
    assert spelled[0].endswith("SUSPEND")


def test_the_companion_field_is_read_from_its_label(school):
    assert (
        "list" in found(examine(school), "companion_field").text
        or "one" in found(examine(school), "companion_field").text
    )


def test_a_powerwash_is_seen_by_the_time_of_enrolment_and_what_changed_is_named(school):
    serial = found_serial(school)
    first = found(examine(school, watch=serial), "directory_id")
    assert first.finding is Finding.OPEN
    assert "kept" in first.text
    assert "not enrolled again" in found(examine(school, watch=serial), "directory_id").text
    with school.emulator.world.lock:
        device = next(
            d for d in school.emulator.world.state["devices"].values() if d["serialNumber"] == serial
        )
        device["lastEnrollmentTime"] = "2026-11-12T08:00:00.000Z"
        device["notes"] = ""
        device["annotatedAssetId"] = "LAIN"
    after = found(examine(school, watch=serial), "directory_id")
    assert after.finding is Finding.FOR
    assert "same id" in after.text
    assert "annotatedAssetId" in after.text


def found_serial(school):
    return sorted(d["serialNumber"] for d in school.emulator.world.state["devices"].values())[0]


def test_without_a_console_the_rest_is_looked_at(school):
    report = doctor.examine(school.context, None, AT, "0")
    assert report.features == ()
    assert found(report, "policy_names").finding is Finding.UNREACHABLE
    assert "google_not_connected" in found(report, "policy_names").text
    assert found(report, "start_url_lan").finding is Finding.OPEN


def test_a_report_that_would_hold_a_secret_is_not_made(school, monkeypatch):
    with school.db.read() as c:
        secret = secrets.current(c, school.now)
    leaking = {**doctor.LOOKS, "certificate": lambda look: Evidence(Finding.OPEN, f"oops {secret}")}
    monkeypatch.setattr(doctor, "LOOKS", leaking)
    with pytest.raises(BangkuError) as refused:
        doctor.examine(Context(school.context.settings, school.db, school.clock), None, AT, "0")
    assert refused.value.code == "doctor_secret"
