"""Each world spells the policy schemas its own way, and says so in their definitions."""

from __future__ import annotations

import pytest

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.policy_resource import is_listed, resource

MODE = "chrome.devices.ForcedReenrollment"
LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"


def seen(schema, seed=1, **switches):
    given = {"spelling": wire.new_spelling(seed), "preview": [], "ended": {}} | switches
    return resource(schema, "C01", given)


def message(answer):
    (found,) = answer["definition"]["messageType"]
    return found


def field(answer, name):
    return next(row for row in message(answer)["field"] if row["name"] == name)


def enum_values(answer, name):
    named = field(answer, name)["typeName"]
    return [v["name"] for e in answer["definition"]["enumType"] if e["name"] == named for v in e["value"]]


def test_two_worlds_spell_an_enum_differently_and_one_world_always_the_same():
    spelled = {tuple(enum_values(seen(MODE, seed), "reenrollmentMode")) for seed in range(12)}
    assert len(spelled) > 3
    assert enum_values(seen(MODE, 5), "reenrollmentMode") == enum_values(seen(MODE, 5), "reenrollmentMode")


def test_every_value_of_an_enum_carries_its_prefix_and_there_is_an_unspecified_one():
    first, *rest = enum_values(seen(MODE), "reenrollmentMode")
    prefix = first.removesuffix("UNSPECIFIED")
    assert prefix
    assert [name.removeprefix(prefix) for name in rest] == [
        "AUTO_REENROLLMENT",
        "MANUAL_REENROLLMENT",
        "NO_REENROLLMENT",
    ]


def test_the_install_type_of_an_app_has_no_prefix():
    assert "FORCED" in enum_values(seen("chrome.users.apps.InstallType"), "appInstallType")


def test_lists_are_repeated_and_single_values_are_not():
    answer = seen("chrome.devices.SignInRestriction")
    assert field(answer, "userAllowlist")["label"] == "LABEL_REPEATED"
    assert field(answer, "deviceAllowNewUsers")["label"] == "LABEL_OPTIONAL"


def test_whether_a_kiosk_app_has_one_companion_extension_or_several_depends_on_the_world():
    schema, name = wire.EXTENSIONS.rsplit(".", 1)
    labels = {field(seen(schema, seed), name)["label"] for seed in range(12)}
    assert labels == {"LABEL_REPEATED", "LABEL_OPTIONAL"}
    assert message(seen(schema))["nestedType"][0]["field"][0]["name"] == "appId"


def test_every_enum_and_message_that_a_field_names_is_defined():
    def check(part, enums):
        nested = {n["name"]: n for n in part.get("nestedType", ())}
        for row in part["field"]:
            if row["type"] == "TYPE_ENUM":
                assert row["typeName"] in enums
            if row["type"] == "TYPE_MESSAGE":
                check(nested[row["typeName"]], enums)

    for schema in wire.shipped():
        answer = seen(schema)
        check(message(answer), {e["name"] for e in answer["definition"]["enumType"]})


def test_a_value_that_needs_an_acknowledgement_has_a_notice():
    (notice,) = seen(LAUNCH)["notices"]
    assert (notice["field"], notice["noticeValue"]) == ("enableSystemLogUpload", "true")
    assert notice["acknowledgementRequired"] is True
    assert "notices" not in seen(MODE)


def test_an_older_twin_names_the_newer_one():
    old = seen("chrome.devices.kiosk.AcPowerSettings")["policyApiLifecycle"]
    new = seen("chrome.devices.kiosk.AcPowerSettingsV2")["policyApiLifecycle"]
    assert old["policyApiLifecycleStage"] == "API_DEPRECATED"
    assert old["deprecatedInFavorOf"] == ["chrome.devices.kiosk.AcPowerSettingsV2"]
    assert new["policyApiLifecycleStage"] == "API_CURRENT"
    assert new["scheduledToDeprecatePolicies"] == ["chrome.devices.kiosk.AcPowerSettings"]


def test_stages_can_be_switched():
    assert seen(MODE, preview=[MODE])["policyApiLifecycle"]["policyApiLifecycleStage"] == "API_PREVIEW"
    assert seen(MODE, ended={MODE: "2024-05-06"})["policyApiLifecycle"]["endSupport"] == {
        "year": 2024,
        "month": 5,
        "day": 6,
    }


@pytest.mark.parametrize(
    ("schema", "keys"),
    [
        ("chrome.devices.kiosk.apps.ForceInstall", ["app_id"]),
        (LAUNCH, []),
        ("chrome.networks.wifi.Details", ["network_id"]),
        ("chrome.networks.globalsettings.AutoConnect", []),
    ],
)
def test_apps_and_networks_hang_on_a_key(schema, keys):
    assert [k["key"] for k in seen(schema).get("additionalTargetKeyNames", ())] == keys


@pytest.mark.parametrize(
    ("words", "schema", "listed"),
    [
        ("chrome.devices.kiosk.*", "chrome.devices.kiosk.UrlBlocking", True),
        ("chrome.devices.kiosk.*", "chrome.devices.GuestMode", False),
        ("namespace=chrome.devices", "chrome.devices.GuestMode", True),
        ("namespace=chrome.devices", "chrome.devices.kiosk.UrlBlocking", False),
        ("additionalTargetKeyNames=app_id", "chrome.users.apps.InstallType", True),
        ("urlblock", "chrome.devices.kiosk.UrlBlocking", True),
        ("urlblock AND namespace=chrome.users", "chrome.devices.kiosk.UrlBlocking", False),
        ("name=chrome.devices.GuestMode", "chrome.devices.GuestMode", True),
    ],
)
def test_the_list_can_be_filtered(words, schema, listed):
    assert is_listed(schema, words) is listed
