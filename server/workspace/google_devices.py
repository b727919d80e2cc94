"""Directory API: Chromebooks, what is written on them, where they stand, what they are told to do."""

from __future__ import annotations

import json
from collections.abc import Sequence

from server.domain.errors import Invalid
from server.workspace.gateway import DEVICES_PER_PAGE, MOVE_MAX, ItemOutcome, Json, Page
from server.workspace.google_calls import Caller
from server.workspace.google_directory import in_query, with_slash

#: What Bangku keeps of a device. Not `recentUsers` and `activeTimeRanges` (who used it and when is nobody's business
#: here), nor the readings that grow without end.
DEVICE_FIELDS = ",".join(
    (
        *("deviceId", "serialNumber", "status", "orgUnitId", "orgUnitPath", "model", "chromeOsType"),
        *("annotatedUser", "annotatedLocation", "annotatedAssetId", "notes"),
        *(
            "osVersion",
            "platformVersion",
            "firmwareVersion",
            "bootMode",
            "osVersionCompliance",
            "osUpdateStatus",
        ),
        *("macAddress", "ethernetMacAddress", "ethernetMacAddress0", "lastKnownNetwork"),
        *("autoUpdateThrough", "supportEndDate", "extendedSupportEligible", "extendedSupportEnabled"),
        *("lastSync", "firstEnrollmentTime", "lastEnrollmentTime", "lastDeprovisionTimestamp"),
        *("deprovisionReason", "deviceLicenseType", "manufactureDate", "diskVolumeReports", "systemRamTotal"),
        *("screenshotFiles", "deviceFiles"),
    )
)
OURS_TO_WRITE = frozenset({"annotatedUser", "annotatedLocation", "annotatedAssetId", "notes"})
_CHROMEOS = "admin.customer.devices.chromeos."


class DeviceCalls(Caller):
    """Chromebooks."""

    def list_devices(
        self,
        *,
        query: str | None = None,
        org_unit_path: str | None = None,
        include_child_org_units: bool = False,
        fields: str | None = None,
        page_token: str | None = None,
    ) -> Page:
        customer = self._customer_id()
        where = _where(org_unit_path, include_child_org_units)
        answer = self._ask(
            "directory.chromeosdevices.list",
            lambda s: s.chromeosdevices().list(
                customerId=customer,
                query=query,
                projection="FULL",
                maxResults=DEVICES_PER_PAGE,
                pageToken=page_token,
                fields=f"nextPageToken,chromeosdevices({fields or DEVICE_FIELDS})",
                **where,
            ),
        )
        return Page(tuple(answer.get("chromeosdevices", ())), answer.get("nextPageToken"))

    def count_devices(
        self,
        *,
        filter: str | None = None,
        org_unit_path: str | None = None,
        include_child_org_units: bool = False,
    ) -> int:
        customer = self._customer_id(alias=False)
        where = _where(org_unit_path, include_child_org_units)
        answer = self._ask(
            _CHROMEOS + "countChromeOsDevices",
            lambda s: (
                s.customer()
                .devices()
                .chromeos()
                .countChromeOsDevices(customerId=customer, filter=filter, **where)
            ),
        )
        return int(answer.get("count", 0))

    def get_device(self, device_id: str, *, fields: str | None = None) -> Json:
        customer = self._customer_id()
        return self._ask(
            "directory.chromeosdevices.get",
            lambda s: s.chromeosdevices().get(
                customerId=customer, deviceId=device_id, projection="FULL", fields=fields or DEVICE_FIELDS
            ),
        )

    def patch_device(self, device_id: str, body: Json) -> Json:
        if not body.keys() <= OURS_TO_WRITE:
            raise ValueError(f"not ours to write: {sorted(body.keys() - OURS_TO_WRITE)}")
        customer = self._customer_id()
        return self._ask(
            "directory.chromeosdevices.patch",
            lambda s: s.chromeosdevices().patch(
                customerId=customer, deviceId=device_id, projection="FULL", body=body, fields=DEVICE_FIELDS
            ),
        )

    def move_devices_to_ou(self, device_ids: Sequence[str], org_unit_path: str) -> None:
        _raise_if_too_many(device_ids)
        customer = self._customer_id(alias=False)
        self._ask(
            "directory.chromeosdevices.moveDevicesToOu",
            lambda s: s.chromeosdevices().moveDevicesToOu(
                customerId=customer,
                orgUnitPath=with_slash(org_unit_path),
                body={"deviceIds": list(device_ids)},
            ),
        )

    def batch_change_status(
        self, device_ids: Sequence[str], action: str, *, deprovision_reason: str | None = None
    ) -> list[ItemOutcome]:
        _raise_if_too_many(device_ids)
        customer = self._customer_id(alias=False)
        body: Json = {"deviceIds": list(device_ids), "changeChromeOsDeviceStatusAction": action}
        if deprovision_reason is not None:
            body["deprovisionReason"] = deprovision_reason
        answer = self._ask(
            _CHROMEOS + "batchChangeStatus",
            lambda s: s.customer().devices().chromeos().batchChangeStatus(customerId=customer, body=body),
        )
        return [
            ItemOutcome(str(result.get("deviceId", "")), result.get("error"))
            for result in answer.get("changeChromeOsDeviceStatusResults", ())
        ]

    def issue_command(self, device_id: str, command_type: str, payload: Json | None = None) -> str:
        customer = self._customer_id(alias=False)
        body: Json = {"commandType": command_type}
        if payload is not None:
            body["payload"] = json.dumps(payload)
        answer = self._ask(
            _CHROMEOS + "issueCommand",
            lambda s: (
                s.customer()
                .devices()
                .chromeos()
                .issueCommand(customerId=customer, deviceId=device_id, body=body)
            ),
        )
        return str(answer.get("commandId", ""))

    def get_command(self, device_id: str, command_id: str) -> Json:
        customer = self._customer_id(alias=False)
        return self._ask(
            _CHROMEOS + "commands.get",
            lambda s: (
                s.customer()
                .devices()
                .chromeos()
                .commands()
                .get(customerId=customer, deviceId=device_id, commandId=command_id)
            ),
        )


def _where(org_unit_path: str | None, with_children: bool) -> Json:
    """The root with everything below it is the whole school: then nothing is said about org units."""
    if org_unit_path is None or (org_unit_path == "/" and with_children):
        return {}
    place: Json = {"orgUnitPath": in_query(org_unit_path)}
    return {**place, "includeChildOrgunits": True} if with_children else place


def _raise_if_too_many(device_ids: Sequence[str]) -> None:
    if len(device_ids) > MOVE_MAX:
        raise Invalid(
            f"{len(device_ids)} devices in one call: Google takes {MOVE_MAX}; send them in parts",
            code="google_too_many",
            count=len(device_ids),
            most=MOVE_MAX,
        )
