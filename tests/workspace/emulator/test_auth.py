"""Tokens and refusals as Google words them."""

from __future__ import annotations

import datetime as dt
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from server.workspace.emulator.app import Emulator
from tests.workspace.emulator.stand import DEVICES, ORG_UNITS, USERS, Wire, client, start

READ_ONLY = DEVICES + ".readonly"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    with start(tmp_path / "c") as made:
        yield made


def devices(console: Emulator, *scopes: str, subject: str | None = None) -> list[str]:
    listed = (
        client(console, "admin", *scopes, subject=subject).chromeosdevices().list(customerId="my_customer")
    )
    return [d["serialNumber"] for d in listed.execute()["chromeosdevices"]]


def refusal(console: Emulator, *scopes: str, subject: str | None = None) -> tuple[str, str]:
    """(error, error_description) of the token endpoint."""
    with pytest.raises(RefreshError) as caught:
        devices(console, *scopes, subject=subject)
    answer = caught.value.args[1]
    return answer["error"], answer["error_description"]


def http_error(console: Emulator, *scopes: str, subject: str | None = None) -> tuple[int, dict[str, object]]:
    with pytest.raises(HttpError) as caught:
        devices(console, *scopes, subject=subject)
    error = json.loads(caught.value.content)["error"]
    return caught.value.resp.status, error


def test_a_service_account_acts_for_an_administrator(console: Emulator) -> None:
    assert len(devices(console, DEVICES)) == 5
    assert len(devices(console, READ_ONLY, subject="baca@sekolah.sch.id")) == 5


def test_the_key_file_is_private_and_stays_the_same_key(tmp_path: Path) -> None:
    with start(tmp_path) as console:
        first = json.loads(console.credentials.read_text())
        assert stat.S_IMODE(console.credentials.stat().st_mode) == 0o600
        assert first["token_uri"] == f"{console.root}/token"
    with start(tmp_path) as console:
        second = json.loads(console.credentials.read_text())
        assert second["private_key_id"] == first["private_key_id"]
        assert second["token_uri"] == f"{console.root}/token"
        assert devices(console)


def test_a_foreign_key_is_refused(console: Emulator) -> None:
    info = json.loads(console.credentials.read_text())
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    info["private_key"] = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    console.credentials.write_text(json.dumps(info))
    assert refusal(console) == ("invalid_grant", "Invalid JWT Signature.")


def test_somebody_unknown_is_refused(console: Emulator) -> None:
    assert refusal(console, subject="nobody@sekolah.sch.id") == ("invalid_grant", "Invalid email or User ID")


def test_a_scope_that_was_not_delegated_is_refused(console: Emulator) -> None:
    console.set(delegated_scopes=[DEVICES])
    assert devices(console, DEVICES)
    error, words = refusal(console, DEVICES, ORG_UNITS)
    assert error == "unauthorized_client"
    assert words.startswith("Client is unauthorized to retrieve access tokens using this method")


def test_a_scope_that_no_api_has_is_refused(console: Emulator) -> None:
    assert refusal(console, "https://www.googleapis.com/auth/no.such")[0] == "invalid_scope"


@pytest.mark.parametrize("wrong", [4_000, -4_000])
def test_a_wrong_clock_is_refused(console: Emulator, wrong: float) -> None:
    console.set(token_clock=wrong)
    error, words = refusal(console)
    assert error == "invalid_grant" and "reasonable timeframe" in words
    console.set(token_clock=0)
    assert devices(console)


def test_a_call_without_a_token_or_with_an_old_one_is_401(console: Emulator) -> None:
    path = "/admin/directory/v1/customer/my_customer/devices/chromeos"
    wire = Wire(console)
    assert wire("GET", path)[0] == 200
    with console.world.lock:
        for token in console.world.state["oauth"]["tokens"].values():
            token["expires_at"] = dt.datetime.now(dt.UTC).timestamp() - 1
    assert wire("GET", path)[0] == 401
    wire.token = None
    assert wire("GET", path)[0] == 401


def test_a_token_without_the_scope_is_403_in_both_forms(console: Emulator) -> None:
    status, error = http_error(console, USERS)
    assert status == 403
    assert error["errors"][0]["reason"] == "insufficientPermissions"  # type: ignore[index]
    assert error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"  # type: ignore[index]
    status, answer = Wire(console, USERS)("GET", "/v1/customers/my_customer/policySchemas")
    assert status == 403 and "errors" not in answer["error"]
    assert answer["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_an_api_that_is_switched_off_is_403(console: Emulator) -> None:
    console.set(apis_disabled=["admin"])
    status, error = http_error(console)
    assert status == 403
    assert error["errors"][0]["reason"] == "accessNotConfigured"  # type: ignore[index]
    assert error["details"][0]["reason"] == "SERVICE_DISABLED"  # type: ignore[index]


def test_a_role_without_the_privilege_is_403(console: Emulator) -> None:
    reader = client(console, subject="baca@sekolah.sch.id")
    device = console.device("5CD000")["deviceId"]
    with pytest.raises(HttpError) as caught:
        reader.chromeosdevices().patch(
            customerId="my_customer", deviceId=device, body={"notes": "x"}
        ).execute()
    assert "Not Authorized to access this resource/api" in str(caught.value)
    assert http_error(console, subject="siti@sekolah.sch.id")[0] == 403, "a pupil is no administrator"
