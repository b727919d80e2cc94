"""When a Chromebook is asked, what Google's word means, and where a Chromebook stands."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import attestation as a
from server.domain.attestation import Claim, Question, Record, Scope, State

MINUTE = 60_000
NOW = 1_790_000_000_000
OURS = Record("id-7", "5CD7", 7)
CLAIM = Claim(7, "5cd7", "C0school", (OURS,))
MACHINE = {
    "keyTrustLevel": "CHROME_OS_VERIFIED_MODE",
    "customerId": "C0school",
    "devicePermanentId": "id-7",
    "deviceSignals": {"serialNumber": "5CD7", "osVersion": "140"},
}


def question(state: State, minutes_ago: float, scope: Scope = Scope.MACHINE) -> Question:
    asked = NOW - round(minutes_ago * MINUTE)
    over = None if state in a.OPEN else asked + 1_000
    return Question(scope, state, asked, over, f"code of {state}")


def asked_next(machine: Question | None = None, kiosk: Question | None = None, *, wanted: bool = True):
    given = {q.scope: q for q in (machine, kiosk) if q is not None}
    return a.next_scope(given, NOW, kiosk=wanted)


def test_first_the_machine_then_the_session_then_ten_minutes_of_peace():
    assert asked_next() is Scope.MACHINE
    assert asked_next(question(State.ASKED, 0.2)) is None
    assert asked_next(question(State.VERIFIED, 0.2)) is Scope.KIOSK
    assert asked_next(question(State.VERIFIED, 0.3), question(State.VERIFIED, 0.2, Scope.KIOSK)) is None
    assert (
        asked_next(question(State.VERIFIED, 10), question(State.VERIFIED, 9.9, Scope.KIOSK)) is Scope.MACHINE
    )


def test_a_school_without_kiosk_sessions_is_not_asked_for_one():
    assert asked_next(question(State.VERIFIED, 1), wanted=False) is None


@pytest.mark.parametrize("state", [State.UNAVAILABLE, State.SILENT])
def test_what_came_to_nothing_is_tried_again_soon(state: State):
    assert asked_next(question(state, 1.9)) is None
    assert asked_next(question(state, 2)) is Scope.MACHINE
    assert asked_next(question(State.VERIFIED, 5), question(state, 2, Scope.KIOSK)) is Scope.KIOSK


def test_a_no_is_not_asked_for_again_and_again():
    assert asked_next(question(State.REFUSED, 9.9)) is None
    assert asked_next(question(State.REFUSED, 10)) is Scope.MACHINE


def test_the_session_is_not_asked_for_before_the_machine_is_proved():
    assert asked_next(question(State.REFUSED, 1)) is None
    assert asked_next(question(State.UNAVAILABLE, 1)) is None


@given(
    st.lists(st.tuples(st.sampled_from([s for s in State if s not in a.OPEN]), st.floats(0, 60)), max_size=8)
)
def test_silence_is_twelve_minutes_without_any_attempt_of_one_that_is_there(past):
    asked = sorted((question(state, ago) for state, ago in past), key=lambda q: q.asked_at)
    stands = a.standing(asked, NOW, connected=True)
    attempts = [q for q in asked if q.state is not State.SILENT]
    if stands.state is State.SILENT:
        last = attempts[-1].asked_at if attempts else 0
        first = min(q.asked_at for q in asked if q.state is State.SILENT and q.asked_at > last)
        assert NOW - first >= a.SILENT_MS
    elif attempts:
        assert stands.state is attempts[-1].state
    else:
        assert stands.state is None
    assert a.standing(asked, NOW, connected=False).state is not State.SILENT


def test_one_lost_question_is_no_silence_and_an_answer_ends_one():
    lost = [question(State.SILENT, ago) for ago in (13, 11, 9)]
    assert a.standing(lost, NOW, connected=True).state is State.SILENT
    assert a.standing(lost[1:], NOW, connected=True).state is None
    assert a.standing([*lost, question(State.UNAVAILABLE, 1)], NOW, connected=True).state is State.UNAVAILABLE


def test_a_machine_is_proved_by_its_record_its_customer_and_its_mode():
    verdict = a.judge_machine(MACHINE, CLAIM)
    assert verdict.state is State.VERIFIED
    assert (verdict.facts["serial"], verdict.facts["console_id"]) == ("5CD7", "id-7")


@pytest.mark.parametrize(
    ("change", "state", "code"),
    [
        ({"customerId": "C0other"}, State.REFUSED, "attest_customer"),
        ({"customerId": ""}, State.REFUSED, "attest_customer"),
        ({"keyTrustLevel": "CHROME_OS_DEVELOPER_MODE"}, State.REFUSED, "attest_developer_mode"),
        ({"keyTrustLevel": "CHROME_OS_NO_KEY"}, State.REFUSED, "attest_key"),
        ({"keyTrustLevel": ""}, State.REFUSED, "attest_key"),
        ({"deviceSignals": {"serialNumber": "5CD8"}}, State.REFUSED, "attest_mismatch"),
        # limited access: Google may not say which one it is
        ({"deviceSignals": {}, "devicePermanentId": ""}, State.UNAVAILABLE, "attest_no_identity"),
        # enrolled again since the last sync, and no signals: nobody knows that record yet
        ({"deviceSignals": {}, "devicePermanentId": "id-new"}, State.UNAVAILABLE, "attest_no_record"),
    ],
)
def test_anything_else_is_no_proof(change, state, code):
    verdict = a.judge_machine({**MACHINE, **change}, CLAIM)
    assert (verdict.state, verdict.code) == (state, code)


def test_a_record_of_another_chromebook_is_a_mismatch_whatever_serial_it_signals():
    other = Record("id-8", "5CD8", 8)
    claim = Claim(7, "5CD7", "C0school", (OURS, other))
    for signals in ({}, {"serialNumber": "5CD7"}):
        answer = {**MACHINE, "devicePermanentId": "id-8", "deviceSignals": signals}
        verdict = a.judge_machine(answer, claim)
        assert (verdict.state, verdict.code, verdict.other) == (State.REFUSED, "attest_mismatch", "5CD8")


def test_a_new_record_with_the_right_serial_is_proved_before_the_next_sync():
    assert a.judge_machine({**MACHINE, "devicePermanentId": "id-new"}, CLAIM).state is State.VERIFIED


@given(
    st.fixed_dictionaries(
        {
            "keyTrustLevel": st.sampled_from(["CHROME_OS_VERIFIED_MODE", "CHROME_OS_DEVELOPER_MODE", ""]),
            "customerId": st.sampled_from(["C0school", "C0other", ""]),
            "devicePermanentId": st.sampled_from(["id-7", "id-8", "id-new", ""]),
            "deviceSignals": st.sampled_from([None, {}, {"serialNumber": "5CD7"}, {"serialNumber": "5CD8"}]),
        }
    )
)
def test_no_word_of_google_proves_a_chromebook_that_it_does_not_name(answer):
    claim = Claim(7, "5CD7", "C0school", (OURS, Record("id-8", "5CD8", 8)))
    verdict = a.judge_machine(answer, claim)
    if verdict.state is State.VERIFIED:
        signals = answer["deviceSignals"] or {}
        assert answer["keyTrustLevel"] == "CHROME_OS_VERIFIED_MODE"
        assert answer["customerId"] == "C0school"
        assert "5CD8" not in signals.values() and answer["devicePermanentId"] != "id-8"
        assert answer["devicePermanentId"] == "id-7" or signals.get("serialNumber") == "5CD7"


def test_a_session_is_judged_by_customer_and_mode():
    assert a.judge_kiosk({"keyTrustLevel": a.VERIFIED}, CLAIM).state is State.VERIFIED
    assert a.judge_kiosk({"customerId": "C0other"}, CLAIM).code == "attest_customer"
    assert a.judge_kiosk({"keyTrustLevel": "CHROME_OS_DEVELOPER_MODE"}, CLAIM).state is State.REFUSED


@given(st.binary(max_size=200))
def test_bytes_survive_the_way_to_the_device_and_back(data: bytes):
    for form in (base64.b64encode, base64.urlsafe_b64encode):
        wire = a.to_wire(form(data).decode())
        assert "=" not in wire and "+" not in wire and "/" not in wire
        assert base64.b64decode(a.from_wire(wire)) == data


def test_what_is_no_base64_is_said_to_be_none():
    with pytest.raises(ValueError):
        a.from_wire("not base64!")
