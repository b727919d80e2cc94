"""A credentials file is judged before Google is asked, and never quoted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.workspace.gateway import GoogleError
from server.workspace.google_key import LARGEST, parse_key, read_key
from tests.workspace.wire import ACCOUNT, PRIVATE_KEY, key_content, key_file

GOOGLE = "https://oauth2.googleapis.com/token"


def test_a_key_as_google_gives_it_is_read():
    key = parse_key(key_content(GOOGLE))
    assert (key.account, key.client_id, key.project) == (ACCOUNT, "1234567890", "a-school")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "not_json"),
        (b"\x00\xff", "not_json"),
        (b"[" * 50_000, "not_json"),
        (b" " * (LARGEST + 1), "not_json"),
        (b"[]", "not_service_account"),
        (b'{"installed": {"client_id": "1"}}', "not_service_account"),
        (key_content(GOOGLE, type="authorized_user"), "not_service_account"),
        (key_content(GOOGLE, private_key=None), "incomplete"),
        (key_content(GOOGLE, client_email=7), "incomplete"),
        (key_content(GOOGLE, private_key="-----BEGIN PRIVATE KEY-----\nnothing"), "key_damaged"),
        (key_content(GOOGLE, private_key=PRIVATE_KEY[:-200]), "key_damaged"),
        (key_content("http://127.0.0.1:9/token"), "not_google"),
        (key_content("https://oauth2.googleapis.com.example/token"), "not_google"),
        (key_content("http://oauth2.googleapis.com/token"), "not_google"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_where_a_key_is_made(content: bytes, kind: str):
    with pytest.raises(GoogleError) as refused:
        parse_key(content)
    assert (refused.value.code, refused.value.params["kind"]) == ("google_credentials", kind)
    assert str(refused.value.params["page"]).startswith("https://console.cloud.google.com/")
    assert not refused.value.passing


def test_a_key_of_an_emulated_console_serves_there_only():
    assert parse_key(key_content("http://127.0.0.1:9/token"), emulated=True).token_uri.endswith("/token")


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(GoogleError) as refused:
        read_key(tmp_path / "google-credentials.json")
    assert refused.value.params["kind"] == "missing"
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_that_other_accounts_may_read_is_not_used(tmp_path: Path):
    path = key_file(tmp_path, GOOGLE)
    assert read_key(path).account == ACCOUNT
    path.chmod(0o640)
    with pytest.raises(GoogleError) as refused:
        read_key(path)
    assert refused.value.params["kind"] == "open"


def test_a_folder_in_its_place_cannot_be_read(tmp_path: Path):
    with pytest.raises(GoogleError) as refused:
        read_key(tmp_path)
    assert refused.value.params["kind"] == "unreadable"


def test_a_key_shows_in_no_repr_and_no_error():
    assert "PRIVATE KEY" not in repr(parse_key(key_content(GOOGLE)))
    with pytest.raises(GoogleError) as refused:
        parse_key(key_content(GOOGLE, private_key=PRIVATE_KEY[:-200]))
    told = f"{refused.value!r} {refused.value} {refused.value.params} {refused.value.__cause__}"
    assert PRIVATE_KEY[40:80] not in told
    assert refused.value.__suppress_context__
