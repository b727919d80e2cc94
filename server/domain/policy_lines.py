"""The lines of a policy plan: what each is called in code, its group on screen, and the schemas that carry it.

docs/policy.md has one row for each; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Groups in the order in which they are shown.
APPS, LOCK, POWER, INPUT, DEVICE, SIGN_IN, UPDATES, REPORTS = GROUPS = (
    "apps",
    "lock",
    "power",
    "input",
    "device",
    "sign_in",
    "updates",
    "reports",
)

_KIOSK = "chrome.devices.kiosk."
_GUEST = "chrome.devices.managedguest."
_USERS = "chrome.users."
#: Setting one of these adds the app to the org unit; before it no other schema of the app is accepted.
ADDING = (f"{_KIOSK}apps.ForceInstall", f"{_GUEST}apps.InstallType", f"{_USERS}apps.InstallType")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a plan does."""

    name: str
    group: str
    schemas: tuple[str, ...]


def _kiosk(name: str, group: str, *leaves: str) -> Line:
    return Line(name, group, tuple(_KIOSK + leaf for leaf in leaves))


def _session(name: str, group: str, *leaves: str) -> Line:
    """The same schema for a managed guest session and for a pupil's own session."""
    return Line(name, group, tuple(space + leaf for leaf in leaves for space in (_GUEST, _USERS)))


def _device(name: str, group: str, *leaves: str) -> Line:
    return Line(name, group, tuple(f"chrome.devices.{leaf}" for leaf in leaves))


_ALL = (
    _kiosk("kiosk_app", APPS, "apps.ForceInstall"),
    _kiosk("exam_browser_app", APPS, "apps.ForceInstall"),
    _kiosk("companion", APPS, "apps.ChromeExtensionsForWebApps"),
    _kiosk("kiosk_offline", APPS, "apps.KioskWebAppOfflineEnabled"),
    _kiosk("auto_launch", APPS, "appsconfig.AutoLaunchApp"),
    _kiosk("app_menu", APPS, "appsconfig.AutoLaunchApp"),
    Line("guest_session", APPS, (f"{_GUEST}ManagedGuestSessionV2",)),
    _session("extension", APPS, "apps.InstallType"),
    _session("extension_source", APPS, "apps.AppInstallationUrl"),
    _session("extension_updates", APPS, "apps.OverrideInstallationUrl"),
    _session("extension_config", APPS, "apps.ManagedConfiguration"),
    _session("attestation", APPS, "apps.EnterpriseChallenge"),
    _session("start_page", APPS, "StartupPages"),
    Line("url_blocking", LOCK, (f"{_KIOSK}UrlBlocking", f"{_GUEST}UrlBlocking", f"{_USERS}UrlBlocking")),
    _kiosk("troubleshooting", LOCK, "KioskTroubleshootingToolsEnabled"),
    _session("dev_tools", LOCK, "DeveloperTools"),
    _session("incognito", LOCK, "IncognitoMode"),
    _session("screenshot", LOCK, "Screenshot"),
    _session("screen_capture", LOCK, "ScreenCaptureAllowed"),
    _session("task_manager", LOCK, "TaskManager"),
    _session("printing", LOCK, "AllowPrinting"),
    _session("downloads", LOCK, "DownloadRestrictions"),
    _session("system_pages", LOCK, "SystemFeaturesDisableList"),
    _session("clipboard", LOCK, "ClipboardSettings"),
    _session("camera", LOCK, "VideoInput"),
    _session("microphone", LOCK, "AudioInput"),
    _session("notifications", LOCK, "Notifications"),
    _session("spelling", LOCK, "SpellCheckService"),
    _session("translation", LOCK, "Translate"),
    _session("quick_answers", LOCK, "QuickAnswersEnabled"),
    _session("lens", LOCK, "LensOverlaySettings", "LensRegionSearchEnabled"),
    _session("generative", LOCK, "GenAiDefaultSettings"),
    _kiosk("power_mains", POWER, "AcPowerSettingsV2"),
    _kiosk("power_battery", POWER, "BatteryPowerSettingsV2"),
    _kiosk("lid", POWER, "LidCloseAction"),
    _kiosk("input_methods", INPUT, "KioskAllowedInputMethods"),
    _kiosk("virtual_keyboard", INPUT, "VirtualKeyboardEnabled"),
    _kiosk("keyboard_helpers", INPUT, "KioskVirtualKeyboardFeatures"),
    _kiosk("accessibility_menu", INPUT, "ShowAccessibilityMenu"),
    _kiosk(
        "accessibility",
        INPUT,
        "SpokenFeedbackEnabled",
        "SelectToSpeakEnabled",
        "DictationEnabled",
        "HighContrastEnabled",
        "ScreenMagnifierType",
        "LargeCursorEnabled",
        "StickyKeysEnabled",
        "AutoclickEnabled",
        "MonoAudioEnabled",
        "CaretHighlightEnabled",
        "CursorHighlightEnabled",
        "KeyboardFocusHighlightEnabled",
        "AccessibilityShortcutsEnabled",
    ),
    _device("reenrolment", DEVICE, "ForcedReenrollment"),
    _device("powerwash", DEVICE, "DevicePowerwashAllowed"),
    _device("verified_mode", DEVICE, "DeviceVerifiedMode"),
    _device("return_message", DEVICE, "DisabledDeviceReturnInstructions"),
    _device("guest_mode", SIGN_IN, "GuestMode"),
    _device("sign_in", SIGN_IN, "SignInRestriction"),
    _device("update_pause", UPDATES, "AutoUpdateSettings"),
    _device("report_session", REPORTS, "EnableReportDeviceKioskSession"),
    _device("report_app", REPORTS, "EnableReportDeviceRunningKioskApp"),
    _device("report_users", REPORTS, "EnableReportDeviceUsers"),
    _device("report_system", REPORTS, "EnableGranularDeviceOsReporting"),
    _device("report_state", REPORTS, "EnableGranularDeviceTelemetryReporting"),
)
LINES: dict[str, Line] = {line.name: line for line in _ALL}


def group_of(line: str) -> str:
    """The group of a line."""
    return LINES[line].group


def line_of(schema: str) -> str:
    """The first line that sets `schema`; for taking back what no wish names any more."""
    return next((line.name for line in _ALL if schema in line.schemas), "other")
