"""A value is written only when each masked field has the type, the spelling and the acknowledgement its schema asks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.workspace.emulator import policy_wire as wire
from server.workspace.emulator.policy_value import as_kept, field_errors
from tests.workspace.emulator.policy_asks import values

SPELLING = wire.new_spelling(7)
MODE = "chrome.devices.ForcedReenrollment"
LAUNCH = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
URLS = "chrome.devices.kiosk.UrlBlocking"
SUSPEND = "chrome.devices.kiosk.DeviceWeeklyScheduledSuspend"


def errors(schema, value, mask=None, spelling=SPELLING):
    return {e["field"]: e["error"] for e in field_errors(schema, value, mask or list(value), spelling)}


def wire_name(path, short):
    return SPELLING["prefixes"][path] + short


@settings(max_examples=150)
@given(st.sampled_from(sorted(wire.shipped())).flatmap(lambda s: st.tuples(st.just(s), values(s, SPELLING))))
def test_a_value_that_follows_the_definition_is_taken(drawn):
    schema, value = drawn
    assert errors(schema, value) == {}
    kept = as_kept(schema, value, list(value))
    assert kept == {name: inner for name, inner in value.items() if name not in wire.ack_fields(schema)}


def test_an_enum_is_taken_by_its_wire_name_only():
    path = f"{MODE}.reenrollmentMode"
    assert errors(MODE, {"reenrollmentMode": wire_name(path, "AUTO_REENROLLMENT")}) == {}
    assert errors(MODE, {"reenrollmentMode": "AUTO_REENROLLMENT"})
    assert errors(MODE, {"reenrollmentMode": 1})
    assert errors(MODE, {"reenrollmentMode": wire_name(path, "UNSPECIFIED")})
    other = wire.new_spelling(8)["prefixes"][path] + "AUTO_REENROLLMENT"
    assert errors(MODE, {"reenrollmentMode": other})


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ("chrome.devices.GuestMode", {"guestModeEnabled": "true"}, "guestModeEnabled"),
        ("chrome.devices.GuestMode", {"guestModeEnabled": None}, "guestModeEnabled"),
        ("chrome.devices.GuestMode", {"guestModeEnabled": True, "other": 1}, "other"),
        (URLS, {"urlBlocklist": "*"}, "urlBlocklist"),
        (URLS, {"urlBlocklist": ["*", 3]}, "urlBlocklist"),
        (URLS, {"urlBlocklist": ["x"] * 1001}, "urlBlocklist"),
        ("chrome.devices.HostnameTemplate", {"deviceHostnameTemplate": 5}, "deviceHostnameTemplate"),
        ("chrome.devices.ExtensionCacheSize", {"extensionCacheSize": "many"}, "extensionCacheSize"),
        ("chrome.devices.ExtensionCacheSize", {"extensionCacheSize": True}, "extensionCacheSize"),
        ("chrome.devices.ExtensionCacheSize", {"extensionCacheSize": 2**63}, "extensionCacheSize"),
        (SUSPEND, {"weeklySchedules": []}, "weeklySchedules"),
        (SUSPEND, {"weeklySchedules": {"weeklySchedule": {"begin": {}}}}, "weeklySchedules"),
        (
            "chrome.devices.kiosk.KioskVirtualKeyboardFeatures",
            {"virtualKeyboardFeatures": ["DANCING"]},
            "virtualKeyboardFeatures",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_field(schema, value, wrong):
    assert list(errors(schema, value)) == [wrong]


def test_every_masked_field_needs_a_value_and_must_exist():
    assert list(errors(URLS, {"urlBlocklist": []}, ["urlBlocklist", "urlAllowlist"])) == ["urlAllowlist"]
    assert list(errors(URLS, {"urlBlocklist": []}, ["urlBlocklist", "blocklist"])) == ["blocklist"]


def test_fields_outside_the_mask_are_not_looked_at():
    assert errors(URLS, {"urlBlocklist": [], "urlAllowlist": 5}, ["urlBlocklist"]) == {}


def test_an_acknowledgement_is_asked_for_the_value_that_needs_it_and_not_for_the_other():
    ack = "ackNoticeForEnableSystemLogUploadSetToTrue"
    assert list(errors(LAUNCH, {"enableSystemLogUpload": True})) == ["enableSystemLogUpload"]
    assert list(errors(LAUNCH, {"enableSystemLogUpload": True, ack: False})) == ["enableSystemLogUpload"]
    assert list(errors(LAUNCH, {"enableSystemLogUpload": True, ack: True}, ["enableSystemLogUpload"]))
    assert errors(LAUNCH, {"enableSystemLogUpload": True, ack: True}) == {}
    assert errors(LAUNCH, {"enableSystemLogUpload": False}) == {}


@pytest.mark.parametrize("repeated", [True, False])
def test_the_companion_extension_must_have_the_label_s_shape(repeated):
    schema, name = wire.EXTENSIONS.rsplit(".", 1)
    spelling = {**SPELLING, "repeated": [wire.EXTENSIONS] if repeated else []}
    one = {"appId": "a" * 32, "url": "https://x.example/updates.xml"}
    assert bool(errors(schema, {name: one}, spelling=spelling)) is repeated
    assert bool(errors(schema, {name: [one]}, spelling=spelling)) is not repeated
