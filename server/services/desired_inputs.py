"""What decides the desired documents, read for many devices in a handful of queries.

A room is locked in one transaction, and asking for each device by itself took most of it (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select

from server.domain.desired import Clear, DesiredInputs, Hold, Notice
from server.domain.exam import Client, ExamState
from server.domain.paths import PRACTICE, PRACTICE_PATH, PUPIL_PATH
from server.domain.sitting import SittingState
from server.services.meta import get_meta
from server.store import blocks as block_rows
from server.store.database import chunks
from server.store.tables import (
    assignments,
    device_places,
    devices,
    exams,
    holds,
    notices,
    participants,
    registrations,
    rooms,
    seats,
    sittings,
)


def of_devices(c: Connection, device_ids: Iterable[int]) -> dict[int, DesiredInputs]:
    """device → its inputs. Raises: KeyError for a device that is not in the inventory."""
    url = get_meta(c, "public_url") or ""
    found: dict[int, DesiredInputs] = {}
    for some in chunks(device_ids):
        found |= _chunk(c, some, url)
    return found


def clear_id(sitting_id: int, finished_at: int) -> str:
    """Names one order to clear: a sitting reopened and finished again is cleared again."""
    return f"s{sitting_id}-{finished_at}"


def owed_clear_id(assignment_id: int, closed_at: int) -> str:
    """Names the order to clear a device that was taken from its pupil."""
    return f"a{assignment_id}-{closed_at}"


def _chunk(c: Connection, some: Sequence[int], url: str) -> dict[int, DesiredInputs]:
    home, own_host = url + PUPIL_PATH, urlsplit(url).netloc
    labels = {
        row.id: row.label
        for row in c.execute(select(devices.c.id, devices.c.label).where(devices.c.id.in_(some)))
    }
    served = _served(c, some)
    sitting_ids = [row.sitting_id for row in served.values()]
    blocks = block_rows.of_sittings(c, sitting_ids)
    held, noticed = _holds(c, sitting_ids), _notices(c, sitting_ids)
    free = [device_id for device_id in some if device_id not in served]
    places, owed = _places(c, free), _owed_clears(c, free, url)
    found: dict[int, DesiredInputs] = {}
    for device_id in some:
        row = served.get(device_id)
        if row is None:
            found[device_id] = DesiredInputs(
                home_url=home,
                own_host=own_host,
                device_label=labels[device_id],
                room=places.get(device_id),
                clear=owed.get(device_id),
            )
            continue
        exam_url = _exam_url(row, url)
        found[device_id] = DesiredInputs(
            home_url=home,
            own_host=own_host,
            device_label=labels[device_id],
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
            blocks=tuple(blocks.get(row.sitting_id, ())),
            holds=tuple(held.get(row.sitting_id, ())),
            notice=noticed.get(row.sitting_id),
            clear=_clear(row, exam_url, url),
        )
    return found


_SERVED = (
    select(
        assignments.c.device_id,
        sittings.c.id.label("sitting_id"),
        sittings.c.state,
        sittings.c.finished_at,
        sittings.c.clear_ordered_at,
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
    .where(assignments.c.to_at.is_(None))
)


def _served(c: Connection, device_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The sitting that each device serves now; a device serves at most one (an index holds it)."""
    rows: Iterable[Row[Any]] = c.execute(_SERVED.where(assignments.c.device_id.in_(device_ids)))
    return {row.device_id: row for row in rows}


def _places(c: Connection, device_ids: Sequence[int]) -> dict[int, str]:
    rows = c.execute(
        select(device_places.c.device_id, rooms.c.name)
        .join(rooms, rooms.c.id == device_places.c.room_id)
        .where(device_places.c.device_id.in_(device_ids), device_places.c.to_at.is_(None))
        .order_by(device_places.c.id.desc())
    )
    return {row.device_id: row.name for row in rows}


def _holds(c: Connection, sitting_ids: Sequence[int]) -> dict[int, list[Hold]]:
    found: dict[int, list[Hold]] = {}
    for r in c.execute(
        select(holds).where(holds.c.sitting_id.in_(sitting_ids), holds.c.released_at.is_(None))
    ):
        found.setdefault(r.sitting_id, []).append(Hold(r.id, r.reason, r.text, r.created_at, r.expires_at))
    return found


def _notices(c: Connection, sitting_ids: Sequence[int]) -> dict[int, Notice]:
    """The newest of each sitting that was not cleared."""
    rows = c.execute(
        select(notices)
        .where(notices.c.sitting_id.in_(sitting_ids), notices.c.cleared_at.is_(None))
        .order_by(notices.c.id)
    )
    return {row.sitting_id: Notice(row.id, row.text) for row in rows}


def _clear(row: Any, exam_url: str | None, own: str) -> Clear | None:
    """The clear order stands once the sweep found everything in (`sittings.clear_ordered_at`)."""
    if row.clear_ordered_at is None or row.finished_at is None:
        return None
    return Clear(clear_id(row.sitting_id, row.finished_at), _origins(row, exam_url, own))


def _owed_clears(c: Connection, device_ids: Sequence[int], own: str) -> dict[int, Clear]:
    """After a swap the old device clears what it held, by the order of its closed ledger row; the oldest first."""
    rows = c.execute(
        select(
            assignments.c.id,
            assignments.c.device_id,
            assignments.c.to_at,
            exams.c.start_url,
            exams.c.allowed_hosts,
        )
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.device_id.in_(device_ids),
            assignments.c.owes_clear.is_(True),
            assignments.c.clear_ordered_at.is_not(None),
            assignments.c.cleared_at.is_(None),
        )
        .order_by(assignments.c.id.desc())
    )
    return {
        row.device_id: Clear(owed_clear_id(row.id, row.to_at), _origins(row, _exam_url(row, own), own))
        for row in rows
    }


def _exam_url(row: Any, own: str) -> str | None:
    return own + PRACTICE_PATH if row.start_url == PRACTICE else row.start_url


def _origins(row: Any, exam_url: str | None, own: str) -> tuple[str, ...]:
    origins = {own}
    if exam_url and urlsplit(exam_url).scheme in {"http", "https"}:
        parts = urlsplit(exam_url)
        origins.add(f"{parts.scheme}://{parts.netloc}")
        for host in row.allowed_hosts:
            origins.add(f"{parts.scheme}://{host}")
    return tuple(sorted(origins))
