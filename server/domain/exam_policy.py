"""What an exam wants of an org unit in the console: from a profile and the school's settings to a list of wishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.domain import belajar, device_policy, session_policy
from server.domain.errors import Invalid
from server.domain.exam import Client
from server.domain.hosts import only_here
from server.domain.paths import PUPIL_PATH
from server.domain.policy_plan import Json, Wish, Worry
from server.domain.policy_settings import PolicySettings, SignIn, Variant
from server.domain.url_policy import UrlLists, url_lists

KIOSK = "chrome.devices.kiosk."
#: Google's word for "no app starts by itself".
NO_APP = "None"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the wishes are made from. It holds the enrolment secret; `public()` does not."""

    client: Client
    servers: tuple[str, ...]  # origins, the main one first
    extension_id: str
    update_url: str
    school: str  # NPSN
    enrolment_secret: str = field(repr=False)
    settings: PolicySettings
    allowed_hosts: tuple[str, ...] = ()
    level: str = ""  # the school's jenjang, for the belajar.id table
    allow_clipboard: bool = False
    language: str = "id"
    profile_key: str = ""
    #: The service account that may ask Google about these Chromebooks; empty: the school did not turn that on.
    attested_by: str = ""

    @property
    def variant(self) -> Variant:
        """An Exam Browser day is a kiosk day, whatever the school's web exams run in."""
        return Variant.KIOSK if self.client is Client.EXAM_BROWSER else self.settings.variant

    @property
    def home(self) -> str:
        """Where a session starts: always Bangku's own pupil page, which leads to the exam."""
        if not self.servers:
            raise Invalid(
                "policy: no server address; set the server's public address first", code="policy_server"
            )
        return self.servers[0] + PUPIL_PATH

    @property
    def app_id(self) -> str:
        """The kiosk app that Bangku adds."""
        return f"web:{self.home}"

    @property
    def url_lists(self) -> UrlLists:
        """The addresses that stay open; the Linux lock is made from the same two lists."""
        extra = self.settings.exam_browser_hosts if self.client is Client.EXAM_BROWSER else ()
        return url_lists(self.servers, (*self.allowed_hosts, *extra))

    @property
    def blocks_addresses(self) -> bool:
        """The kiosk list counts for every kiosk app. Nobody publishes where the ministry's Exam Browser goes, so
        without hosts that the school entered nothing is blocked on its day; our own pages are held by the extension.
        """
        return self.client is Client.WEB or bool(self.settings.exam_browser_hosts)

    def configuration(self) -> str:
        """The extension's managed configuration, as the Admin console takes it: each value under "Value"."""
        values = {
            "servers": list(self.servers),
            "enrolment_secret": self.enrolment_secret,
            "school": self.school,
            "language": self.language,
        }
        shape = {name: {"Value": value} for name, value in values.items()}
        return json.dumps(shape, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def public(self) -> Json:
        """What may be kept and shown."""
        return {
            "client": str(self.client),
            "variant": str(self.variant),
            "servers": list(self.servers),
            "extension_id": self.extension_id,
            "update_url": self.update_url,
            "school": self.school,
            "allowed_hosts": list(self.allowed_hosts),
            "level": self.level,
            "allow_clipboard": self.allow_clipboard,
            "language": self.language,
            "profile_key": self.profile_key,
            "attested_by": self.attested_by,
            "settings": self.settings.as_dict(),
        }


def wishes(wanted: Wanted) -> tuple[Wish, ...]:
    """Everything this exam wants, one wish per schema and target.

    Raises: Invalid (`policy_server`, `policy_host`, `policy_exam_browser_app`).
    """
    parts: list[Wish] = []
    if wanted.variant is Variant.KIOSK:
        parts += _kiosk_apps(wanted)
        parts += _kiosk_lock(wanted)
        parts += device_policy.kiosk_comfort(wanted.settings)
    else:
        lists = wanted.url_lists
        session = session_policy.Session(
            wanted.variant,
            wanted.home,
            wanted.extension_id,
            wanted.update_url,
            wanted.configuration(),
            lists,
            wanted.allow_clipboard,
            challenge=bool(wanted.attested_by),
        )
        # An auto-launched kiosk app that the org unit inherits would start instead of the session.
        parts += [Wish("app_menu", f"{KIOSK}appsconfig.AutoLaunchApp", {"appId": NO_APP})]
        parts += session_policy.wishes(session)
    parts += device_policy.device(wanted.settings, wanted.level, wanted.attested_by)
    return tuple(parts)


def notes(wanted: Wanted, *, real: bool = False) -> tuple[Worry, ...]:
    """What to know about these wishes. `real`: they go to Chromebooks that are not simulated beside the server; then
    an address that only the server's own computer can open refuses.
    """
    found: list[Worry] = []
    for server in wanted.servers[:1]:
        if only_here(server):
            found.append(Worry("policy_server_local", real, {"address": server}))
    if not wanted.blocks_addresses:
        found.append(Worry("policy_exam_browser_open", False))
    if wanted.variant is Variant.USER_SESSION:
        found.append(Worry("policy_user_session", False))
    if wanted.settings.sign_in is SignIn.LISTED:
        for code in belajar.notes(wanted.level, wanted.settings.sign_in_groups):
            unset = code == "belajar_level_unknown" and not wanted.level.strip()
            found.append(Worry("belajar_level_unset" if unset else code, False, {"level": wanted.level}))
    return tuple(found)


def _kiosk_apps(wanted: Wanted) -> Iterator[Wish]:
    app = wanted.app_id
    yield Wish(
        "kiosk_app", f"{KIOSK}apps.ForceInstall", {"forceInstall": True}, app, {"address": wanted.home}
    )
    yield Wish(
        "companion",
        f"{KIOSK}apps.ChromeExtensionsForWebApps",
        {
            "chromeExtensionsForWebApps": {
                "appId": wanted.extension_id,
                "url": wanted.update_url,
                "configJson": wanted.configuration(),
                "allowedEnterpriseChallenge": bool(wanted.attested_by),
            }
        },
        app,
        {"extension": wanted.extension_id},
        secret=True,
    )
    # The school's own server is reachable when the internet is not.
    yield Wish(
        "kiosk_offline", f"{KIOSK}apps.KioskWebAppOfflineEnabled", {"kioskWebAppOfflineEnabled": True}, app
    )
    launch = f"{KIOSK}appsconfig.AutoLaunchApp"
    if wanted.client is Client.WEB:
        yield Wish(
            "auto_launch",
            launch,
            {
                "appId": app,
                "enableAutoLoginBailout": False,  # Ctrl+Alt+S
                "promptForNetworkWhenOffline": False,
            },
            params={"address": wanted.home},
        )
        return
    exam_browser = wanted.settings.exam_browser_app
    if exam_browser is None:
        raise Invalid(
            "Exam Browser: its app id is not set; enter the id that the ministry gives to schools in the policy settings",
            code="policy_exam_browser_app",
        )
    yield Wish(
        "exam_browser_app",
        f"{KIOSK}apps.ForceInstall",
        {"forceInstall": True},
        exam_browser,
        {"app": exam_browser},
    )
    yield Wish("app_menu", launch, {"appId": NO_APP})


def _kiosk_lock(wanted: Wanted) -> Iterator[Wish]:
    if wanted.blocks_addresses:
        lists = wanted.url_lists
        yield Wish(
            "url_blocking",
            f"{KIOSK}UrlBlocking",
            {"urlBlocklist": list(lists.blocked), "urlAllowlist": list(lists.allowed)},
            params={"count": len(wanted.servers) + len(wanted.allowed_hosts)},
        )
    yield Wish(
        "troubleshooting",
        f"{KIOSK}KioskTroubleshootingToolsEnabled",
        {"kioskTroubleshootingToolsEnabled": False},
    )
