"""What passes is tried again within the allowance; what may have happened is never done twice."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from server.workspace.gateway import Bucket, Feature, GoogleError
from server.workspace.google_api import Account, GoogleApi
from server.workspace.google_errors import from_connection
from server.workspace.google_http import NotSent
from server.workspace.retry import MOST_TRIES
from tests.workspace.google_line import GRANTED, SUBJECT, Ledger, line
from tests.workspace.wire import (
    BREAK,
    HALF,
    SILENCE,
    Act,
    Answer,
    Request,
    Wire,
    key_file,
    refusal,
    token_refusal,
)

DEVICE = Answer(body={"deviceId": "d1"})
COMMAND = Answer(body={"commandId": "77"})
PASSING = [
    refusal(429, "rateLimitExceeded"),
    *(refusal(403, r) for r in ("quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded")),
    *(
        refusal(403, r)
        for r in ("sharingRateLimitExceeded", "backendError", "internalError", "transientError")
    ),
    *(refusal(status, "backendError") for status in (500, 502, 503, 504)),
    Answer(502, b"<html>Bad gateway</html>"),
    Answer(429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded"}}),
    Answer(409, {"error": {"code": 409, "status": "ABORTED", "message": "Concurrent change"}}),
    BREAK,
    HALF,
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda act: str(act)[:60])
def test_what_passes_is_tried_again_and_each_try_takes_a_place(tmp_path: Path, fault: Act):
    with line(tmp_path, fault, fault, DEVICE) as it:
        assert it.api.get_device("d1") == {"deviceId": "d1"}
        assert len(it.wire.calls) == 4  # the customer, and three tries
        assert it.ledger.places == [Bucket.DIRECTORY_READ] * 4
        assert it.ledger.pauses == [1.0, 2.0]


def test_it_gives_up_after_a_while_and_says_that_it_may_pass(tmp_path: Path):
    with line(tmp_path, refusal(403, "quotaExceeded", "Quota exceeded for this operation")) as it:
        with pytest.raises(GoogleError) as refused:
            it.api.get_device("d1")
        assert len(it.wire.calls) == 1 + MOST_TRIES
        assert (refused.value.code, refused.value.passing) == ("google_quota", True)
        assert refused.value.reason == "quotaExceeded"


def test_google_s_own_wish_is_waited_for(tmp_path: Path):
    with line(tmp_path, refusal(429, "rateLimitExceeded", **{"Retry-After": "20"}), DEVICE) as it:
        it.api.get_device("d1")
        assert it.ledger.pauses == [21.0]


def test_a_day_s_allowance_is_not_waited_for(tmp_path: Path):
    with line(tmp_path, refusal(403, "dailyLimitExceeded")) as it:
        with pytest.raises(GoogleError) as refused:
            it.api.get_device("d1")
        assert (refused.value.code, refused.value.params["kind"]) == ("google_quota", "day")
        assert it.ledger.pauses == []


def test_silence_ends_at_the_time_limit(tmp_path: Path):
    with line(tmp_path, SILENCE, DEVICE, timeout=0.3) as it:
        assert it.api.get_device("d1") == {"deviceId": "d1"}


def test_the_allowance_is_waited_for_before_a_call_leaves(tmp_path: Path):
    with line(tmp_path, DEVICE) as it:
        it.ledger.seconds = 2.5
        it.api.get_device("d1")
        assert it.ledger.pauses == [2.5, 2.5]


ONCE: list[Callable[[GoogleApi], object]] = [
    lambda api: api.issue_command("d1", "REBOOT"),
    lambda api: api.insert_org_unit("Ruang 1", "/Ujian"),
    lambda api: api.define_network("03a", "Ujian", []),
    lambda api: api.define_certificate("03a", "CA", "-----BEGIN"),
]


@pytest.mark.parametrize(
    "fault", [BREAK, refusal(503, "backendError"), refusal(500, "backendError")], ids=str
)
@pytest.mark.parametrize("act", ONCE)
def test_an_order_whose_answer_was_lost_is_not_given_twice(
    tmp_path: Path, fault: Act, act: Callable[[GoogleApi], object]
):
    with line(tmp_path, DEVICE, fault, COMMAND) as it:
        it.api.get_device("d1")
        sent = len(it.wire.calls)
        with pytest.raises(GoogleError) as lost:
            act(it.api)
        assert len(it.wire.calls) == sent + 1
        assert lost.value.code == "google_unavailable"
        assert lost.value.params["sent"] == "unknown"
        assert lost.value.passing


def test_an_order_that_google_did_not_take_is_given_again(tmp_path: Path):
    with line(tmp_path, refusal(429, "rateLimitExceeded"), refusal(403, "quotaExceeded"), COMMAND) as it:
        assert it.api.issue_command("d1", "REBOOT") == "77"


def test_an_order_goes_over_a_new_connection(tmp_path: Path):
    """One that the other side closed meanwhile would look like an answer that was lost."""
    with line(tmp_path, COMMAND) as it:
        it.api.get_customer()
        it.api.check_feature(Feature.DEVICES)
        for connection in it.api._http.connections.values():
            connection.sock.shutdown(2)
        assert it.api.issue_command("d1", "REBOOT") == "77"
        assert it.ledger.pauses == []


def test_an_unreachable_google_was_never_sent_anything(tmp_path: Path):
    with line(tmp_path, COMMAND) as it:
        it.api.get_customer()
        it.wire.close()
        it.api._http.hang_up()
        with pytest.raises(GoogleError) as refused:
            it.api.issue_command("d1", "REBOOT")
        assert refused.value.code == "google_unavailable"
        assert "sent" not in refused.value.params
        assert len(it.ledger.pauses) == MOST_TRIES - 1


def test_a_repeatable_call_that_never_got_through_says_that_it_may_have_happened(tmp_path: Path):
    with line(tmp_path, BREAK) as it:
        with pytest.raises(GoogleError) as lost:
            it.api.move_devices_to_ou(["d1"], "/Ujian")
        assert lost.value.params["sent"] == "unknown"


@pytest.mark.parametrize(
    "act",
    [
        lambda api: api.delete_org_unit("id:03a"),
        lambda api: api.remove_network("03a", "n1"),
        lambda api: api.remove_certificate("03a", "n1"),
    ],
)
def test_what_a_lost_try_removed_is_removed(tmp_path: Path, act: Callable[[GoogleApi], object]):
    with line(tmp_path, BREAK, refusal(404, "notFound")) as it:
        act(it.api)
    with line(tmp_path, refusal(404, "notFound")) as it, pytest.raises(GoogleError) as refused:
        act(it.api)
    assert refused.value.code == "google_not_found"


def test_a_token_that_is_refused_is_replaced_once(tmp_path: Path):
    with line(tmp_path, refusal(401, "authError"), DEVICE) as it:
        assert it.api.get_device("d1")
        assert it.wire.scopes == [
            "admin.directory.customer.readonly",
            *["admin.directory.device.chromeos.readonly"] * 2,
        ]
        assert it.ledger.pauses == []
    with line(tmp_path, refusal(401, "authError")) as it, pytest.raises(GoogleError) as refused:
        it.api.get_device("d1")
    assert (refused.value.code, refused.value.params["kind"]) == ("google_credentials", "refused")


@pytest.mark.parametrize(
    "fault",
    [token_refusal("internal_failure", status=500), Answer(503, b""), BREAK],
    ids=["500", "503", "broken"],
)
def test_a_hiccup_of_the_token_endpoint_holds_no_order_up_for_good(tmp_path: Path, fault: Act):
    turns: list[Act] = [fault, fault]

    def token(request: Request) -> Act:
        return turns.pop(0) if turns else GRANTED

    with line(tmp_path, COMMAND, token=token) as it:
        assert it.api.issue_command("d1", "REBOOT") == "77"
        assert it.ledger.pauses == [1.0, 2.0]


def test_a_sign_in_page_of_the_network_is_not_an_answer(tmp_path: Path):
    page = Answer(200, b"<html>Please sign in</html>")
    with line(tmp_path, page) as it, pytest.raises(GoogleError) as refused:
        it.api.get_device("d1")
    assert refused.value.params["kind"] == "not_google"
    with line(tmp_path, Answer(302, b"", {"Location": "http://wifi.example/"})) as it:
        with pytest.raises(GoogleError):
            it.api.get_device("d1")
        assert all("wifi" not in request.path for request in it.wire.requests)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """Of a network that reads what passes through it: nobody vouches for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "network.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_nothing_is_sent_to_somebody_who_only_says_to_be_google(tmp_path: Path):
    wire = Wire(lambda _: GRANTED, own_certificate(tmp_path))
    ledger = Ledger()
    account = Account(key_file(tmp_path, wire.url + "/token"), SUBJECT, wire.url)
    api = GoogleApi(account, ledger, ledger.wait, timeout=10)
    with pytest.raises(GoogleError) as refused:
        api.get_device("d1")
    wire.close()
    assert (refused.value.code, refused.value.params["kind"]) == ("google_unavailable", "certificate")
    assert not refused.value.passing
    assert wire.requests == []


def test_a_certificate_of_another_time_points_at_the_clock():
    error = ssl.SSLCertVerificationError()
    error.verify_message = "certificate is not yet valid"
    failed = from_connection(NotSent(error), "directory.customers.get", datetime(2019, 1, 1, tzinfo=UTC))
    assert (failed.error.code, failed.error.params["date"]) == ("google_clock", "2019-01-01")
    assert not failed.again
