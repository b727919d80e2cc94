"""Both sides make the same bytes, and nothing malformed gets in."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import proof as p
from server.domain.protocol import (
    EVENT_KINDS,
    MAX_EVENTS,
    REFUSALS,
    Attested,
    Here,
    Observed,
    Prove,
    Refused,
    Report,
    Tolerance,
    event_fault,
)
from server.domain.sequence import contiguous, gaps

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/protocol.json").read_text("utf-8"))
FIELDS = p.ProofFields(**VECTORS["fields"])
SECRET = VECTORS["enrolment_secret"]
DOC = (ROOT / "docs/protocol.md").read_text("utf-8")


def test_the_proof_bytes_and_macs_are_the_extensions():
    assert FIELDS.proof_bytes("device").decode() == VECTORS["proof"]["text_device"]
    assert p.proof_mac(SECRET, "device", FIELDS) == VECTORS["proof"]["mac_device"]
    assert p.proof_mac(SECRET, "server", FIELDS) == VECTORS["proof"]["mac_server"]
    assert p.session_key(SECRET, FIELDS).hex() == VECTORS["session"]["key"]


def test_the_extensions_signature_is_accepted_and_any_other_message_is_not():
    spki = p.from_base64url(VECTORS["key"]["public_key"])
    signature = p.from_base64url(VECTORS["proof"]["signature"])
    assert p.thumbprint(spki) == FIELDS.thumbprint
    assert p.signature_fits(spki, signature, FIELDS.proof_bytes("device"))
    assert not p.signature_fits(spki, signature, FIELDS.proof_bytes("server"))
    assert not p.signature_fits(spki, signature[:-1], FIELDS.proof_bytes("device"))
    assert not p.signature_fits(b"no key", signature, FIELDS.proof_bytes("device"))


@pytest.mark.parametrize("envelope", VECTORS["envelopes"], ids=lambda e: e["kind"])
def test_envelopes_are_authenticated_alike(envelope: dict):
    key = bytes.fromhex(VECTORS["session"]["key"])
    assert p.envelope_mac(key, envelope["kind"], envelope["n"], envelope["body"]) == envelope["mac"]


def test_a_report_of_the_extension_is_understood_strictly():
    report = Tolerance(strict=True).report(VECTORS["envelopes"][0]["body"])
    assert [e.seq for e in report.events] == [1, 2]
    assert all(event_fault(e.kind, e.data) is None for e in report.events)


def test_unknown_fields_are_refused_in_development_and_counted_in_production():
    raw = {**json.loads(VECTORS["envelopes"][0]["body"]), "screen": "…"}
    with pytest.raises(Refused) as refused:
        Tolerance(strict=True).parse(Report, raw)
    assert refused.value.code == "bad_message"
    lenient = Tolerance(strict=False)
    lenient.parse(Report, raw)
    assert lenient.ignored == 1


@pytest.mark.parametrize(
    "change",
    [
        {"response": None},
        {"error": "failed"},
        {"response": None, "error": "no idea"},
        {"response": "with spaces"},
        {"response": ""},
        {"id": -1},
        {"id": "1"},
    ],
)
def test_a_proof_of_the_machine_is_an_answer_or_a_word_why_there_is_none(change: dict):
    good = {"id": 1, "response": "YW5zd2Vy", "error": None}
    taking = Tolerance(strict=True)
    assert taking.body(Attested, json.dumps(good)).response == "YW5zd2Vy"
    assert taking.body(Attested, json.dumps({**good, "response": None, "error": "failed"})).error == "failed"
    with pytest.raises(Refused) as refused:
        taking.body(Attested, json.dumps({**good, **change}))
    assert refused.value.code == "bad_message"


@pytest.mark.parametrize(
    "change",
    [
        {"device_nonce": "zz"},
        {"address": "https://a\nb"},
        {"protocol": "1"},
        {"public_key": "ä"},
        {"installation_id": "x"},
    ],
)
def test_a_malformed_proof_is_refused_before_anything_is_computed(change: dict):
    good = {
        "protocol": 1, "address": "https://u.test", "school": "1", "serial": "",
        "installation_id": VECTORS["fields"]["installation_id"],
        "public_key": "AA", "device_nonce": "0" * 32, "mac": "0" * 64, "signature": "AA", "connection_ticket": None,
        "client": {"extension": "1", "browser": "1", "platform": "1"},
    }  # fmt: skip
    Tolerance(strict=True).parse(Prove, good)
    with pytest.raises(Refused):
        Tolerance(strict=True).parse(Prove, {**good, **change})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_whatever_arrives_is_understood_or_refused_never_more(raw: object):
    for model in (Prove, Report):
        with pytest.raises(Refused):
            Tolerance(strict=False).parse(model, raw)


@given(
    st.text(max_size=9),
    st.dictionaries(st.text(max_size=9), st.none() | st.text() | st.integers() | st.floats(), max_size=3),
)
def test_a_bad_event_is_found_by_itself(kind: str, data: dict):
    assert event_fault(kind, data) in (None, "event_invalid")
    assert event_fault("blocked", {"host": None, "how": "tab"}) is None
    assert event_fault("blocked", {"host": 7, "how": "tab"}) == "event_invalid"


def table(heading: str) -> list[str]:
    """First column of the table whose heading row begins with `heading`."""
    lines = DOC[DOC.index(f"\n| {heading}") :].strip().splitlines()
    end = next((i for i, x in enumerate(lines) if not x.startswith("|")), len(lines))
    return [re.findall(r"`([^`]+)`", row)[0] for row in lines[2:end]]


def test_the_page_that_describes_the_protocol_lists_exactly_what_is_taken():
    assert set(table("event `kind`")) == set(EVENT_KINDS)
    assert set(table("`observed` | |")) == set(Observed.model_fields)
    assert set(table("code |")) == REFUSALS
    assert set(table("`report` body")) == set(Report.model_fields)
    assert set(table("`prove` | |")) == set(Prove.model_fields)
    assert set(table("`attested` body")) == set(Attested.model_fields)
    assert set(table("`still_here` body")) == set(Here.model_fields)
    assert f"at most {MAX_EVENTS}" in DOC


def test_the_digest_of_a_desired_document_is_of_its_very_text():
    desired = VECTORS["desired"]
    assert hashlib.sha256(desired["doc"].encode()).hexdigest() == desired["digest"]


@given(st.sets(st.integers(1, 40)), st.integers(0, 40))
def test_the_acknowledged_number_has_nothing_missing_below_it(arrived: set[int], acked: int):
    now = contiguous(acked, arrived)
    assert now >= acked
    assert all(n in arrived for n in range(acked + 1, now + 1))
    assert now + 1 not in arrived


@given(st.sets(st.integers(1, 40)), st.integers(0, 40))
def test_gaps_and_what_arrived_make_up_everything(arrived: set[int], last: int):
    missing = {n for first, end in gaps(arrived, last) for n in range(first, end + 1)}
    assert missing == set(range(1, last + 1)) - arrived
