"""A school as YAML → the first state of a world. Every wrong field is named with its file and line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from server.workspace.emulator.call import Json
from server.workspace.emulator.seed_yaml import SeedFile, read_seed
from server.workspace.emulator.world import PRIVILEGES, World, merged_settings, new_state

DEMO_SCHOOL = Path(__file__).with_name("demo_school.yaml")
STATUSES = ("ACTIVE", "DISABLED", "DEPROVISIONED", "PROVISIONED_PENDING", "DELINQUENT", "INACTIVE", "UNKNOWN")
HEX = "0123456789abcdef"
SUPER = "super"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class SeedAdmin(_Strict):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = "Admin"
    role: str = SUPER


class SeedUser(_Strict):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    name: str
    org_unit: str = "/"
    suspended: bool = False


class SeedDevice(_Strict):
    serial: str = Field(min_length=1)
    model: str = "HP Chromebook 11 G9 EE"
    org_unit: str = "/"
    device_id: str | None = None
    asset_id: str = ""
    location: str = ""
    user: str = ""
    notes: str = ""
    status: str = "ACTIVE"
    os_version: str = "139.0.7258.181"
    boot_mode: str = "Verified"
    auto_update_through: str = "2030-06-01"
    last_sync: str | None = None
    more: dict[str, Any] = Field(
        default_factory=dict
    )  # further fields of the device record, as Google names them

    @field_validator("status")
    @classmethod
    def _known(cls, status: str) -> str:
        if status not in STATUSES:
            raise ValueError(f"none of {', '.join(STATUSES)}")
        return status


class SeedGenerate(_Strict):
    devices: int = Field(ge=0)
    per_org_unit: int = Field(default=40, ge=1)
    parent: str = "/Chromebook"
    prefix: str = "GEN"


class SeedSchool(_Strict):
    domain: str = Field(pattern=r"^[a-z0-9.-]+\.[a-z]+$")
    customer: str = Field(default="C03sekolah", pattern=r"^C[0-9a-z]{5,}$")
    name: str = "SMP Negeri Contoh"
    licences: int = Field(default=1_000_000, ge=0)
    roles: dict[str, list[str]] = Field(default_factory=dict)
    admins: list[SeedAdmin] = Field(min_length=1)
    users: list[SeedUser] = Field(default_factory=list)
    org_units: list[str] = Field(default_factory=list)
    devices: list[SeedDevice] = Field(default_factory=list)
    generate: SeedGenerate | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


def seeded(source: Path | Mapping[str, Any] | None = None, seed: int = 1, now: float = 0.0) -> Json:
    """The first state of this school; None is the demo school. Raises SeedError."""
    if isinstance(source, Mapping):
        file = SeedFile("seed", "")
        file.value = dict(source)
    else:
        file = read_seed(source or DEMO_SCHOOL)
    try:
        school = SeedSchool.model_validate(file.value)
    except ValidationError as error:
        first = error.errors()[0]
        raise file.fail(tuple(first["loc"]), first["msg"]) from error
    state = new_state(seed)
    _Fill(file, World(None, state, clock=lambda: now), school).run()
    state["run"] = 0
    return state


class _Fill:
    def __init__(self, file: SeedFile, world: World, school: SeedSchool) -> None:
        self.file, self.world, self.school = file, world, school
        self.state = world.state

    def run(self) -> None:
        school, state = self.school, self.state
        for name, value in school.settings.items():
            try:
                state["settings"] = merged_settings(state["settings"], {name: value})
            except ValueError as error:
                raise self.file.fail(("settings", name), str(error)) from error
        state["customer"] = {
            "id": school.customer,
            "customerDomain": school.domain,
            "postalAddress": {"organizationName": school.name, "countryCode": "ID"},
            "customerCreationTime": "2022-07-18T01:00:00.000Z",
            "language": "id",
        }
        state["licences"] = {"total": school.licences}
        self._roles()
        self._org_units()
        for number, admin in enumerate(school.admins):
            if admin.role not in state["roles"]:
                raise self.file.fail(("admins", number, "role"), f"no role '{admin.role}' under 'roles'")
            self._user(admin.email, admin.name, self.world.root, role=admin.role)
        for number, user in enumerate(school.users):
            org_unit = self._unit(user.org_unit, ("users", number, "org_unit"))
            self._user(user.email, user.name, org_unit, suspended=user.suspended)
        serials: set[str] = set()
        for number, device in enumerate(school.devices):
            if device.serial in serials:
                raise self.file.fail(("devices", number, "serial"), f"{device.serial} is there twice")
            serials.add(device.serial)
            self._device(device, self._unit(device.org_unit, ("devices", number, "org_unit")))
        if school.generate is not None:
            self._generate(school.generate)

    def _roles(self) -> None:
        self.state["roles"] = {SUPER: sorted(PRIVILEGES)}
        for name, privileges in self.school.roles.items():
            for number, privilege in enumerate(privileges):
                if privilege not in PRIVILEGES:
                    known = ", ".join(sorted(PRIVILEGES))
                    raise self.file.fail(
                        ("roles", name, number), f"no privilege '{privilege}'; there are: {known}"
                    )
            self.state["roles"][name] = sorted(privileges)

    def _org_units(self) -> None:
        root = self.world.new_id("org_unit", prefix="03ph8a2z")
        self.state["org_units"][root] = {"name": self.school.name, "parent": None, "description": ""}
        for path in sorted(self.school.org_units):
            self._make_unit(path)

    def _make_unit(self, path: str) -> str:
        here = self.world.root
        for name in filter(None, path.split("/")):
            found = self.world.find_org_unit(f"{self.world.org_path(here).rstrip('/')}/{name}")
            if found is None:
                found = self.world.new_id("org_unit", prefix="03ph8a2z")
                self.state["org_units"][found] = {"name": name, "parent": here, "description": ""}
            here = found
        return here

    def _unit(self, path: str, at: tuple[str | int, ...]) -> str:
        found = self.world.find_org_unit(path)
        if found is None:
            raise self.file.fail(at, f"no org unit '{path}' under 'org_units'")
        return found

    def _user(
        self, email: str, name: str, org_unit: str, *, role: str | None = None, suspended: bool = False
    ) -> None:
        given, _, family = name.partition(" ")
        user_id = self.world.new_id("user", 20, prefix="1", alphabet="0123456789")
        self.state["users"][user_id] = {
            "id": user_id,
            "primaryEmail": email,
            "name": {"givenName": given, "familyName": family or given, "fullName": name},
            "isAdmin": role == SUPER,
            "isDelegatedAdmin": role not in (None, SUPER),
            "suspended": suspended,
            "archived": False,
            "changePasswordAtNextLogin": False,
            "orgUnitId": org_unit,
            "role": role,
        }

    def _device(self, device: SeedDevice, org_unit: str) -> None:
        made = dt.datetime.fromtimestamp(self.world.now(), dt.UTC)
        long_ago = (made - dt.timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        raw = self.world.new_id("device", 32, alphabet=HEX)
        device_id = device.device_id or "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))
        self.state["devices"][device_id] = {
            "deviceId": device_id,
            "serialNumber": device.serial,
            "model": device.model,
            "status": device.status,
            "orgUnitId": org_unit,
            "annotatedAssetId": device.asset_id,
            "annotatedLocation": device.location,
            "annotatedUser": device.user,
            "notes": device.notes,
            "osVersion": device.os_version,
            "platformVersion": f"16328.65.0 (Official Build) stable-channel {device.model.split()[0].lower()}",
            "firmwareVersion": "Google_Magpie.13606.686.0",
            "bootMode": device.boot_mode,
            "chromeOsType": "chromeOs",
            "deviceLicenseType": "educationUpgradePerpetual",
            "macAddress": raw[:12],
            "autoUpdateThrough": device.auto_update_through,
            "firstEnrollmentTime": long_ago,
            "lastEnrollmentTime": long_ago,
            "lastSync": device.last_sync or made.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            **device.more,
        }

    def _generate(self, wanted: SeedGenerate) -> None:
        org_unit = ""
        for number in range(wanted.devices):
            if number % wanted.per_org_unit == 0:
                org_unit = self._make_unit(f"{wanted.parent}/Unit {number // wanted.per_org_unit + 1:03d}")
            made = SeedDevice.model_construct(
                serial=f"{wanted.prefix}{number + 1:07d}", asset_id=f"A{number + 1}"
            )
            self._device(made, org_unit)
