"""Any sequence of a day's acts over two sessions: no device shows a name while it holds somebody else's work."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.sitting import SittingState, current_block, time_left_ms
from server.services import exams, moves, seats, swaps, sweep
from server.services.session_change import change_session
from server.store import blocks
from server.store.tables import assignments, device_desired, devices, sitting_blocks, sittings
from server.store.tables import exams as exam_rows
from tests.services.conftest import SARI, School
from tests.services.room import doc, report, work

SEATS = st.sampled_from([1, 2, 3])
USED = (1, 2, 3, 14, 15)
DEVICES = st.sampled_from(USED)
STICKERS = st.sampled_from(["C01", "C02", "C03", "C14", "C15"])


class ADayWithoutAPlan(RuleBasedStateMachine):
    """Three seats, two spares, two sessions, a proctor who clicks everything, and devices that come and go."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.school = School.at(Path(self.folder.name) / "s.db")
        self.first = self.school.make_exam()
        self.second = self.school.make_exam(slot_id=self.school.made.slot_ids[1], title="Sesi 2")
        self.school.exam = self.first
        self.numbers = dict.fromkeys(USED, 0)
        self.unsent = dict.fromkeys(USED, 0)
        self.online = set(USED)
        self._devices_report()
        exams.open_exam(self.school.db, SARI, self.school.now, self.first)
        exams.start(self.school.db, SARI, self.school.now, self.first)
        work(self.school, 1, 2, 3)

    def teardown(self) -> None:
        if hasattr(self, "school"):
            self.school.db.close()
            self.folder.cleanup()

    def _try(self, act, *args, **more) -> None:
        try:
            act(self.school.db, SARI, self.school.now, *args, **more)
        except BangkuError as refused:
            assert refused.code != "error", "a refusal has a code of its own"

    @rule(step=st.sampled_from([exams.open_exam, exams.start]), which=st.booleans())
    def step(self, step, which: bool) -> None:
        self._try(step, self.first if which else self.second)

    @rule(seat=SEATS, which=st.booleans())
    def a_pupil_begins(self, seat: int, which: bool) -> None:
        self.school.exam = self.first if which else self.second
        row = self.school.sitting(seat)
        (exam,) = self.school.all(select(exam_rows).where(exam_rows.c.id == row.exam_id))
        if exam.state == "running" and row.state in {"expected", "checked_in", "ready"}:
            work(self.school, seat)

    @rule(
        seat=SEATS,
        which=st.booleans(),
        act=st.sampled_from(
            [seats.finish, seats.reset, seats.absent, seats.expected, moves.to_susulan, swaps.release]
        ),
    )
    def act(self, seat: int, which: bool, act) -> None:
        self.school.exam = self.first if which else self.second
        self._try(act, [self.school.sitting(seat).id])

    @rule(seat=SEATS, which=st.booleans(), sticker=STICKERS)
    def another_device(self, seat: int, which: bool, sticker: str) -> None:
        self.school.exam = self.first if which else self.second
        self._try(swaps.place, self.school.sitting(seat).id, sticker)

    @rule(seat=SEATS)
    def to_the_second_session(self, seat: int) -> None:
        self.school.exam = self.first
        self._try(moves.move_to, [self.school.sitting(seat).id], self.second)

    @rule()
    def change(self) -> None:
        self._try(change_session, self.first, self.second, connected=lambda device: device in self.online)

    @rule(device=DEVICES, unsent=st.integers(0, 1))
    def answers_wait_or_arrive(self, device: int, unsent: int) -> None:
        self.unsent[device] = unsent

    @rule(device=DEVICES)
    def a_device_goes_or_comes_back(self, device: int) -> None:
        self.online ^= {device}

    @rule(ms=st.sampled_from([1_000, 1_000, 10_000, 120_000, 600_000]))
    def time_goes_on(self, ms: int) -> None:
        """Devices that are there report what they were ordered, and clear when told to."""
        self.school.now += ms
        self._devices_report()
        sweep.sweep(self.school.db, self.school.now, lambda device: device in self.online)

    def _devices_report(self) -> None:
        for device in sorted(self.online):
            order = doc(self.school, device)
            events = []
            if order["clear"]:
                self.numbers[device] += 1
                data = {"clear_id": order["clear"]["id"]}
                events = [
                    {
                        "seq": self.numbers[device],
                        "kind": "site_data_cleared",
                        "at": self.school.now,
                        "data": data,
                    }
                ]
            report(
                self.school,
                device,
                order["mode"],
                unsent=self.unsent[device],
                last_seq=self.numbers[device],
                events=events,
            )

    @invariant()
    def no_name_on_a_device_that_holds_somebody_elses_work(self) -> None:
        if not hasattr(self, "school"):
            return
        cleared = {r.id: r.cleared_at for r in self.school.all(select(sittings))}
        rows = self.school.all(select(assignments))
        for row in self.school.all(select(device_desired)):
            shown = json.loads(row.doc)["participant"]
            mine = next(
                (r.sitting_id for r in rows if r.device_id == row.device_id and r.to_at is None), None
            )
            if shown is None:
                continue
            for other in rows:
                if (
                    other.device_id != row.device_id
                    or other.sitting_id == mine
                    or not self._worked_there(other)
                ):
                    continue
                settled = other.cleared_at if other.owes_clear else cleared[other.sitting_id]
                assert settled is not None, (
                    f"device {row.device_id} shows {shown} and holds the work of sitting {other.sitting_id}"
                )

    def _worked_there(self, row) -> bool:
        """A part of the sitting ran while the device served it; one ended before a move ran on another device."""
        return any(
            b.started_at is not None
            and b.started_at <= row.to_at
            and (b.ended_at is None or b.ended_at >= row.from_at)
            for b in self.school.all(
                select(sitting_blocks).where(sitting_blocks.c.sitting_id == row.sitting_id)
            )
        )

    @invariant()
    def the_ledger_is_one_line_of_time(self) -> None:
        if not hasattr(self, "school"):
            return
        rows = self.school.all(select(assignments).order_by(assignments.c.id))
        for device in {r.device_id for r in rows if r.device_id is not None}:
            mine = [r for r in rows if r.device_id == device]
            for before, after in itertools.pairwise(mine):
                assert before.to_at is not None and before.to_at <= after.from_at
        labels = {r.id for r in self.school.all(select(devices.c.id))}
        assert {r.device_id for r in rows if r.device_id} <= labels

    @invariant()
    def states_and_clocks_agree(self) -> None:
        if not hasattr(self, "school"):
            return
        with self.school.db.read() as c:
            for row in c.execute(select(sittings)).all():
                mine = blocks.of_sitting(c, row.id)
                block = current_block(mine)
                if row.state == SittingState.WORKING:
                    assert block is not None and block.started_at is not None
                if row.state == SittingState.MOVED and row.moved_to_id is not None:
                    there = blocks.of_sitting(c, row.moved_to_id)
                    assert sum(time_left_ms(b, self.school.now) for b in there) <= sum(
                        b.granted_ms for b in mine
                    )


TestADayWithoutAPlan = ADayWithoutAPlan.TestCase
TestADayWithoutAPlan.settings = settings(
    max_examples=20, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
