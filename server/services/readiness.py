"""Readiness of Chromebooks, days ahead: each with its state, the reasons, the next step, and what that rests on.

A read: it writes nothing, and asks the database as often for 2,000 Chromebooks as for one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from server.domain.readiness import Readiness, Reason
from server.domain.readiness_facts import Facts, Needs
from server.domain.readiness_rules import judge, never_seen, step, weight
from server.services import inventory_list, not_returned, readiness_inputs, readiness_marks, readiness_needs
from server.services.mode import Kind
from server.services.readiness_facts import facts_of
from server.store.tables import device_places, devices


@dataclass(frozen=True, slots=True)
class ReadinessLine:
    """One Chromebook. `step`: what to do first; `since`: when it got this state, as far as was looked; `was`: its state
    a day ago (None: nobody looked then). `row` and `column` are its seat's place in the room."""

    device_id: int
    label: str
    serial: str | None
    model: str | None
    room_id: int | None
    room: str | None
    seat_id: int | None
    seat: str | None
    row: int | None
    column: int | None
    spare: bool
    state: Readiness
    reasons: tuple[Reason, ...]
    step: str | None
    facts: Facts
    needs: Needs
    since: int | None = None
    was: Readiness | None = None

    @property
    def trend(self) -> int:
        """1 better than a day ago, -1 worse, 0 the same or not known."""
        if self.was is None:
            return 0
        change = weight(self.was) - weight(self.state)
        return (change > 0) - (change < 0)

    @property
    def never_seen(self) -> str | None:
        """Nothing speaks against it but that it was never seen on, or its client never open: the reason's code."""
        return never_seen(self.reasons)

    @property
    def working(self) -> bool:
        """It was seen to do its work, and a pupil could sit at it today: ready, or with another warning."""
        return self.state is not Readiness.NOT_READY and self.never_seen is None

    @property
    def borrowed(self) -> bool:
        return self.facts.loan is not None


def lines(
    c: Connection,
    now: int,
    room_id: int | None = None,
    device_ids: Collection[int] | None = None,
    *,
    kind: Kind | None = None,
    date: str | None = None,
) -> list[ReadinessLine]:
    """All Chromebooks by label, those of a room, or these. `kind`: the school's mode (`mode.mode`; None: as the data
    shows it); `date`: ready for this exam day, else for the nearest one of each room."""
    where = []
    if room_id is not None:
        where.append(device_places.c.room_id == room_id)
    if device_ids is not None:
        where.append(devices.c.id.in_(device_ids))
    rows = readiness_inputs.rows(c, where)
    if not rows:
        return []
    school = readiness_needs.school(c, now, kind, date)
    heard = readiness_inputs.heard(c, [r.id for r in rows], [r.console_id for r in rows if r.console_id])
    out = inventory_list.out_reasons(c) if any(not r.in_service for r in rows) else {}
    away = {one.device_id: str(one.why) for one in not_returned.listed(c, now)}
    marks = readiness_marks.marks(c, now, device_ids)
    found = []
    for row in rows:
        facts = facts_of(row, heard, school, out.get(row.label, ""), away.get(row.id, ""))
        needs = school.of(row.room_id)
        state, reasons = judge(facts, needs)
        mark = marks.get(row.id)
        found.append(
            ReadinessLine(
                **{name: getattr(row, name) for name in _OF_ROW},
                device_id=row.id,
                state=state,
                reasons=reasons,
                step=step(reasons),
                facts=facts,
                needs=needs,
                since=mark.since if mark is not None and mark.state is state else None,
                was=mark.was if mark is not None else None,
            )
        )
    return found


_OF_ROW = (*("label", "serial", "model", "room_id", "room", "seat_id", "seat", "row", "column", "spare"),)
