"""Verified Access of the emulated console: a challenge serves once, for a minute, and says which machine answered."""

from __future__ import annotations

import pytest

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.keys import EMAIL
from tests.workspace.emulator.policy_asks import modify
from tests.workspace.emulator.policy_world import CUSTOMER, School

VERIFIED = "chrome.devices.DeviceVerifiedMode"
DOMAIN = "sekolah.sch.id"


@pytest.fixture
def school():
    made = School(devices={"attest": "always"})
    made.world.state["customer"]["customerDomain"] = DOMAIN
    return made


def challenge(school) -> str:
    return school.call("verifiedaccess.challenge.generate")["challenge"]


def answer(school, device="d1", scope="machine", asked=None, **more) -> str:
    given = school.control("attest", device, scope=scope, challenge=asked or challenge(school), **more)
    return given["challengeResponse"]


def verify(school, response: str, identity: str | None = DOMAIN):
    body = {"challengeResponse": response} | ({"expectedIdentity": identity} if identity else {})
    return school.call("verifiedaccess.challenge.verify", body)


def refusal(school, response: str, identity: str | None = DOMAIN) -> Refusal:
    with pytest.raises(Refusal) as refused:
        verify(school, response, identity)
    return refused.value


def test_a_machine_of_the_school_is_named_with_its_customer_and_its_mode(school):
    said = verify(school, answer(school))
    assert said["keyTrustLevel"] == "CHROME_OS_VERIFIED_MODE"
    assert (said["customerId"], said["devicePermanentId"]) == (CUSTOMER, "d1")
    assert said["deviceSignals"]["serialNumber"] == "5CD00001"


def test_a_challenge_serves_once_and_for_a_minute(school):
    response = answer(school)
    verify(school, response)
    assert "used already" in refusal(school, response).message
    late = answer(school)
    school.pass_time(61)
    assert "expired" in refusal(school, late).message
    assert refusal(school, answer(school, asked="bWFkZSB1cA==")).status == 400


@pytest.mark.parametrize("response", ["", "AAAA", "bm90IHNpZ25lZCBieSBhbnkgbWFjaGluZSBvZiB0aGlzIHdvcmxk"])
def test_what_no_machine_signed_is_refused(school, response):
    assert refusal(school, response).status == 400


def test_a_machine_of_another_domain_or_customer_is_no_machine_of_the_school(school):
    assert refusal(school, answer(school, domain="lain.sch.id")).status == 400
    assert verify(school, answer(school, customer="C0other"))["customerId"] == "C0other"


def test_developer_mode_is_told_and_refused_where_the_policy_asks_for_verified_mode(school):
    school.record()["bootMode"] = "Dev"
    assert verify(school, answer(school))["keyTrustLevel"] == "CHROME_OS_DEVELOPER_MODE"
    school.modify(modify(VERIFIED, {"deviceVerifiedModeRequired": True}, "lab"))
    school.pass_time(60)
    assert "verified mode" in refusal(school, answer(school)).message


def test_a_session_is_one_of_a_kiosk_or_it_is_not(school):
    assert refusal(school, answer(school, scope="kiosk"), "KIOSK_MODE").status == 400
    school.kiosk("web:https://ujian.sekolah.sch.id/pupil")
    said = verify(school, answer(school, scope="kiosk"), "KIOSK_MODE")
    assert said["keyTrustLevel"] == "CHROME_OS_VERIFIED_MODE"
    assert "devicePermanentId" not in said  # a session does not say which machine


def test_a_machine_that_is_offline_or_nobodys_makes_no_answer(school):
    school.control("offline")
    with pytest.raises(ValueError, match="no network"):
        answer(school)
    school.control("online")
    school.control("powerwash", recovery=True)
    with pytest.raises(ValueError, match="not_allowed"):
        answer(school)


def test_the_policy_in_force_says_who_may_ask_and_who_is_told_which_machine():
    school = School()
    school.world.state["customer"]["customerDomain"] = DOMAIN
    with pytest.raises(ValueError, match="not_allowed"):
        answer(school)
    app = "chrome:" + "a" * 32
    force = modify(
        "chrome.devices.managedguest.apps.InstallType", {"appInstallType": "FORCED"}, "lab", app_id=app
    )
    allow = modify(
        "chrome.devices.managedguest.apps.EnterpriseChallenge",
        {"allowEnterpriseChallenge": True},
        "lab",
        app_id=app,
    )
    school.modify(force)
    school.modify(allow)
    school.pass_time(60)
    assert refusal(school, answer(school)).status == 403  # the service account is listed nowhere
    school.modify(modify(VERIFIED, {"servicesWithLimitedAccess": [EMAIL]}, "lab"))
    school.pass_time(60)
    limited = verify(school, answer(school))
    assert "devicePermanentId" not in limited and "deviceSignals" not in limited
    school.modify(modify(VERIFIED, {"servicesWithFullAccess": [EMAIL]}, "lab"))
    school.pass_time(60)
    assert verify(school, answer(school))["devicePermanentId"] == "d1"
