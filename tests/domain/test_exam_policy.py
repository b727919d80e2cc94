"""What an exam wants of the console."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.domain.errors import Invalid
from server.domain.exam import Client
from server.domain.exam_policy import Wanted, notes, wishes
from server.domain.policy_lines import LINES
from server.domain.policy_plan import Wish
from server.domain.url_policy import opens
from tests.domain.tenant import schemas, wanted

BROWSER = {"exam_browser_app": "b" * 32}
ACCOUNT = "bangku@sekolah.iam.gserviceaccount.com"
EVERY = [
    wanted(),
    wanted({**BROWSER}, client=Client.EXAM_BROWSER),
    wanted({"variant": "managed_guest"}),
    wanted({"variant": "user_session"}),
]


def by_line(want: Wanted) -> dict[str, Wish]:
    return {wish.line: wish for wish in wishes(want)}


@pytest.mark.parametrize("want", EVERY, ids=lambda w: f"{w.client}-{w.variant}")
def test_every_wish_is_one_that_a_tenant_can_carry_and_has_its_line(want: Wanted) -> None:
    seen = set()
    for wish in wishes(want):
        assert schemas()[wish.schema].wire(wish.fields)
        assert wish.schema in LINES[wish.line].schemas
        assert bool(wish.app_id) == (schemas()[wish.schema].target_keys == ("app_id",))
        assert (wish.schema, wish.app_id) not in seen
        seen.add((wish.schema, wish.app_id))


@pytest.mark.parametrize("want", EVERY, ids=lambda w: f"{w.client}-{w.variant}")
def test_the_secret_is_in_no_wish_that_may_be_shown(want: Wanted) -> None:
    for wish in wishes(want):
        text = json.dumps([dict(wish.fields), dict(wish.params)])
        assert wish.secret == (want.enrolment_secret in text), wish.line
        assert want.enrolment_secret not in json.dumps(dict(wish.params))
    assert want.enrolment_secret not in repr(want) + json.dumps(want.public())


def test_every_line_is_wished_by_some_exam() -> None:
    more = {
        "return_message": "Kembalikan ke SMP 1",
        "accessibility": {"menu": False, "spoken_feedback": "on"},
    }
    proved = wanted({"variant": "managed_guest"}, attested_by=ACCOUNT)
    wished = {wish.line for want in [*EVERY, wanted(more), proved] for wish in wishes(want)}
    assert wished == set(LINES)


def test_a_machine_may_prove_itself_only_where_the_school_wants_that() -> None:
    for settings in ({}, {"variant": "managed_guest"}, {"variant": "user_session"}):
        off, on = by_line(wanted(settings)), by_line(wanted(settings, attested_by=ACCOUNT))
        assert "servicesWithFullAccess" not in off["verified_mode"].fields
        assert on["verified_mode"].fields["servicesWithFullAccess"] == [ACCOUNT]
        if settings:
            assert "attestation" not in off
            assert on["attestation"].fields == {"allowEnterpriseChallenge": True}
            assert on["attestation"].app_id == "chrome:" + "a" * 32
        else:
            for found, allowed in ((off, False), (on, True)):
                companion = found["companion"].fields["chromeExtensionsForWebApps"]
                assert companion["allowedEnterpriseChallenge"] is allowed


def test_a_service_that_the_school_listed_itself_stays_listed() -> None:
    own = wanted({"verified_services": ["radius@x.iam.gserviceaccount.com", ACCOUNT]}, attested_by=ACCOUNT)
    listed = by_line(own)["verified_mode"].fields["servicesWithFullAccess"]
    assert listed == ["radius@x.iam.gserviceaccount.com", ACCOUNT]


def test_a_web_exam_starts_by_itself_and_offers_no_way_out() -> None:
    found = by_line(wanted())
    assert found["auto_launch"].fields == {
        "appId": "web:https://ujian.sekolah.sch.id/pupil",
        "enableAutoLoginBailout": False,
        "promptForNetworkWhenOffline": False,
    }
    assert found["troubleshooting"].fields == {"kioskTroubleshootingToolsEnabled": False}
    assert found["companion"].app_id == found["kiosk_app"].app_id == "web:https://ujian.sekolah.sch.id/pupil"


def test_on_an_exam_browser_day_both_apps_wait_and_neither_starts_by_itself() -> None:
    found = by_line(wanted(BROWSER, client=Client.EXAM_BROWSER))
    assert found["app_menu"].fields == {"appId": "None"}
    assert found["exam_browser_app"].app_id == "chrome:" + "b" * 32
    assert found["kiosk_app"].app_id == "web:https://ujian.sekolah.sch.id/pupil"
    assert "auto_launch" not in found


def test_the_exam_browsers_unknown_addresses_are_not_blocked() -> None:
    want = wanted(BROWSER, client=Client.EXAM_BROWSER)
    assert "url_blocking" not in by_line(want)
    assert "policy_exam_browser_open" in {n.code for n in notes(want)}
    named = wanted({**BROWSER, "exam_browser_hosts": ["ujian.go.id"]}, client=Client.EXAM_BROWSER)
    assert "https://.ujian.go.id:443" in by_line(named)["url_blocking"].fields["urlAllowlist"]


def test_without_its_app_id_no_exam_browser_plan_is_made() -> None:
    with pytest.raises(Invalid) as caught:
        wishes(wanted(client=Client.EXAM_BROWSER))
    assert caught.value.code == "policy_exam_browser_app"


@pytest.mark.parametrize(
    ("url", "open_"),
    [
        ("https://ujian.sekolah.sch.id/pupil", True),
        ("http://ujian.sekolah.sch.id/pupil", False),
        ("https://cadangan.sekolah.sch.id:8443/", True),
        ("https://cadangan.sekolah.sch.id/", False),
        ("https://cbt.sekolah.sch.id/soal?a=1", True),
        ("http://cbt.sekolah.sch.id/", True),
        ("https://foto.cbt.sekolah.sch.id/", False),
        ("https://google.com/", False),
        ("chrome://settings", False),
        ("about:blank", True),
    ],
)
def test_only_the_servers_and_the_exams_hosts_open(url: str, open_: bool) -> None:
    assert opens(wanted().url_lists, url) is open_


def test_the_pupil_page_does_not_name_the_exam() -> None:
    """The exam's own address stands in the desired state; the policy of an org unit need not change for it."""
    assert all("soal" not in str(w.fields) for w in wishes(wanted()))


@pytest.mark.parametrize("variant", ["managed_guest", "user_session"])
def test_a_browser_session_is_locked_as_the_kiosk_is(variant: str) -> None:
    found = by_line(wanted({"variant": variant}))
    kiosk = by_line(wanted())["url_blocking"].fields
    assert {k: found["url_blocking"].fields[k] for k in kiosk} == kiosk
    assert found["extension"].fields == {"appInstallType": "FORCED"}
    assert found["dev_tools"].fields["developerToolsAvailability"] == "NEVER_ALLOW_DEVELOPER_TOOLS"
    assert ("guest_session" in found) == (variant == "managed_guest")


def test_pages_may_use_the_clipboard_only_where_the_profile_says_so() -> None:
    settings: dict[str, Any] = {"variant": "managed_guest"}
    assert "clipboard" in by_line(wanted(settings))
    assert "clipboard" not in by_line(wanted(settings, allow_clipboard=True))


def test_who_may_sign_in_comes_from_the_table_of_school_accounts() -> None:
    fields = by_line(wanted({"own_domains": ["smp1.sch.id"]}))["sign_in"].fields
    assert fields["deviceAllowNewUsers"] == "RESTRICTED_LIST"
    assert fields["userAllowlist"] == [
        "*@smp1.sch.id",
        "*@smp.belajar.id",
        "*@guru.smp.belajar.id",
        "*@admin.smp.belajar.id",
    ]


def test_the_configuration_is_the_same_text_each_time() -> None:
    assert wanted().configuration() == wanted().configuration()
    assert json.loads(wanted().configuration())["school"] == {"Value": "20999001"}


@pytest.mark.parametrize(("servers", "code"), [((), "policy_server"), (("ujian.id",), "policy_server")])
def test_a_server_without_an_address_is_refused(servers: tuple[str, ...], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        wishes(wanted(servers=servers))
    assert caught.value.code == code
