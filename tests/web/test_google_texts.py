"""Every way in which Google fails has a sentence that names its cause, and its page where a person puts it right."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from server.web.google_texts import GOOGLE_ERRORS, GOOGLE_FEATURES
from server.web.texts import error_text
from server.workspace import gateway
from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_errors import from_answer, from_token, scope_missing
from server.workspace.google_http import TokenRefused
from server.workspace.google_key import parse_key
from server.workspace.scopes import METHODS

DOOR = Path(gateway.__file__).parent
CODES = set(re.findall(r"google_[a-z_]+", (GoogleError.__doc__ or "").split("Codes:")[1]))
WHO = {"account": "bangku@a.iam.gserviceaccount.com", "client_id": "123", "subject": "admin@sekolah.sch.id"}
DEVICES = METHODS["directory.chromeosdevices.get"]


def test_every_code_of_the_door_is_promised_and_has_a_sentence():
    used = set()
    for path in DOOR.glob("google_*.py"):
        used |= set(re.findall(r"\"(google_[a-z_]+)\"", path.read_text("utf-8")))
    assert used - {"google_too_many"} == CODES
    assert used <= set(GOOGLE_ERRORS)
    assert set(GOOGLE_FEATURES) == {str(feature) for feature in Feature}


def test_every_kind_that_has_a_sentence_of_its_own_is_given():
    source = "".join(path.read_text("utf-8") for path in DOOR.glob("google_*.py")) + " ".join(
        f'"{rule.about}"' for rule in METHODS.values()
    )
    for name in GOOGLE_ERRORS:
        _, _, kind = name.partition(":")
        assert not kind or f'"{kind}"' in source, name


def refused(status: int, reason: str, message: str = "Said.", method: str = "directory.chromeosdevices.get"):
    body = f'{{"error": {{"errors": [{{"reason": "{reason}"}}], "message": "{message}"}}}}'.encode()
    return from_answer(status, {}, body, method, METHODS[method]).error


def not_signed_in(error: str, said: str, **headers: str) -> GoogleError:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return from_token(TokenRefused(400, headers, error, said), Feature.DEVICES, WHO, moment).error


def wrong_key(content: bytes) -> GoogleError:
    with pytest.raises(GoogleError) as found:
        parse_key(content)
    return found.value


WHAT_A_PERSON_CORRECTS = [
    wrong_key(b"no"),
    wrong_key(b"{}"),
    wrong_key(b'{"type": "service_account"}'),
    not_signed_in("unauthorized_client", "No."),
    not_signed_in("invalid_grant", "Invalid email or User ID"),
    not_signed_in("invalid_grant", "Invalid JWT Signature."),
    scope_missing(Feature.DEVICES),
    refused(403, "accessNotConfigured"),
    refused(403, "forbidden"),
    refused(403, "insufficientPermissions"),
    refused(401, "authError"),
    refused(404, "notFound"),
    refused(404, "notFound", "Org unit not found"),
    refused(404, "notFound", method="directory.users.get"),
    refused(404, "notFound", method="chromepolicy.customers.policySchemas.get"),
    refused(404, "notFound", method="chromepolicy.customers.policies.networks.removeNetwork"),
]


@pytest.mark.parametrize(
    "error", WHAT_A_PERSON_CORRECTS, ids=lambda e: f"{e.code}:{e.params.get('kind', '')}"
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_a_person_corrects_names_the_page(error: GoogleError, language: str):
    app = Flask("server.web")
    Babel(app, default_locale=language)
    with app.test_request_context():
        told = error_text(error.code, error.params)
    assert str(error.params["page"]) in told
    assert re.match(r"https://(admin\.google|console\.cloud\.google)\.com/", str(error.params["page"]))
    assert "–" not in told, "a place was left empty"


def test_a_clock_is_told_with_how_far_it_is_off():
    error = not_signed_in(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        date="Thu, 01 Jan 2026 00:10:00 GMT",
    )
    app = Flask("server.web")
    Babel(app, default_locale="id")
    with app.test_request_context():
        assert "-600 detik" in error_text(error.code, error.params)


def test_what_passes_says_so_and_what_does_not_never_does():
    assert refused(403, "quotaExceeded").passing
    assert refused(503, "backendError").passing
    assert not any(error.passing for error in WHAT_A_PERSON_CORRECTS)
