"""Wishes of an exam that runs in a browser session instead of a kiosk: managed guest, or a pupil signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.domain.policy_plan import Wish
from server.domain.policy_settings import Variant
from server.domain.url_policy import UrlLists

SPACES = {Variant.MANAGED_GUEST: "chrome.devices.managedguest.", Variant.USER_SESSION: "chrome.users."}
#: Shown on the sign-in screen for a session that nobody signs in to.
GUEST_NAME = "Ujian"
_PAGES = ("camera", "os_settings", "browser_settings", "scanning", "crosh", "recorder")
#: Known for managed guest sessions only.
_GUEST_PAGES = ("web_store", "canvas", "explore", "gallery", "terminal", "print_jobs", "key_shortcuts")


@dataclass(frozen=True, slots=True)
class Session:
    """`configuration` holds the enrolment secret."""

    variant: Variant
    home: str
    extension_id: str
    update_url: str
    configuration: str = field(repr=False)
    lists: UrlLists
    allow_clipboard: bool = False
    challenge: bool = False  # the extension may have the machine prove itself

    @property
    def space(self) -> str:
        return SPACES[self.variant]


def wishes(session: Session) -> Iterator[Wish]:
    """The session, its extension and its lock."""
    if session.variant is Variant.MANAGED_GUEST:
        yield Wish(
            "guest_session",
            f"{session.space}ManagedGuestSessionV2",
            {
                "userDisplayName": GUEST_NAME,
                "managedGuestSessionAvailability": "AUTO_LAUNCH",
                "autoLaunchDelaySeconds": 0,
            },
            params={"name": GUEST_NAME},
        )
    yield from _extension(session)
    yield Wish(
        "start_page",
        f"{session.space}StartupPages",
        {"restoreOnStartup": "LIST_OF_URLS", "restoreOnStartupUrls": [session.home]},
        params={"address": session.home},
    )
    yield Wish(
        "url_blocking",
        f"{session.space}UrlBlocking",
        {
            "urlBlocklist": list(session.lists.blocked),
            "urlAllowlist": list(session.lists.allowed),
            "chromeInternalUrlsBlocked": True,
        },
        params={"count": len(session.lists.allowed)},
    )
    yield from _lock(session)


def _extension(session: Session) -> Iterator[Wish]:
    app = f"chrome:{session.extension_id}"
    space = f"{session.space}apps."
    yield Wish(
        "extension",
        f"{space}InstallType",
        {"appInstallType": "FORCED"},
        app,
        {"extension": session.extension_id},
    )
    yield Wish(
        "extension_source",
        f"{space}AppInstallationUrl",
        {"installationUrl": session.update_url},
        app,
        {"address": session.update_url},
    )
    # Else the address in the extension itself is asked for updates.
    yield Wish("extension_updates", f"{space}OverrideInstallationUrl", {"overrideInstallationUrl": True}, app)
    if session.challenge:
        yield Wish("attestation", f"{space}EnterpriseChallenge", {"allowEnterpriseChallenge": True}, app)
    yield Wish(
        "extension_config",
        f"{space}ManagedConfiguration",
        {"managedConfiguration": session.configuration},
        app,
        secret=True,
    )


def _lock(session: Session) -> Iterator[Wish]:
    space = session.space
    guest = session.variant is Variant.MANAGED_GUEST
    yield Wish(
        "dev_tools",
        f"{space}DeveloperTools",
        {
            "developerToolsAvailability": "NEVER_ALLOW_DEVELOPER_TOOLS",
            "extensionDeveloperModeSettings": "DISALLOW",
        },
    )
    yield Wish("incognito", f"{space}IncognitoMode", {"incognitoModeAvailability": "UNAVAILABLE"})
    yield Wish("screenshot", f"{space}Screenshot", {"disableScreenshots": True})
    yield Wish("screen_capture", f"{space}ScreenCaptureAllowed", {"screenCaptureAllowed": False})
    yield Wish("task_manager", f"{space}TaskManager", {"taskManagerEndProcessEnabled": False})
    yield Wish("printing", f"{space}AllowPrinting", {"printingEnabled": False})
    yield Wish(
        "downloads",
        f"{space}DownloadRestrictions",
        {"safeBrowsingDownloadRestrictions": "BLOCK_ALL_DOWNLOAD"},
    )
    yield Wish(
        "system_pages",
        f"{space}SystemFeaturesDisableList",
        {"systemFeaturesDisableList": [*_PAGES, *(_GUEST_PAGES if guest else ())]},
    )
    if not session.allow_clipboard:
        yield Wish("clipboard", f"{space}ClipboardSettings", {"defaultClipboardSetting": "BLOCK_CLIPBOARD"})
    yield Wish("camera", f"{space}VideoInput", {"videoCaptureAllowed": False})
    yield Wish("microphone", f"{space}AudioInput", {"audioCaptureAllowed": False})
    yield Wish(
        "notifications", f"{space}Notifications", {"defaultNotificationsSetting": "BLOCK_NOTIFICATIONS"}
    )
    yield Wish("spelling", f"{space}SpellCheckService", {"spellCheckServiceEnabled": "FALSE"})
    yield Wish("translation", f"{space}Translate", {"translateEnabled": "FALSE"})
    yield Wish("quick_answers", f"{space}QuickAnswersEnabled", {"quickAnswersEnabled": False})
    yield Wish("lens", f"{space}LensOverlaySettings", {"lensOverlaySettings": "DISABLED"})
    yield Wish("lens", f"{space}LensRegionSearchEnabled", {"lensRegionSearchEnabled": False})
    yield Wish("generative", f"{space}GenAiDefaultSettings", {"genAiDefaultSettings": "DISABLED"})
