"""Wishes that hang on the school's settings alone: power, keyboard, helpers, sign-in, updates, reports."""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import belajar
from server.domain.policy_plan import Wish
from server.domain.policy_settings import (
    Accessibility,
    Choice,
    Lid,
    Magnifier,
    PolicySettings,
    Reenrolment,
    SignIn,
)

_KIOSK = "chrome.devices.kiosk."
_DEVICE = "chrome.devices."

_CHOICE = {
    Choice.USER: "DEFAULT_USER_CHOICE",
    Choice.OFF: "ACCESSIBILITY_DISABLED",
    Choice.ON: "ACCESSIBILITY_ENABLED",
}
_MAGNIFIER = {
    Magnifier.USER: "DEFAULT_USER_CHOICE",
    Magnifier.OFF: "ACCESSIBILITY_DISABLED",
    Magnifier.FULL_SCREEN: "ACCESSIBILITY_FULL_SCREEN",
    Magnifier.DOCKED: "ACCESSIBILITY_DOCKED",
}
_LID = {Lid.NOTHING: "DO_NOTHING", Lid.SUSPEND: "SUSPEND", Lid.SHUTDOWN: "SHUTDOWN"}
_REENROLMENT = {
    Reenrolment.AUTO: "AUTO_REENROLLMENT",
    Reenrolment.MANUAL: "MANUAL_REENROLLMENT",
    Reenrolment.NONE: "NO_REENROLLMENT",
}
_SIGN_IN = {SignIn.NOBODY: "NO_USERS", SignIn.LISTED: "RESTRICTED_LIST", SignIn.ANYONE: "ANY_USER"}
#: setting → schema and field
_HELPERS = {
    "spoken_feedback": ("SpokenFeedbackEnabled", "spokenFeedbackEnabled"),
    "select_to_speak": ("SelectToSpeakEnabled", "selectToSpeakEnabled"),
    "dictation": ("DictationEnabled", "dictationEnabled"),
    "high_contrast": ("HighContrastEnabled", "highContrastEnabled"),
    "large_cursor": ("LargeCursorEnabled", "largeCursorEnabled"),
    "sticky_keys": ("StickyKeysEnabled", "stickyKeysEnabled"),
    "autoclick": ("AutoclickEnabled", "autoclickEnabled"),
    "mono_audio": ("MonoAudioEnabled", "monoAudioEnabled"),
    "caret_highlight": ("CaretHighlightEnabled", "caretHighlightEnabled"),
    "cursor_highlight": ("CursorHighlightEnabled", "cursorHighlightEnabled"),
    "focus_highlight": ("KeyboardFocusHighlightEnabled", "keyboardFocusHighlightEnabled"),
    "shortcuts": ("AccessibilityShortcutsEnabled", "accessibilityShortcutsEnabled"),
}


def kiosk_comfort(settings: PolicySettings) -> Iterator[Wish]:
    """Power, keyboard and helpers of a kiosk session."""
    if settings.keep_awake:
        # 0 is "never"; no other number is written, because the schemas do not say in which unit they count.
        # The time until the idle action is left alone: doing nothing needs none.
        for line, kind, schema in (("power_mains", "ac", "Ac"), ("power_battery", "battery", "Battery")):
            yield Wish(
                line,
                f"{_KIOSK}{schema}PowerSettingsV2",
                {
                    f"{kind}IdleAction": "IDLE_ACTION_DO_NOTHING",
                    f"{kind}WarningTimeout": 0,
                    f"{kind}DimTimeout": 0,
                    f"{kind}ScreenOffTimeout": 0,
                },
            )
    yield Wish(
        "lid", f"{_KIOSK}LidCloseAction", {"lidCloseAction": _LID[settings.lid]}, params={"lid": settings.lid}
    )
    yield Wish(
        "input_methods",
        f"{_KIOSK}KioskAllowedInputMethods",
        {"allowedInputMethods": list(settings.input_methods)},
        params={"methods": ", ".join(settings.input_methods)},
    )
    yield Wish(
        "virtual_keyboard",
        f"{_KIOSK}VirtualKeyboardEnabled",
        {"virtualKeyboardEnabled": _CHOICE[settings.virtual_keyboard]},
        params={"choice": settings.virtual_keyboard},
    )
    # Suggestions, handwriting and speech write along; an exam wants what the pupil typed.
    yield Wish("keyboard_helpers", f"{_KIOSK}KioskVirtualKeyboardFeatures", {"virtualKeyboardFeatures": []})
    yield from _accessibility(settings.accessibility)


def _accessibility(chosen: Accessibility) -> Iterator[Wish]:
    if chosen.menu is not None:
        yield Wish(
            "accessibility_menu",
            f"{_KIOSK}ShowAccessibilityMenu",
            {"showAccessibilityMenu": chosen.menu},
            params={"on": chosen.menu},
        )
    for name, (schema, field) in _HELPERS.items():
        choice: Choice | None = getattr(chosen, name)
        if choice is not None:
            yield Wish(
                "accessibility",
                f"{_KIOSK}{schema}",
                {field: _CHOICE[choice]},
                params={"helper": name, "choice": choice},
            )
    if chosen.magnifier is not None:
        yield Wish(
            "accessibility",
            f"{_KIOSK}ScreenMagnifierType",
            {"screenMagnifierType": _MAGNIFIER[chosen.magnifier]},
            params={"helper": "magnifier", "choice": chosen.magnifier},
        )


def device(settings: PolicySettings, level: str, attested_by: str = "") -> Iterator[Wish]:
    """What holds for the device in every kind of session. `attested_by`: who may ask Google which Chromebook this is."""
    yield Wish(
        "reenrolment",
        f"{_DEVICE}ForcedReenrollment",
        {"reenrollmentMode": _REENROLMENT[settings.reenrolment]},
        params={"mode": settings.reenrolment},
    )
    yield Wish(
        "powerwash",
        f"{_DEVICE}DevicePowerwashAllowed",
        {"devicePowerwashAllowed": settings.powerwash_allowed},
        params={"allowed": settings.powerwash_allowed},
    )
    verified: dict[str, object] = {"deviceVerifiedModeRequired": settings.verified_mode}
    services = dict.fromkeys((*settings.verified_services, *([attested_by] if attested_by else ())))
    if services:
        verified["servicesWithFullAccess"] = list(services)
    yield Wish(
        "verified_mode", f"{_DEVICE}DeviceVerifiedMode", verified, params={"on": settings.verified_mode}
    )
    if settings.return_message:
        yield Wish(
            "return_message",
            f"{_DEVICE}DisabledDeviceReturnInstructions",
            {"deviceDisabledMessage": settings.return_message},
            params={"message": settings.return_message},
        )
    yield Wish(
        "guest_mode",
        f"{_DEVICE}GuestMode",
        {"guestModeEnabled": settings.guest_mode},
        params={"on": settings.guest_mode},
    )
    yield _sign_in(settings, level)
    # No policy ends by itself: the pause lasts until Bangku takes it back, and it reminds of that.
    if settings.pause_updates:
        yield Wish(
            "update_pause",
            f"{_DEVICE}AutoUpdateSettings",
            {"updateDisabled": True, "rebootAfterUpdate": False},
            params={"days": settings.pause_days},
        )
    if settings.reporting:
        yield from _reports()


def _sign_in(settings: PolicySettings, level: str) -> Wish:
    fields: dict[str, object] = {"deviceAllowNewUsers": _SIGN_IN[settings.sign_in]}
    allowed: tuple[str, ...] = ()
    if settings.sign_in is SignIn.LISTED:
        allowed = belajar.allowlist(level, settings.sign_in_groups, settings.own_domains)
        fields["userAllowlist"] = list(allowed)
    return Wish(
        "sign_in",
        f"{_DEVICE}SignInRestriction",
        fields,
        params={"who": settings.sign_in, "addresses": ", ".join(allowed)},
    )


def _reports() -> Iterator[Wish]:
    yield Wish(
        "report_session", f"{_DEVICE}EnableReportDeviceKioskSession", {"reportDeviceSessionStatus": True}
    )
    yield Wish(
        "report_app", f"{_DEVICE}EnableReportDeviceRunningKioskApp", {"reportDeviceRunningKioskApp": True}
    )
    # Not who: Bangku knows its pupils from its own list, and nothing about a pupil leaves the school through us.
    yield Wish("report_users", f"{_DEVICE}EnableReportDeviceUsers", {"reportDeviceUsers": False})
    yield Wish(
        "report_system",
        f"{_DEVICE}EnableGranularDeviceOsReporting",
        {
            "reportingOsInfoBehavior": "REPORTING_CUSTOM_WITH_ALLOWLIST",
            "reportOsInfoCustomAllowlist": [
                "report_version_info",
                "report_boot_mode",
                "report_os_update_status",
            ],
        },
    )
    yield Wish(
        "report_state",
        f"{_DEVICE}EnableGranularDeviceTelemetryReporting",
        {
            "reportingTelemetryBehavior": "REPORTING_CUSTOM_WITH_ALLOWLIST",
            "reportTelemetryCustomAllowlist": [
                "device_activity_heartbeat_enabled",
                "report_network_status",
                "report_peripherals",
                "report_power_status",
                "report_storage_status",
            ],
        },
    )
