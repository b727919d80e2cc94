"""A school's policy settings: safe when untouched, and every mistake named by its field."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.policy_settings import PolicySettings, problems, read
from tests.domain.tenant import schemas


def test_a_school_that_was_never_asked_is_safe() -> None:
    fresh = PolicySettings()
    assert fresh.reenrolment == "auto"
    assert fresh.verified_mode
    assert not fresh.guest_mode
    assert not fresh.powerwash_allowed
    assert fresh.exam_browser_app is None, "nobody publishes it; it is never guessed"


def test_the_keyboards_offered_first_are_known_to_the_console() -> None:
    known = schemas()["chrome.devices.kiosk.KioskAllowedInputMethods"].fields["allowedInputMethods"].values
    assert set(PolicySettings().input_methods) <= set(known)


def test_settings_come_back_as_they_were_kept() -> None:
    kept = PolicySettings.model_validate({"own_domains": ["smp1.sch.id"], "lid": "suspend"})
    assert read(kept.as_dict()) == kept


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        ({"exam_browser_app": "abc"}, "exam_browser_app", "app_id"),
        ({"own_domains": ["@smp1.sch.id"]}, "own_domains", "domain_invalid"),
        ({"own_domains": ["sekolah"]}, "own_domains", "domain_invalid"),
        ({"addresses": ["https://a.id/pupil"]}, "addresses", "address_invalid"),
        ({"exam_browser_hosts": ["*.go.id"]}, "exam_browser_hosts", "host_invalid"),
        ({"input_methods": []}, "input_methods", "too_short"),
        ({"input_methods": ["xkb:us::eng", "a b"]}, "input_methods", "input_method"),
        ({"max_devices": 0}, "max_devices", "greater_than_equal"),
        ({"max_devices": "15"}, "max_devices", "int_type"),
        ({"guest_mode": "yes"}, "guest_mode", "bool_type"),
        ({"lid": "sleep"}, "lid", "enum"),
        ({"sign_in_groups": ["parents"]}, "sign_in_groups", "enum"),
        ({"return_message": "x" * 501}, "return_message", "string_too_long"),
        ({"accessibility": {"magnifier": "on"}}, "accessibility.magnifier", "enum"),
        ({"pause_day": 3}, "pause_day", "extra_forbidden"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(raw: dict[str, Any], name: str, kind: str) -> None:
    assert [(p.name, p.kind) for p in problems(raw)] == [(name, kind)]
    with pytest.raises(Invalid) as caught:
        read(raw)
    assert (caught.value.code, caught.value.params["field"]) == ("policy_setting", name)


@pytest.mark.parametrize("app", ["chrome:" + "b" * 32, "android:id.go.ujian", "web:https://ujian.go.id/"])
def test_an_app_of_another_kind_is_taken_as_it_is(app: str) -> None:
    assert read({"exam_browser_app": app}).exam_browser_app == app
    assert read({"exam_browser_app": "b" * 32}).exam_browser_app == "chrome:" + "b" * 32
