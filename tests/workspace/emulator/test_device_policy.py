"""An emulated Chromebook has the policy it fetched, not the one the console shows; `lastSync` tells which."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.workspace.emulator.device_policy import instant, moment
from tests.workspace.emulator.policy_asks import FORCE, KIOSK_APP, inherit, modify
from tests.workspace.emulator.policy_world import School

GUEST = "chrome.devices.GuestMode"
OFF = {"guestModeEnabled": False}


@pytest.fixture
def school():
    return School()


def test_a_device_has_a_new_policy_only_once_it_fetched_it_and_last_sync_says_when(school):
    wrote = school.world.now()
    school.modify(modify(GUEST, OFF, "lab"))
    assert school.plain(GUEST) is None
    due = moment(school.shown()["fetchesAt"])
    least, most = school.world.state["settings"]["policy_delay"]
    assert wrote + least <= due <= wrote + most
    school.pass_time(most)
    assert school.plain(GUEST) == OFF
    assert moment(school.record()["lastSync"]) == pytest.approx(due, abs=0.002)


def test_devices_fetch_at_different_moments_and_those_elsewhere_not_at_all(school):
    school.modify(modify(GUEST, OFF, "room"))
    first, second, elsewhere = (school.shown(d)["fetchesAt"] for d in ("d1", "d2", "d3"))
    assert first != second
    assert elsewhere is None


def test_the_same_seed_gives_the_same_delays():
    def dues(seed):
        school = School(seed)
        school.modify(modify(GUEST, OFF, "lab"))
        return [school.shown(d)["fetchesAt"] for d in ("d1", "d2", "d3")]

    assert dues(3) == dues(3)
    assert dues(3) != dues(4)


def test_a_slow_device_may_take_an_hour():
    school = School(devices={"slow_share": 1.0}, policy_delay=[3500, 3500])
    school.modify(modify(GUEST, OFF, "room"))
    school.pass_time(3499)
    assert school.plain(GUEST) is None
    school.pass_time(101)
    assert school.plain(GUEST) == OFF


def test_an_offline_device_never_has_it_until_it_is_back(school):
    before = school.record().get("lastSync")
    school.control("offline")
    school.modify(modify(GUEST, OFF, "room"))
    school.pass_time(7 * 86_400)
    assert school.plain(GUEST) is None
    assert school.record().get("lastSync") == before
    assert school.plain(GUEST, "d2") == OFF
    school.control("online")
    school.pass_time(60)
    assert school.plain(GUEST) == OFF
    assert moment(school.record()["lastSync"]) > moment(before or instant(0))


def test_a_machine_of_the_list_of_offline_ones_never_wakes_by_itself():
    school = School(devices={"offline": ["5CD00001"]})
    school.modify(modify(GUEST, OFF, "lab"))
    school.pass_time(86_400)
    assert school.plain(GUEST) is None
    assert school.plain(GUEST, "d2") == OFF


def test_a_moved_device_gets_the_policy_of_its_new_org_unit(school):
    school.modify(modify(GUEST, OFF, "room"))
    school.record("d3")["orgUnitId"] = "room"
    school.pass_time(60)
    assert school.plain(GUEST, "d3") == OFF
    school.record("d3")["orgUnitId"] = "staff"
    school.pass_time(60)
    assert school.plain(GUEST, "d3") is None


def test_an_org_unit_that_hangs_elsewhere_gives_its_devices_what_it_inherits_there(school):
    school.modify(modify(GUEST, OFF, "staff"))
    school.world.state["org_units"]["room"]["parent"] = "staff"
    school.pass_time(60)
    assert school.plain(GUEST) == OFF
    assert school.plain(GUEST, "d3") is None


def test_a_device_that_nobody_pushed_asks_once_a_day(school):
    before = moment(instant(school.world.now()))
    school.pass_time(25 * 3600)
    assert moment(school.record()["lastSync"]) == pytest.approx(before + 86_400, abs=0.002)


def test_a_person_can_reload_the_policy_on_the_machine(school):
    school.modify(modify(GUEST, OFF, "room"))
    school.control("fetch")
    assert school.plain(GUEST) == OFF
    assert school.plain(GUEST, "d2") is None


def test_an_app_starts_by_itself_at_the_next_boot_and_not_before(school):
    school.modify(modify(FORCE, {"forceInstall": True}, "room", app_id=KIOSK_APP))
    school.modify(modify("chrome.devices.kiosk.appsconfig.AutoLaunchApp", {"appId": KIOSK_APP}, "room"))
    school.pass_time(60)
    assert (school.shown()["session"], school.shown()["apps"]) == ("login", [KIOSK_APP])
    school.control("reboot")
    assert school.shown()["session"] == "booting"
    school.pass_time(60)
    assert (school.shown()["session"], school.shown()["app"]) == ("kiosk", KIOSK_APP)


def test_without_auto_launch_a_person_picks_the_app(school):
    school.kiosk(KIOSK_APP, launch=False)
    assert school.shown()["session"] == "login"
    with pytest.raises(ValueError, match="not in the Apps menu"):
        school.control("launch", app_id="chrome:" + "a" * 32)
    school.control("launch", app_id=KIOSK_APP)
    assert school.shown()["app"] == KIOSK_APP


def test_a_guest_session_can_start_by_itself(school):
    schema = "chrome.devices.managedguest.ManagedGuestSessionV2"
    name = school.wire(f"{schema}.managedGuestSessionAvailability", "AUTO_LAUNCH")
    school.modify(modify(schema, {"managedGuestSessionAvailability": name}, "room"))
    school.pass_time(60)
    school.control("reboot")
    school.pass_time(60)
    assert school.shown()["session"] == "guest"


def test_a_disabled_device_is_locked_once_it_knows_and_free_again_afterwards(school):
    school.record()["status"] = "DISABLED"
    school.pass_time(1)
    assert school.shown()["session"] == "login"
    school.pass_time(60)
    assert school.shown()["session"] == "disabled"
    school.record()["status"] = "ACTIVE"
    school.pass_time(60)
    assert school.shown()["session"] == "login"


def test_a_deprovisioned_device_loses_its_policy_and_fetches_no_more(school):
    school.kiosk(KIOSK_APP)
    school.record()["status"] = "DEPROVISIONED"
    school.pass_time(60)
    last = school.record()["lastSync"]
    school.pass_time(3 * 86_400)
    shown = school.shown()
    assert (shown["enrolled"], shown["policies"], shown["session"]) == (False, [], "login")
    assert school.record()["lastSync"] == last


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.sampled_from(["root", "lab", "room"]), st.booleans()),
            st.tuples(st.just("inherit"), st.sampled_from(["root", "lab", "room"]), st.none()),
            st.tuples(
                st.just("move"), st.sampled_from(["d1", "d3"]), st.sampled_from(["lab", "room", "staff"])
            ),
            st.tuples(st.just("wait"), st.integers(0, 40), st.none()),
        ),
        max_size=12,
    )
)
def test_whoever_synced_after_the_last_change_has_what_the_console_shows(steps):
    school = School()
    changed = dict.fromkeys(("d1", "d2", "d3"), 0.0)
    for act, what, how in steps:
        if act == "write":
            school.modify(modify(GUEST, {"guestModeEnabled": how}, what))
        elif act == "inherit" and GUEST in school.world.state["policies"].get(what, {}):
            school.inherit(inherit(GUEST, what))
        elif act == "move":
            school.record(what)["orgUnitId"] = how
            changed[what] = school.world.now()
        elif act == "wait":
            school.pass_time(what)
        if act in ("write", "inherit"):
            changed = dict.fromkeys(changed, school.world.now())
        for device in changed:
            record = school.record(device)
            if record.get("lastSync") and moment(record["lastSync"]) > changed[device] + 0.001:
                assert school.plain(GUEST, device) == school.values(GUEST, record["orgUnitId"]).get(GUEST)
    school.pass_time(31)
    for device in changed:
        shown = school.values(GUEST, school.record(device)["orgUnitId"]).get(GUEST)
        assert school.plain(GUEST, device) == shown
