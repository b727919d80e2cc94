"""Each call carries the least scope; what is not granted is named, with the page where it is put right."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_errors import DELEGATION_PAGE, ROLES_PAGE, USERS_PAGE
from tests.workspace.google_line import CUSTOMER, GRANTED, SUBJECT, line
from tests.workspace.wire import ACCOUNT, PRIVATE_KEY, TOKEN, Act, Answer, Request, refusal, token_refusal

DEVICE = Answer(body={"deviceId": "d1"})
UNAUTHORIZED = token_refusal(
    "unauthorized_client",
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
    "scopes requested.",
    401,
)


def granting(*scopes: str) -> Callable[[Request], Act]:
    """A token endpoint that knows these scopes (their last parts)."""

    def token(request: Request) -> Act:
        import base64
        import json
        from urllib.parse import parse_qs

        claims = parse_qs(request.body.decode())["assertion"][0].split(".")[1]
        scope = json.loads(base64.urlsafe_b64decode(claims + "=="))["scope"].rsplit("/", 1)[1]
        return GRANTED if scope in scopes else UNAUTHORIZED

    return token


def test_a_read_carries_a_token_that_cannot_write(tmp_path: Path):
    with line(tmp_path, DEVICE) as it:
        it.api.get_device("d1")
        it.api.list_policy_schemas()
        it.api.list_devices()
        it.api.move_devices_to_ou(["d1"], "/Ujian")
        assert it.wire.scopes == [
            "admin.directory.customer.readonly",
            "admin.directory.device.chromeos.readonly",
            "chrome.management.policy.readonly",
            "admin.directory.device.chromeos",
        ]


def test_a_wider_scope_serves_where_only_that_is_delegated_and_is_told(tmp_path: Path, caplog):
    wide = ("admin.directory.customer.readonly", "admin.directory.device.chromeos")
    with line(tmp_path, DEVICE, token=granting(*wide)) as it, caplog.at_level(logging.WARNING):
        it.api.get_device("d1")
        it.api.get_device("d1")
        assert it.api.wider_scopes() == {
            Feature.INVENTORY: "https://www.googleapis.com/auth/admin.directory.device.chromeos"
        }
        assert len(it.wire.scopes) == 3  # the readonly one is not asked for again and again
    assert [r for r in caplog.records if "wider scope" in r.getMessage()]


def test_nothing_delegated_is_told_apart_from_one_scope_missing(tmp_path: Path):
    with line(tmp_path, DEVICE, token=granting()) as it, pytest.raises(GoogleError) as nothing:
        it.api.check_feature(Feature.DEVICES)
    assert nothing.value.code == "google_delegation"
    assert nothing.value.params["client_id"] == "1234567890"
    assert nothing.value.params["page"] == DELEGATION_PAGE
    with (
        line(tmp_path, DEVICE, token=granting("chrome.management.policy.readonly")) as it,
        pytest.raises(GoogleError) as one,
    ):
        it.api.check_feature(Feature.DEVICES)
    assert one.value.code == "google_scope"
    assert str(one.value.params["scope"]).endswith("/admin.directory.device.chromeos")
    assert one.value.params["page"] == DELEGATION_PAGE


def test_a_scope_granted_later_is_seen_without_a_new_start(tmp_path: Path):
    granted = ["chrome.management.policy"]
    with line(tmp_path, DEVICE, token=lambda r: granting(*granted)(r)) as it:
        with pytest.raises(GoogleError):
            it.api.check_feature(Feature.DEVICES)
        granted.append("admin.directory.device.chromeos")
        it.api.check_feature(Feature.DEVICES)


def test_without_the_customer_scope_what_google_documents_for_the_alias_works(tmp_path: Path):
    token = granting("admin.directory.device.chromeos.readonly", "admin.directory.device.chromeos")
    with line(tmp_path, DEVICE, token=token) as it:
        it.api.get_device("d1")
        assert "/customer/my_customer/devices/" in it.wire.calls[-1].path
        with pytest.raises(GoogleError) as refused:
            it.api.move_devices_to_ou(["d1"], "/Ujian")
        assert (refused.value.code, refused.value.params["feature"]) == ("google_scope", "customer")


def test_the_customer_is_asked_for_once(tmp_path: Path):
    with line(tmp_path, DEVICE, customer=CUSTOMER) as it:
        it.api.get_device("d1")
        it.api.list_policy_schemas()
        asked = [r for r in it.wire.calls if r.path.split("?")[0].endswith("/customers/my_customer")]
        assert len(asked) == 1
        assert "/customers/C0school/policySchemas" in it.wire.calls[-1].path


def test_a_wrong_clock_is_measured(tmp_path: Path):
    late = datetime.now(UTC) + timedelta(minutes=20)
    answer = token_refusal(
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat "
        "and exp values in the JWT claim.",
        Date=format_datetime(late, usegmt=True),
    )
    with line(tmp_path, DEVICE, token=lambda _: answer) as it, pytest.raises(GoogleError) as refused:
        it.api.get_device("d1")
    assert refused.value.code == "google_clock"
    assert -1205 <= int(str(refused.value.params["skew_seconds"])) <= -1195
    assert "s off Google's" in str(refused.value)
    assert it.ledger.pauses == []


@pytest.mark.parametrize(
    ("error", "said", "code", "kind"),
    [
        ("invalid_grant", "Invalid email or User ID", "google_subject", None),
        ("invalid_grant", "Invalid JWT Signature.", "google_credentials", "revoked"),
        ("invalid_grant", "Invalid grant: account not found", "google_credentials", "revoked"),
        ("disabled_client", "The OAuth client was disabled.", "google_credentials", "revoked"),
        ("invalid_client", "The OAuth client was not found.", "google_credentials", "revoked"),
        ("access_denied", "Requested client not authorized.", "google_delegation", None),
        ("something_new", "?", "google_unknown", None),
    ],
)
def test_a_refused_sign_in_names_its_cause(
    tmp_path: Path, error: str, said: str, code: str, kind: str | None
):
    with (
        line(tmp_path, DEVICE, token=lambda _: token_refusal(error, said)) as it,
        pytest.raises(GoogleError) as refused,
    ):
        it.api.check_feature(Feature.POLICY_WRITE)
    assert refused.value.code == code
    assert refused.value.params.get("kind") == kind
    assert (refused.value.params["subject"], refused.value.params["account"]) == (SUBJECT, ACCOUNT)
    assert not refused.value.passing
    if code == "google_subject":
        assert refused.value.params["page"] == USERS_PAGE


SERVICE_DISABLED = Answer(
    403,
    {
        "error": {
            "code": 403,
            "status": "PERMISSION_DENIED",
            "message": "Chrome Policy API has not been used in project 1 before or it is disabled.",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "SERVICE_DISABLED",
                    "domain": "googleapis.com",
                    "metadata": {"service": "chromepolicy.googleapis.com", "consumer": "projects/1"},
                }
            ],
        }
    },
)
SCOPE_INSUFFICIENT = Answer(
    403,
    {
        "error": {
            "code": 403,
            "status": "PERMISSION_DENIED",
            "message": "Request had insufficient authentication scopes.",
            "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "metadata": {}}],
        }
    },
)


@pytest.mark.parametrize(
    ("answer", "code", "params"),
    [
        (
            SERVICE_DISABLED,
            "google_api_disabled",
            {
                "api": "chromepolicy.googleapis.com",
                "page": "https://console.cloud.google.com/apis/library/chromepolicy.googleapis.com",
            },
        ),
        (refusal(403, "accessNotConfigured"), "google_api_disabled", {}),
        (SCOPE_INSUFFICIENT, "google_scope", {"feature": "inventory", "page": DELEGATION_PAGE}),
        (refusal(403, "insufficientPermissions"), "google_scope", {"feature": "inventory"}),
        (
            refusal(403, "forbidden", "Not Authorized to access this resource/api"),
            "google_forbidden",
            {"feature": "inventory", "page": ROLES_PAGE},
        ),
        (
            refusal(404, "resourceNotFound", "Resource Not Found: deviceId"),
            "google_not_found",
            {"kind": "device"},
        ),
        (refusal(404, "notFound", "Org unit not found"), "google_not_found", {"kind": "org_unit"}),
        (refusal(400, "invalidOrgunit", "Invalid Org unit"), "google_not_found", {"kind": "org_unit"}),
        (refusal(400, "invalid", "Invalid Input: query"), "google_invalid", {"said": "Invalid Input: query"}),
        (refusal(412, "conditionNotMet"), "google_conflict", {}),
        (refusal(409, "duplicate"), "google_conflict", {}),
        (refusal(501, "notImplemented"), "google_unknown", {}),
        (Answer(418, b"tea"), "google_invalid", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_call_names_its_cause_and_is_not_repeated(
    tmp_path: Path, answer: Answer, code: str, params: dict[str, str]
):
    with line(tmp_path, answer) as it:
        with pytest.raises(GoogleError) as refused:
            it.api.get_device("d1")
        assert refused.value.code == code
        assert {name: refused.value.params.get(name) for name in params} == params
        assert not refused.value.passing
        assert it.ledger.pauses == []
        assert refused.value.http_status == answer.status


def test_no_credential_is_in_a_log_an_error_or_a_repr(tmp_path: Path, caplog):
    """At the most talkative level of every library, over calls that work, fail and break."""
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        for answer in (DEVICE, refusal(403, "forbidden"), refusal(401, "authError"), Answer(400, b"?")):
            with line(tmp_path, answer) as it:
                told.append(repr(it.api) + repr(it.api._account) + repr(it.api._key) + repr(vars(it.api)))
                try:
                    it.api.get_device("d1")
                except GoogleError as error:
                    told.append(f"{error!r} {error} {error.params} {error.details}")
                assertions = [r.body.decode() for r in it.wire.requests if r.is_token]
                assert assertions
                told.append(caplog.text)
                jwt = assertions[0].split("assertion=")[1].split("&")[0]
                everything = "\n".join(told)
                assert TOKEN not in everything
                assert jwt[:60] not in everything
                assert jwt.split(".")[-1][:40] not in everything
        with line(tmp_path, DEVICE, token=lambda _: UNAUTHORIZED) as it:
            with pytest.raises(GoogleError) as refused:
                it.api.check_feature(Feature.DEVICES)
            told.append(f"{refused.value!r} {refused.getrepr(style='long', showlocals=False)}")
    everything = "\n".join([*told, caplog.text])
    secret = PRIVATE_KEY.splitlines()
    assert not [row for row in secret[1:-1] if row in everything]
    assert "BEGIN PRIVATE KEY" not in everything
