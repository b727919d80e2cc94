"""A console is connected only when Google accepts the key; the key is stored closed and forgotten on request."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server import config
from server.bootstrap import open_context, open_gateway
from server.domain.errors import Conflict, Invalid
from server.services import google_account, google_jobs
from server.services.actor import Actor
from server.services.context import Context
from server.services.meta import get_meta
from server.store.tables import audit, policy_owned
from server.web.words import ACTIONS
from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_api import Account, GoogleApi
from server.workspace.scopes import USUAL
from tests.workspace.google_line import CUSTOMER, GRANTED, SUBJECT, Ledger
from tests.workspace.wire import (
    ACCOUNT,
    Act,
    Answer,
    Request,
    Wire,
    key_content,
    key_file,
    refusal,
    token_refusal,
)

ADMIN = Actor("bu.sri")
UNAUTHORIZED = token_refusal("unauthorized_client", "Client is unauthorized", 401)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_context(config.load(tmp_path / "data"))


class Google:
    """A console that a test can change while it is connected."""

    def __init__(self) -> None:
        self.token: Callable[[Request], Act] = lambda _: GRANTED
        self.customer: Act = CUSTOMER
        self.call: Callable[[Request], Act] = lambda _: Answer(body={})
        self.wire = Wire(self._act)

    def _act(self, request: Request) -> Act:
        if request.is_token:
            return self.token(request)
        if request.path.split("?")[0].endswith("/customers/my_customer"):
            return self.customer
        return self.call(request)


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    yield made
    made.wire.close()


def connect(context: Context, google: Google, **changes: Any) -> google_account.Connected:
    given = {
        "credentials": key_content(google.wire.url + "/token"),
        "subject": SUBJECT,
        "api_root": google.wire.url,
        **changes,
    }
    return google_account.connect(context, open_gateway, ADMIN, **given)


def stored(context: Context) -> config.Settings:
    return config.load(context.settings.data_dir)


def lines(context: Context) -> list[tuple[str, dict[str, Any]]]:
    with context.db.read() as c:
        return [
            (row.action, row.detail)
            for row in c.execute(select(audit).where(audit.c.action.like("google.%")).order_by(audit.c.id))
        ]


def left_behind(context: Context) -> list[Path]:
    return list(context.settings.data_dir.glob(".google-trial-*"))


def test_a_key_that_google_accepts_is_kept_closed_and_serves_from_then_on(context: Context, google: Google):
    told = connect(context, google, subject=f"  {SUBJECT} ")
    assert told == google_account.Connected(ACCOUNT, SUBJECT, "C0school", "sekolah.sch.id")
    settings = stored(context)
    assert settings.managed
    assert (settings.google_subject, settings.google_api_root) == (SUBJECT, google.wire.url)
    if os.name == "posix":
        assert stat.S_IMODE(settings.google_credentials.stat().st_mode) == 0o600
    assert not left_behind(context)
    assert lines(context) == [
        ("google.connect", {"account": ACCOUNT, "customer": "C0school", "emulated": True})
    ]
    with context.db.read() as c:
        assert get_meta(c, google_account.CUSTOMER) == "C0school"
    assert open_gateway(Context(settings, context.db)).get_customer()["id"] == "C0school"


def test_connecting_leaves_every_other_setting_as_it_was(context: Context, google: Google):
    path = context.settings.data_dir / config.SETTINGS_FILE
    path.write_text(json.dumps({"port": 9000}))
    connect(context, google)
    assert json.loads(path.read_text()) == {
        "port": 9000,
        "google_subject": SUBJECT,
        "google_api_root": google.wire.url,
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"credentials": b"PK\x03\x04"}, "google_credentials"),
        ({"credentials": key_content("http://127.0.0.1:1/token"), "api_root": None}, "google_credentials"),
        ({"subject": "admin"}, "google_subject_invalid"),
        ({"subject": ""}, "google_subject_invalid"),
        ({"api_root": "127.0.0.1:8420"}, "google_root_invalid"),
    ],
)
def test_wrong_input_is_refused_before_google_is_asked(
    context: Context, google: Google, changes: dict[str, Any], code: str
):
    with pytest.raises((Invalid, GoogleError)) as refused:
        connect(context, google, **changes)
    assert refused.value.code == code
    assert google.wire.requests == []
    assert not stored(context).managed
    assert not left_behind(context)


def test_a_key_that_google_refuses_leaves_the_one_before_in_place(context: Context, google: Google):
    connect(context, google)
    before = stored(context).google_credentials.read_bytes()
    google.token = lambda _: UNAUTHORIZED
    with pytest.raises(GoogleError) as refused:
        connect(context, google, credentials=key_content(google.wire.url + "/token", client_id="2"))
    assert refused.value.code == "google_delegation"
    assert stored(context).google_credentials.read_bytes() == before
    assert stored(context).managed
    assert not left_behind(context)
    assert len(lines(context)) == 1


def test_without_the_right_to_read_the_customer_the_devices_tell(context: Context, google: Google):
    google.customer = refusal(403, "forbidden", "Not Authorized to access this resource/api")
    google.call = lambda _: Answer(body={"chromeosdevices": []})
    assert connect(context, google).customer is None
    assert stored(context).managed


def test_an_administrator_without_any_right_is_not_connected(context: Context, google: Google):
    google.customer = refusal(403, "forbidden", "Not Authorized to access this resource/api")
    google.call = lambda _: refusal(403, "forbidden", "Not Authorized to access this resource/api")
    with pytest.raises(GoogleError) as refused:
        connect(context, google)
    assert refused.value.code == "google_forbidden"
    assert not stored(context).managed


def test_another_school_s_key_does_not_take_over_what_is_known_of_the_first(context: Context, google: Google):
    connect(context, google)
    with context.db.write() as tx:
        tx.c.execute(
            policy_owned.insert().values(
                org_unit_id="03a", schema="chrome.devices.GuestMode", app_id="", field="x", value=1, set_at=1
            )
        )
    google.customer = Answer(body={"id": "C0other"})
    with pytest.raises(Conflict) as refused:
        connect(context, google)
    assert refused.value.code == "google_other_customer"
    google.customer = CUSTOMER
    connect(context, google)


def test_a_console_is_not_changed_under_running_work(context: Context, google: Google):
    connect(context, google)
    with context.db.write() as tx:
        job_id = google_jobs.enqueue(tx, ADMIN, context.now(), "sync", {})
    for act in (lambda: connect(context, google), lambda: google_account.disconnect(context, ADMIN)):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "google_busy"
    google_jobs.cancel(context.db, ADMIN, context.now(), job_id)
    google_account.disconnect(context, ADMIN)


def test_disconnecting_forgets_the_key(context: Context, google: Google):
    connect(context, google)
    google_account.disconnect(context, ADMIN)
    settings = stored(context)
    assert not settings.managed
    assert not settings.google_credentials.exists()
    assert [action for action, _ in lines(context)] == ["google.connect", "google.disconnect"]
    assert {"google.connect", "google.disconnect"} <= set(ACTIONS)
    with pytest.raises(Conflict) as refused:
        google_account.disconnect(context, ADMIN)
    assert refused.value.code == "google_not_connected"


def test_a_key_left_by_a_trial_that_a_power_cut_ended_is_removed(context: Context, google: Google):
    left = context.settings.data_dir / ".google-trial-x"
    left.mkdir()
    (left / "google-credentials.json").write_text("secret")
    os.utime(left, (1, 1))
    connect(context, google)
    assert not left.exists()


def test_a_person_does_not_wait_for_minutes(context: Context, google: Google):
    google.token = lambda _: Answer(503, b"")
    slept: list[float] = []
    with pytest.raises(GoogleError) as refused:
        connect(context, google, sleep=slept.append)
    assert (refused.value.code, refused.value.passing) == ("google_unavailable", True)
    assert sum(slept) <= google_account.PATIENCE_SECONDS
    assert not stored(context).managed


def test_each_feature_is_tried_as_far_as_it_goes_without_changing_anything(tmp_path: Path, google: Google):
    def call(request: Request) -> Act:
        if "/policySchemas/" in request.path:
            return refusal(404, "notFound")
        if "/users?" in request.path:
            return refusal(403, "forbidden", "Not Authorized to access this resource/api")
        return Answer(body={})

    google.call = call
    ledger = Ledger()
    account = Account(key_file(tmp_path, google.wire.url + "/token"), SUBJECT, google.wire.url)
    found = {
        s.feature: s
        for s in google_account.probe(GoogleApi(account, ledger, ledger.wait, spread=lambda: 0.5))
    }
    assert set(found) == set(USUAL)  # what only some schools want is not asked for
    assert [f for f, s in found.items() if not s.ok] == [Feature.USERS]
    assert found[Feature.USERS].code == "google_forbidden"
    assert {f for f, s in found.items() if s.ok and not s.proved} == {
        Feature.DEVICES,
        Feature.ORG_UNITS_WRITE,
        Feature.USERS_WRITE,
        Feature.POLICY_WRITE,
    }
    assert {r.method for r in google.wire.calls} == {"GET"}


def test_every_scope_to_delegate_is_the_least_one():
    scopes = google_account.scopes_to_delegate()
    assert "https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly" in scopes
    assert len(scopes) == len(USUAL)
    assert not any("verifiedaccess" in scope for scope in scopes)
