"""Values in a tenant's own spelling, never in one that was remembered."""

from __future__ import annotations

from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.policy_schema import Schema, parse, short
from tests.domain.tenant import described, schemas, shipped

NAME = "chrome.devices.kiosk.LidCloseAction"


def schema(spec: dict[str, Any], **other: Any) -> Schema:
    return parse(described(NAME, spec, **other))


def enum(*names: str) -> Schema:
    raw = described(NAME, {"action": {"enum": ["X"]}})
    raw["definition"]["enumType"][0]["value"] = [{"name": n, "number": i} for i, n in enumerate(names)]
    return parse(raw)


def test_every_shipped_schema_is_read() -> None:
    for name, spec in shipped().items():
        found = schemas()[name]
        assert set(found.fields) == set(spec)
        assert found.target_keys == (("app_id",) if ".apps." in name else ())


@pytest.mark.parametrize("prefix", ["", "A_", "KIOSK_LID_ENUM_"])
def test_an_enums_short_name_finds_the_tenants_own(prefix: str) -> None:
    spec = {"lidCloseAction": {"enum": ["SUSPEND", "SHUTDOWN", "DO_NOTHING"]}}
    found = schema(spec, prefix=prefix).wire({"lidCloseAction": "DO_NOTHING"})
    assert found == {"lidCloseAction": f"{prefix}LIDCLOSEACTION_DO_NOTHING"}


def test_allowed_is_not_taken_for_not_allowed() -> None:
    names = ("S_NOT_ALLOWED", "S_ALLOWED", "S_AUTO_LAUNCH")
    assert enum(*names).wire({"action": "ALLOWED"}) == {"action": "S_ALLOWED"}
    assert enum(*names).wire({"action": "NOT_ALLOWED"}) == {"action": "S_NOT_ALLOWED"}
    assert enum(*names).wire({"action": "S_ALLOWED"}) == {"action": "S_ALLOWED"}


@pytest.mark.parametrize(("names", "value"), [(("A_B_ON", "A_C_ON"), "ON"), (("A_ON", "A_OFF"), "MAYBE")])
def test_an_unclear_or_unknown_value_is_named_with_what_the_tenant_knows(
    names: tuple[str, ...], value: str
) -> None:
    with pytest.raises(Invalid) as caught:
        enum(*names).wire({"action": value})
    assert caught.value.code == "policy_enum_unknown"
    assert caught.value.params == {
        "schema": NAME,
        "field": "action",
        "value": value,
        "known": ", ".join(names),
    }


def test_a_field_the_tenant_does_not_have_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        schema({"a": "bool"}).wire({"b": True})
    assert (caught.value.code, caught.value.params["field"]) == ("policy_field_unknown", "b")


@pytest.mark.parametrize(
    ("kind", "value"), [("bool", 1), ("string", 5), ("int64", "5"), ("int32", True), ("bool", [True])]
)
def test_a_value_of_another_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(Invalid) as caught:
        schema({"a": kind}).wire({"a": value})
    assert caught.value.code == "policy_value_type"


def test_a_single_value_becomes_a_list_where_the_tenant_repeats_the_field() -> None:
    spec = {"chromeExtensionsForWebApps": {"message": {"appId": "string"}}}
    assert schema(spec).wire({"chromeExtensionsForWebApps": {"appId": "a"}}) == {
        "chromeExtensionsForWebApps": [{"appId": "a"}]
    }
    assert schema({"apps": {"message": {"appId": "string"}}}).wire({"apps": {"appId": "a"}}) == {
        "apps": {"appId": "a"}
    }


def test_a_number_becomes_a_message_where_the_tenant_describes_one() -> None:
    found = schema({"acDimTimeout": {"message": {"duration": "int64"}}})
    assert found.wire({"acDimTimeout": 0}) == {"acDimTimeout": {"duration": 0}}


def test_a_value_that_must_be_acknowledged_is() -> None:
    spec = {"enableSystemLogUpload": "bool", "ackNoticeForEnableSystemLogUploadSetToTrue": "bool"}
    assert schema(spec).wire({"enableSystemLogUpload": True}) == {
        "enableSystemLogUpload": True,
        "ackNoticeForEnableSystemLogUploadSetToTrue": True,
    }
    assert schema(spec).wire({"enableSystemLogUpload": False}) == {"enableSystemLogUpload": False}


def test_a_list_of_known_values_takes_no_other() -> None:
    found = schemas()["chrome.devices.kiosk.KioskAllowedInputMethods"]
    with pytest.raises(Invalid) as caught:
        found.wire({"allowedInputMethods": ["xkb:us::eng", "xkb:zz::zzz"]})
    assert caught.value.params["value"] == "xkb:zz::zzz"


def test_the_life_cycle_is_read() -> None:
    life = {
        "policyApiLifecycleStage": "API_DEPRECATED",
        "deprecatedInFavorOf": ["chrome.devices.B"],
        "endSupport": {"year": 2026, "month": 3, "day": 1},
    }
    found = schema({"a": "bool"}, policyApiLifecycle=life)
    assert (found.deprecated, found.replaced_by, found.end_support) == (
        True,
        ("chrome.devices.B",),
        (2026, 3, 1),
    )


def test_an_answer_without_a_definition_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"schemaName": NAME})
    assert caught.value.code == "policy_schema_unreadable"


def test_long_values_are_shown_short() -> None:
    assert short(["a", "b"]) == "a, b"
    assert short(True) == "true"
    assert len(short("x" * 500)) == 80


@pytest.mark.parametrize("spelled", ["Apps", "Apps.Apps", ".Apps.Apps", ".chrome.devices.kiosk.Apps.Apps"])
def test_a_message_named_like_the_one_around_it_is_the_inner_one(spelled: str) -> None:
    inner = {"name": "Apps", "field": [{"name": "appId", "type": "TYPE_STRING", "label": "LABEL_OPTIONAL"}]}
    field = {"name": "apps", "type": "TYPE_MESSAGE", "typeName": spelled, "label": "LABEL_REPEATED"}
    definition = {"messageType": [{"name": "Apps", "field": [field], "nestedType": [inner]}]}
    found = parse({"schemaName": "chrome.devices.kiosk.Apps", "definition": definition})
    assert found.wire({"apps": {"appId": "a"}}) == {"apps": [{"appId": "a"}]}


def test_a_message_inside_itself_is_read_without_end() -> None:
    field = {"name": "more", "type": "TYPE_MESSAGE", "typeName": ".Apps", "label": "LABEL_OPTIONAL"}
    found = parse(
        {
            "schemaName": "chrome.devices.Apps",
            "definition": {"messageType": [{"name": "Apps", "field": [field]}]},
        }
    )
    assert set(found.fields) == {"more"}
