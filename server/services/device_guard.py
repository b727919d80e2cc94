"""What may not be ordered of a Chromebook just now, whoever asks: exams come first."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.device_command import DESTRUCTIVE, Kind
from server.domain.errors import Conflict
from server.domain.exam_day import OVER, guarding
from server.services import exam_day_moves, loans
from server.services.inventory_plan import raise_if_in_use
from server.services.meta import get_meta
from server.store.tables import assignments, device_places, exams, round_days, sittings

#: Where the school's decisions about its exam Chromebooks are kept (domain.policy_settings).
SETTINGS = "policy_settings"


def two_people(c: Connection) -> bool:
    """Whether a second person confirms what cannot be undone."""
    try:
        kept = json.loads(get_meta(c, SETTINGS) or "{}")
    except ValueError:
        return True  # unreadable: the careful answer
    return bool(kept.get("two_people", False)) if isinstance(kept, dict) else True


def raise_if_guarded(c: Connection, now: int, kind: Kind, device: Row[Any]) -> None:
    """`device`: a row of `devices`.

    Raises: Conflict (`device_borrowed`, `device_in_use`, `device_keeps_work`, `device_protected`,
    `screenshot_exam_browser`).
    """
    loans.raise_if_not_ours(c, device.id)
    if kind is Kind.SCREENSHOT:
        title = _exam_browser_today(c, now, device.id)
        if title is not None:
            raise Conflict(
                f"{device.label}: is in '{title}' in the Exam Browser; a screenshot would hold the centre's questions",
                code="screenshot_exam_browser",
                label=device.label,
                exam=title,
            )
    if kind is Kind.REBOOT or kind in DESTRUCTIVE:
        raise_if_in_use(c, device.id, device.label)
    if kind in DESTRUCTIVE and device.in_service:
        window = guarding(exam_day_moves.windows(c), exam_day_moves.today(c, now))
        if window is not None:
            raise Conflict(
                f"{device.label}: guarded until {window.to_day} for '{window.round_name}'; take it out of service"
                " first, or wait",
                code="device_protected",
                label=device.label,
                round=window.round_name,
                until=window.to_day,
            )


def _exam_browser_today(c: Connection, now: int, device_id: int) -> str | None:
    """The exam in the Exam Browser that this device is or may be in today: in its home room, or by a seat."""
    day = exam_day_moves.today(c, now)
    rows = c.execute(
        select(exams.c.id, exams.c.title, exams.c.room_id, exams.c.state)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .where(exams.c.client == "exam_browser", round_days.c.date == day)
    ).all()
    held = c.execute(
        select(exams.c.title)
        .join(sittings, sittings.c.exam_id == exams.c.id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(
            assignments.c.device_id == device_id,
            assignments.c.to_at.is_(None),
            exams.c.client == "exam_browser",
            exams.c.state.not_in(OVER),
        )
    ).scalar()
    if held is not None:
        return str(held)
    homes = set(
        c.execute(
            select(device_places.c.room_id).where(
                device_places.c.device_id == device_id, device_places.c.to_at.is_(None)
            )
        ).scalars()
    )
    return next((r.title for r in rows if r.room_id in homes and r.state not in OVER), None)
