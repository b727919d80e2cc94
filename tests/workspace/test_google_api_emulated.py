"""Every method of the gateway against the emulated console over HTTP, and on its bad days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import config
from server.bootstrap import open_context
from server.services.context import Context
from server.services.google_account import probe
from server.services.google_budget import DatabaseBudget
from server.workspace.emulator.app import Emulator
from server.workspace.gateway import Feature, GoogleError, Json
from server.workspace.google_api import Account, GoogleApi
from server.workspace.paging import every
from server.workspace.scopes import METHODS
from tests.workspace.google_line import Ledger
from tests.workspace.wire import PRIVATE_KEY

GUEST_MODE = "chrome.devices.GuestMode"
WIFI = {"policySchema": "chrome.networks.wifi.Details", "value": {"details": {"ssid": "UJIAN"}}}
SERIAL = "5CD0001DEMO"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    # What the allowance does is tried elsewhere; here many calls follow each other without a pause.
    with Emulator(tmp_path / "console", settings={"quota": {"off": ["all"]}}) as emulator:
        yield emulator


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def api(console: Emulator, ledger: Ledger) -> GoogleApi:
    return opened(console, ledger)


def opened(
    console: Emulator, ledger: Ledger, *, subject: str | None = None, timeout: float = 10.0
) -> GoogleApi:
    account = Account(console.credentials, subject or console.subject, console.root)
    return GoogleApi(account, ledger, ledger.wait, timeout=timeout, spread=lambda: 0.5)


def device_id(console: Emulator, serial: str = SERIAL) -> str:
    return str(console.device(serial)["deviceId"])


def unit_id(api: GoogleApi, path: str) -> str:
    return str(api.get_org_unit(path)["orgUnitId"])


def no_guests(unit: str) -> Json:
    return {
        "policyTargetKey": {"targetResource": f"orgunits/{unit}"},
        "policyValue": {"policySchema": GUEST_MODE, "value": {"guestModeEnabled": False}},
        "updateMask": "guestModeEnabled",
    }


# --- every method ------------------------------------------------------------------------------------------


def test_the_customer(api: GoogleApi, console: Emulator):
    assert api.get_customer()["id"] == console.customer


def test_org_units_are_listed_made_renamed_and_deleted(api: GoogleApi):
    paths = {unit["orgUnitPath"] for unit in api.list_org_units()}
    assert {"/Chromebook", "/Chromebook/Ruang 1"} <= paths
    made = api.insert_org_unit("Ujian #1 50%", "/Chromebook")
    assert made["orgUnitPath"] == "/Chromebook/Ujian #1 50%"
    found = api.get_org_unit("/Chromebook/Ujian #1 50%")
    assert found["orgUnitId"] == made["orgUnitId"]
    assert made["orgUnitId"].startswith("id:")
    api.patch_org_unit(made["orgUnitId"], {"description": "besok"})
    assert api.get_org_unit(made["orgUnitId"])["description"] == "besok"
    inner = api.insert_org_unit("Ruang 9", made["orgUnitId"])
    assert inner["orgUnitPath"] == "/Chromebook/Ujian #1 50%/Ruang 9"
    api.delete_org_unit("/Chromebook/Ujian #1 50%/Ruang 9")
    api.delete_org_unit(made["orgUnitId"])
    with pytest.raises(GoogleError) as gone:
        api.get_org_unit("/Chromebook/Ujian #1 50%")
    assert (gone.value.code, gone.value.params["kind"]) == ("google_not_found", "org_unit")


def test_users_are_read_without_their_names_and_suspended(api: GoogleApi):
    users = list(every(lambda token: api.list_users(page_token=token)))
    assert users
    assert not [user for user in users if "name" in user]
    assert len(api.list_users(query="email:adi*").items) == 1
    key = next(u["primaryEmail"] for u in users if u["primaryEmail"].startswith("adi."))
    assert api.get_user(key)["suspended"] is False
    assert api.patch_user(key, {"suspended": True})["suspended"] is True


def test_devices_are_listed_counted_and_annotated(api: GoogleApi, console: Emulator):
    devices = list(every(lambda token: api.list_devices(page_token=token)))
    assert len(devices) == 15 == api.count_devices()
    assert not [d for d in devices if "recentUsers" in d]
    room = api.list_devices(org_unit_path="/Chromebook/Ruang 1").items
    assert len(room) == 13 == api.count_devices(org_unit_path="/Chromebook/Ruang 1")
    below = api.list_devices(org_unit_path="/Chromebook", include_child_org_units=True).items
    assert len(below) == 15 == api.count_devices(org_unit_path="/Chromebook", include_child_org_units=True)
    assert len(api.list_devices(org_unit_path="/", include_child_org_units=True).items) == 15
    assert api.list_devices(org_unit_path="/").items == ()
    assert set(api.list_devices(fields="deviceId,serialNumber").items[0]) == {"deviceId", "serialNumber"}
    # A serial number is found in part: the caller compares.
    assert len(api.list_devices(query="id:5CD000").items) > 1
    assert api.count_devices(filter="status:provisioned") > 0
    d = device_id(console)
    changed = api.patch_device(d, {"annotatedAssetId": "C07", "notes": "layar retak"})
    assert changed["notes"] == "layar retak"
    assert api.get_device(d)["annotatedAssetId"] == "C07"
    assert api.get_device(d, fields="deviceId") == {"deviceId": d}


def test_devices_move_by_path_and_by_id(api: GoogleApi, console: Emulator):
    d = device_id(console)
    api.move_devices_to_ou([d], "/Chromebook/Cadangan")
    assert api.get_device(d)["orgUnitPath"] == "/Chromebook/Cadangan"
    api.move_devices_to_ou([d], unit_id(api, "/Chromebook/Ruang 1"))
    assert api.get_device(d)["orgUnitPath"] == "/Chromebook/Ruang 1"
    with pytest.raises(GoogleError) as gone:
        api.move_devices_to_ou([d], "/Tidak ada")
    assert (gone.value.code, gone.value.params["kind"]) == ("google_not_found", "org_unit")


def test_a_batch_of_status_changes_tells_each_device_s_outcome(api: GoogleApi, console: Emulator):
    d = device_id(console)
    disable = "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE"
    good, bad = sorted(api.batch_change_status([d, "nobody"], disable), key=lambda o: o.error is not None)
    assert (good.device_id, good.error) == (d, None)
    assert bad.device_id == "nobody"
    assert bad.error is not None
    assert api.get_device(d)["status"] == "DISABLED"
    spare = device_id(console, "5CD0015DEMO")
    (outcome,) = api.batch_change_status(
        [spare],
        "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DEPROVISION",
        deprovision_reason="DEPROVISION_REASON_RETIRING_DEVICE",
    )
    assert outcome.error is None


def test_a_command_is_issued_and_followed(api: GoogleApi, console: Emulator):
    d = device_id(console)
    command = api.issue_command(d, "REBOOT", {"user_session_delay_seconds": 0})
    assert api.get_command(d, command)["type"] == "REBOOT"
    with pytest.raises(GoogleError) as unknown:
        api.get_command(d, "1")
    assert unknown.value.code == "google_not_found"


def test_policies_are_described_resolved_set_and_unset(api: GoogleApi):
    names = [s["name"] for s in every(lambda token: api.list_policy_schemas(page_token=token))]
    assert any(name.endswith(f"/policySchemas/{GUEST_MODE}") for name in names)
    assert len(api.list_policy_schemas(filter="chrome.devices.GuestMode").items) <= len(names)
    schema = api.get_policy_schema(GUEST_MODE)
    assert schema["schemaName"] == GUEST_MODE
    unit = unit_id(api, "/Chromebook/Ruang 1")

    def in_force() -> list[Json]:
        found = every(lambda token: api.resolve_policies("chrome.devices.*", unit, page_token=token))
        return [p for p in found if p["value"]["policySchema"] == GUEST_MODE]

    before = in_force()
    api.batch_modify_policies([no_guests(unit)])
    (now,) = in_force()
    assert now["value"]["value"] == {"guestModeEnabled": False}
    assert now["sourceKey"]["targetResource"] == "orgunits/" + unit.removeprefix("id:")
    api.batch_inherit_policies(
        [{"policyTargetKey": {"targetResource": f"orgunits/{unit}"}, "policySchema": GUEST_MODE}]
    )
    assert in_force() == before
    with pytest.raises(GoogleError) as unknown:
        api.get_policy_schema("chrome.devices.NoSuchThing")
    assert (unknown.value.code, unknown.value.params["kind"]) == ("google_not_found", "schema")


def test_a_policy_of_an_app_names_the_app(api: GoogleApi):
    unit = unit_id(api, "/Chromebook/Ruang 1")
    app = {"app_id": "web:https://ujian.contoh.sch.id/"}
    api.batch_modify_policies(
        [
            {
                "policyTargetKey": {"targetResource": f"orgunits/{unit}", "additionalTargetKeys": app},
                "policyValue": {
                    "policySchema": "chrome.devices.kiosk.apps.ForceInstall",
                    "value": {"forceInstall": True},
                },
                "updateMask": "forceInstall",
            }
        ]
    )
    found = api.resolve_policies("chrome.devices.kiosk.apps.*", unit, additional_target_keys=app).items
    assert found[0]["targetKey"]["additionalTargetKeys"] == app


def test_what_a_policy_may_not_be_is_told_with_google_s_details(api: GoogleApi):
    unit = unit_id(api, "/Chromebook/Ruang 1")
    with pytest.raises(GoogleError) as refused:
        api.batch_modify_policies(
            [
                {
                    "policyTargetKey": {"targetResource": f"orgunits/{unit}"},
                    "policyValue": {"policySchema": GUEST_MODE, "value": {"guestModeEnabled": "no"}},
                    "updateMask": "guestModeEnabled",
                }
            ]
        )
    assert refused.value.code == "google_invalid"
    assert refused.value.details
    assert GUEST_MODE in str(refused.value.params["said"])


def test_a_repeat_that_finds_its_work_done_says_that_it_may_be(api: GoogleApi, console: Emulator):
    unit = unit_id(api, "/Chromebook/Ruang 1")
    api.batch_modify_policies([no_guests(unit)])
    console.fail({"method": "*.batchInherit", "kind": "reset:after", "times": 1})
    with pytest.raises(GoogleError) as refused:
        api.batch_inherit_policies(
            [{"policyTargetKey": {"targetResource": f"orgunits/{unit}"}, "policySchema": GUEST_MODE}]
        )
    assert (refused.value.code, refused.value.params["sent"]) == ("google_invalid", "unknown")


def test_networks_and_certificates_are_defined_and_removed(api: GoogleApi):
    unit = unit_id(api, "/Chromebook/Ruang 1")
    made = api.define_network(unit, "Ujian", [WIFI])
    api.remove_network(unit, made["networkId"])
    certificate = api.define_certificate(
        unit,
        "CA sekolah",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        [{"policySchema": "chrome.networks.certificates.AllowForChromeDevices", "value": {"allowForChromeDevices": True}}],
    )  # fmt: skip
    api.remove_certificate(unit, certificate["networkId"])
    with pytest.raises(GoogleError) as gone:
        api.remove_network(unit, made["networkId"])
    assert gone.value.code == "google_not_found"


def test_telemetry_is_read(api: GoogleApi, console: Emulator):
    mask = "name,deviceId,serialNumber"
    found = list(every(lambda token: api.list_telemetry_devices(mask, page_token=token)))
    assert isinstance(api.list_telemetry_events("device").items, tuple)
    if found:
        d = found[0]["deviceId"]
        assert api.get_telemetry_device(d, mask)["deviceId"] == d
    with pytest.raises(GoogleError) as unknown:
        api.get_telemetry_device("nobody", mask)
    assert unknown.value.code == "google_not_found"


# --- bad days ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        *("429", "500", "502", "503", "504", "403:quotaExceeded", "403:userRateLimitExceeded"),
        *("403:sharingRateLimitExceeded", "403:backendError", "reset", "reset:after", "503:after"),
    ],
)
def test_what_passes_is_tried_again(api: GoogleApi, console: Emulator, ledger: Ledger, kind: str):
    d = device_id(console)
    api.get_customer()
    for method, act in (
        ("directory.chromeosdevices.get", lambda: api.get_device(d)),
        (
            "directory.chromeosdevices.moveDevicesToOu",
            lambda: api.move_devices_to_ou([d], "/Chromebook/Cadangan"),
        ),
        ("directory.chromeosdevices.patch", lambda: api.patch_device(d, {"notes": kind})),
    ):
        console.fail({"method": method, "kind": kind, "times": 2})
        ledger.pauses.clear()
        act()
        assert ledger.pauses == [1.0, 2.0], method
    assert api.get_device(d)["orgUnitPath"] == "/Chromebook/Cadangan"


@pytest.mark.parametrize("kind", ["reset", "reset:after", "503", "503:after"])
@pytest.mark.parametrize(
    ("method", "act"),
    [
        ("admin.customer.devices.chromeos.issueCommand", lambda api, d: api.issue_command(d, "REBOOT")),
        ("directory.orgunits.insert", lambda api, d: api.insert_org_unit("Ruang 9", "/Chromebook")),
        (
            "chromepolicy.customers.policies.networks.defineNetwork",
            lambda api, d: api.define_network(unit_id(api, "/Chromebook"), "Ujian", [WIFI]),
        ),
    ],
    ids=["command", "org_unit", "network"],
)
def test_an_order_whose_answer_was_lost_is_given_once(
    api: GoogleApi, console: Emulator, kind: str, method: str, act: Callable[[GoogleApi, str], object]
):
    console.fail({"method": method, "kind": kind})
    console.quota.reset()
    with pytest.raises(GoogleError) as lost:
        act(api, device_id(console))
    assert lost.value.params["sent"] == "unknown"
    assert console.quota.report()["calls"][method] == 1
    console.fail()
    if method == "directory.orgunits.insert":
        made = [u for u in api.list_org_units() if u["name"] == "Ruang 9"]
        assert len(made) == kind.endswith(":after")


def test_a_slow_answer_is_a_lost_one(console: Emulator, ledger: Ledger):
    api = opened(console, ledger, timeout=0.5)
    api.get_customer()
    console.fail({"method": "directory.chromeosdevices.get", "kind": "slow:2", "times": 1})
    assert api.get_device(device_id(console))
    assert ledger.pauses == [1.0]


def test_the_token_endpoint_has_bad_moments_too(api: GoogleApi, console: Emulator, ledger: Ledger):
    console.fail(
        {"method": "oauth.token", "kind": "503", "times": 1},
        {"method": "oauth.token", "kind": "reset", "times": 1},
    )
    assert api.get_customer()
    assert ledger.pauses == [1.0, 2.0]


def test_a_token_that_ran_out_is_replaced(api: GoogleApi, console: Emulator, ledger: Ledger):
    api.get_customer()
    with console.world.changing() as state:
        state["oauth"]["tokens"].clear()
    assert api.get_customer()
    assert ledger.pauses == []


def test_a_call_over_the_allowance_was_not_done_and_may_pass(tmp_path: Path, ledger: Ledger):
    """The console enforces Google's numbers, here a tenth of them; this ledger reserves nothing, so it is run over."""
    with Emulator(
        tmp_path / "console", settings={"quota": {"scale": 0.1, "off": ["directory", "policy_read"]}}
    ) as console:
        api = opened(console, ledger)
        unit = unit_id(api, "/Chromebook/Ruang 1")
        inherit = [{"policyTargetKey": {"targetResource": f"orgunits/{unit}"}, "policySchema": GUEST_MODE}]
        modify = [no_guests(unit)]
        api.batch_modify_policies(modify)
        api.batch_inherit_policies(inherit)
        api.batch_modify_policies(modify)
        with pytest.raises(GoogleError) as refused:
            api.batch_inherit_policies(inherit)
        assert (refused.value.code, refused.value.passing) == ("google_quota", True)
        assert "sent" not in refused.value.params


def test_the_school_s_allowance_paces_calls_by_its_own_clock(console: Emulator, tmp_path: Path):
    """Ten rooms' policies at once: never more than 30 writes in any minute, the first 30 without a pause."""

    class Clock:
        ms = 1_700_000_000_000

        def now(self) -> int:
            return self.ms

        def wait(self, seconds: float) -> None:
            self.ms += round(seconds * 1000)

    clock = Clock()
    context = Context(
        config.load(tmp_path / "data"), open_context(config.load(tmp_path / "data")).db, clock.now
    )
    account = Account(console.credentials, console.subject, console.root)
    api = GoogleApi(account, DatabaseBudget(context.db, clock.now), clock.wait)
    unit = unit_id(api, "/Chromebook/Ruang 1")
    sent = []
    for _ in range(70):
        api.batch_modify_policies([no_guests(unit)])
        sent.append(clock.ms)
    assert sent[29] == sent[0]
    assert all(later - earlier >= 60_000 for earlier, later in zip(sent, sent[30:], strict=False))
    assert sent[-1] - sent[0] < 130_000


# --- what is not granted -----------------------------------------------------------------------------------


def scopes(*names: str) -> list[str]:
    return [f"https://www.googleapis.com/auth/{name}" for name in names]


def test_every_feature_works_where_all_is_granted(api: GoogleApi):
    assert [s for s in probe(api) if not s.ok] == []
    assert api.wider_scopes() == {}


def test_what_is_not_granted_is_named(api: GoogleApi, console: Emulator, ledger: Ledger):
    console.set(
        delegated_scopes=scopes("admin.directory.device.chromeos", "admin.directory.customer.readonly")
    )
    found = {s.feature: s for s in probe(api)}
    assert {f for f, s in found.items() if s.ok} == {Feature.INVENTORY, Feature.DEVICES, Feature.CUSTOMER}
    assert {s.code for s in found.values() if not s.ok} == {"google_scope"}
    assert found[Feature.INVENTORY].params == {"wider": scopes("admin.directory.device.chromeos")[0]}
    console.set(delegated_scopes=[])
    assert {s.code for s in probe(opened(console, ledger))} == {"google_delegation"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"token_clock": 7200}, "google_clock"),
        ({"token_clock": -7200}, "google_clock"),
        ({"apis_disabled": ["admin"]}, "google_api_disabled"),
    ],
)
def test_what_stands_in_the_way_is_named(
    api: GoogleApi, console: Emulator, ledger: Ledger, settings: Json, code: str
):
    console.set(**settings)
    with pytest.raises(GoogleError) as refused:
        api.list_devices()
    assert refused.value.code == code
    assert ledger.pauses == []
    if code == "google_api_disabled":
        assert refused.value.params["api"] == "admin.googleapis.com"


def test_an_unknown_administrator_and_one_without_rights_are_told_apart(console: Emulator, ledger: Ledger):
    with pytest.raises(GoogleError) as unknown:
        opened(console, ledger, subject="tidak.ada@smpncontoh.sch.id").get_customer()
    assert unknown.value.code == "google_subject"
    with pytest.raises(GoogleError) as powerless:
        opened(console, ledger, subject="sari@smpncontoh.sch.id").list_devices()
    assert powerless.value.code == "google_forbidden"
    reader = opened(console, ledger, subject="baca@smpncontoh.sch.id")
    assert reader.list_devices().items
    with pytest.raises(GoogleError) as reading:
        reader.move_devices_to_ou([device_id(console)], "/Chromebook")
    assert (reading.value.code, reading.value.params["feature"]) == ("google_forbidden", "devices")


def test_a_key_that_was_replaced_is_told(console: Emulator, ledger: Ledger):
    import json

    info = json.loads(console.credentials.read_text())
    console.credentials.write_text(json.dumps({**info, "private_key": PRIVATE_KEY}))
    with pytest.raises(GoogleError) as refused:
        opened(console, ledger).get_customer()
    assert (refused.value.code, refused.value.params["kind"]) == ("google_credentials", "revoked")


def test_every_method_was_there_to_be_called(console: Emulator):
    """What this console does not serve would answer 501 and make the tests above say less than they seem to."""
    from server.workspace.emulator.call import HANDLERS

    assert set(METHODS) <= set(HANDLERS)
