"""The lock as Chromium's managed JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.domain.errors import BangkuError
from server.domain.paths import PUPIL_PATH
from server.domain.url_policy import allow_entries
from server.workspace import linux_policy
from server.workspace.linux_policy import DEVTOOLS_FOR_TESTS, LinuxLock, render, union_of_hosts
from server.workspace.policy_folder import dumps

ID = "a" * 32


def lock(**other: Any) -> LinuxLock:
    given: dict[str, Any] = {
        "servers": ("https://ujian.sekolah.sch.id", "https://cadangan.sekolah.sch.id:8443"),
        "extension_id": ID,
        "update_url": "https://ujian.sekolah.sch.id/ext/update.xml",
        "school": "20999001",
        "enrolment_secret": "rahasia",
        "serial": "PC-01",
    }
    return LinuxLock(**{**given, **other})


def test_only_the_servers_and_the_exams_hosts_are_reachable() -> None:
    policy = render(lock(allowed_hosts=("cbt.id", "10.0.0.9:8080", "cbt.id")))
    assert policy["URLAllowlist"] == [
        "https://.ujian.sekolah.sch.id:443",
        "https://.cadangan.sekolah.sch.id:8443",
        "http://.cbt.id:80",
        "https://.cbt.id:443",
        "http://.10.0.0.9:8080",
        "https://.10.0.0.9:8080",
    ]
    blocked = policy["URLBlocklist"]
    assert isinstance(blocked, list)
    assert {"*", "chrome://*"} <= set(blocked), "'*' alone leaves the browser's own pages open"


@pytest.mark.parametrize("host", ["*", "*.cbt.id", "https://cbt.id", "cbt.id/exam", ""])
def test_a_host_that_would_open_more_than_itself_is_refused(host: str) -> None:
    with pytest.raises(BangkuError) as caught:
        allow_entries(host)
    assert caught.value.code == "policy_host"


@pytest.mark.parametrize("servers", [(), ("ujian.sekolah.sch.id",), ("ftp://a.id",)])
def test_a_server_without_an_address_is_refused(servers: tuple[str, ...]) -> None:
    with pytest.raises(BangkuError) as caught:
        render(lock(servers=servers))
    assert caught.value.code == "policy_server"


def test_the_extension_is_forced_everything_else_is_blocked() -> None:
    settings = render(lock())["ExtensionSettings"]
    assert settings == {
        "*": {"installation_mode": "blocked"},
        ID: {
            "installation_mode": "force_installed",
            "update_url": "https://ujian.sekolah.sch.id/ext/update.xml",
            "override_update_url": True,
        },
    }


def test_the_extension_is_told_servers_in_order_secret_school_and_serial() -> None:
    third = render(lock())["3rdparty"]
    assert isinstance(third, dict)
    assert third["extensions"][ID] == {
        "servers": ["https://ujian.sekolah.sch.id", "https://cadangan.sekolah.sch.id:8443"],
        "enrolment_secret": "rahasia",
        "school": "20999001",
        "serial": "PC-01",
        "language": "id",
    }


def test_every_way_home_leads_to_the_pupil_page() -> None:
    policy = render(lock())
    home = "https://ujian.sekolah.sch.id/pupil"
    assert policy["HomepageLocation"] == policy["NewTabPageLocation"] == home
    assert policy["RestoreOnStartup"] == 4
    assert policy["RestoreOnStartupURLs"] == [home]
    assert linux_policy.PUPIL_PATH == PUPIL_PATH, "the server's pupil page moved"


def test_the_lock_is_shut_by_default_and_drivable_for_tests_alone() -> None:
    policy = render(lock())
    assert policy["DeveloperToolsAvailability"] == 2
    assert policy["RemoteDebuggingAllowed"] is False
    assert policy["IncognitoModeAvailability"] == 1
    assert policy["BrowserSignin"] == 0
    for off in (
        "PrintingEnabled",
        "AllowFileSelectionDialogs",
        "ScreenCaptureAllowed",
        "BrowserGuestModeEnabled",
    ):
        assert policy[off] is False, off
    tested = render(lock(developer_tools=DEVTOOLS_FOR_TESTS))
    assert tested["DeveloperToolsAvailability"] == 1
    assert {k for k in policy if policy[k] != tested[k]} == {
        "DeveloperToolsAvailability",
        "RemoteDebuggingAllowed",
    }


def test_the_clipboard_is_open_only_to_exams_that_say_so() -> None:
    assert render(lock())["DefaultClipboardSetting"] == 2
    assert "DefaultClipboardSetting" not in render(lock(allow_clipboard=True))


def test_it_is_json_with_equal_text_for_equal_locks() -> None:
    text = dumps(render(lock()))
    assert json.loads(text) == render(lock())
    assert dumps(render(lock())) == text


def test_the_secret_does_not_show_in_a_printed_lock() -> None:
    assert "rahasia" not in repr(lock())


def test_the_hosts_of_several_exams_are_one_list() -> None:
    assert union_of_hosts([["b.id", "a.id"], [], ("a.id",)]) == ("a.id", "b.id")
