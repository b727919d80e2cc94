"""Remaps as pages show them. One that is open is reckoned anew each time it is looked at: its digest names exactly what
is shown, and what has changed since cannot be accepted unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from server.domain.console_record import digest_of
from server.domain.errors import NotFound
from server.domain.remap import Evidence, Kind, Proposal, Strength, Weight
from server.domain.remap_change import UNIT, ConsoleChange
from server.domain.remap_facts import Facts
from server.domain.remap_rules import Opinion, reckon
from server.services import remap_console, remap_facts, remap_former
from server.store.tables import (
    device_places,
    devices,
    remap_changes,
    remaps,
    rooms,
    seats,
)

OPEN, ACCEPTED, DECLINED, UNDONE, SUPERSEDED = "open", "accepted", "rejected", "undone", "superseded"


@dataclass(frozen=True, slots=True)
class RemapView:
    """One remap. `device_id` None: no single candidate; a person chooses among `candidates` (device id → label)."""

    id: int
    device_id: int | None
    label: str | None
    room: str | None
    seat: str | None
    kind: Kind
    strength: Strength
    evidence: tuple[Evidence, ...]
    proposal: Proposal
    changes: tuple[ConsoleChange, ...]
    digest: str
    state: str
    opened_at: int
    decided_at: int | None
    decided_by: str | None
    how: str | None
    undone_at: int | None
    undone_by: str | None
    enrolment_id: int | None
    console_id: str | None
    serial: str
    can_undo: bool
    candidates: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What is proposed now."""

    facts: Facts
    opinion: Opinion
    proposal: Proposal
    changes: tuple[ConsoleChange, ...]

    @property
    def console_id(self) -> str | None:
        return self.facts.record.console_id if self.facts.record is not None else None

    @property
    def digest(self) -> str:
        new = self.facts.newcomer
        return digest_of(
            {
                "device": self.opinion.device_id,
                "candidates": self.opinion.candidates,
                "enrolment": new.enrolment_id if new is not None else None,
                "console": self.console_id,
                "serial": self.facts.serial,
                "kind": self.opinion.kind,
                "strength": self.opinion.strength,
                "evidence": evidence_out(self.opinion.evidence),
                "proposal": asdict(self.proposal),
                "changes": [asdict(change) for change in self.changes],
            }
        )

    def values(self) -> dict[str, Any]:
        """Columns of `remaps`."""
        return {
            "device_id": self.opinion.device_id,
            "console_id": self.console_id,
            "serial": self.facts.serial[:80],
            "kind": str(self.opinion.kind),
            "strength": str(self.opinion.strength),
            "evidence": evidence_out(self.opinion.evidence),
            "proposal": asdict(self.proposal),
            "digest": self.digest,
        }


def reckoned(
    c: Connection, now: int, enrolment_id: int | None, console_id: str | None, *, chosen: int | None = None
) -> Reckoned | None:
    """The newest opinion on a key, or on a record that no key has come from. None: there is neither any more."""
    gathered = (
        remap_facts.of_newcomer(c, now, enrolment_id, chosen=chosen)
        if enrolment_id is not None
        else remap_facts.of_record(c, console_id, chosen=chosen)
        if console_id is not None
        else None
    )
    if gathered is None:
        return None
    opinion = reckon(gathered.facts)
    record, made = gathered.record, list[ConsoleChange]()
    if opinion.device_id is not None and record is not None:
        made = remap_console.changes_of(c, opinion.device_id, record, gathered.former[opinion.device_id])
    return Reckoned(gathered.facts, opinion, _proposal(c, opinion.device_id, record, made), tuple(made))


def get(c: Connection, remap_id: int, now: int = 0) -> RemapView:
    """Raises: NotFound (`remap_unknown`)."""
    return _view(c, row_of(c, remap_id), now)


def row_of(c: Connection, remap_id: int) -> Row[Any]:
    """Raises: NotFound (`remap_unknown`)."""
    row = c.execute(select(remaps).where(remaps.c.id == remap_id)).one_or_none()
    if row is None:
        raise NotFound(f"remap {remap_id}: not known; reload the list", code="remap_unknown")
    return row


def waiting(c: Connection, room_id: int | None = None, device_id: int | None = None) -> list[RemapView]:
    """Remaps that wait for a decision, the oldest first; of one room or device. One without a single candidate
    belongs to every room in which a candidate lives."""
    rows = c.execute(select(remaps).where(remaps.c.state == OPEN).order_by(remaps.c.id)).all()
    found = [_view(c, row, 0) for row in rows]
    if device_id is not None:
        found = [view for view in found if device_id in (view.device_id, *view.candidates)]
    if room_id is not None:
        here = set(
            c.execute(
                select(device_places.c.device_id).where(
                    device_places.c.room_id == room_id, device_places.c.to_at.is_(None)
                )
            ).scalars()
        )
        found = [view for view in found if here & {view.device_id, *view.candidates}]
    return found


def decided(c: Connection, limit: int = 50, device_id: int | None = None) -> list[RemapView]:
    """Remaps that were decided, the newest first."""
    query = select(remaps).where(remaps.c.state != OPEN).order_by(remaps.c.id.desc()).limit(limit)
    if device_id is not None:
        query = query.where(remaps.c.device_id == device_id)
    return [_view(c, row, 0) for row in c.execute(query)]


def _view(c: Connection, row: Row[Any], now: int) -> RemapView:
    fresh = reckoned(c, now, row.enrolment_id, row.console_id) if row.state == OPEN else None
    given = fresh.values() if fresh is not None else row._mapping
    proposal = Proposal(**given["proposal"])
    device_id = given["device_id"]
    among = fresh.opinion.candidates if fresh is not None else ()
    ids = {*among, *([device_id] if device_id is not None else [])}
    labels: dict[int, str] = {
        r.id: r.label for r in c.execute(select(devices.c.id, devices.c.label).where(devices.c.id.in_(ids)))
    }
    return RemapView(
        id=row.id,
        device_id=device_id,
        label=labels.get(device_id) if device_id is not None else None,
        room=proposal.room,
        seat=proposal.seat,
        kind=Kind(given["kind"]),
        strength=Strength(given["strength"]),
        evidence=evidence_in(given["evidence"]),
        proposal=proposal,
        changes=fresh.changes if fresh is not None else _written(c, row.id),
        digest=given["digest"],
        state=row.state,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        how=row.how,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        enrolment_id=row.enrolment_id,
        console_id=given["console_id"],
        serial=given["serial"],
        can_undo=row.state in (ACCEPTED, DECLINED) and row.before is not None,
        candidates={i: labels[i] for i in among if i in labels},
    )


def _written(c: Connection, remap_id: int) -> tuple[ConsoleChange, ...]:
    rows = c.execute(
        select(remap_changes)
        .where(remap_changes.c.remap_id == remap_id, remap_changes.c.way == "out")
        .order_by(remap_changes.c.position)
    )
    return tuple(ConsoleChange(r.console_id, r.field, r.before, r.after) for r in rows)


def _proposal(
    c: Connection, device_id: int | None, record: Row[Any] | None, made: Sequence[ConsoleChange]
) -> Proposal:
    """The device's own label and home, and the record's fields as they will stand."""
    if device_id is None:
        return Proposal(label="")
    device = c.execute(_DEVICE, {"device": device_id}).one()
    home = home_of(c, device_id)
    fields: dict[str, str] = {}
    if record is not None:
        fields = remap_former.values(record)
        fields |= {change.field: change.after for change in made if change.left is None}
    return Proposal(
        label=device.label,
        room_id=home.room_id if home is not None else None,
        room=home.room if home is not None else None,
        seat_id=home.seat_id if home is not None else None,
        seat=home.seat if home is not None else None,
        spare=device.spare,
        annotated_asset_id=fields.get("annotatedAssetId", ""),
        annotated_location=fields.get("annotatedLocation", ""),
        annotated_user=fields.get("annotatedUser", ""),
        notes=fields.get("notes", ""),
        org_unit_path=fields.get(UNIT, ""),
    )


_HOME = (
    select(
        device_places.c.id,
        device_places.c.room_id,
        device_places.c.seat_id,
        device_places.c.to_at,
        rooms.c.name.label("room"),
        seats.c.label.label("seat"),
    )
    .join(rooms, rooms.c.id == device_places.c.room_id)
    .outerjoin(seats, seats.c.id == device_places.c.seat_id)
    .where(device_places.c.device_id == bindparam("device"))
    .order_by(device_places.c.to_at.is_not(None), device_places.c.id.desc())
    .limit(1)
)


def home_of(c: Connection, device_id: int) -> Any:
    """Where a device lives, or lived last; None: nowhere yet."""
    return c.execute(_HOME, {"device": device_id}).one_or_none()


_DEVICE = select(devices.c.label, devices.c.spare).where(devices.c.id == bindparam("device"))


def evidence_out(found: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [{"code": e.code, "weight": str(e.weight), "params": dict(e.params)} for e in found]


def evidence_in(kept: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(e["code"], Weight(e["weight"]), e["params"]) for e in kept)
