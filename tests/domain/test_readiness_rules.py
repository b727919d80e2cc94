"""Every reason against a Chromebook, and what must hold of all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import readiness_body as body
from server.domain import readiness_rules as rules
from server.domain.readiness import Readiness
from server.domain.readiness_facts import Facts, Hands, Loan, Needs, Record, Source, Told, newest
from server.domain.readiness_rules import judge, step, weight

DAY = 86_400_000
NOW = 1_790_000_000_000
H = 3_600_000


def told(value: Any, ago: int = H, source: Source = Source.DEVICE) -> Told[Any]:
    return Told(value, NOW - ago, source)


RECORD = Record("ACTIVE", "lab", "/Lab", NOW - H, NOW - 2 * H, "2030-06-01")
GOOD = Facts(
    record=RECORD,
    reported_at=NOW - H,
    seen=told("report"),
    network=told("report"),
    signal=told(-50, source=Source.TELEMETRY),
    battery=told(90),
    charging=told(False),
    health=told("normal", source=Source.TELEMETRY),
    storage=told(20_000),
    clock=told(0),
    os=told(139),
    extension=told("0.1.0"),
    hands=told(Hands("ok", "ok", "ok"), source=Source.PERSON),
    client=Told("1.0", NOW - H, Source.PERSON, "joko"),
)
WEB = Needs(
    now=NOW,
    console=True,
    extension=True,
    clients=frozenset({"web"}),
    date="2026-11-24",
    day_at=NOW + 14 * DAY,
    eve_at=NOW + 13 * DAY,
    extension_version="0.1.0",
    room_os=139,
)
CENTRE = replace(WEB, clients=frozenset({"exam_browser"}))
OBSERVED = replace(CENTRE, console=False, extension=False, extension_version=None)
EVE = replace(WEB, eve_at=NOW - 2 * H, day_at=NOW + 22 * H)
TODAY = replace(WEB, eve_at=NOW - 26 * H, day_at=NOW - 2 * H)
FOREIGN = Loan("SMPN 2", "2027-01-01", True)


def codes(facts: Facts, needs: Needs) -> dict[str, str]:
    return {reason.code: str(reason.state) for reason in judge(facts, needs)[1]}


@pytest.mark.parametrize("needs", [WEB, CENTRE, OBSERVED])
def test_a_chromebook_of_which_all_is_well_and_known_is_ready(needs):
    assert judge(GOOD, needs) == (Readiness.READY, ())


def record(**changes: Any) -> dict[str, Any]:
    return {"record": replace(RECORD, **changes)}


#: code → (state, what is so, what the day asks)
CASES: dict[str, tuple[str, dict[str, Any], Needs]] = {
    "out_of_service": ("not_ready", {"in_service": False, "out_reason": "layar retak"}, WEB),
    "remap_open": ("not_ready", {"remap_open": "wiped"}, WEB),
    "not_returned": ("not_ready", {"not_returned": "wiped"}, WEB),
    "loan_over": ("not_ready", {"loan": Loan("SMPN 2", "2026-11-20", False)}, WEB),
    "loan_no_kiosk": ("not_ready", {"loan": FOREIGN}, WEB),
    "console_missing": ("not_ready", {"record": None}, WEB),
    "console_status": ("not_ready", record(status="DEPROVISIONED"), WEB),
    "console_unread": ("warning", {"record": None}, replace(WEB, console_read=False)),
    "console_old": ("warning", record(read_at=NOW - 8 * DAY, synced_at=NOW - 8 * DAY), WEB),
    "wiped_enrol": ("not_ready", {"wiped_at": NOW - 2 * H, "enrolled_again": False}, WEB),
    "wiped_wifi": ("not_ready", {"wiped_at": NOW - 2 * H, "network": None}, WEB),
    "wiped_checkin": ("not_ready", {"wiped_at": NOW - 2 * H, "reported_at": None}, WEB),
    "wiped_client": ("not_ready", {"wiped_at": NOW - 2 * H, "client": None}, CENTRE),
    "wrong_unit": ("not_ready", {"reenrolled": True, "home_path": "/Lab/Rak 2"}, WEB),
    "screen_bad": ("not_ready", {"hands": told(Hands("ok", "ok", "bad"))}, WEB),
    "keyboard_bad": ("not_ready", {"hands": told(Hands("ok", "bad", "ok"))}, WEB),
    "touch_bad": ("warning", {"hands": told(Hands("bad", "ok", "ok"))}, WEB),
    "hands_unseen": ("warning", {"hands": None}, WEB),
    "checkin_never": ("warning", {"reported_at": None}, WEB),
    "checkin_old": ("warning", {"seen": told("report", 8 * DAY)}, WEB),
    "wifi_unseen": ("warning", {"network": None}, WEB),
    "wifi_weak": ("warning", {"signal": told(-76)}, WEB),
    "not_moved": (
        "warning",
        {},
        replace(EVE, units=frozenset({"exam"}), clients=frozenset({"exam_browser"})),
    ),
    "policy_none": ("not_ready", {}, EVE),
    "policy_pending": ("warning", {"policy_since": NOW - H}, WEB),
    "sync_never": ("warning", record(synced_at=None), WEB),
    "sync_old": ("warning", record(synced_at=NOW - 9 * DAY), WEB),
    "battery_flat": ("not_ready", {"battery": told(9)}, WEB),
    "battery_low": ("warning", {"battery": told(64)}, WEB),
    "battery_unseen": ("warning", {"battery": None}, WEB),
    "battery_worn": ("warning", {"health": told("soon")}, WEB),
    "storage_full": ("not_ready", {"storage": told(499)}, WEB),
    "storage_low": ("warning", {"storage": told(1_999)}, WEB),
    "storage_unseen": ("warning", {"storage": None}, WEB),
    "os_below": ("not_ready", {}, replace(WEB, least_os=140)),
    "os_behind": ("warning", {}, replace(WEB, room_os=141)),
    "os_unseen": ("warning", {"os": None}, WEB),
    "updates_end": ("warning", record(update_end="2026-06"), WEB),
    "extension_old": ("warning", {"extension": told("0.0.9")}, WEB),
    "client_unseen": ("warning", {"client": None}, CENTRE),
    "clock_off": ("warning", {"clock": told(-180_000)}, WEB),
}


@pytest.mark.parametrize("code", rules.STEPS)
def test_each_reason_has_its_cause_and_its_weight(code):
    state, changes, needs = CASES[code]
    found = codes(replace(GOOD, **changes), needs)
    assert found.get(code) == state
    if needs is not EVE and code != "console_old":  # nothing else was wrong
        assert list(found) == [code]


def test_the_figures_hold_at_their_edges():
    at = replace(
        GOOD,
        battery=told(body.BATTERY_WANTED),
        storage=told(body.STORAGE_WANTED_MB),
        signal=told(body.SIGNAL_WEAK_DBM),
        clock=told(120_000),
        os=told(138),
    )
    assert judge(at, WEB) == (Readiness.READY, ())
    assert codes(replace(GOOD, storage=told(9_999)), CENTRE) == {"storage_low": "warning"}


def test_a_charger_makes_an_empty_battery_no_reason():
    assert judge(replace(GOOD, battery=told(3), charging=told(True)), WEB)[0] is Readiness.READY


def test_a_pc_without_a_battery_needs_none():
    assert judge(replace(GOOD, battery=None, has_battery=False), WEB)[0] is Readiness.READY


def test_a_battery_figure_of_last_week_is_not_known_any_more():
    assert codes(replace(GOOD, battery=told(90, 8 * DAY)), WEB) == {"battery_unseen": "warning"}


def test_one_that_was_never_on_says_so_once():
    facts = Facts(record=RECORD, hands=GOOD.hands)
    assert list(codes(facts, WEB)) == ["checkin_never"]


def test_the_weightiest_comes_first_then_the_order_of_work():
    facts = replace(GOOD, battery=None, hands=told(Hands("ok", "bad", "ok")), signal=told(-90), charging=None)
    state, reasons = judge(facts, WEB)
    assert [reason.code for reason in reasons] == ["keyboard_bad", "battery_unseen", "wifi_weak"]
    assert state is Readiness.NOT_READY and step(reasons) == "repair"


def test_from_h_1_on_what_is_not_in_place_weighs_more():
    unseen = replace(GOOD, reported_at=None, policy_since=NOW - 3 * H)
    assert codes(unseen, WEB)["checkin_never"] == "warning"
    assert codes(unseen, EVE)["checkin_never"] == "not_ready"
    late = replace(GOOD, policy_since=NOW - H)
    assert (codes(late, EVE)["policy_pending"], codes(late, TODAY)["policy_pending"]) == (
        "warning",
        "not_ready",
    )
    units = {"units": frozenset({"exam"})}
    home = replace(GOOD, policy_since=NOW - 3 * H)
    assert "not_moved" not in codes(home, replace(WEB, **units))
    assert codes(home, replace(EVE, **units)) == {"not_moved": "warning"}
    assert codes(home, replace(TODAY, **units)) == {"not_moved": "not_ready"}
    there = replace(home, **record(unit_id="exam", path="/Ujian"))
    assert judge(there, replace(TODAY, **units))[0] is Readiness.READY


def test_on_the_eve_it_must_have_been_seen_since_the_eve_began():
    yesterday = replace(GOOD, seen=told("report", 3 * H), policy_since=NOW - 5 * H)
    assert codes(yesterday, EVE) == {"checkin_old": "warning"}


def test_a_borrowed_one_is_ready_for_the_exam_browser_by_a_tick_and_never_for_our_kiosk():
    guest = replace(GOOD, loan=FOREIGN, record=None, reported_at=None, extension=None, policy_since=None)
    assert judge(guest, CENTRE)[0] is Readiness.READY
    assert codes(replace(guest, client=None), CENTRE) == {"client_unseen": "warning"}
    assert codes(guest, WEB) == {"loan_no_kiosk": "not_ready"}


def test_in_observed_mode_the_console_and_the_extension_are_not_asked_for():
    facts = replace(GOOD, record=None, reported_at=None, extension=None, storage=None, os=None, battery=None)
    assert judge(facts, OBSERVED)[0] is Readiness.READY
    old = replace(facts, client=Told("", NOW - 8 * DAY, Source.PERSON, "joko"))
    assert codes(old, OBSERVED) == {"battery_unseen": "warning"}  # nobody stood before it this week


#: What counts where our extension runs: not known is never ready.
COUNTS = ("reported_at", "network", "battery", "storage", "hands", "os", "record")


@given(st.sets(st.sampled_from(COUNTS), min_size=1))
def test_what_is_unknown_where_it_counts_is_never_ready(missing):
    assert judge(replace(GOOD, **dict.fromkeys(missing)), WEB)[0] is not Readiness.READY


@given(st.sets(st.sampled_from(("client", "hands", "network")), min_size=1))
def test_what_only_a_person_can_see_is_never_taken_for_granted(missing):
    for needs in (CENTRE, OBSERVED):
        assert judge(replace(GOOD, **dict.fromkeys(missing)), needs)[0] is not Readiness.READY


#: Each fact from good to worse; an unknown one stands in no line, since it may be either.
LADDERS: dict[str, tuple[Any, ...]] = {
    "in_service": (True, False),
    "remap_open": ("", "wiped"),
    "not_returned": ("", "wiped"),
    "loan": (None, Loan("SMPN 2", "2026-11-20", False)),
    "reenrolled": (False, True),
    "enrolled_again": (True, False),
    "policy_since": (NOW - 5 * H, NOW - H),
    "seen": (told("report"), told("report", 3 * H), told("report", 9 * DAY)),
    "signal": (told(-40), told(-75), told(-76), told(-90)),
    "battery": (told(100), told(65), told(64), told(9), told(0)),
    "charging": (told(True), told(False)),
    "health": (told("normal"), told("soon"), told("now")),
    "storage": (told(20_000), told(9_000), told(1_500), told(100)),
    "clock": (told(0), told(130_000), told(9_000_000)),
    "os": (told(139), told(137), told(120)),
    "extension": (told("0.1.0"), told("0.0.1")),
    "hands": (
        told(Hands("ok", "ok", "ok")),
        told(Hands("bad", "ok", "ok")),
        told(Hands("bad", "bad", "ok")),
        told(Hands("bad", "bad", "bad")),
    ),
    "record": (
        RECORD,
        replace(RECORD, update_end="2025-01"),
        replace(RECORD, update_end="2025-01", synced_at=NOW - 9 * DAY),
        replace(RECORD, update_end="2025-01", synced_at=NOW - 9 * DAY, status="DISABLED"),
    ),
}
DAYS = st.sampled_from([WEB, CENTRE, EVE, TODAY, OBSERVED, replace(WEB, least_os=138)])


@given(
    st.fixed_dictionaries({name: st.integers(0, len(ladder) - 1) for name, ladder in LADDERS.items()}),
    st.sampled_from(sorted(LADDERS)),
    st.sampled_from([None, NOW - 2 * H]),
    DAYS,
)
def test_a_fact_that_gets_worse_never_makes_it_better(rungs, name, wiped_at, needs):
    base = replace(GOOD, wiped_at=wiped_at, home_path="/Lab/Rak 2")
    before = replace(base, **{key: LADDERS[key][n] for key, n in rungs.items()})
    lower = min(rungs[name] + 1, len(LADDERS[name]) - 1)
    after = replace(before, **{name: LADDERS[name][lower]})
    assert weight(judge(after, needs)[0]) >= weight(judge(before, needs)[0])


@given(
    st.fixed_dictionaries({name: st.integers(0, len(ladder) - 1) for name, ladder in LADDERS.items()}), DAYS
)
def test_the_state_is_that_of_its_weightiest_reason(rungs, needs):
    facts = replace(GOOD, **{key: LADDERS[key][n] for key, n in rungs.items()})
    state, reasons = judge(facts, needs)
    assert weight(state) == max((weight(reason.state) for reason in reasons), default=0)
    assert [weight(r.state) for r in reasons] == sorted((weight(r.state) for r in reasons), reverse=True)


def test_the_newest_word_stands_whoever_said_it():
    page = Told(40, NOW, Source.PAGE)
    assert newest(told(90), page, None) is page and newest(None) is None
