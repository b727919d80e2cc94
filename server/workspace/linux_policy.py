"""The lock as Chromium's managed JSON on Linux (/etc/chromium/policies/managed).

The same lock that the console gives a Chromebook, for lab PCs, and for trying it on a real browser. Values that
say "measured" were tried in Chromium 156; tests/browser/test_policy_accepted.py has the browser itself say that
it knows every name here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.domain.errors import Invalid
from server.domain.exam_policy import Wanted
from server.domain.paths import PUPIL_PATH
from server.domain.url_policy import url_lists

DEVTOOLS_OFF = 2  # for every page and extension
#: With 2, nothing can be driven from outside, so tests of the lock use 1 (force-installed extensions included).
DEVTOOLS_FOR_TESTS = 1


@dataclass(frozen=True, slots=True)
class LinuxLock:
    """What one machine's policy is made of. It holds the enrolment secret: treat the result as one."""

    servers: tuple[str, ...]  # origins, the main one first
    extension_id: str
    update_url: str
    school: str
    enrolment_secret: str = field(repr=False)
    serial: str = ""  # Linux gives an extension no serial number, so the policy does
    language: str = "id"
    allowed_hosts: tuple[str, ...] = ()
    allow_clipboard: bool = False
    developer_tools: int = DEVTOOLS_OFF


def linux_lock(wanted: Wanted, serial: str, *, developer_tools: int = DEVTOOLS_OFF) -> LinuxLock:
    """The lock of one machine from the same wishes that a console plan is made from."""
    return LinuxLock(
        servers=wanted.servers,
        extension_id=wanted.extension_id,
        update_url=wanted.update_url,
        school=wanted.school,
        enrolment_secret=wanted.enrolment_secret,
        serial=serial,
        language=wanted.language,
        allowed_hosts=wanted.allowed_hosts,
        allow_clipboard=wanted.allow_clipboard,
        developer_tools=developer_tools,
    )


def render(lock: LinuxLock) -> dict[str, object]:
    """The whole policy of one machine.

    Raises: Invalid (`policy_server`, `policy_host`).
    """
    home = _origin(lock.servers) + PUPIL_PATH
    return {
        **_addresses(lock),
        **_start(home),
        **_extension(lock),
        **_ways_out(lock),
        **_helpers(),
        **_capture(lock),
        **_accounts(),
        **_quiet(),
    }


def _origin(servers: tuple[str, ...]) -> str:
    if not servers:
        raise Invalid(
            "Linux policy: no server address; set the server's public address first", code="policy_server"
        )
    return servers[0]


def _addresses(lock: LinuxLock) -> dict[str, object]:
    lists = url_lists(lock.servers, lock.allowed_hosts)
    return {
        "URLBlocklist": list(lists.blocked),
        # Requests of the extension's worker are not subject to it. Tightening it leaves an open page open
        # (measured): the extension navigates away.
        "URLAllowlist": list(lists.allowed),
    }


def _start(home: str) -> dict[str, object]:
    return {
        # Alt+Home and Ctrl+T come here instead of a page on the internet (measured).
        "HomepageIsNewTabPage": False,
        "HomepageLocation": home,
        "NewTabPageLocation": home,
        "ShowHomeButton": False,
        # 4: open the listed pages. A crash or power cut comes back to the pupil page, not to what was open.
        "RestoreOnStartup": 4,
        "RestoreOnStartupURLs": [home],
    }


def _extension(lock: LinuxLock) -> dict[str, object]:
    return {
        "ExtensionSettings": {
            # Nothing else may be installed, nor loaded from a folder (measured).
            "*": {"installation_mode": "blocked"},
            lock.extension_id: {
                "installation_mode": "force_installed",
                "update_url": lock.update_url,
                # Without it, update_url serves the first install only and updates are never asked for (measured).
                "override_update_url": True,
            },
        },
        # Nor may a program of the machine add one.
        "BlockExternalExtensions": True,
        # 1: chrome://extensions offers no developer mode, should anyone get there.
        "ExtensionDeveloperModeSettings": 1,
        # chrome.storage.managed of the extension. Never a pupil's data.
        "3rdparty": {
            "extensions": {
                lock.extension_id: {
                    "servers": list(lock.servers),
                    "enrolment_secret": lock.enrolment_secret,
                    "school": lock.school,
                    "serial": lock.serial,
                    "language": lock.language,
                }
            }
        },
        # Else chrome.enterprise.hardwarePlatform answers "Not allowed" (measured).
        "EnterpriseHardwarePlatformAPIEnabled": True,
        # The worker must live while a window is open, and nothing of it after the last one closed.
        "BackgroundModeEnabled": False,
    }


def _ways_out(lock: LinuxLock) -> dict[str, object]:
    return {
        "DeveloperToolsAvailability": lock.developer_tools,
        # With tools off, a debugger outside has no business either. (False also shuts out drivers of tests.)
        "RemoteDebuggingAllowed": lock.developer_tools != DEVTOOLS_OFF,
        # 1: Ctrl+Shift+N is dead; an incognito window would be without the extension.
        "IncognitoModeAvailability": 1,
        # Ctrl+P opens a dialog that lists the school's printers.
        "PrintingEnabled": False,
        # Ctrl+O and Ctrl+S open the machine's files.
        "AllowFileSelectionDialogs": False,
        "DownloadRestrictions": 3,  # all
        "EditBookmarksEnabled": False,  # Ctrl+D
        "BookmarkBarEnabled": False,
        # 2: no window.open without a click. A clicked link still may; the extension sees to that.
        "DefaultPopupsSetting": 2,
        # Shift+Esc stays; ending the extension's process from it does not.
        "TaskManagerEndProcessEnabled": False,
        # The game on the page that shows when the network is away.
        "AllowDinosaurEasterEgg": False,
        # The address bar of a window that is not kiosk must not search the web.
        "DefaultSearchProviderEnabled": False,
        # Casting the screen or sharing a page to another device leaves the room.
        "EnableMediaRouter": False,
        "DesktopSharingHubEnabled": False,
        "QRCodeGeneratorEnabled": False,
        "WebAppInstallByUserEnabled": False,
        "UserFeedbackAllowed": False,
    }


def _helpers() -> dict[str, object]:
    """What would help a pupil answer, or write along."""
    return {
        "SpellcheckEnabled": False,  # an exam of spelling and languages must not be marked in red
        "SpellCheckServiceEnabled": False,  # nor be sent to a service
        "TranslateEnabled": False,  # an English test must stay English
        "LiveTranslateEnabled": False,
        "SearchSuggestEnabled": False,
        # Each generative feature by itself: the one switch for all of them (GenAiDefaultSettings) is refused
        # when it comes from a file and not from a console (measured). In the newer ones 1 is off, in the others 2.
        "AIModeSettings": 1,
        "GeminiSettings": 1,
        "GeminiActOnWebSettings": 1,
        "GenAILocalFoundationalModelSettings": 1,  # nor the download of its gigabytes on a shared line
        "SearchContentSharingSettings": 1,  # "search this image or page", Lens
        "AutofillPredictionSettings": 2,
        "CreateThemesSettings": 2,
        "DevToolsGenAiSettings": 2,
        "HelpMeWriteSettings": 2,
        "HistorySearchSettings": 2,
        "TabCompareSettings": 2,
        "BuiltInAIAPIsEnabled": False,
        "TranslatorAPIAllowed": False,
        "GoogleSearchSidePanelEnabled": False,
        "AccessibilityImageLabelsEnabled": False,  # sends the exam's pictures to a service that describes them
        "PasswordManagerEnabled": False,  # the next pupil must not be offered this one's
        "AutofillAddressEnabled": False,
        "AutofillCreditCardEnabled": False,
        "PasswordLeakDetectionEnabled": False,  # asks a service about the password of each login
    }


def _capture(lock: LinuxLock) -> dict[str, object]:
    return {
        "ScreenCaptureAllowed": False,
        # Also the extension's own captureVisibleTab (measured): Bangku takes no pictures of a screen.
        "DisableScreenshots": True,
        "AudioCaptureAllowed": False,
        "VideoCaptureAllowed": False,
        # 2: refuse without asking. A question in front of the exam page is a question too many.
        "DefaultGeolocationSetting": 2,
        "DefaultNotificationsSetting": 2,
        "DefaultWebUsbGuardSetting": 2,
        "DefaultWebHidGuardSetting": 2,
        "DefaultSerialGuardSetting": 2,
        "DefaultWebBluetoothGuardSetting": 2,
        "DefaultFileSystemReadGuardSetting": 2,
        "DefaultFileSystemWriteGuardSetting": 2,
        "DefaultWindowManagementSetting": 2,
        "DefaultIdleDetectionSetting": 2,
        "DefaultLocalFontsSetting": 2,
        "DefaultSensorsSetting": 2,
        # Pages reading the clipboard by script; the keys are the extension's matter. 3: ask, 2: never.
        **({} if lock.allow_clipboard else {"DefaultClipboardSetting": 2}),
    }


def _accounts() -> dict[str, object]:
    """One profile, nobody signed in: a pupil's account has no place on a shared machine."""
    return {
        "BrowserSignin": 0,
        "SyncDisabled": True,
        "BrowserGuestModeEnabled": False,  # a guest window has no extension
        "BrowserAddPersonEnabled": False,
        "ProfilePickerOnStartupAvailability": 1,
        "SavingBrowserHistoryDisabled": True,  # Ctrl+H shows the next pupil nothing of this one
        "AllowDeletingBrowserHistory": False,
    }


def _quiet() -> dict[str, object]:
    """Nothing pops up over the exam, and nothing about a pupil leaves the school."""
    return {
        "MetricsReportingEnabled": False,
        "UrlKeyedAnonymizedDataCollectionEnabled": False,
        "SafeBrowsingSurveysEnabled": False,
        "DomainReliabilityAllowed": False,
        "BrowserNetworkTimeQueriesEnabled": False,
        "AlternateErrorPagesEnabled": False,
        # 2: no page is fetched before it is wanted; on a shared line that is other pupils' time.
        "NetworkPredictionOptions": 2,
        # The school's resolver may be the only one that knows the server's name.
        "DnsOverHttpsMode": "off",
        # School gateways often drop or do not shape UDP; the pages then hang before they fall back.
        "QuicAllowed": False,
        # 1: critical fixes only; no experiment starts on an exam day.
        "ChromeVariations": 1,
        "BrowserLabsEnabled": False,
        "PromotionsEnabled": False,
        "DefaultBrowserSettingEnabled": False,
        # The bar about --no-sandbox would push the page down on machines that run the browser as root.
        "CommandLineFlagSecurityWarningsEnabled": False,
        "SuppressUnsupportedOSWarning": True,
        "MediaRecommendationsEnabled": False,
        "ShoppingListEnabled": False,
        "FeedbackSurveysEnabled": False,
    }


def union_of_hosts(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The hosts of several exams in one list: a lab PC's policy is not rewritten for every exam."""
    return tuple(sorted({host for hosts in groups for host in hosts}))
