"""What a pupil's page should show now: one picture of the pupil's own sitting and nobody else's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.exam import LIVE, Client, ExamState
from server.domain.paths import PRACTICE, PRACTICE_PATH
from server.domain.sitting import SittingState, current_block, ends_at, time_left_ms
from server.services import check_codes
from server.services.pupil_sessions import PupilSession, require
from server.store import blocks as block_rows
from server.store.tables import device_places, exams, holds, notices, rooms

S = SittingState


def state(c: Connection, now: int, session_token: str | None) -> dict[str, Any]:
    """The picture. `page` is one of idle, waiting, token, elsewhere, working, paused, finished.

    Raises: NotBound (`binding_needed`).
    """
    me = require(c, now, session_token)
    row = me.sitting
    exam = c.execute(select(exams).where(exams.c.id == row.exam_id)).one() if row is not None else None
    page = _page(row, exam)
    picture: dict[str, Any] = {"page": page, "server_time": now, "device": me.device_label, "room": None}
    if page == "idle" or row is None or exam is None:
        return picture | {"room": _home(c, me), "check": _check(c, now, me)}
    picture |= {
        "room": c.execute(select(rooms.c.name).where(rooms.c.id == exam.room_id)).scalar(),
        "sitting": row.id,
        "sitting_state": row.state,
        "seat": row.seat,
        "participant": {"name": row.name, "number": row.number},
        "exam": {"title": exam.title, "state": exam.state, "client": exam.client, "opens_at": exam.opens_at},
        "token_locked_until": row.token_locked_until if (row.token_locked_until or 0) > now else None,
        "unsent": row.unsent_answers,
        "notice": _notice(c, row.id),
        "lock": _lock(c, row.id, now) if page != "finished" else None,
    }
    if page in {"working", "paused"}:
        picture |= {"url": url_of(exam), "block": _block(c, row.id, now)}
    return picture


def _check(c: Connection, now: int, me: PupilSession) -> bool:
    """The hands test is offered: on a Chromebook that proved itself, while somebody's check code is good."""
    return me.device_id is not None and bool(check_codes.in_force(c, now))


def url_of(exam: Row[Any]) -> str:
    """Where the pupil works."""
    return PRACTICE_PATH if exam.start_url == PRACTICE else str(exam.start_url)


def _page(row: Row[Any] | None, exam: Row[Any] | None) -> str:
    """The same decisions as the device's desired document (domain.desired), in the page's own words."""
    if row is None or exam is None or row.state in {S.ABSENT, S.MOVED} or exam.state == ExamState.DRAFT:
        return "idle"
    if row.state == S.FINISHED or exam.state not in {str(s) for s in LIVE}:
        return "finished"
    if row.state in {S.EXPECTED, S.CHECKED_IN}:
        return "waiting"
    if exam.client == Client.EXAM_BROWSER:
        return "elsewhere"
    return {S.READY: "token", S.WORKING: "working", S.PAUSED: "paused"}[S(row.state)]


def _block(c: Connection, sitting_id: int, now: int) -> dict[str, Any] | None:
    blocks = block_rows.of_sitting(c, sitting_id)
    block = current_block(blocks)
    if block is None:
        return None
    return {
        "position": block.position,
        "count": len(blocks),
        "name": block.name,
        "ends_at": ends_at(block),
        "time_left_ms": time_left_ms(block, now),
    }


def _home(c: Connection, me: PupilSession) -> str | None:
    if me.device_id is None:
        return None
    return c.execute(
        select(rooms.c.name)
        .join(device_places, device_places.c.room_id == rooms.c.id)
        .where(device_places.c.device_id == me.device_id, device_places.c.to_at.is_(None))
    ).scalar()


def _lock(c: Connection, sitting_id: int, now: int) -> dict[str, Any] | None:
    """The lock in force, for pages that no extension covers. Among several, the one that lasts longest."""
    rows = c.execute(
        select(holds).where(
            holds.c.sitting_id == sitting_id,
            holds.c.released_at.is_(None),
            (holds.c.expires_at.is_(None)) | (holds.c.expires_at > now),
        )
    ).all()
    hold = max(rows, key=lambda r: (r.expires_at is None, r.expires_at or 0, r.id), default=None)
    return {"text": hold.text, "expires_at": hold.expires_at} if hold is not None else None


def _notice(c: Connection, sitting_id: int) -> dict[str, Any] | None:
    row = c.execute(
        select(notices.c.id, notices.c.text)
        .where(notices.c.sitting_id == sitting_id, notices.c.cleared_at.is_(None))
        .order_by(notices.c.id.desc())
        .limit(1)
    ).one_or_none()
    return {"id": row.id, "text": row.text} if row is not None else None
