"""The one door to the Google console: what may be asked, in Google's own words.

Bodies and answers are the JSON of the discovery documents, unchanged, so that what is read here can be looked up
there. `google_api` is what stands behind it; services see this file alone. Every method sends one request, waits for
its turn in the budget, and repeats what failed only in passing; what comes out is an answer or a `GoogleError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from server.domain.errors import BangkuError

Json = dict[str, Any]

#: Google's own limits (docs/policy.md names the source of each).
MOVE_MAX = 50  # devices per moveDevicesToOu and per batchChangeStatus
DEVICES_PER_PAGE = 300
SCHEMAS_PER_PAGE = 1_000
POLICIES_PER_PAGE = 1_000


class Feature(StrEnum):
    """What Bangku may be allowed to do, each with the least scope that carries it (`workspace.scopes`)."""

    INVENTORY = "inventory"  # list, get, count devices; read a command's state
    DEVICES = "devices"  # annotate, move, command, change status
    ORG_UNITS = "org_units"  # read
    ORG_UNITS_WRITE = "org_units_write"
    CUSTOMER = "customer"
    USERS = "users"  # read
    USERS_WRITE = "users_write"
    POLICY = "policy"  # schemas and resolve
    POLICY_WRITE = "policy_write"
    TELEMETRY = "telemetry"
    VERIFIED_ACCESS = (
        "verified_access"  # ask Google whether a Chromebook is what it says; only if the school wants
    )


class Bucket(StrEnum):
    """One allowance of calls, shared by every process of the school."""

    POLICY_WRITE = "policy_write"  # orgunits + networks: 30 a minute per customer
    POLICY_READ = "policy_read"  # resolve and schemas: 5 a second per user
    DIRECTORY_READ = "directory_read"  # 2,400 a minute per user
    DIRECTORY_WRITE = "directory_write"  # about 60 a minute per user is what others report


class Budget(Protocol):
    """Says when the next call of a bucket may leave, and keeps that place for it."""

    def reserve(self, bucket: Bucket) -> float:
        """Seconds to wait from now, 0 when the call may go at once. The place is taken either way."""
        ...


class GoogleError(BangkuError):
    """Google refused or could not be reached. `passing`: the same call may succeed later by itself.

    `reason` is Google's own word for it; `details` the list of `google.rpc` details, where there were any. Neither
    holds a credential. Codes: google_credentials, google_subject, google_delegation, google_scope, google_clock,
    google_api_disabled, google_forbidden, google_not_found, google_invalid, google_conflict, google_quota,
    google_unavailable, google_unknown, and of Verified Access alone google_not_attested: Google has looked at what the
    Chromebook answered and says no. Every other code there means that nothing was found out.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        reason: str = "",
        passing: bool = False,
        details: Sequence[Mapping[str, Any]] = (),
        **params: object,
    ) -> None:
        super().__init__(message, code=code, reason=reason, **params)
        self.http_status = status
        self.reason = reason
        self.passing = passing
        self.details = tuple(details)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    items: tuple[Json, ...]
    next_page_token: str | None = None


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one device of a batch; `error` is Google's code, message and details."""

    device_id: str
    error: Json | None = None


class Gateway(Protocol):
    """The console of one customer. Raises GoogleError everywhere.

    A GoogleError whose params say `sent: unknown` may have taken effect: read back before anything is done again.
    That holds for any code: a repeat after a lost answer may be refused because the first try had done it already.
    """

    # --- what is allowed ---------------------------------------------------------------------------------

    def check_feature(self, feature: Feature) -> None:
        """Fetch a token for the feature, and nothing else: shows that its scope is delegated, not that the
        administrator has the right."""
        ...

    def wider_scopes(self) -> dict[Feature, str]:
        """Features used so far for which only a wider scope than needed is delegated, and that scope."""
        ...

    # --- customer, org units, users ------------------------------------------------------------------

    def get_customer(self) -> Json: ...

    def list_org_units(self) -> list[Json]:
        """Every org unit below the root, and the root itself where Google gives it."""
        ...

    def get_org_unit(self, path_or_id: str) -> Json:
        """`/Exam/Ruang 1` or `id:03ph8a2z`."""
        ...

    def insert_org_unit(self, name: str, parent_path: str) -> Json: ...

    def patch_org_unit(self, path_or_id: str, body: Json) -> Json: ...

    def delete_org_unit(self, path_or_id: str) -> None: ...

    def list_users(self, *, query: str | None = None, page_token: str | None = None) -> Page: ...

    def get_user(self, key: str) -> Json: ...

    def patch_user(self, key: str, body: Json) -> Json: ...

    # --- devices -----------------------------------------------------------------------------------------

    def list_devices(
        self,
        *,
        query: str | None = None,
        org_unit_path: str | None = None,
        include_child_org_units: bool = False,
        fields: str | None = None,
        page_token: str | None = None,
    ) -> Page:
        """A page of at most 300, projection FULL. `fields`: those of a device, comma between them, nothing around
        (default: `google_api.DEVICE_FIELDS`)."""
        ...

    def count_devices(
        self,
        *,
        filter: str | None = None,
        org_unit_path: str | None = None,
        include_child_org_units: bool = False,
    ) -> int: ...

    def get_device(self, device_id: str, *, fields: str | None = None) -> Json: ...

    def patch_device(self, device_id: str, body: Json) -> Json:
        """Only annotatedUser, annotatedLocation, annotatedAssetId and notes."""
        ...

    def move_devices_to_ou(self, device_ids: Sequence[str], org_unit_path: str) -> None:
        """At most 50, else Invalid (`google_too_many`). Google says nothing about ids it does not know: read back."""
        ...

    def batch_change_status(
        self, device_ids: Sequence[str], action: str, *, deprovision_reason: str | None = None
    ) -> list[ItemOutcome]:
        """At most 50, else Invalid (`google_too_many`); `action` is the discovery document's enum value."""
        ...

    def issue_command(self, device_id: str, command_type: str, payload: Json | None = None) -> str:
        """The command's id. Never sent twice: a lost answer is `sent: unknown`."""
        ...

    def get_command(self, device_id: str, command_id: str) -> Json: ...

    # --- policy --------------------------------------------------------------------------------------------

    def list_policy_schemas(self, *, filter: str | None = None, page_token: str | None = None) -> Page: ...

    def get_policy_schema(self, schema: str) -> Json: ...

    def resolve_policies(
        self,
        schema_filter: str,
        org_unit_id: str,
        *,
        additional_target_keys: Mapping[str, str] | None = None,
        page_token: str | None = None,
    ) -> Page:
        """`schema_filter` such as `chrome.devices.kiosk.*`; `org_unit_id` without `id:`."""
        ...

    def batch_modify_policies(self, requests: Sequence[Json]) -> None: ...

    def batch_inherit_policies(self, requests: Sequence[Json]) -> None: ...

    def define_network(self, org_unit_id: str, name: str, settings: Sequence[Json]) -> Json: ...

    def remove_network(self, org_unit_id: str, network_id: str) -> None: ...

    def define_certificate(
        self, org_unit_id: str, name: str, certificate: str, settings: Sequence[Json] = ()
    ) -> Json: ...

    def remove_certificate(self, org_unit_id: str, network_id: str) -> None: ...

    # --- telemetry -------------------------------------------------------------------------------------

    def list_telemetry_devices(
        self, read_mask: str, *, filter: str | None = None, page_token: str | None = None
    ) -> Page: ...

    def get_telemetry_device(self, device_id: str, read_mask: str) -> Json: ...

    def list_telemetry_events(
        self, read_mask: str, *, filter: str | None = None, page_token: str | None = None
    ) -> Page: ...

    # --- Verified Access -------------------------------------------------------------------------------

    def generate_challenge(self) -> str:
        """A challenge for one Chromebook, base64 as Google writes it. Good for one answer within a minute."""
        ...

    def verify_challenge(self, response: str, expected_identity: str) -> Json:
        """What Google knows of the Chromebook that gave this answer (base64).

        `expected_identity`: the enrolled domain for a machine, `KIOSK_MODE` for a kiosk session. GoogleError
        `google_not_attested`: refused; any other code: nothing was found out.
        """
        ...
