"""What a powerwash, a new mainboard or a person at the machine does to an emulated Chromebook and its record."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.device_policy import moment
from tests.workspace.emulator.policy_asks import KIOSK_APP, modify
from tests.workspace.emulator.policy_world import School

FORCED = "chrome.devices.ForcedReenrollment"


def washed(**switches):
    school = School(devices=switches)
    school.kiosk(KIOSK_APP)
    school.record()["annotatedAssetId"] = "C01"
    school.control("powerwash")
    return school


def test_a_powerwash_empties_the_machine_and_leaves_the_record():
    school = washed()
    shown = school.shown()
    assert (shown["enrolled"], shown["session"], shown["app"], shown["policies"]) == (
        False,
        "setup",
        None,
        [],
    )
    assert (school.record()["status"], school.record()["orgUnitId"]) == ("ACTIVE", "room")


def test_it_enrols_again_by_itself_with_the_same_id_serial_and_place():
    school = washed()
    at = school.world.now()
    school.pass_time(3600)
    assert (school.shown()["session"], school.shown()["app"]) == ("kiosk", KIOSK_APP)
    record = school.record()
    assert moment(record["lastEnrollmentTime"]) > at
    assert (record["serialNumber"], record["orgUnitId"], record["annotatedAssetId"]) == (
        "5CD00001",
        "room",
        "C01",
    )
    assert len(school.world.state["devices"]) == 3


def test_where_so_switched_it_waits_for_a_person():
    school = washed(powerwash="manual")
    school.pass_time(7 * 86_400)
    assert school.shown()["session"] == "setup"
    assert school.control("enrol") == {"deviceId": "d1"}
    assert school.shown()["session"] == "kiosk"


def test_without_forced_re_enrolment_it_waits_for_a_person():
    school = School()
    mode = school.wire(f"{FORCED}.reenrollmentMode", "NO_REENROLLMENT")
    school.modify(modify(FORCED, {"reenrollmentMode": mode}, "room"))
    school.pass_time(60)
    school.control("powerwash")
    school.pass_time(86_400)
    assert not school.shown()["enrolled"]


def test_where_so_switched_it_comes_back_as_a_second_record():
    school = washed(device_id="new")
    school.pass_time(3600)
    records = [r for r in school.world.state["devices"].values() if r["serialNumber"] == "5CD00001"]
    old, new = records
    assert old["deviceId"] == "d1"
    assert new["deviceId"] != "d1"
    assert "annotatedAssetId" not in new
    assert school.shown("5CD00001")["deviceId"] == new["deviceId"]
    assert school.shown("5CD00001")["session"] == "kiosk"
    assert not school.shown("d1")["online"]


def test_where_so_switched_it_lands_in_another_org_unit():
    school = washed(org_unit="/Guru")
    school.pass_time(3600)
    assert school.record()["orgUnitId"] == "staff"
    assert school.shown()["session"] == "login"


def test_offline_it_enrols_only_when_it_is_back():
    school = washed()
    school.control("offline")
    school.pass_time(86_400)
    assert not school.shown()["enrolled"]
    back = school.world.now()
    school.control("online")
    school.pass_time(60)
    assert school.shown()["enrolled"]
    assert moment(school.record()["lastEnrollmentTime"]) > back


def test_a_forbidden_powerwash_needs_a_recovery_stick():
    school = School()
    schema = "chrome.devices.DevicePowerwashAllowed"
    school.modify(modify(schema, {"devicePowerwashAllowed": False}, "room"))
    school.pass_time(60)
    with pytest.raises(ValueError, match="does not allow"):
        school.control("powerwash")
    school.control("powerwash", recovery=True)
    assert school.shown()["session"] == "setup"


def test_a_new_mainboard_is_a_new_serial_in_a_new_record():
    school = washed()
    new_id = school.control("mainboard", serial="5CD99999")["deviceId"]
    assert school.record(new_id)["serialNumber"] == "5CD99999"
    assert school.record(new_id)["orgUnitId"] == "room"
    assert school.record("d1")["serialNumber"] == "5CD00001"
    with pytest.raises(ValueError, match="there already"):
        school.control("mainboard", device="d2", serial="5CD99999")


def test_a_deprovisioned_machine_is_wiped_before_it_is_enrolled_and_needs_a_licence():
    school = School()
    school.record()["status"] = "DEPROVISIONED"
    school.pass_time(60)
    with pytest.raises(ValueError, match="wiped"):
        school.control("enrol")
    school.control("powerwash")
    school.pass_time(86_400)
    assert not school.shown()["enrolled"]
    school.world.state["licences"]["total"] = 2
    with pytest.raises(ValueError, match="licences"):
        school.control("enrol")
    school.world.state["licences"]["total"] = 3
    school.control("enrol")
    assert school.record()["status"] == "ACTIVE"


def test_a_device_that_is_gone_from_the_console_is_forgotten():
    school = School()
    del school.world.state["devices"]["d3"]
    school.pass_time(1)
    assert "d3" not in school.world.state["device_side"]
    with pytest.raises(LookupError):
        school.shown("d3")


@pytest.mark.parametrize("powerwash", ["auto", "manual"])
def test_the_state_can_be_written_down_and_read_again(powerwash):
    school = washed(powerwash=powerwash)
    school.pass_time(1)
    kept = json.loads(json.dumps(school.world.state, allow_nan=False))
    assert kept == school.world.state


ACTS = ["offline", "online", "reboot", "fetch", "powerwash", "enrol", "launch"]
ORDERS = ["REBOOT", "REMOTE_POWERWASH", "WIPE_USERS", "TAKE_A_SCREENSHOT"]
STATUSES = ["ACTIVE", "DISABLED", "DEPROVISIONED"]


@settings(max_examples=150)
@given(
    st.sampled_from(["kept", "new"]),
    st.lists(
        st.one_of(
            st.tuples(st.just("act"), st.sampled_from(ACTS)),
            st.tuples(st.just("order"), st.sampled_from(ORDERS)),
            st.tuples(st.just("status"), st.sampled_from(STATUSES)),
            st.tuples(st.just("move"), st.sampled_from(["room", "lab", "staff"])),
            st.tuples(st.just("wait"), st.sampled_from([0, 1, 5, 30, 700, 90_000])),
        ),
        max_size=25,
    ),
)
def test_whatever_happens_to_a_machine_it_stays_one_that_could_exist(device_id, steps):
    school = School(devices={"device_id": device_id}, command_delay=[1, 3])
    school.kiosk(KIOSK_APP)
    for kind, what in steps:
        with contextlib.suppress(ValueError, Refusal):
            if kind == "act":
                school.control(what, "5CD00001", app_id=KIOSK_APP)
            elif kind == "order":
                school.order(what)
            elif kind == "status":
                school.record()["status"] = what
            elif kind == "move":
                school.record()["orgUnitId"] = what
            else:
                school.pass_time(what)
        for known in list(school.world.state["devices"]):
            shown = school.shown(known)
            assert shown["enrolled"] or not shown["policies"]
            assert (shown["app"] is not None) == (shown["session"] == "kiosk")
            assert not (shown["enrolled"] and shown["session"] == "setup")
    json.dumps(school.world.state, allow_nan=False)
    school.pass_time(700)
    ended = {"EXPIRED", "EXECUTED_BY_CLIENT"}
    assert all(c["state"] in ended for row in school.world.state["commands"].values() for c in row.values())
