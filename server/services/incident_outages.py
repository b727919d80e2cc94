"""Losses that are one: the outage above them, who joins it, when it is over, and its line for the berita acara."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from server.domain.exam import LIVE
from server.domain.incident import CAUSES
from server.domain.incident_groups import Loss, Outage, Place, group
from server.services import minutes
from server.services.actor import SYSTEM
from server.store.database import BoardChanged, Write, chunks
from server.store.tables import device_seen, enrolments, exams, incidents

KIND = "network_loss"
#: So long, devices that are back may deliver, and may go away again, before the minutes say how it was.
SETTLE_MS = 60_000
UNTOLD_MS = 24 * 3_600_000  # an outage that is older than this has no minutes to go into


def look(tx: Write, now: int) -> None:
    """Group what is not grouped, close what is over, write down what is settled."""
    losses = tx.c.execute(
        select(incidents, exams.c.room_id)
        .join(exams, exams.c.id == incidents.c.exam_id)
        .where(
            incidents.c.kind == "missing",
            incidents.c.closed_at.is_(None),
            incidents.c.group_id.is_(None),
        )
    ).all()
    outages = tx.c.execute(
        select(incidents).where(incidents.c.kind == KIND, incidents.c.closed_at.is_(None))
    ).all()
    by_id = {row.id: row for row in losses}
    rooms = _rooms(tx) if losses and outages else {}
    found = group([_loss(row) for row in losses], [_outage(row, rooms.get(row.id, {})) for row in outages])
    for place, ids in found.new:
        _open(tx, now, place, [by_id[n] for n in ids])
    joined: dict[int, list[Row[Any]]] = {}
    for loss, outage in found.joins.items():
        joined.setdefault(outage, []).append(by_id[loss])
    for row in outages:
        if row.id in joined:
            _join(tx, row, joined[row.id])
    _close_over(tx, now)
    _tell_minutes(tx, now)


def go_on(tx: Write, losses: Sequence[tuple[Row[Any], int]]) -> None:
    """Losses that were over for a moment go on, each since it was last heard (epoch ms), and the outages above them."""
    if not losses:
        return
    above = _outages(tx, {loss.group_id for loss, _ in losses} - {None})
    changes = []
    for loss, since in losses:
        outage = above.get(loss.group_id)
        told = outage is None or "told" in outage.detail  # its note is written: this is another one
        counted = {**loss.detail, "count": loss.detail.get("count", 1) + 1, "again": since}
        changes.append({"loss": loss.id, "counted": counted, "above": None if told else loss.group_id})
    for some in chunks(changes):
        tx.c.execute(
            incidents.update()
            .where(incidents.c.id == bindparam("loss"), incidents.c.closed_by == SYSTEM.name)
            .values(closed_at=None, closed_by=None, detail=bindparam("counted"), group_id=bindparam("above")),
            some,
        )
    for outage in above.values():
        if "told" in outage.detail:
            continue
        last = max(outage.detail["last_at"], *(at for loss, at in losses if loss.group_id == outage.id))
        seen_to = outage.closed_by not in {None, SYSTEM.name}  # by a person: it stays closed
        tx.c.execute(
            incidents.update()
            .where(incidents.c.id == outage.id)
            .values(
                detail={**outage.detail, "last_at": last},
                closed_at=outage.closed_at if seen_to else None,
                closed_by=outage.closed_by if seen_to else None,
            )
        )
    tx.tell(BoardChanged(frozenset(loss.exam_id for loss, _ in losses)))


def _outages(tx: Write, ids: set[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for some in chunks(sorted(ids)):
        found |= {row.id: row for row in tx.c.execute(select(incidents).where(incidents.c.id.in_(some)))}
    return found


def _loss(row: Row[Any]) -> Loss:
    return Loss(row.id, _since(row), row.room_id, row.detail.get("subnet"))


def _outage(row: Row[Any], rooms: Mapping[int, int]) -> Outage:
    kind, name = row.detail["place"]
    return Outage(row.id, (kind, name), row.detail["first_at"], row.detail["last_at"], rooms)


def _rooms(tx: Write) -> dict[int, dict[int, int]]:
    """Open outage → how many of its losses, those that are over too, are in each room."""
    outage = incidents.alias("outage")
    found: dict[int, dict[int, int]] = {}
    for row in tx.c.execute(
        select(incidents.c.group_id, exams.c.room_id, func.count().label("losses"))
        .join(exams, exams.c.id == incidents.c.exam_id)
        .join(outage, outage.c.id == incidents.c.group_id)
        .where(outage.c.kind == KIND, outage.c.closed_at.is_(None))
        .group_by(incidents.c.group_id, exams.c.room_id)
    ):
        found.setdefault(row.group_id, {})[row.room_id] = row.losses
    return found


def _since(row: Row[Any]) -> int:
    return int(row.detail.get("again") or row.detail.get("since") or row.opened_at)


def _open(tx: Write, now: int, place: Place, members: Sequence[Row[Any]]) -> None:
    times = [_since(row) for row in members]
    parent = tx.insert(
        incidents,
        kind=KIND,
        cause=str(CAUSES[KIND]),
        exam_id=_exam(members),
        detail={"place": list(place), "first_at": min(times), "last_at": max(times)},
        opened_at=min(row.opened_at for row in members),
    )
    _put_under(tx, parent, members)


def _join(tx: Write, outage: Row[Any], members: Sequence[Row[Any]]) -> None:
    last = max(outage.detail["last_at"], *(_since(row) for row in members))
    exam = outage.exam_id if all(row.exam_id == outage.exam_id for row in members) else None
    tx.c.execute(
        incidents.update()
        .where(incidents.c.id == outage.id)
        .values(detail={**outage.detail, "last_at": last}, exam_id=exam)
    )
    _put_under(tx, outage.id, members)


def _put_under(tx: Write, parent: int, members: Sequence[Row[Any]]) -> None:
    for some in chunks([row.id for row in members]):
        tx.c.execute(
            incidents.update()
            .where(incidents.c.id.in_(some), incidents.c.group_id.is_(None))
            .values(group_id=parent)
        )
    tx.tell(BoardChanged(frozenset(row.exam_id for row in members)))


def _exam(members: Sequence[Row[Any]]) -> int | None:
    """The one exam that is hit; None when one outage reaches into several rooms' exams."""
    hit = {row.exam_id for row in members}
    return int(hit.pop()) if len(hit) == 1 else None


def _close_over(tx: Write, now: int) -> None:
    member = incidents.alias("member")
    still = select(member.c.id).where(member.c.group_id == incidents.c.id, member.c.closed_at.is_(None))
    done = tx.c.execute(
        incidents.update()
        .where(incidents.c.kind == KIND, incidents.c.closed_at.is_(None), ~still.exists())
        .values(closed_at=now, closed_by=SYSTEM.name)
    )
    if done.rowcount:
        tx.tell(BoardChanged(None))


def _tell_minutes(tx: Write, now: int) -> None:
    closed = tx.c.execute(
        select(incidents).where(
            incidents.c.kind == KIND,
            incidents.c.closed_at.is_not(None),
            incidents.c.closed_at > now - UNTOLD_MS,
        )
    ).all()
    for outage in closed:
        if "told" in outage.detail:
            continue
        members = tx.c.execute(
            select(incidents, exams.c.state.label("exam_state"))
            .join(exams, exams.c.id == incidents.c.exam_id)
            .where(incidents.c.group_id == outage.id)
        ).all()
        ends = [_end(row) for row in members]
        if None in ends:
            continue  # a person closed it while some are still away
        over = max(int(end) for end in ends if end is not None)
        live = any(row.exam_state in LIVE for row in members)
        words = _devices(tx, [row.device_id for row in members if row.device_id is not None])
        # What is over by itself may go on in a moment; what a person has seen to is another one then.
        settled = outage.closed_by != SYSTEM.name and all(_delivered(words.get(r.device_id)) for r in members)
        if live and not settled and now < over + SETTLE_MS:
            continue
        for exam_id in sorted({row.exam_id for row in members}):
            here = [row for row in members if row.exam_id == exam_id]
            params = _measured(here, words)
            minutes.write(
                tx, exam_id, over, KIND, SYSTEM.name, since=outage.detail["first_at"], until=over, **params
            )
        tx.c.execute(
            incidents.update()
            .where(incidents.c.id == outage.id)
            .values(detail={**outage.detail, "over_at": over, "told": now})
        )


def _end(row: Row[Any]) -> int | None:
    """When a loss was over: closed by itself, or, after a person had seen to it, when the device was back."""
    if row.closed_at is None:
        return None
    return int(row.closed_at) if row.closed_by == SYSTEM.name else row.detail.get("over_at")


def _devices(tx: Write, device_ids: Sequence[int]) -> dict[int, Any]:
    found = tx.c.execute(
        select(
            enrolments.c.device_id,
            device_seen.c.reported_at,
            device_seen.c.acked_seq,
            device_seen.c.last_seq,
            device_seen.c.observed,
        )
        .join(enrolments, enrolments.c.id == device_seen.c.enrolment_id)
        .where(enrolments.c.device_id.in_(device_ids), enrolments.c.standing == "live")
    )
    return {row.device_id: row for row in found}


def _delivered(word: Row[Any] | None) -> bool:
    """It says that no answer waits on it, and every event that it ever numbered is here."""
    if word is None:
        return False
    return (word.observed or {}).get("unsent_answers") == 0 and word.acked_seq >= word.last_seq


def _measured(members: Sequence[Row[Any]], words: dict[int, Any]) -> dict[str, int]:
    """How many devices; how many spoke again; on how many of those something still waits, or cannot be told."""
    back = [
        word
        for row in members
        if (word := words.get(row.device_id)) is not None and word.reported_at > _since(row)
    ]
    unsent = [(word.observed or {}).get("unsent_answers") for word in back]
    return {
        "devices": len(members),
        "back": len(back),
        "unsent": sum(n for n in unsent if n),
        "unknown": sum(n is None for n in unsent),
        "gaps": sum(word.acked_seq < word.last_seq for word in back),
    }
