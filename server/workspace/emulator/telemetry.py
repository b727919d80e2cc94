"""Telemetry of the emulated Chromebooks: devices and events of the Chrome Management API.

What a device reports is in `telemetry_report`; here is who may be asked about, and how.
"""

from __future__ import annotations

import re
from typing import Any

from server.workspace.emulator import policy_batch as batch
from server.workspace.emulator.call import Call, Refusal, serves
from server.workspace.emulator.device_policy import moment
from server.workspace.emulator.policy_state import customer_of, page_of, page_size
from server.workspace.emulator.telemetry_report import reports
from server.workspace.emulator.world import World

Json = dict[str, Any]

RECENT_SECONDS = 14 * 86_400.0  # assumed to be what "recent reports" means

#: Read mask path → the property; what a device never sends is left out of the answer.
_DEVICE_PATHS = {
    path: path.split("_")[0] + "".join(word.capitalize() for word in path.split("_")[1:])
    for path in (
        *(
            "name",
            "org_unit_id",
            "device_id",
            "serial_number",
            "cpu_info",
            "cpu_status_report",
            "memory_info",
        ),
        *("memory_status_report", "network_info", "network_diagnostics_report", "network_status_report"),
        *(
            "os_update_status",
            "graphics_info",
            "graphics_status_report",
            "battery_info",
            "battery_status_report",
        ),
        *("storage_info", "storage_status_report", "thunderbolt_info", "audio_status_report", "app_report"),
        *(
            "boot_performance_report",
            "heartbeat_status_report",
            "network_bandwidth_report",
            "peripherals_report",
        ),
        *("kiosk_app_status_report", "runtime_counters_report"),
    )
}
_EVENT_PATHS = {
    path: path.split("_")[0] + "".join(word.capitalize() for word in path.split("_")[1:])
    for path in (
        *(
            "device",
            "user",
            "audio_severe_underrun_event",
            "usb_peripherals_event",
            "https_latency_change_event",
        ),
        *("network_state_change_event", "wifi_signal_strength_event", "vpn_connection_state_change_event"),
        *(
            "app_install_event",
            "app_uninstall_event",
            "app_launch_event",
            "os_crash_event",
            "external_displays_event",
        ),
        *("event_type", "report_time", "name"),  # assumed: taken, and there in any case
    )
}
_TERM = re.compile(r'(\w+)\s*(>=|<=|=|>|<|:)\s*("[^"]*"|[^\s"]+)')


@serves("chromemanagement.customers.telemetry.devices.list")
def list_devices(world: World, call: Call) -> Json:
    customer = customer_of(world, call.params["parent"])
    mask = _mask(call, _DEVICE_PATHS)
    terms = _terms(call, {"org_unit_id", "serial_number", "device_id", "reports_timestamp"})
    devices = [r for r in world.state["devices"].values() if r["deviceId"] in world.state["device_side"]]
    rows = [r for r in devices if all(_fits(r, *term) for term in terms)]
    scope = f"telemetry {call.params.get('filter', '')}"
    page, following = page_of(
        rows, page_size(call.params.get("pageSize")), call.params.get("pageToken", ""), scope
    )
    answer: Json = {"devices": [_device(world, record, customer, mask, terms) for record in page]}
    return answer | ({"nextPageToken": following} if following else {})


@serves("chromemanagement.customers.telemetry.devices.get")
def get_device(world: World, call: Call) -> Json:
    customer = customer_of(world, call.params["name"])
    mask = _mask(call, _DEVICE_PATHS)
    device_id = call.params["name"].rpartition("/")[2]
    record = world.state["devices"].get(device_id)
    if record is None:
        raise Refusal(404, "notFound", f"Device {device_id} was not found.", rpc="NOT_FOUND")
    return _device(world, record, customer, mask, [])


@serves("chromemanagement.customers.telemetry.events.list")
def list_events(world: World, call: Call) -> Json:
    customer = customer_of(world, call.params["parent"])
    mask = _mask(call, _EVENT_PATHS) | {"eventType", "reportTime", "name"}
    fields = {"device_id", "user_id", "device_org_unit_id", "user_org_unit_id", "timestamp", "event_type"}
    terms = _terms(call, fields)
    events = [
        e for e in reversed(world.state["telemetry"]["events"]) if all(_event_fits(e, *t) for t in terms)
    ]
    scope = f"events {call.params.get('filter', '')}"
    page, following = page_of(
        events, page_size(call.params.get("pageSize")), call.params.get("pageToken", ""), scope
    )
    named = [{**e, "name": f"customers/{customer}/telemetry/events/{e['id']}"} for e in page]
    answer: Json = {"telemetryEvents": [{k: v for k, v in event.items() if k in mask} for event in named]}
    return answer | ({"nextPageToken": following} if following else {})


def _device(
    world: World, record: Json, customer: str, mask: set[str], terms: list[tuple[str, str, str]]
) -> Json:
    side = world.state["device_side"][record["deviceId"]]
    whole: Json = {
        "name": f"customers/{customer}/telemetry/devices/{record['deviceId']}",
        "customer": f"customers/{customer}",
        "orgUnitId": record["orgUnitId"],
        "deviceId": record["deviceId"],
        "serialNumber": record["serialNumber"],
        **reports(world, record["deviceId"], side),
    }
    since = next((_when(value) for name, _, value in terms if name == "reports_timestamp"), None)
    after = world.now() - RECENT_SECONDS if since is None else since
    for name, value in whole.items():
        if name.endswith("Report") and isinstance(value, list):
            whole[name] = [report for report in value if moment(report["reportTime"]) >= after]
    return {name: value for name, value in whole.items() if name in mask and value != []}


def _mask(call: Call, known: dict[str, str]) -> set[str]:
    """The properties asked for. Assumed: a path may be written in either case, and an unknown one is refused."""
    paths = [path.strip() for path in call.params.get("readMask", "").split(",") if path.strip()]
    if not paths:
        raise batch.invalid("readMask is required.")
    found = {known.get(path, path) for path in paths}
    if unknown := sorted(found - set(known.values())):
        raise batch.invalid(f"Invalid readMask path: {', '.join(unknown)}.")
    return found


def _terms(call: Call, known: set[str]) -> list[tuple[str, str, str]]:
    """`field=value` joined by AND. Assumed: nothing else is understood."""
    text = call.params.get("filter", "").strip()
    terms = []
    for part in text.split(" AND ") if text else []:
        match = _TERM.fullmatch(part.strip())
        if match is None or match[1] not in known:
            raise batch.invalid(f"Invalid filter: {part.strip()!r}.")
        terms.append((match[1], "=" if match[2] == ":" else match[2], match[3].strip('"')))
    return terms


def _fits(record: Json, name: str, sign: str, value: str) -> bool:
    if name == "reports_timestamp":
        return True  # picks reports, not devices
    held = {"org_unit_id": "orgUnitId", "serial_number": "serialNumber", "device_id": "deviceId"}[name]
    return sign == "=" and bool(record[held] == value)


def _event_fits(event: Json, name: str, sign: str, value: str) -> bool:
    if name == "timestamp":
        at, asked = moment(event["reportTime"]), _when(value)
        return {">=": at >= asked, "<=": at <= asked, ">": at > asked, "<": at < asked, "=": at == asked}[
            sign
        ]
    held = {
        "device_id": event["device"]["deviceId"],
        "device_org_unit_id": event["device"]["orgUnitId"],
        "event_type": event["eventType"],
    }
    return held.get(name) == value


def _when(text: str) -> float:
    if re.fullmatch(r"\d+", text):
        return int(text) / 1000
    try:
        return moment(text)
    except ValueError:
        raise batch.invalid(f"Invalid timestamp in filter: {text!r}.") from None
