"""Telemetry: a job like any other, optional, late, and kept in pieces."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.services import google_account, google_probe, telemetry_take
from server.services.mode import mode
from server.store import tables as t
from server.workspace import google_telemetry
from tests.console_school import WAYAN
from tests.readiness_school import ready_school

SCOPE = "https://www.googleapis.com/auth/chrome.management.telemetry.readonly"


@pytest.fixture
def school(tmp_path):
    with ready_school(tmp_path) as made:
        yield made


def rows(school):
    with school.db.read() as c:
        return {row.console_id: row for row in c.execute(select(t.console_telemetry))}


def state(school):
    with school.db.read() as c:
        return telemetry_take.state(c)


def deny(school):
    school.emulator.set(
        delegated_scopes=[scope for scope in google_account.scopes_to_delegate() if scope != SCOPE]
    )


def test_battery_network_and_storage_of_every_chromebook_come_with_their_own_times(school):
    school.machine("body", 7, signal=-66, battery=44, charging=False)
    assert school.telemetry() == {"telemetry": 15, "silent": 0}
    found = rows(school)
    assert len(found) == 15
    seventh = found[school.emulator.device("5CD0007DEMO")["deviceId"]]
    assert seventh.facts["network"]["signal"] == -66 and seventh.facts["battery"]["percent"] == 44
    assert set(seventh.facts) == {"battery", "network", "storage"}
    assert seventh.at <= school.now and seventh.fetched_at <= school.now


def test_page_after_page_is_fetched_and_written(school, monkeypatch):
    monkeypatch.setattr(google_telemetry, "PER_PAGE", 4)
    school.emulator.quota.reset()
    assert school.telemetry()["telemetry"] == 15 and len(rows(school)) == 15


def test_once_more_replaces_what_is_newer_and_keeps_what_google_shows_no_more(school):
    school.telemetry()
    before = rows(school)
    school.machine("offline", 3)
    school.later(days=20)  # longer than Google calls recent
    school.telemetry()
    after = rows(school)
    third = school.emulator.device("5CD0003DEMO")["deviceId"]
    assert after[third].facts["battery"] == before[third].facts["battery"]
    other = school.emulator.device("5CD0004DEMO")["deviceId"]
    assert after[other].at > before[other].at


def test_without_its_scope_nothing_fails_and_the_scope_is_named(school):
    deny(school)
    assert school.telemetry() == {"not_allowed": "google_scope", "scope": SCOPE}
    assert (state(school).refused, state(school).scope) == ("google_scope", SCOPE)
    with school.db.read() as c:
        assert mode(c, school.context.settings).trouble is None  # the connection itself is fine
    assert telemetry_take.order_after_sync(school.db, WAYAN, school.now) is None
    assert rows(school) == {}


def test_a_look_at_the_features_that_finds_the_scope_lifts_the_refusal(school):
    deny(school)
    school.telemetry()
    school.emulator.set(delegated_scopes=list(google_account.scopes_to_delegate()))
    google_probe.start(school.db, WAYAN, school.now)
    school.work()
    assert state(school).refused is None
    job = telemetry_take.order_after_sync(school.db, WAYAN, school.now)
    assert telemetry_take.order(school.db, WAYAN, school.now) == job  # what is in line serves
    school.work()
    assert school.done(job)["telemetry"] == 15


def test_a_page_that_fails_in_passing_is_asked_for_again(school):
    school.emulator.fail({"method": "*telemetry.devices.list", "kind": 503, "times": 1})
    assert school.telemetry()["telemetry"] == 15
