"""Networks and certificates belong to the org unit they were defined at, and reach its devices as policy."""

from __future__ import annotations

import pytest

from server.workspace.emulator.call import Refusal
from tests.workspace.emulator.policy_asks import inherit, modify
from tests.workspace.emulator.policy_world import CUSTOMER, POLICIES, School

DETAILS = "chrome.networks.wifi.Details"
ALLOW = "chrome.networks.wifi.AllowForChromeDevices"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
def school():
    return School()


def act(school, method, org_unit="lab", **body):
    body = {"targetResource": f"orgunits/{org_unit}", **body}
    return school.call(f"{POLICIES}networks.{method}", body, customer=f"customers/{CUSTOMER}")


def wifi(**details):
    details = {"ssid": "ANBK", "security": "WPA-PSK", "passphrase": "rahasia123", **details}
    return [
        {"policySchema": DETAILS, "value": {"details": details}},
        {"policySchema": ALLOW, "value": {"allowForChromeDevices": True}},
    ]


def test_a_defined_network_is_resolved_below_and_reaches_the_devices(school):
    answer = act(school, "defineNetwork", name="ANBK", settings=wifi())
    network_id = answer["networkId"]
    rows = school.resolve("chrome.networks.wifi.*", "room", network_id=network_id)["resolvedPolicies"]
    assert [row["value"]["policySchema"] for row in rows] == [ALLOW, DETAILS]
    assert {row["addedSourceKey"]["targetResource"] for row in rows} == {"orgunits/lab"}
    school.pass_time(60)
    assert school.plain(DETAILS)["details"]["ssid"] == "ANBK"


def test_a_network_s_policies_can_be_changed_and_inherited_below(school):
    network_id = act(school, "defineNetwork", name="ANBK", settings=wifi())["networkId"]
    off = {"allowForChromeDevices": False}
    school.modify(modify(ALLOW, off, "room", network_id=network_id))
    assert school.values(ALLOW, "room", network_id=network_id) == {ALLOW: off}
    school.inherit(inherit(ALLOW, "room", network_id=network_id))
    assert school.values(ALLOW, "room", network_id=network_id)[ALLOW] == {"allowForChromeDevices": True}
    with pytest.raises(Refusal):
        school.modify(modify(ALLOW, off, "staff", network_id=network_id))


def test_a_removed_network_is_gone_below_too(school):
    network_id = act(school, "defineNetwork", name="ANBK", settings=wifi())["networkId"]
    with pytest.raises(Refusal) as caught:
        act(school, "removeNetwork", "room", networkId=network_id)
    assert caught.value.status == 404
    assert act(school, "removeNetwork", networkId=network_id) == {}
    assert school.values("chrome.networks.wifi.*") == {}
    with pytest.raises(Refusal):
        act(school, "removeNetwork", networkId=network_id)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "settings": wifi()},
        {"name": "ANBK", "settings": []},
        {"name": "ANBK", "settings": wifi()[1:]},
        {"name": "ANBK", "settings": [*wifi(), {"policySchema": "chrome.devices.GuestMode", "value": {}}]},
        {
            "name": "ANBK",
            "settings": [{"policySchema": "chrome.networks.globalsettings.AutoConnect", "value": {}}],
        },
        {"name": "ANBK", "settings": wifi(color="blue")},
        {"name": "ANBK", "settings": wifi(ssid=5)},
    ],
)
def test_a_network_that_does_not_fit_is_refused_whole(school, body):
    with pytest.raises(Refusal) as caught:
        act(school, "defineNetwork", **body)
    assert caught.value.status == 400
    assert school.world.state["networks"] == {}
    assert school.values("chrome.networks.wifi.*") == {}


def test_a_name_is_given_once_in_an_org_unit(school):
    act(school, "defineNetwork", name="ANBK", settings=wifi())
    with pytest.raises(Refusal) as caught:
        act(school, "defineNetwork", name="ANBK", settings=wifi())
    assert caught.value.status == 409
    act(school, "defineNetwork", "staff", name="ANBK", settings=wifi())


def test_a_certificate_in_use_is_not_removed_and_says_who_uses_it(school):
    certificate = act(school, "defineCertificate", certificate=PEM, ceritificateName="CA sekolah")[
        "networkId"
    ]
    network = act(school, "defineNetwork", name="ANBK", settings=wifi(eap={"serverCaRef": certificate}))[
        "networkId"
    ]
    with pytest.raises(Refusal) as caught:
        act(school, "removeCertificate", networkId=certificate)
    (details,) = caught.value.details
    assert details["certificateReferences"] == [{"network": "ANBK", "orgUnitId": "lab"}]
    act(school, "removeNetwork", networkId=network)
    assert act(school, "removeCertificate", networkId=certificate) == {}


def test_a_certificate_must_be_one_and_a_network_is_none(school):
    with pytest.raises(Refusal):
        act(school, "defineCertificate", certificate="nothing")
    with pytest.raises(Refusal):
        act(school, "defineCertificate", certificate=PEM, settings=wifi())
    network = act(school, "defineNetwork", name="ANBK", settings=wifi())["networkId"]
    with pytest.raises(Refusal):
        act(school, "removeCertificate", networkId=network)
