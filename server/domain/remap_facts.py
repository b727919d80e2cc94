"""What is looked at before anybody says which Chromebook has come back. Times are epoch ms of this server's clock,
except those of the console (`last_enrolled_at`, `enrolled_before`, `deprovisioned_at`), which are Google's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from server.domain.console_record import serial_key


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the console. `enrolled_before`: the enrolment time that our mirror held before this one."""

    console_id: str
    serial: str
    status: str
    org_unit_path: str = ""
    asset_id: str = ""
    mac: str = ""
    model: str = ""
    boot_mode: str = ""
    flex: bool = False
    last_enrolled_at: int | None = None
    enrolled_before: int | None = None
    change_seen_at: int | None = None  # when our mirror met this enrolment, or this record for the first time
    deprovisioned_at: int | None = None
    seen_at: int = 0  # when Google was last asked for it
    device_id: int | None = None

    @property
    def key(self) -> str | None:
        return serial_key(self.serial)


@dataclass(frozen=True, slots=True)
class OldLife:
    """The life that spoke for a device before. `heard_at`: its newest word, or its first contact."""

    enrolment_id: int
    serial: str
    heard_at: int
    live: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A key that says it is a device. `own_key`: it was this device's key before."""

    enrolment_id: int
    serial: str
    first_seen_at: int
    attested_at: int | None = None
    attestation_refused: bool = False
    own_key: bool = False
    sent_away_at: int | None = None  # a person said no to it, or took a yes back


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device of ours that it might be. `record`: the one it had in the console before this return."""

    device_id: int
    label: str
    serial: str | None = None
    former_serials: frozenset[str] = frozenset()  # as they are compared
    in_service: bool = True
    record: Record | None = None
    life: OldLife | None = None
    waiting: tuple[int, ...] = ()  # when other keys that say they are this device were last heard
    seated: str | None = None  # title of the exam that it serves now
    wipe_ordered_at: int | None = None  # newest order of ours that takes keys away and was carried out
    home_unit: str = ""
    vouched: tuple[str, int] | None = None  # who accepted this return of its record, and when

    @property
    def key(self) -> str | None:
        return serial_key(self.serial or "")


@dataclass(frozen=True, slots=True)
class Facts:
    """All about one return. `newcomer` is None while only the console says something, `record` while it does not."""

    serial: str
    newcomer: Newcomer | None = None
    record: Record | None = None
    twins: tuple[Record, ...] = ()  # other live records of the same serial number
    candidates: tuple[Candidate, ...] = ()
    console: bool = False  # a console's list is known at all
    sent_away_at: int | None = (
        None  # while no key has knocked: a person said no to this return, or took a yes back
    )
    differs: bool = False  # a sync found something odd about this serial number, and nobody has looked at it
    chosen: int | None = field(default=None)  # the device that a person named

    @property
    def key(self) -> str | None:
        return serial_key(self.serial)
