"""A "no" of Google's about a Chromebook is told apart from everything that keeps Google from saying anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_api import Account, GoogleApi
from server.workspace.scopes import OPTIONAL, delegation
from tests.workspace.emulator.stand import start
from tests.workspace.google_line import Ledger, line
from tests.workspace.wire import BREAK, Act, Answer, refusal

CHALLENGE = Answer(body={"challenge": "Y2hhbGxlbmdl"})
PROVED = Answer(body={"keyTrustLevel": "CHROME_OS_VERIFIED_MODE"})


def rpc(status: int, word: str, message: str = "no") -> Answer:
    return Answer(status, {"error": {"code": status, "status": word, "message": message}})


def failed(tmp_path: Path, *calls: Act) -> GoogleError:
    with line(tmp_path, *calls) as it, pytest.raises(GoogleError) as error:
        it.api.verify_challenge("YW5zd2Vy", "sekolah.sch.id")
    return error.value


def test_challenge_and_answer_carry_their_own_scope_alone(tmp_path: Path):
    with line(tmp_path, CHALLENGE, PROVED) as it:
        assert it.api.generate_challenge() == "Y2hhbGxlbmdl"
        assert it.api.verify_challenge("YW5zd2Vy", "sekolah.sch.id")["keyTrustLevel"]
        assert it.wire.scopes == ["verifiedaccess"]
        sent = json.loads(it.wire.calls[-1].body)
        assert sent == {"challengeResponse": "YW5zd2Vy", "expectedIdentity": "sekolah.sch.id"}


@pytest.mark.parametrize(
    "answer",
    [
        rpc(400, "INVALID_ARGUMENT"),
        rpc(400, "FAILED_PRECONDITION"),
        rpc(403, "PERMISSION_DENIED"),
        rpc(404, "NOT_FOUND"),
    ],
    ids=lambda a: a.body["error"]["status"],
)
def test_a_no_about_the_chromebook_is_a_refusal(tmp_path: Path, answer: Answer):
    assert failed(tmp_path, answer).code == "google_not_attested"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (rpc(503, "UNAVAILABLE"), "google_unavailable"),
        (rpc(429, "RESOURCE_EXHAUSTED"), "google_quota"),
        (refusal(403, "accessNotConfigured"), "google_api_disabled"),
        (refusal(403, "insufficientPermissions"), "google_scope"),
        (Answer(302, b"<html>sign in to the Wi-Fi</html>"), "google_unavailable"),
        (rpc(401, "UNAUTHENTICATED"), "google_credentials"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_keeps_google_from_saying_anything_is_no_refusal(tmp_path: Path, answer: Answer, code: str):
    error = failed(tmp_path, answer)
    assert error.code != "google_not_attested"
    assert error.code == code or answer.status == 302


@pytest.mark.parametrize("lost", [BREAK, rpc(503, "UNAVAILABLE")], ids=["broken", "503"])
def test_a_no_after_a_lost_answer_may_only_mean_that_the_challenge_was_used_up(tmp_path: Path, lost: Act):
    error = failed(tmp_path, lost, rpc(400, "INVALID_ARGUMENT", "used already"))
    assert error.code == "google_invalid"
    assert error.params["sent"] == "unknown"


def test_neither_call_is_repeated_for_longer_than_a_challenge_is_worth(tmp_path: Path):
    with line(tmp_path, rpc(503, "UNAVAILABLE")) as it:
        for call in (it.api.generate_challenge, lambda: it.api.verify_challenge("YQ==", "x")):
            it.ledger.pauses.clear()
            with pytest.raises(GoogleError):
                call()
            assert sum(it.ledger.pauses) <= 10


def test_nobody_has_to_delegate_it():
    assert {Feature.VERIFIED_ACCESS} == OPTIONAL
    assert not any(scope.endswith("/verifiedaccess") for scope in delegation())
    assert delegation((Feature.VERIFIED_ACCESS,)) == ("https://www.googleapis.com/auth/verifiedaccess",)


def test_the_emulated_console_takes_what_the_adapter_sends(tmp_path: Path):
    console = start(tmp_path / "console", settings={"devices": {"attest": "always"}})
    ledger = Ledger()
    try:
        api = GoogleApi(Account(console.credentials, console.subject, console.root), ledger, ledger.wait)
        challenge = api.generate_challenge()
        with console.world.changing():
            from server.workspace.emulator.machine_keys import attest

            given = attest(console.world, {"serial": "5CD000", "scope": "machine", "challenge": challenge})
        said = api.verify_challenge(given["challengeResponse"], "sekolah.sch.id")
        assert said["deviceSignals"]["serialNumber"] == "5CD000"
        assert said["customerId"] == console.customer
        with pytest.raises(GoogleError) as again:
            api.verify_challenge(given["challengeResponse"], "sekolah.sch.id")
        assert again.value.code == "google_not_attested"
    finally:
        console.stop()
