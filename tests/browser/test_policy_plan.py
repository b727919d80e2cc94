"""The plan for the console and the lock of a Linux machine come from one Wanted: a real Chromium under the second
opens and refuses what the first says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from server.domain.exam import Client
from server.domain.exam_policy import Wanted, wishes
from server.domain.policy_diff import OrgUnit, make
from server.domain.policy_plan import Plan
from server.domain.policy_settings import PolicySettings
from server.domain.url_policy import UrlLists, opens
from server.workspace.linux_policy import DEVTOOLS_FOR_TESTS, linux_lock, render
from tests.browser.locked import Locked, chromium_under
from tests.browser.school_site import NO_CHROMIUM, SchoolSite, chromium_missing
from tests.domain.tenant import schemas
from tests.stage import until

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium_missing(), reason=NO_CHROMIUM)]

#: `{site}` is the school server's host and port.
ADDRESSES = [
    "http://{site}/pupil",
    "http://{site}/other",
    "http://exam.test/other",
    "http://exam.test:80/other?next=http://else.test",
    "http://exam.test:8080/other",
    "http://sub.exam.test/other",
    "http://exam.test.evil.test/other",
    "http://two.test:8443/other",
    "http://two.test/other",
    "http://localhost/other",
    "http://else.test/other",
    "file:///etc/hostname",
    "data:text/html,<h1>out</h1>",
    "view-source:http://exam.test/other",
    "chrome://settings",
    "chrome://extensions",
]


@dataclass(frozen=True)
class Tried:
    locked: Locked
    plan: Plan  # kiosk
    session: Plan  # managed guest: the lines that a kiosk has no schema for

    def desired(self, line: str) -> dict[str, Any]:
        found = [c for plan in (self.plan, self.session) for c in plan.changes if c.line == line]
        assert found, f"no plan has the line {line}"
        return found[0].desired or {}


def wanted(site: SchoolSite, variant: str) -> Wanted:
    return Wanted(
        client=Client.WEB,
        servers=(site.url,),
        extension_id=site.packed.id,
        update_url=f"{site.url}/update.xml",
        school="20999001",
        enrolment_secret="rahasia-sekolah",
        settings=PolicySettings.model_validate({"variant": variant}),
        allowed_hosts=("exam.test", "two.test:8443"),
        level="SMP",
    )


def plan(want: Wanted) -> Plan:
    return make(OrgUnit("1", "/Ujian", 15), wishes(want), schemas(), [], [])


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    def policy(site: SchoolSite) -> dict[str, object]:
        return render(linux_lock(wanted(site, "kiosk"), "PC-01", developer_tools=DEVTOOLS_FOR_TESTS))

    with chromium_under(tmp_path_factory.mktemp("plan"), policy) as locked:
        # Before any other page: the driver holds a new worker back until it is in a call.
        page = locked.context.pages[0]
        until(
            lambda: page.wait_for_timeout(20) or locked.site.told,
            "the forced extension tells its managed values",
        )
        yield Tried(locked, plan(wanted(locked.site, "kiosk")), plan(wanted(locked.site, "managed_guest")))


@pytest.mark.parametrize("pattern", ADDRESSES)
def test_chromium_opens_and_refuses_what_the_plan_says(tried: Tried, pattern: str) -> None:
    url = pattern.replace("{site}", tried.locked.site.host)
    said = tried.desired("url_blocking")
    should = opens(UrlLists(tuple(said["urlBlocklist"]), tuple(said["urlAllowlist"])), url)
    before = len(tried.locked.site.pages_asked())
    shown = tried.locked.open(url)
    if should:
        assert shown in {"/pupil", "/other"}
    else:
        assert "ERR_BLOCKED_BY_ADMINISTRATOR" in shown
        assert tried.locked.site.pages_asked()[before:] == []


def test_the_addresses_tried_are_of_both_kinds(tried: Tried) -> None:
    said = tried.desired("url_blocking")
    lists = UrlLists(tuple(said["urlBlocklist"]), tuple(said["urlAllowlist"]))
    answers = [opens(lists, a.replace("{site}", tried.locked.site.host)) for a in ADDRESSES]
    assert {True, False} == set(answers)


def test_the_extension_gets_the_same_configuration(tried: Tried) -> None:
    told = tried.locked.site.told[0]
    config = tried.desired("companion")["chromeExtensionsForWebApps"]
    text = (config[0] if isinstance(config, list) else config)["configJson"]
    for name, value in re.findall(r'"(\w+)":\{"Value":"([^"]+)"\}', text):
        assert told[name] == value
    assert tried.desired("extension_config")["managedConfiguration"] == text


@pytest.mark.parametrize(
    ("line", "script", "answer"),
    [
        (
            "screen_capture",
            "navigator.mediaDevices.getDisplayMedia().then(() => 'taken', e => e.name)",
            "NotAllowedError",
        ),
        ("camera", "navigator.permissions.query({name: 'camera'}).then(p => p.state)", "denied"),
        ("microphone", "navigator.permissions.query({name: 'microphone'}).then(p => p.state)", "denied"),
        ("notifications", "Notification.requestPermission()", "denied"),
        ("clipboard", "navigator.permissions.query({name: 'clipboard-read'}).then(p => p.state)", "denied"),
    ],
)
def test_a_page_may_not(tried: Tried, line: str, script: str, answer: str) -> None:
    assert tried.desired(line)
    page = tried.locked.context.new_page()
    page.goto(f"{tried.locked.site.url}/pupil")
    assert page.evaluate(script) == answer
    page.close()
