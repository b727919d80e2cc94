"""A tenant's schemas against the shipped list."""

from __future__ import annotations

from server.domain.schema_survey import COMPANION, survey

SHIPPED = {
    "chrome.devices.LidCloseAction": {"lidCloseAction": {"enum": ["SUSPEND", "DO_NOTHING"]}, "old": "bool"},
    "chrome.devices.GuestMode": {"guestModeEnabled": "bool"},
    COMPANION: {"chromeExtensionsForWebApps": {"message": {"appId": "string"}}},
}


def _schema(
    name: str, fields: list[dict[str, object]], enums: dict[str, list[str]] | None = None
) -> dict[str, object]:
    return {
        "schemaName": name,
        "definition": {
            "messageType": [{"name": "Own", "field": fields}],
            "enumType": [
                {"name": enum, "value": [{"name": value} for value in values]}
                for enum, values in (enums or {}).items()
            ],
        },
    }


def _lid(*values: str) -> dict[str, object]:
    return _schema(
        "chrome.devices.LidCloseAction",
        [{"name": "lidCloseAction", "type": "TYPE_ENUM", "typeName": ".x.LidEnum"}, {"name": "newOne"}],
        {"LidEnum": list(values)},
    )


def test_what_is_missing_and_what_is_new_is_named():
    found = survey(
        [_lid("LID_ENUM_SUSPEND", "LID_ENUM_DO_NOTHING"), _schema("chrome.devices.NewWindowsInKiosk", [])],
        SHIPPED,
    )
    assert found.count == 2
    assert found.missing == ("chrome.devices.GuestMode", COMPANION)
    assert found.fields_missing == ("chrome.devices.LidCloseAction old",)
    assert found.fields_new == ("chrome.devices.LidCloseAction newOne",)
    assert found.newer == ("chrome.devices.NewWindowsInKiosk",)


def test_each_short_value_is_found_by_its_ending_and_only_a_single_fit_is_clear():
    place = "chrome.devices.LidCloseAction lidCloseAction"
    clear = survey([_lid("LID_ENUM_SUSPEND", "LID_ENUM_DO_NOTHING")], SHIPPED)
    assert clear.enums[place] == {"SUSPEND": ("LID_ENUM_SUSPEND",), "DO_NOTHING": ("LID_ENUM_DO_NOTHING",)}
    assert clear.enums_unclear == ()
    unclear = survey([_lid("A_SUSPEND", "B_SUSPEND")], SHIPPED)
    assert unclear.enums_unclear == (f"{place}: SUSPEND", f"{place}: DO_NOTHING")


def test_a_plain_name_wins_over_one_that_merely_ends_like_it():
    found = survey([_lid("SUSPEND", "AUTO_SUSPEND", "DO_NOTHING")], SHIPPED)
    assert found.enums_unclear == ()


def test_the_label_says_whether_several_companion_extensions_fit():
    for label, repeated in (("LABEL_REPEATED", True), ("LABEL_OPTIONAL", False)):
        resource = _schema(COMPANION, [{"name": "chromeExtensionsForWebApps", "label": label}])
        assert survey([resource], SHIPPED).companion_repeated is repeated
    assert survey([], SHIPPED).companion_repeated is None
