"""Directory chromeosdevices: list, get, patch, update, move, change of status, count.

*Assumed*: a device's `orgUnitId` is written `id:…`; BASIC leaves everything out but GAM's basic set; fields that are
no read-only in the document but cannot be changed (model, status, …) are ignored in a patch; more than 50 ids: 400.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from server.workspace.emulator.call import Call, Json, Refusal, serves
from server.workspace.emulator.device_query import matcher
from server.workspace.emulator.paging import page
from server.workspace.emulator.resources import check_customer, device_out, org_unit_of
from server.workspace.emulator.world import World

BATCH = 50
PAGE = 300
#: What can be changed, and how long it may be.
WRITABLE = {"annotatedUser": 100, "annotatedLocation": 200, "annotatedAssetId": 200, "notes": 500}
ACTION = "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_"
HOLDS_LICENCE = ("ACTIVE", "DISABLED")


@serves("directory.chromeosdevices.list")
def list_devices(world: World, call: Call) -> Json:
    check_customer(world, call)
    params = call.params
    if params.get("sortOrder") and not params.get("orderBy"):
        raise Refusal(400, "invalid", "Invalid Input: sortOrder must be used with orderBy")
    found = _found(world, params, params.get("query", ""))
    order = params.get("orderBy")
    down = params.get("sortOrder") == "DESCENDING"
    count = min(params.get("maxResults", 100), PAGE)
    shown, token = page(
        found, call, count, lambda d: (str(d.get(order, "")) if order else "", d["deviceId"]), down=down
    )
    basic = params.get("projection") == "BASIC"
    answer: Json = {"kind": "admin#directory#chromeosdevices", "etag": f'"{world.state["run"]}"'}
    if shown:
        answer["chromeosdevices"] = [device_out(world, d, basic=basic) for d in shown]
    return answer | ({"nextPageToken": token} if token else {})


@serves("admin.customer.devices.chromeos.countChromeOsDevices")
def count_devices(world: World, call: Call) -> Json:
    check_customer(world, call)
    return {"count": str(len(_found(world, call.params, call.params.get("filter", ""))))}


@serves("directory.chromeosdevices.get")
def get_device(world: World, call: Call) -> Json:
    check_customer(world, call)
    basic = call.params.get("projection") == "BASIC"
    return device_out(world, find_device(world, call.params["deviceId"]), basic=basic)


@serves("directory.chromeosdevices.patch")
def patch_device(world: World, call: Call) -> Json:
    check_customer(world, call)
    device = find_device(world, call.params["deviceId"])
    for name, most in WRITABLE.items():
        if len(call.body.get(name) or "") > most:
            raise Refusal(400, "invalid", f"Invalid Input: {name}")
    path, unit_id = call.body.get("orgUnitPath"), call.body.get("orgUnitId")
    org_unit = None
    if path is not None:
        org_unit = org_unit_of(world, path, reason="invalidOrgunit")
        if unit_id is not None and world.find_org_unit(unit_id) != org_unit:
            raise Refusal(400, "invalidInput", "Inconsistent Orgunit id and path in request")
    for name in WRITABLE:
        if name in call.body:
            device[name] = call.body[name] or ""
    if org_unit is not None:
        device["orgUnitId"] = org_unit
    return device_out(world, device)


@serves("directory.chromeosdevices.update")
def update_device(world: World, call: Call) -> Json:
    """*Assumed*: as a patch; a field left out stays."""
    return patch_device(world, call)


@serves("directory.chromeosdevices.moveDevicesToOu")
def move_devices(world: World, call: Call) -> Json:
    """Says nothing about ids it does not know."""
    check_customer(world, call)
    ids = _ids(call)
    target = org_unit_of(world, call.params["orgUnitPath"], reason="invalidOrgunit")
    ignored = call.mischief.get("ignore_ids", 0.0)
    for device_id in ids:
        device = world.state["devices"].get(device_id)
        if device is not None and not (ignored and world.random.random() < ignored):
            device["orgUnitId"] = target
    return {}


@serves("admin.customer.devices.chromeos.batchChangeStatus")
def change_status(world: World, call: Call) -> Json:
    check_customer(world, call)
    action = str(call.body.get("changeChromeOsDeviceStatusAction", "")).removeprefix(ACTION)
    if action not in ("DEPROVISION", "DISABLE", "REENABLE"):
        raise _invalid("change_chrome_os_device_status_action is required")
    reason = call.body.get("deprovisionReason", "DEPROVISION_REASON_UNSPECIFIED")
    if action == "DEPROVISION" and reason == "DEPROVISION_REASON_UNSPECIFIED":
        raise _invalid("deprovision_reason is required to deprovision a device")
    results = []
    half = call.mischief.get("half_batch", 0.0)
    for device_id in _ids(call):
        error = _change_one(
            world, device_id, action, reason, fails=bool(half) and world.random.random() < half
        )
        results.append({"deviceId": device_id} | ({"error": error} if error else {"response": {}}))
    return {"changeChromeOsDeviceStatusResults": results}


def find_device(world: World, device_id: str) -> Json:
    """The record in the state. Raises Refusal 404."""
    device: Json | None = world.state["devices"].get(device_id)
    if device is None:
        raise Refusal(404, "notFound", f"Resource Not Found: deviceId: {device_id}")
    return device


def _change_one(world: World, device_id: str, action: str, reason: str, *, fails: bool) -> Json | None:
    """Change one device, or say why not, as `google.rpc.Status`."""
    device = world.state["devices"].get(device_id)
    if device is None:
        return {"code": 5, "message": f"Device {device_id} was not found"}
    if fails:
        return {"code": 13, "message": "Internal error encountered."}
    status = device["status"]
    if action == "DEPROVISION":
        if status == "DEPROVISIONED":
            return _precondition("Device is already deprovisioned")
        device["status"] = "DEPROVISIONED"
        device["deprovisionReason"] = reason
        device["lastDeprovisionTimestamp"] = moment(call_time(world))
        return None
    if action == "DISABLE":
        if status != "ACTIVE":
            return _precondition(f"Device in state {status} cannot be disabled")
        device["status"] = "DISABLED"
        return None
    if status not in ("DISABLED", "DEPROVISIONED"):
        return _precondition(f"Device in state {status} cannot be re-enabled")
    held = sum(d["status"] in HOLDS_LICENCE for d in world.state["devices"].values())
    if status == "DEPROVISIONED" and held >= world.state["licences"]["total"]:
        return {"code": 8, "message": "There are not enough licenses available"}
    device["status"] = "ACTIVE"
    device.pop("deprovisionReason", None)
    return None


def moment(at: float) -> str:
    """Epoch seconds as Directory writes them."""
    return (
        dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}Z"
    )


def call_time(world: World) -> float:
    return world.now()


def _found(world: World, params: dict[str, Any], query: str) -> list[Json]:
    devices: list[Json] = list(world.state["devices"].values())
    path = params.get("orgUnitPath")
    if path is None:
        if params.get("includeChildOrgunits"):
            raise Refusal(400, "invalid", "Invalid Input: includeChildOrgunits requires orgUnitPath")
    else:
        unit = org_unit_of(world, path)
        units = world.below(unit) if params.get("includeChildOrgunits") else {unit}
        devices = [d for d in devices if d["orgUnitId"] in units]
    if query:
        wanted = matcher(query)
        devices = [d for d in devices if wanted(d)]
    return devices


def _ids(call: Call) -> list[str]:
    ids = call.body.get("deviceIds") or []
    if not ids or len(ids) > BATCH:
        raise Refusal(
            400,
            "invalid",
            f"Invalid Input: deviceIds must name between 1 and {BATCH} devices",
            rpc="INVALID_ARGUMENT",
        )
    return [str(device_id) for device_id in ids]


def _precondition(message: str) -> Json:
    return {"code": 9, "message": message}


def _invalid(message: str) -> Refusal:
    return Refusal(400, "invalid", message, rpc="INVALID_ARGUMENT")
