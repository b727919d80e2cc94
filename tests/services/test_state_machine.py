"""Any sequence of acts, on the real services and a real file: no illegal state, no time out of nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.exam import ExamState
from server.domain.sitting import ACTIVE, SittingState, current_block, time_left_ms
from server.services import exams, seats, sweep
from server.services import sittings as steps
from server.store import blocks
from server.store.tables import assignments, sittings
from server.store.tables import exams as exam_rows
from tests.services.conftest import SARI, School

SEATS = st.sampled_from([1, 2, 3])


class ProctorDoesAnything(RuleBasedStateMachine):
    """Three pupils, one proctor with no plan, and a clock."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.school = School.at(Path(self.folder.name) / "s.db")
        self.school.make_exam()
        self.left: dict[int, int] = {}
        self.granted = False

    def teardown(self) -> None:
        if hasattr(self, "school"):
            self.school.db.close()
            self.folder.cleanup()

    def _try(self, act, *args) -> None:
        try:
            act(self.school.db, SARI, self.school.now, *args)
        except BangkuError as refused:
            assert refused.code != "error", "a refusal has a code of its own"

    @rule(step=st.sampled_from([exams.open_exam, exams.start, exams.pause, exams.resume, exams.end]))
    def step(self, step) -> None:
        if step is not exams.end or self.school.now % 3 == 0:  # most rooms are not ended at once
            self._try(step, self.school.exam)

    @rule(seat=SEATS)
    def type_token(self, seat: int) -> None:
        row = self.school.sitting(seat)
        with self.school.db.read() as c:
            running = c.execute(select(exam_rows.c.state)).scalar() == ExamState.RUNNING
        if running and row.state in {"expected", "checked_in", "ready"}:
            with self.school.db.write() as tx:
                steps.begin(tx, row.id, self.school.exam, SittingState(row.state), self.school.now)

    @rule(
        seat=SEATS,
        act=st.sampled_from(
            [seats.pause, seats.resume, seats.unlock, seats.absent, seats.expected, seats.finish]
        ),
    )
    def act(self, seat: int, act) -> None:
        self._try(act, [self.school.sitting(seat).id])

    @rule(seat=SEATS)
    def reset(self, seat: int) -> None:
        row = self.school.sitting(seat)
        if row.state == "finished":
            self.left.pop(seat, None)  # a person gives back what was left
        self._try(seats.reset, [row.id])

    @rule(seat=SEATS, minutes=st.integers(-1, 30))
    def extra(self, seat: int, minutes: int) -> None:
        self.left.pop(seat, None)  # an act that grants time
        self._try(seats.extra_time, [self.school.sitting(seat).id], minutes)

    @rule(seat=SEATS, minutes=st.none() | st.integers(1, 3))
    def lock(self, seat: int, minutes: int | None) -> None:
        self._try(seats.lock, [self.school.sitting(seat).id], "Tunggu", minutes)

    @rule(ms=st.integers(0, 240_000))
    def time_goes_on(self, ms: int) -> None:
        self.school.now += ms
        sweep.sweep(self.school.db, self.school.now, lambda _id: True)

    @invariant()
    def time_left_never_grows_by_itself(self) -> None:
        if not hasattr(self, "school"):
            return
        with self.school.db.read() as c:
            for seat in (1, 2, 3):
                row = self.school.sitting(seat)
                mine = blocks.of_sitting(c, row.id)
                left = sum(time_left_ms(b, self.school.now) for b in mine)
                assert left <= self.left.get(seat, left), f"seat {seat} was given time by nobody"
                self.left[seat] = left
                block = current_block(mine)
                if row.state == "working":
                    assert block is not None and block.started_at is not None and block.paused_at is None
                if row.state == "paused":
                    assert block is not None and block.paused_at is not None
                if row.state in {"expected", "checked_in", "ready", "absent"}:
                    assert all(b.started_at is None for b in mine)

    @invariant()
    def states_agree(self) -> None:
        if not hasattr(self, "school"):
            return
        with self.school.db.read() as c:
            exam = ExamState(c.execute(select(exam_rows.c.state)).scalar_one())
            states = [SittingState(s) for s in c.execute(select(sittings.c.state)).scalars()]
            open_rows = (
                c.execute(select(assignments.c.device_id).where(assignments.c.to_at.is_(None)))
                .scalars()
                .all()
            )
        assert len(open_rows) == len(set(open_rows)), "one device, one pupil"
        if exam in {ExamState.DRAFT, ExamState.OPEN}:
            assert not {SittingState.WORKING, SittingState.PAUSED} & set(states)
        if exam is ExamState.PAUSED:
            assert SittingState.WORKING not in states
        if exam is ExamState.ENDED:
            assert not ACTIVE & set(states)


TestProctorDoesAnything = ProctorDoesAnything.TestCase
TestProctorDoesAnything.settings = settings(
    max_examples=15, stateful_step_count=25, suppress_health_check=list(HealthCheck)
)
