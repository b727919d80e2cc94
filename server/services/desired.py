"""Keeping each device's desired document true to what was decided."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from server.domain.desired import Clear, DesiredInputs, DesiredState, Hold, Notice, compute, encode
from server.domain.exam import Client, ExamState
from server.domain.paths import PRACTICE, PRACTICE_PATH, PUPIL_PATH
from server.domain.sitting import SittingState
from server.services.meta import get_meta, set_meta
from server.store import blocks as block_rows
from server.store.database import DesiredChanged, Write, chunks
from server.store.tables import (
    assignments,
    device_desired,
    device_places,
    devices,
    enrolments,
    exams,
    holds,
    notices,
    participants,
    registrations,
    rooms,
    seats,
    sittings,
)


def epoch(c: Connection) -> str:
    """The epoch of this database's orders (8 hex digits)."""
    return get_meta(c, "epoch") or "00000000"


def ensure_epoch(tx: Write) -> None:
    if get_meta(tx.c, "epoch") is None:
        set_meta(tx, "epoch", secrets.token_hex(4))


def current(c: Connection, device_id: int) -> DesiredState:
    """The document ordered for a device now; an idle one for a device never ordered anything."""
    row = c.execute(select(device_desired).where(device_desired.c.device_id == device_id)).one_or_none()
    if row is None:
        doc, digest = encode(compute(_inputs(c, device_id)))
        return DesiredState(epoch(c), 0, digest, doc)
    return DesiredState(row.epoch, row.version, row.digest, row.doc)


def orders(c: Connection, device_ids: Iterable[int]) -> dict[int, DesiredState]:
    """`current` for many devices that were ordered something, in as few reads as possible."""
    found: dict[int, DesiredState] = {}
    for some in chunks(device_ids):
        rows = c.execute(select(device_desired).where(device_desired.c.device_id.in_(some)))
        found |= {r.device_id: DesiredState(r.epoch, r.version, r.digest, r.doc) for r in rows}
    return found


def quarantine(c: Connection) -> DesiredState:
    """What a quarantined newcomer is shown: idle, nobody's name, nothing of the exam."""
    url = get_meta(c, "public_url") or ""
    doc, digest = encode(
        compute(DesiredInputs(home_url=url + PUPIL_PATH, own_host=urlsplit(url).netloc, quarantined=True))
    )
    return DesiredState(epoch(c), 0, digest, doc)


def refresh(tx: Write, device_ids: Iterable[int], now: int) -> None:
    """Recompute these devices' documents; a changed one gets the next version and is pushed after commit."""
    changed: set[int] = set()
    this_epoch = epoch(tx.c)
    for device_id in set(device_ids):
        doc, digest = encode(compute(_inputs(tx.c, device_id)))
        row = tx.c.execute(
            select(device_desired.c.version, device_desired.c.digest, device_desired.c.epoch).where(
                device_desired.c.device_id == device_id
            )
        ).one_or_none()
        if row is None:
            tx.c.execute(
                device_desired.insert().values(
                    device_id=device_id, epoch=this_epoch, version=1, digest=digest, doc=doc, changed_at=now
                )
            )
        elif row.digest != digest or row.epoch != this_epoch:
            tx.c.execute(
                device_desired.update()
                .where(device_desired.c.device_id == device_id, device_desired.c.version == row.version)
                .values(epoch=this_epoch, version=row.version + 1, digest=digest, doc=doc, changed_at=now)
            )
        else:
            continue
        changed.add(device_id)
    if changed:
        tx.tell(DesiredChanged(frozenset(changed)))


def _inputs(c: Connection, device_id: int) -> DesiredInputs:
    url = get_meta(c, "public_url") or ""
    home = url + PUPIL_PATH
    own_host = urlsplit(url).netloc
    label = c.execute(select(devices.c.label).where(devices.c.id == device_id)).scalar_one()
    place = c.execute(
        select(rooms.c.name)
        .join(device_places, device_places.c.room_id == rooms.c.id)
        .where(device_places.c.device_id == device_id, device_places.c.to_at.is_(None))
    ).scalar()
    row = c.execute(
        select(
            sittings.c.id.label("sitting_id"),
            sittings.c.state,
            sittings.c.finished_at,
            sittings.c.clear_ordered_at,
            sittings.c.unsent_answers,
            exams.c.state.label("exam_state"),
            exams.c.title,
            exams.c.client,
            exams.c.start_url,
            exams.c.allowed_hosts,
            exams.c.opens_at,
            exams.c.profile,
            rooms.c.name.label("room"),
            seats.c.label.label("seat"),
            registrations.c.number,
            participants.c.name,
        )
        .select_from(assignments)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(rooms, rooms.c.id == exams.c.room_id)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == assignments.c.seat_id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None))
    ).one_or_none()
    if row is None:
        clear = _owed_clear(c, device_id, url)
        return DesiredInputs(home_url=home, own_host=own_host, device_label=label, room=place, clear=clear)
    exam_url = url + PRACTICE_PATH if row.start_url == PRACTICE else row.start_url
    return DesiredInputs(
        home_url=home,
        own_host=own_host,
        device_label=label,
        room=row.room,
        exam_state=ExamState(row.exam_state),
        exam_title=row.title,
        exam_client=Client(row.client),
        exam_url=exam_url,
        exam_hosts=tuple(row.allowed_hosts),
        opens_at=row.opens_at,
        report_interval_ms=int(row.profile.get("lock", {}).get("report_interval_ms") or 10_000),
        sitting_state=SittingState(row.state),
        seat=row.seat,
        participant_name=row.name,
        participant_number=row.number,
        blocks=tuple(block_rows.of_sitting(c, row.sitting_id)),
        holds=_holds(c, row.sitting_id),
        notice=_notice(c, row.sitting_id),
        clear=_clear(row, exam_url, url),
    )


def _holds(c: Connection, sitting_id: int) -> tuple[Hold, ...]:
    rows = c.execute(select(holds).where(holds.c.sitting_id == sitting_id, holds.c.released_at.is_(None)))
    return tuple(Hold(r.id, r.reason, r.text, r.created_at, r.expires_at) for r in rows)


def _notice(c: Connection, sitting_id: int) -> Notice | None:
    row = c.execute(
        select(notices)
        .where(notices.c.sitting_id == sitting_id, notices.c.cleared_at.is_(None))
        .order_by(notices.c.id.desc())
        .limit(1)
    ).one_or_none()
    return Notice(row.id, row.text) if row else None


def _clear(row: Any, exam_url: str | None, own: str) -> Clear | None:
    """The clear order stands once the sweep found everything in (`sittings.clear_ordered_at`)."""
    if row.clear_ordered_at is None or row.finished_at is None:
        return None
    return Clear(clear_id(row.sitting_id, row.finished_at), _origins(row, exam_url, own))


def _owed_clear(c: Connection, device_id: int, own: str) -> Clear | None:
    """After a swap the old device clears what it held, by the order of its closed ledger row."""
    row = c.execute(
        select(assignments.c.id, assignments.c.to_at, exams.c.start_url, exams.c.allowed_hosts)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.device_id == device_id,
            assignments.c.owes_clear.is_(True),
            assignments.c.clear_ordered_at.is_not(None),
            assignments.c.cleared_at.is_(None),
        )
        .order_by(assignments.c.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    exam_url = own + PRACTICE_PATH if row.start_url == PRACTICE else row.start_url
    return Clear(owed_clear_id(row.id, row.to_at), _origins(row, exam_url, own))


def _origins(row: Any, exam_url: str | None, own: str) -> tuple[str, ...]:
    origins = {own}
    if exam_url and urlsplit(exam_url).scheme in {"http", "https"}:
        parts = urlsplit(exam_url)
        origins.add(f"{parts.scheme}://{parts.netloc}")
        for host in row.allowed_hosts:
            origins.add(f"{parts.scheme}://{host}")
    return tuple(sorted(origins))


def clear_id(sitting_id: int, finished_at: int) -> str:
    """Names one order to clear: a sitting reopened and finished again is cleared again."""
    return f"s{sitting_id}-{finished_at}"


def owed_clear_id(assignment_id: int, closed_at: int) -> str:
    """Names the order to clear a device that was taken from its pupil."""
    return f"a{assignment_id}-{closed_at}"


def devices_of(c: Connection, sitting_ids: Iterable[int]) -> set[int]:
    """Devices that serve these sittings now."""
    found: set[int] = set()
    for some in chunks(sitting_ids):
        found.update(
            c.execute(
                select(assignments.c.device_id).where(
                    assignments.c.sitting_id.in_(some),
                    assignments.c.to_at.is_(None),
                    assignments.c.device_id.is_not(None),
                )
            ).scalars()
        )
    return found


def live_enrolment(c: Connection, device_id: int) -> int | None:
    """The enrolment that speaks for a device now."""
    return c.execute(
        select(enrolments.c.id).where(enrolments.c.device_id == device_id, enrolments.c.standing == "live")
    ).scalar()


def refresh_all(tx: Write, now: int) -> None:
    """Recompute every device's document (a new address, a restored database)."""
    refresh(tx, tx.c.execute(select(devices.c.id)).scalars().all(), now)
