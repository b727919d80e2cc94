"""Verified Access: when a Chromebook is asked, what Google's word means, and where a Chromebook stands. Pure.

Every ten minutes, and silent after twelve, as another exam server that attests kiosk stations does it (HEIG quiz); a
challenge lives for one minute because Google says so. Nothing here ends or holds up an exam: a proof raises the grade
of an identity, its absence is told to a person.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.domain.console_record import serial_key

CHALLENGE_MS = 60_000
ROUND_MS = 600_000  # between two questions to a Chromebook that answered
AGAIN_MS = 120_000  # after one that came to nothing
SILENT_MS = 720_000  # without an attempt of the Chromebook, while it is asked
LAPSE_MS = 1_800_000  # a grade "attested" whose proof is older falls back: three rounds came to nothing
#: A Chromebook that has not reported for so long is not asked: it would have no minute to answer in.
HEARD_MS = 45_000
KIOSK_MODE = "KIOSK_MODE"
VERIFIED = "CHROME_OS_VERIFIED_MODE"


class Scope(StrEnum):
    MACHINE = "machine"  # which Chromebook
    KIOSK = "kiosk"  # in a kiosk session


class State(StrEnum):
    """Of one question, and of a Chromebook by its newest ones."""

    ASKED = "asked"
    ANSWERED = "answered"  # Google has not looked at it yet
    VERIFIED = "verified"
    REFUSED = "refused"  # Google looked and says no, or it is another Chromebook
    UNAVAILABLE = "unavailable"  # Google cannot be asked, or the Chromebook cannot answer
    SILENT = "silent"


OPEN = frozenset({State.ASKED, State.ANSWERED})

#: What the protocol lets a Chromebook say instead of an answer → our code.
DEVICE_ERRORS = {
    "unsupported": "attest_unsupported",
    "not_allowed": "attest_not_allowed",
    "failed": "attest_failed",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One row: what was asked when, and what became of it."""

    scope: Scope
    state: State
    asked_at: int
    ended_at: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A Chromebook by its newest questions. `since`: of the newest word, ms; None: never asked."""

    state: State | None
    code: str | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A live record of the console."""

    console_id: str
    serial: str
    device_id: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a connected Chromebook says it is, and what the console knows of that."""

    device_id: int
    serial: str
    customer: str | None  # of our console; None: its number may not be read
    records: Sequence[Record] = ()  # those of this device, and those that Google's word names


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    other: str | None = None  # the serial number it really has: another one's


def next_scope(newest: Mapping[Scope, Question], now: int, *, kiosk: bool) -> Scope | None:
    """What to ask now, given the newest question of each scope. None: nothing yet.

    `kiosk`: the school's exams run in a kiosk session. It is asked for only once the machine has been proved.
    """
    machine, session = newest.get(Scope.MACHINE), newest.get(Scope.KIOSK)
    if any(q is not None and q.state in OPEN for q in (machine, session)):
        return None
    if machine is None or now - machine.asked_at >= _pause(machine):
        return Scope.MACHINE
    if not kiosk or machine.state is not State.VERIFIED:
        return None
    if session is None or session.asked_at < machine.asked_at:
        return Scope.KIOSK
    if session.state is not State.VERIFIED and now - session.asked_at >= _pause(session):
        return Scope.KIOSK
    return None


def _pause(last: Question) -> int:
    return ROUND_MS if last.state in (State.VERIFIED, State.REFUSED) else AGAIN_MS


def standing(questions: Sequence[Question], now: int, *, connected: bool) -> Standing:
    """Where a Chromebook stands by the machine questions of its enrolment, the oldest first.

    One question that got no answer is a lost message; only twelve minutes without any attempt are a silence, and only
    of a Chromebook that is there.
    """
    over = [q for q in questions if q.state not in OPEN]
    attempts = [q for q in over if q.state is not State.SILENT]
    unanswered = [q for q in over if not attempts or q.asked_at > attempts[-1].asked_at]
    if connected and unanswered and now - unanswered[0].asked_at >= SILENT_MS:
        return Standing(State.SILENT, "attest_silent", unanswered[0].asked_at)
    if not attempts:
        return Standing(None)
    last = attempts[-1]
    return Standing(last.state, last.code, last.ended_at or last.asked_at)


def judge_machine(answer: Mapping[str, Any], claim: Claim) -> Verdict:
    """What Google's word on a machine means for this Chromebook.

    Proved: in verified mode, of our customer, and by serial number or device id the very one that it claims to be.
    """
    signals: Mapping[str, Any] = answer.get("deviceSignals") or {}
    serial, console_id = str(signals.get("serialNumber") or ""), str(answer.get("devicePermanentId") or "")
    level, customer = str(answer.get("keyTrustLevel") or ""), str(answer.get("customerId") or "")
    facts = {
        "serial": serial,
        "console_id": console_id,
        "customer": customer,
        "trust": level,
        "os_version": str(signals.get("osVersion") or ""),
        "domain": str(signals.get("deviceEnrollmentDomain") or ""),
    }
    if claim.customer is not None and customer != claim.customer:
        return Verdict(State.REFUSED, "attest_customer", facts)
    other = _another(serial, console_id, claim)
    if other is not None:
        return Verdict(State.REFUSED, "attest_mismatch", facts, other)
    if level != VERIFIED:
        code = "attest_developer_mode" if level == "CHROME_OS_DEVELOPER_MODE" else "attest_key"
        return Verdict(State.REFUSED, code, facts)
    if not serial and not console_id:
        return Verdict(State.UNAVAILABLE, "attest_no_identity", facts)
    if not _is_ours(serial, console_id, claim):
        return Verdict(State.UNAVAILABLE, "attest_no_record", facts)
    return Verdict(State.VERIFIED, None, facts)


def judge_kiosk(answer: Mapping[str, Any], claim: Claim) -> Verdict:
    """Google has looked whether it is a kiosk session before it answered; the rest is as for a machine."""
    level, customer = str(answer.get("keyTrustLevel") or ""), str(answer.get("customerId") or "")
    facts = {"customer": customer, "trust": level}
    if claim.customer is not None and customer and customer != claim.customer:
        return Verdict(State.REFUSED, "attest_customer", facts)
    if level and level != VERIFIED:
        return Verdict(State.REFUSED, "attest_developer_mode", facts)
    return Verdict(State.VERIFIED, None, facts)


def _another(serial: str, console_id: str, claim: Claim) -> str | None:
    """The serial number that it really has, where that is not the one it claims."""
    if serial and serial_key(serial) != serial_key(claim.serial):
        return serial
    held = next((r for r in claim.records if r.console_id == console_id), None)
    if console_id and held is not None and held.device_id not in (None, claim.device_id):
        return held.serial or console_id
    return None


def _is_ours(serial: str, console_id: str, claim: Claim) -> bool:
    mine = [r for r in claim.records if r.device_id == claim.device_id]
    return any(
        r.console_id == console_id or (serial and serial_key(r.serial) == serial_key(serial)) for r in mine
    )


def to_wire(base64_text: str) -> str:
    """Google's base64 as the protocol writes bytes: base64url without padding. Raises: ValueError."""
    return base64.urlsafe_b64encode(_bytes(base64_text)).rstrip(b"=").decode()


def from_wire(text: str) -> str:
    """The protocol's base64url as Google takes it. Raises: ValueError."""
    return base64.b64encode(_bytes(text)).decode()


def _bytes(text: str) -> bytes:
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
