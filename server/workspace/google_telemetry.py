"""Chrome Management API: what devices report to Google. Late by nature; a second source, never the live one."""

from __future__ import annotations

from server.workspace.gateway import Json, Page
from server.workspace.google_calls import Caller

PER_PAGE = 1_000
_TELEMETRY = "chromemanagement.customers.telemetry."


class TelemetryCalls(Caller):
    """Telemetry, read only."""

    def list_telemetry_devices(
        self, read_mask: str, *, filter: str | None = None, page_token: str | None = None
    ) -> Page:
        parent = f"customers/{self._customer_id()}"
        answer = self._ask(
            _TELEMETRY + "devices.list",
            lambda s: (
                s.customers()
                .telemetry()
                .devices()
                .list(
                    parent=parent, readMask=read_mask, filter=filter, pageSize=PER_PAGE, pageToken=page_token
                )
            ),
        )
        return Page(tuple(answer.get("devices", ())), answer.get("nextPageToken") or None)

    def get_telemetry_device(self, device_id: str, read_mask: str) -> Json:
        name = f"customers/{self._customer_id()}/telemetry/devices/{device_id}"
        return self._ask(
            _TELEMETRY + "devices.get",
            lambda s: s.customers().telemetry().devices().get(name=name, readMask=read_mask),
        )

    def list_telemetry_events(
        self, read_mask: str, *, filter: str | None = None, page_token: str | None = None
    ) -> Page:
        parent = f"customers/{self._customer_id()}"
        answer = self._ask(
            _TELEMETRY + "events.list",
            lambda s: (
                s.customers()
                .telemetry()
                .events()
                .list(
                    parent=parent, readMask=read_mask, filter=filter, pageSize=PER_PAGE, pageToken=page_token
                )
            ),
        )
        return Page(tuple(answer.get("telemetryEvents", ())), answer.get("nextPageToken") or None)
