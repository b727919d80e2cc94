"""The adapter is whole: every method of the gateway, each one in Google's discovery documents."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import googleapiclient
import pytest

from server.domain.errors import Invalid
from server.domain.pacing import LIMITS
from server.workspace.gateway import Feature, Gateway
from server.workspace.google_api import DEVICE_FIELDS, GoogleApi
from server.workspace.scopes import APIS, METHODS, SCOPES, USUAL, delegation
from tests.workspace.google_line import line
from tests.workspace.wire import Answer

DOCUMENTS = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
ASKED = {
    "list_org_units": (),
    "get_org_unit": ("/Ujian/Ruang #1",),
    "insert_org_unit": ("Ruang 1", "/Ujian"),
    "patch_org_unit": ("id:03a", {"description": "x"}),
    "delete_org_unit": ("id:03a",),
    "list_users": (),
    "get_user": ("a@sekolah.sch.id",),
    "patch_user": ("a@sekolah.sch.id", {"suspended": True}),
    "get_customer": (),
    "list_devices": (),
    "count_devices": (),
    "get_device": ("d1",),
    "patch_device": ("d1", {"notes": "C07"}),
    "move_devices_to_ou": (["d1"], "Ujian/Ruang 1"),
    "batch_change_status": (["d1"], "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE"),
    "issue_command": ("d1", "REBOOT", {"user_session_delay_seconds": 0}),
    "get_command": ("d1", "77"),
    "list_policy_schemas": (),
    "get_policy_schema": ("chrome.devices.GuestMode",),
    "resolve_policies": ("chrome.devices.*", "id:03a"),
    "batch_modify_policies": ([{"policyTargetKey": {"targetResource": "orgunits/id:03a"}}],),
    "batch_inherit_policies": ([{"policyTargetKey": {"targetResource": "orgunits/03a"}}],),
    "define_network": ("03a", "Ujian", []),
    "remove_network": ("03a", "n1"),
    "define_certificate": ("03a", "CA", "-----BEGIN"),
    "remove_certificate": ("03a", "n1"),
    "list_telemetry_devices": ("deviceId",),
    "get_telemetry_device": ("d1", "deviceId"),
    "list_telemetry_events": ("device",),
    "generate_challenge": (),
    "verify_challenge": ("answer", "sekolah.sch.id"),
}
NOT_A_CALL = {"check_feature", "wider_scopes"}


def documents() -> dict[str, dict[str, Any]]:
    names = {
        "directory": "admin.directory_v1",
        "policy": "chromepolicy.v1",
        "management": "chromemanagement.v1",
        "verified": "verifiedaccess.v2",
    }
    assert set(names) == set(APIS)
    return {api: json.loads((DOCUMENTS / f"{name}.json").read_text("utf-8")) for api, name in names.items()}


def methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


def test_every_member_of_the_gateway_is_there_with_the_same_parameters():
    members = {name for name, value in vars(Gateway).items() if inspect.isfunction(value) and name[0] != "_"}
    assert members == set(ASKED) | NOT_A_CALL
    for name in members:
        assert inspect.signature(getattr(GoogleApi, name)) == inspect.signature(getattr(Gateway, name)), name


def test_every_call_is_in_the_discovery_documents_and_takes_its_scopes():
    found = {m["id"]: (api, m) for api, document in documents().items() for m in methods(document)}
    for method, rule in METHODS.items():
        api, described = found[method]
        assert api == rule.api, method
        assert set(SCOPES[rule.feature]) <= set(described["scopes"]), method
        assert rule.bucket in LIMITS
    assert {rule.feature for rule in METHODS.values()} == set(Feature)


def test_the_least_scope_comes_first():
    for feature, scopes in SCOPES.items():
        assert scopes[0].endswith(".readonly") or len(scopes) == 1, feature
    assert not {"https://www.googleapis.com/auth/cloud-platform"} & set(delegation())
    assert len(delegation()) == len(set(delegation())) == len(USUAL)
    assert len(delegation(tuple(Feature))) == len(Feature)
    assert "verifiedaccess" not in " ".join(delegation()), "asked for only where the school turned it on"


def fits(described: dict[str, Any], path: str) -> bool:
    """Whether a path is one of this method's. An org unit's path may have slashes of its own."""
    many = "[^:]+|id:[^/]+" if described["id"].startswith("directory.orgunits.") else "[^/:]+"
    pattern = re.sub(r"\\\{[^}]*\\\}", lambda _: f"(?:{many})", re.escape(described["flatPath"]))
    return re.fullmatch(pattern, path) is not None


def test_every_call_sends_the_method_it_is_named_for(tmp_path: Path):
    """Path and verb of each call, against the discovery documents' own."""
    described = [m for document in documents().values() for m in methods(document)]
    sent = set()
    with line(tmp_path, Answer(body={})) as it:
        for name, given in ASKED.items():
            before = len(it.wire.calls)
            getattr(it.api, name)(*given)
            for request in it.wire.calls[before:]:
                path = request.path.split("?")[0].lstrip("/")
                fitting = [m["id"] for m in described if m["httpMethod"] == request.method and fits(m, path)]
                assert fitting, request
                sent.update(fitting)
    assert sent >= set(METHODS), set(METHODS) - sent


def test_org_units_are_written_as_each_call_wants_them(tmp_path: Path):
    with line(tmp_path, Answer(body={})) as it:
        it.api.get_org_unit("/Ujian/Ruang #1 50%")
        it.api.get_org_unit("id:03a")
        it.api.list_devices(org_unit_path="/Ujian/Ruang 1", include_child_org_units=True)
        it.api.list_devices(org_unit_path="/", include_child_org_units=True)
        it.api.list_devices(org_unit_path="/")
        it.api.move_devices_to_ou(["d1"], "Ujian/Ruang 1")
        it.api.move_devices_to_ou(["d1"], "id:03a")
        it.api.resolve_policies("chrome.devices.*", "id:03a", additional_target_keys={"app_id": "web:x"})
        it.api.batch_modify_policies([{"policyTargetKey": {"targetResource": "orgunits/id:03a"}}])
        calls = it.wire.calls[1:]
    assert calls[0].path.startswith(
        "/admin/directory/v1/customer/C0school/orgunits/Ujian/Ruang%20%231%2050%25?"
    )
    assert "/orgunits/id:03a?" in calls[1].path
    assert "orgUnitPath=Ujian%2FRuang+1" in calls[2].path and "includeChildOrgunits=true" in calls[2].path
    assert "rgunit" not in calls[3].path.lower().split("fields=")[0]
    assert "orgUnitPath=%2F" in calls[4].path
    assert "orgUnitPath=%2FUjian%2FRuang+1" in calls[5].path
    assert "orgUnitPath=id%3A03a" in calls[6].path
    assert json.loads(calls[7].body)["policyTargetKey"] == {
        "targetResource": "orgunits/03a",
        "additionalTargetKeys": {"app_id": "web:x"},
    }
    assert json.loads(calls[8].body)["requests"][0]["policyTargetKey"]["targetResource"] == "orgunits/03a"


def test_what_bangku_keeps_of_a_device_is_all_in_the_document_and_nobody_s_use_of_it():
    device = documents()["directory"]["schemas"]["ChromeOsDevice"]["properties"]
    fields = DEVICE_FIELDS.split(",")
    assert set(fields) <= set(device)
    assert len(fields) == len(set(fields))
    assert not {"recentUsers", "activeTimeRanges"} & set(fields)
    for needed in (
        "deviceId",
        "serialNumber",
        "status",
        "orgUnitId",
        "autoUpdateThrough",
        "lastSync",
        "bootMode",
    ):
        assert needed in fields


def test_more_than_google_takes_in_one_call_is_refused_here(tmp_path: Path):
    with line(tmp_path, Answer(body={})) as it:
        for act in (
            lambda ids: it.api.move_devices_to_ou(ids, "/Ujian"),
            lambda ids: it.api.batch_change_status(ids, "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE"),
        ):
            act([f"d{n}" for n in range(50)])
            sent = len(it.wire.calls)
            with pytest.raises(Invalid) as refused:
                act([f"d{n}" for n in range(51)])
            assert refused.value.code == "google_too_many"
            assert len(it.wire.calls) == sent


def test_only_what_is_ours_is_ever_written_on_a_device(tmp_path: Path):
    with line(tmp_path, Answer(body={})) as it, pytest.raises(ValueError, match="orgUnitPath"):
        it.api.patch_device("d1", {"orgUnitPath": "/"})
