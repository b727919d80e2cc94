"""Pages about the console ask the database as often for a large school as for a small one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from server.store import tables as t

from .conftest import Web
from .test_policy_page import connect

PAGES = (
    "/devices",
    "/devices/unlabelled",
    "/moves",
    "/moves/units",
    "/policy",
    "/devices/1",
    "/devices/1/order",
    "/readiness",
    "/readiness/list",
)


@contextmanager
def statements(web: Web) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(web.context.db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(web.context.db.engine, "before_cursor_execute", note)


def grow(web: Web, first: int, last: int) -> None:
    """Rooms with a device, an exam and a prepared org unit each, and a record of the console that is nobody's."""
    now = web.context.now()
    with web.context.db.write() as tx:
        exam = dict(tx.c.execute(select(t.exams)).mappings().first() or {})
        del exam["id"]
        days = t.round_days.update().where(t.round_days.c.id == exam["day_id"])
        tx.c.execute(days.values(date="2999-11-24"))  # still to come
        school = tx.c.execute(select(t.schools.c.id)).scalars().first()
        for n in range(first, last + 1):
            room = tx.insert(t.rooms, school_id=school, name=f"Aula {n}", columns=6)
            tx.insert(t.exams, **{**exam, "room_id": room, "title": f"Ujian {n}"})
            device = tx.insert(t.devices, label=f"R{n}", model="x", spare=False, created_at=now)
            tx.insert(t.device_places, device_id=device, room_id=room, from_at=now)
            unit = {"org_unit_id": f"u{n}", "path": f"/Ujian/{n}"}
            tx.c.execute(t.console_org_units.insert().values(**unit, name=str(n), seen_at=now))
            tx.insert(t.exam_units, room_id=room, client="web", name=str(n), parent_path="/Ujian",
                      **unit, state="ready", at=now)  # fmt: skip
            for owner, key in ((device, f"d{n}"), (None, f"free{n}")):
                tx.c.execute(
                    t.console_devices.insert().values(
                        console_id=key,
                        serial=key,
                        status="ACTIVE",
                        org_unit_id=f"u{n}",
                        org_unit_path=f"/Ujian/{n}",
                        facts={},
                        digest="",
                        device_id=owner,
                        first_seen_at=now,
                        seen_at=now,
                    )
                )


@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_questions_does_not_grow_with_the_school(web: Web, page: str) -> None:
    connect(web)
    client = web.sign_in("wayan")
    asked: list[int] = []
    for first, last in ((1, 2), (3, 20)):
        grow(web, first, last)
        with statements(web) as told:
            answer = client.get(page)
        assert answer.status_code == 200, page
        asked.append(len(told))
    assert asked[0] == asked[1] < 60, asked
