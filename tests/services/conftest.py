"""The demo school on a real SQLite file, with a clock that only moves when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from server.domain.roles import Role
from server.services import board, demo, exams
from server.services.actor import Actor
from server.services.board_views import SeatView
from server.services.desired import ensure_epoch
from server.services.meta import set_meta
from server.store.database import Database
from server.store.migrate import upgrade
from server.store.tables import audit, seats, sittings

SARI = Actor("sari", Role.PROCTOR, "127.0.0.1")
PROFILE = {"key": "t", "client": "web", "blocks": [{"name": "A", "minutes": 10}, {"name": "B", "minutes": 5}]}
MINUTE = 60_000


@dataclass
class School:
    """One room with thirteen pupils, and the exam they sit."""

    db: Database
    made: demo.DemoSchool
    now: int = 1_790_000_000_000
    exam: int = 0
    news: list[object] = field(default_factory=list)

    @classmethod
    def at(cls, path: Path) -> School:
        db = Database.at(path)
        upgrade(db)
        with db.write() as tx:
            ensure_epoch(tx)
            set_meta(tx, "public_url", "http://127.0.0.1:8410")
        school = cls(db, demo.seed(db, cls.now, days=("2026-11-24", "2026-11-25")))
        db.listen(school.news.append)
        return school

    def make_exam(self, **changes: object) -> int:
        given = {
            "day_id": self.made.day_ids[0],
            "slot_id": self.made.slot_ids[0],
            "room_id": self.made.room_id,
            "profile": PROFILE,
            "title": "Hari 1",
            "start_url": "practice",
            "allowed_hosts": [],
        }
        self.exam = exams.create(self.db, SARI, self.now, **{**given, **changes})
        return self.exam

    def all(self, statement):
        with self.db.read() as c:
            return c.execute(statement).all()

    def sitting(self, seat: int):
        (row,) = self.all(
            select(sittings)
            .join(seats, seats.c.id == sittings.c.seat_id)
            .where(sittings.c.exam_id == self.exam, seats.c.label == str(seat))
        )
        return row

    def sitting_of(self, sitting_id: int):
        (row,) = self.all(select(sittings).where(sittings.c.id == sitting_id))
        return row

    def view(self, seat: int) -> SeatView:
        with self.db.read() as c:
            return next(s for s in board.board(c, self.exam, self.now).seats if s.seat == str(seat))

    def view_of(self, number: str) -> SeatView:
        with self.db.read() as c:
            return next(s for s in board.board(c, self.exam, self.now).seats if s.number == number)

    def lines(self, action: str):
        return self.all(select(audit).where(audit.c.action == action))


@pytest.fixture
def school(tmp_path):
    made = School.at(tmp_path / "school.db")
    made.make_exam()
    yield made
    made.db.close()
