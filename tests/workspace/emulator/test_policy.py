"""Policies are written in batches with Google's rules, and hold down the tree of org units until inherited again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.call import Refusal
from server.workspace.emulator.policy_state import switches
from tests.workspace.emulator.policy_asks import FORCE, KIOSK_APP, inherit, key, modify, values
from tests.workspace.emulator.policy_world import School

URLS = "chrome.devices.kiosk.UrlBlocking"
TOOLS = "chrome.devices.kiosk.KioskTroubleshootingToolsEnabled"
GUEST = "chrome.devices.GuestMode"
CONFIG = "chrome.devices.kiosk.apps.ManagedConfiguration"
LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"


@pytest.fixture
def school():
    return School()


def refused(do, *requests):
    with pytest.raises(Refusal) as caught:
        do(*requests)
    assert caught.value.status == 400
    return caught.value


def complaints(refusal):
    (details,) = refusal.details
    assert details["@type"].endswith("PolicyModificationErrorDetails")
    return details["modificationErrors"]


def test_a_policy_set_above_holds_below_and_says_where_it_comes_from(school):
    school.modify(modify(GUEST, {"guestModeEnabled": False}, "lab"))
    (found,) = school.resolve("chrome.devices.*", "room")["resolvedPolicies"]
    assert found["value"] == {"policySchema": GUEST, "value": {"guestModeEnabled": False}}
    assert found["targetKey"]["targetResource"] == "orgunits/room"
    assert found["sourceKey"]["targetResource"] == "orgunits/lab"
    assert "addedSourceKey" not in found
    assert school.resolve("chrome.devices.*", "staff") == {}


def test_the_nearest_org_unit_wins_and_inheriting_gives_the_parent_s_back(school):
    school.modify(modify(GUEST, {"guestModeEnabled": True}, "lab"))
    school.modify(modify(GUEST, {"guestModeEnabled": False}, "room"))
    assert school.values(GUEST) == {GUEST: {"guestModeEnabled": False}}
    school.inherit(inherit(GUEST, "room"))
    assert school.values(GUEST) == {GUEST: {"guestModeEnabled": True}}


def test_only_masked_fields_are_written(school):
    school.modify(modify(URLS, {"urlBlocklist": ["*"], "urlAllowlist": ["a.example"]}, "room"))
    school.modify(
        modify(URLS, {"urlBlocklist": ["x"], "urlAllowlist": ["b.example"]}, "room", mask="urlAllowlist")
    )
    assert school.values(URLS) == {URLS: {"urlBlocklist": ["*"], "urlAllowlist": ["b.example"]}}


def test_a_list_is_replaced_whole(school):
    school.modify(modify(URLS, {"urlBlocklist": ["a", "b"]}, "room"))
    school.modify(modify(URLS, {"urlBlocklist": ["c"]}, "room"))
    assert school.values(URLS)[URLS]["urlBlocklist"] == ["c"]


def test_two_schemas_of_one_namespace_go_in_one_batch(school):
    school.modify(
        modify(URLS, {"urlBlocklist": ["*"]}, "room"),
        modify(TOOLS, {"kioskTroubleshootingToolsEnabled": False}, "room"),
    )
    assert set(school.values("chrome.devices.kiosk.*")) == {URLS, TOOLS}


def test_what_a_batch_may_not_mix(school):
    urls = modify(URLS, {"urlBlocklist": []}, "room")
    refused(school.modify)
    refused(school.modify, urls, modify(GUEST, {"guestModeEnabled": True}, "room"))
    refused(school.modify, urls, modify(TOOLS, {"kioskTroubleshootingToolsEnabled": True}, "lab"))
    refused(school.modify, urls, urls)
    refused(
        school.modify, urls, modify(TOOLS, {"kioskTroubleshootingToolsEnabled": True}, "room", app_id="x")
    )
    assert school.values("chrome.devices.kiosk.*") == {}


def test_one_schema_for_two_apps_goes_in_one_batch(school):
    apps = ["chrome:" + "a" * 32, "chrome:" + "b" * 32]
    school.modify(*(modify(FORCE, {"forceInstall": True}, "room", app_id=app) for app in apps))
    rows = school.resolve("chrome.devices.kiosk.apps.*")["resolvedPolicies"]
    assert [row["targetKey"]["additionalTargetKeys"]["app_id"] for row in rows] == apps


@pytest.mark.parametrize("resource", ["orgunits/id:room", "groups/room", "room", "orgunits/", ""])
def test_a_target_is_an_org_unit_by_its_bare_id(school, resource):
    refused(
        school.modify,
        {**modify(GUEST, {"guestModeEnabled": True}), "policyTargetKey": {"targetResource": resource}},
    )


def test_an_org_unit_that_is_not_there_is_not_found(school):
    with pytest.raises(Refusal) as caught:
        school.modify(modify(GUEST, {"guestModeEnabled": True}, "gone"))
    assert caught.value.status == 404
    with pytest.raises(Refusal):
        school.resolve("chrome.devices.*", "gone")


def test_a_batch_has_a_largest_size():
    school = School(policy={"batch_max": 2})
    apps = ["chrome:" + letter * 32 for letter in "abc"]
    ask = [modify(FORCE, {"forceInstall": True}, "room", app_id=app) for app in apps]
    refused(school.modify, *ask)
    school.modify(*ask[:2])


def test_one_bad_request_leaves_everything_as_it_was_and_is_named(school):
    refusal = refused(
        school.modify,
        modify(URLS, {"urlBlocklist": ["*"]}, "room"),
        modify(TOOLS, {"kioskTroubleshootingToolsEnabled": "no"}, "room"),
        modify("chrome.devices.kiosk.NoSuchThing", {"a": 1}, "room"),
    )
    tools, unknown = complaints(refusal)
    assert tools["policySchema"] == TOOLS
    assert tools["policyTargetKey"] == key("room")
    assert [e["field"] for e in tools["fieldErrors"]] == ["kioskTroubleshootingToolsEnabled"]
    assert "Unknown policy schema" in unknown["errors"][0]
    assert school.values("chrome.devices.kiosk.*") == {}


@pytest.mark.parametrize("mask", ["", " ", {"paths": ["guestModeEnabled"]}])
def test_the_update_mask_is_a_list_of_fields_in_a_string(school, mask):
    request = modify(GUEST, {"guestModeEnabled": True}, "room")
    request["updateMask"] = mask
    refused(school.modify, request)


def test_a_policy_past_its_support_cannot_be_written():
    school = School(policy={"ended": {GUEST: "2020-01-31", TOOLS: "2099-01-31"}})
    refusal = refused(school.modify, modify(GUEST, {"guestModeEnabled": True}, "room"))
    assert "end of support" in complaints(refusal)[0]["errors"][0]
    school.modify(modify(TOOLS, {"kioskTroubleshootingToolsEnabled": False}, "room"))


def test_an_app_must_be_added_before_anything_else_about_it(school):
    ask = modify(CONFIG, {"managedConfiguration": "{}"}, "room", app_id=KIOSK_APP)
    assert "not added" in complaints(refused(school.modify, ask))[0]["errors"][0]
    school.modify(modify(FORCE, {"forceInstall": True}, "lab", app_id=KIOSK_APP))
    school.modify(ask)
    rows = school.resolve("chrome.devices.kiosk.apps.*", app_id=KIOSK_APP)["resolvedPolicies"]
    places = {row["value"]["policySchema"]: row["sourceKey"]["targetResource"] for row in rows}
    assert places == {FORCE: "orgunits/lab", CONFIG: "orgunits/room"}
    assert {row["addedSourceKey"]["targetResource"] for row in rows} == {"orgunits/lab"}


@pytest.mark.parametrize(
    "app_id", ["abc", "chrome:abc", "web:ujian.example", "web:ftp://x.example", "android:x"]
)
def test_an_app_is_named_in_one_of_three_ways(school, app_id):
    refused(school.modify, modify(FORCE, {"forceInstall": True}, "room", app_id=app_id))


@pytest.mark.parametrize("keys", [{}, {"network_id": "x"}, {"app_id": KIOSK_APP, "network_id": "x"}])
def test_an_app_schema_needs_its_key_and_no_other(school, keys):
    refused(school.modify, modify(FORCE, {"forceInstall": True}, "room", **keys))


def test_an_app_is_removed_where_it_was_added_and_takes_its_values_along(school):
    school.modify(modify(FORCE, {"forceInstall": True}, "lab", app_id=KIOSK_APP))
    school.modify(modify(CONFIG, {"managedConfiguration": "{}"}, "room", app_id=KIOSK_APP))
    away = "chrome.devices.kiosk.apps.*"
    refused(school.inherit, inherit(away, "room", app_id=KIOSK_APP))
    school.inherit(inherit(away, "lab", app_id=KIOSK_APP))
    assert school.values("chrome.devices.kiosk.apps.*") == {}
    refused(school.modify, modify(CONFIG, {"managedConfiguration": "{}"}, "room", app_id=KIOSK_APP))


def test_an_app_that_a_lower_org_unit_added_itself_stays_there(school):
    school.modify(modify(FORCE, {"forceInstall": True}, "room", app_id=KIOSK_APP))
    school.modify(modify(FORCE, {"forceInstall": True}, "root", app_id=KIOSK_APP))
    school.inherit(inherit("chrome.devices.kiosk.apps.*", "root", app_id=KIOSK_APP))
    assert FORCE in school.values(FORCE, "room")
    assert school.values(FORCE, "lab") == {}


def test_only_apps_can_be_inherited_by_a_wildcard(school):
    school.modify(modify(GUEST, {"guestModeEnabled": True}, "room"))
    refused(school.inherit, inherit("chrome.devices.*", "room"))


def test_what_is_not_set_here_cannot_be_inherited_again(school):
    school.modify(modify(GUEST, {"guestModeEnabled": True}, "lab"))
    refused(school.inherit, inherit(GUEST, "room"))
    refused(school.inherit, inherit("chrome.devices.NoSuchThing", "room"))


def test_whether_inheriting_what_is_not_set_is_an_error_can_be_switched():
    school = School(policy={"inherit_unset": True})
    assert school.inherit(inherit(GUEST, "room")) == {}


def test_on_a_bad_day_part_of_a_batch_is_done_and_the_answer_does_not_say_which(school):
    asks = [modify(FORCE, {"forceInstall": True}, "room", app_id=f"chrome:{x * 32}") for x in "abcdefgh"]
    with pytest.raises(Refusal) as caught:
        school.modify(*asks, mischief={"half_batch": 0.5})
    assert caught.value.status == 500
    rows = school.resolve(FORCE)["resolvedPolicies"]
    assert 0 < len(rows) < len(asks)
    apps = [row["targetKey"]["additionalTargetKeys"]["app_id"] for row in rows]
    with pytest.raises(Refusal):
        school.inherit(*(inherit(FORCE, "room", app_id=app) for app in apps), mischief={"half_batch": 0.5})
    assert len(school.resolve(FORCE).get("resolvedPolicies", [])) < len(rows)


def test_only_a_kiosk_app_of_the_org_unit_starts_by_itself_and_none_clears_it(school):
    ask = modify(LAUNCH, {"appId": KIOSK_APP}, "room")
    refused(school.modify, ask)
    school.modify(modify(FORCE, {"forceInstall": True}, "lab", app_id=KIOSK_APP))
    school.modify(ask)
    school.modify(modify(LAUNCH, {"appId": "None"}, "room"))
    assert school.values(LAUNCH)[LAUNCH]["appId"] == "None"


@pytest.mark.parametrize(
    "fits", ["*", "chrome.*", "chrome.*.apps.*", "*.users", "chrome.devices.kio*", "", "chrome"]
)
def test_a_wildcard_stands_for_the_last_part_only(school, fits):
    with pytest.raises(Refusal) as caught:
        school.resolve(fits)
    assert caught.value.status == 400


def test_a_wildcard_does_not_reach_into_a_deeper_namespace(school):
    school.modify(modify(URLS, {"urlBlocklist": ["*"]}, "room"))
    assert school.values("chrome.devices.*") == {}


def test_resolved_policies_come_in_pages(school):
    apps = ["chrome:" + letter * 32 for letter in "abcde"]
    school.modify(*(modify(FORCE, {"forceInstall": True}, "room", app_id=app) for app in apps))
    seen, token = [], None
    while True:
        page = school.resolve(FORCE, size=2, token=token)
        seen += [row["targetKey"]["additionalTargetKeys"]["app_id"] for row in page["resolvedPolicies"]]
        if not (token := page.get("nextPageToken")):
            break
        assert len(page["resolvedPolicies"]) == 2
    assert seen == apps
    with pytest.raises(Refusal):
        school.resolve(URLS, size=2, token="elsewhere~2")


def test_another_customer_is_out_of_reach(school):
    with pytest.raises(Refusal) as caught:
        school.call("chromepolicy.customers.policySchemas.list", parent="customers/C0other")
    assert caught.value.status == 403


def test_the_schemas_come_in_pages_and_one_by_one(school):
    seen, token = [], ""
    while True:
        page = school.call(
            "chromepolicy.customers.policySchemas.list", parent="customers/my_customer", pageToken=token
        )
        seen += [row["schemaName"] for row in page["policySchemas"]]
        if not (token := page.get("nextPageToken", "")):
            break
        assert len(page["policySchemas"]) == 100
    assert seen == sorted(wire.shipped())
    one = school.call(
        "chromepolicy.customers.policySchemas.get", name=f"customers/my_customer/policySchemas/{URLS}"
    )
    assert one["name"] == f"customers/C0school/policySchemas/{URLS}"
    with pytest.raises(Refusal) as caught:
        school.call(
            "chromepolicy.customers.policySchemas.get", name="customers/my_customer/policySchemas/chrome.No"
        )
    assert caught.value.status == 404


PLAIN = sorted(s for s in wire.shipped() if not wire.target_keys(s) and s != LAUNCH)
SPELLED = switches(School().world)["spelling"]
WRITES = st.lists(
    st.tuples(
        st.sampled_from(["root", "lab", "room"]),
        st.sampled_from(PLAIN).flatmap(lambda s: st.tuples(st.just(s), values(s, SPELLED))),
    ),
    min_size=1,
    max_size=6,
)


POOL = [
    (GUEST, {"guestModeEnabled": True}, {}),
    ("chrome.devices.PowerManagement", {"loginScreenPowerManagement": True}, {}),
    (URLS, {"urlBlocklist": ["*"]}, {}),
    (TOOLS, {"kioskTroubleshootingToolsEnabled": False}, {}),
    (FORCE, {"forceInstall": True}, {"app_id": KIOSK_APP}),
    (FORCE, {"forceInstall": True}, {"app_id": "chrome:" + "a" * 32}),
]


@given(st.lists(st.tuples(st.sampled_from(POOL), st.sampled_from(["lab", "room"])), min_size=1, max_size=3))
def test_a_batch_is_taken_exactly_when_its_parts_go_together(parts):
    school = School()
    asks = [modify(schema, value, org_unit, **keys) for (schema, value, keys), org_unit in parts]
    together = (
        len({schema.rpartition(".")[0] for (schema, _, _), _ in parts}) == 1
        and len({org_unit for _, org_unit in parts}) == 1
        and len({(schema, *keys.values()) for (schema, _, keys), _ in parts}) == len(parts)
    )
    if together:
        assert school.modify(*asks) == {}
    else:
        refused(school.modify, *asks)
    written = sum(len(here) for here in school.world.state["policies"].values())
    assert written == (len(parts) if together else 0)


@settings(max_examples=60)
@given(WRITES)
def test_what_was_written_is_what_holds_and_inheriting_it_all_leaves_nothing(writes):
    school = School()
    written = {}
    for org_unit, (schema, value) in writes:
        school.modify(modify(schema, value, org_unit))
        kept = {n: v for n, v in value.items() if n not in wire.ack_fields(schema)}
        written[(org_unit, schema)] = kept
        assert school.values(schema, org_unit) == {schema: kept}
    for place, line in [("room", ["room", "lab", "root"]), ("lab", ["lab", "root"]), ("staff", ["root"])]:
        for schema in {s for _, s in written}:
            nearest = next((written[(ou, schema)] for ou in line if (ou, schema) in written), None)
            assert school.values(schema, place) == ({} if nearest is None else {schema: nearest})
    for org_unit, schema in written:
        school.inherit(inherit(schema, org_unit))
    assert all(school.values(schema, "room") == {} for _, schema in written)


@settings(max_examples=40)
@given(
    st.sampled_from(PLAIN).flatmap(lambda s: st.tuples(st.just(s), values(s, SPELLED), values(s, SPELLED)))
)
def test_inheriting_returns_exactly_to_the_parent_s(drawn):
    schema, above, here = drawn
    school = School()
    school.modify(modify(schema, above, "lab"))
    before = school.resolve(schema, "room")
    school.modify(modify(schema, here, "room"))
    school.inherit(inherit(schema, "room"))
    assert school.resolve(schema, "room") == before
