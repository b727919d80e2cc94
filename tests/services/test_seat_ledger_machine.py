"""Any sequence of swaps, slips, wipes, moves and sessions: the ledger agrees at every instant with what was seen then.

Seen independently: after each step the test writes down what every Chromebook was ordered to show, and who was at
work. The ledger is asked about those moments later.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.sitting import ACTIVE, SittingState
from server.domain.spare import BORROWED, UNDO_MS
from server.services import (
    admission,
    clearing,
    demo,
    desired,
    exams,
    moves,
    seat_ledger,
    seats,
    session_change,
    swap_undo,
    swaps,
    sweep,
)
from server.services import sittings as steps
from server.services.seat_ledger import Filter
from server.store.database import Database
from server.store.tables import assignments, devices, enrolments, sittings
from server.store.tables import exams as exam_rows
from server.store.tables import seats as seat_rows
from server.store.tables import swaps as swap_rows
from tests.services.conftest import SARI, School
from tests.services.room import clear, doc, report

SEATS = st.sampled_from([1, 2])
DEVICES = (1, 2, 14, 15)
LABELS = st.sampled_from(["C14", "C15", "C14", "C15", "C01", "C02"])
LATE = st.booleans()  # in the second session, once there is one


@dataclass(frozen=True)
class Seen:
    """One moment. `screens`: device label → (participant number, seat) it was ordered to show."""

    at: int
    screens: dict[str, tuple[str, str | None]]
    active: frozenset[int]


@cache
def template() -> tuple[tempfile.TemporaryDirectory[str], demo.DemoSchool]:
    """Two sessions prepared, made once: every example starts from a copy of this file."""
    folder = tempfile.TemporaryDirectory()
    school = School.at(Path(folder.name) / "school.db")
    school.make_exam()
    school.make_exam(slot_id=school.made.slot_ids[1], title="Sesi 2")
    school.db.close()
    return folder, school.made


def copy_of_school(path: Path) -> School:
    folder, made = template()
    shutil.copy(Path(folder.name) / "school.db", path)
    return School(Database.at(path), made)


class AnythingHappens(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.school = copy_of_school(Path(self.folder.name) / "s.db")
        self.first, self.second = 1, 2
        self.seen: list[Seen] = []
        self.times: set[int] = set()
        self.lives = 0
        exams.open_exam(self.school.db, SARI, self.step(), self.first)
        exams.start(self.school.db, SARI, self.step(), self.first)
        self.type_token(False, 1)
        self.look()

    def teardown(self) -> None:
        if hasattr(self, "school"):
            self.asked_about_every_moment()
            self.school.db.close()
            self.folder.cleanup()

    def step(self, ms: int = 1_000) -> int:
        self.school.now += ms
        self.times.add(self.school.now)
        return self.school.now

    def sitting(self, late: bool, seat: int) -> int:
        live = (
            self.school.all(select(exam_rows.c.state).where(exam_rows.c.id == self.second))[0][0] != "draft"
        )
        self.school.exam = self.second if late and live else self.first
        rows = self.school.all(
            select(sittings.c.id)
            .join(seat_rows, seat_rows.c.id == sittings.c.seat_id)
            .where(sittings.c.exam_id == self.school.exam, seat_rows.c.label == str(seat))
            .order_by(sittings.c.id)
        )
        return int(rows[0].id)

    def attempt(self, act, *args, **given):
        """What came of it: None when it was refused, with a code of its own."""
        try:
            done = act(self.school.db, SARI, self.step(), *args, **given)
        except BangkuError as refused:
            assert refused.code != "error"
            return None
        return done if not isinstance(done, list) else all(o.ok for o in done) or None

    # --- what people do ------------------------------------------------------------------------------

    @rule(late=LATE, seat=SEATS)
    def type_token(self, late: bool, seat: int) -> None:
        sitting = self.sitting(late, seat)
        row = self.school.sitting_of(sitting)
        (state,) = self.school.all(select(exam_rows.c.state).where(exam_rows.c.id == self.school.exam))
        if state[0] == "running" and row.state in {"expected", "checked_in", "ready"}:
            with self.school.db.write() as tx:
                steps.begin(tx, row.id, row.exam_id, SittingState(row.state), self.step())
                desired.refresh(tx, desired.devices_of(tx.c, [row.id]), self.school.now)

    @rule(late=LATE, seat=SEATS, label=LABELS)
    def swap(self, late: bool, seat: int, label: str) -> None:
        sitting = self.sitting(late, seat)
        others = {d: s for d, s in self.open_rows().items() if s != sitting}
        if self.attempt(swaps.place, sitting, label):
            now = self.open_rows()
            assert now[label] == sitting
            kept = {d: s for d, s in now.items() if s != sitting}
            gone = others.keys() - kept.keys()
            assert kept.items() <= others.items(), "a swap gives nobody else anything"
            assert all(not self.at_work(others[d]) for d in gone), "and takes nothing that is needed"

    @rule(late=LATE, seat=SEATS)
    def borrow_a_laptop(self, late: bool, seat: int) -> None:
        sitting = self.sitting(late, seat)
        if self.attempt(swaps.borrow, sitting):
            assert sitting not in self.open_rows().values()

    @rule(wait=st.sampled_from([500, 500, 20_000, UNDO_MS + 1]), which=st.integers(0, 2))
    def undo(self, wait: int, which: int) -> None:
        rows = self.school.all(select(swap_rows).order_by(swap_rows.c.id.desc()).limit(3))
        if len(rows) <= which:
            return
        swap = rows[which]
        self.school.now += wait
        before = swap.from_device_id
        needed = {d: s for d, s in self.open_rows().items() if s != swap.sitting_id and self.at_work(s)}
        late = self.school.now + 1_000 - swap.at > UNDO_MS
        try:
            swap_undo.undo(self.school.db, SARI, self.step(), swap.id)
        except BangkuError as refused:
            assert refused.code.startswith("swap_") or refused.code in {"seat_not_active", "exam_not_live"}
            return
        assert not late and swap.undone_at is None
        assert needed.items() <= self.open_rows().items(), "nobody else loses a Chromebook"
        mine = [label for label, sitting in self.open_rows().items() if sitting == swap.sitting_id]
        assert mine == ([f"C{before:02d}"] if before is not None else [])

    @rule(
        late=LATE,
        seat=SEATS,
        act=st.sampled_from(["finish", "absent", "expected", "reset", "pause", "resume"]),
    )
    def seat_act(self, late: bool, seat: int, act: str) -> None:
        self.attempt(getattr(seats, act), [self.sitting(late, seat)])

    @rule(late=LATE, seat=SEATS)
    def release(self, late: bool, seat: int) -> None:
        self.attempt(swaps.release, [self.sitting(late, seat)])

    @rule(seat=SEATS, where=st.sampled_from(["second", "susulan"]))
    def move(self, seat: int, where: str) -> None:
        sitting = self.sitting(False, seat)
        if where == "second":
            self.attempt(moves.move_to, [sitting], self.second)
        else:
            self.attempt(moves.to_susulan, [sitting])

    @rule(late=LATE, seat=SEATS, label=LABELS, which=st.integers(0, 2))
    def a_slip(self, late: bool, seat: int, label: str, which: int) -> None:
        self.swap(late, seat, label)
        self.undo(500, which)

    @rule(seat=SEATS, spare=st.sampled_from(["C14", "C15"]))
    def swapped_and_the_old_one_cleaned(self, seat: int, spare: str) -> None:
        """What leads to a desk with two Chromebooks of its own once the next session comes."""
        self.type_token(False, seat)
        self.swap(False, seat, spare)
        self.deliver_and_clear(seat)

    @rule(swapped=st.none() | SEATS, patience=st.integers(0, 2))
    def next_session(self, swapped: int | None, patience: int) -> None:
        if patience:  # the first session goes on for a while
            return
        if swapped is not None:
            self.swapped_and_the_old_one_cleaned(swapped, "C14")
        for device in DEVICES:
            self.deliver_and_clear(device)
        changed = self.attempt(session_change.change_session, self.first, self.second)
        if changed is not None:
            exams.start(self.school.db, SARI, self.step(), self.second)

    @rule(late=LATE, patience=st.integers(0, 9))
    def end(self, late: bool, patience: int) -> None:
        if patience == 9:
            self.attempt(exams.end, self.second if late else self.first)

    # --- what Chromebooks and time do ------------------------------------------------------------------

    @rule(device=st.sampled_from(DEVICES))
    def deliver_and_clear(self, device: int) -> None:
        report(self.school, device, doc(self.school, device)["mode"])
        self.sweep()
        report(self.school, device, doc(self.school, device)["mode"])
        self.sweep()
        if doc(self.school, device)["clear"] is not None:
            before = self.school.now
            clear(self.school, device)
            self.times |= set(range(before, self.school.now + 1, 1_000))
            self.look()

    @rule(device=st.sampled_from(DEVICES))
    def wipe_and_admit(self, device: int) -> None:
        now = self.step()
        self.lives += 1
        with self.school.db.write() as tx:
            old = desired.live_enrolment(tx.c, device)
            if old is not None:
                admission.end(tx, now, [old], "replaced")
            tx.insert(
                enrolments, device_id=device, installation_id=f"w{self.lives}", serial=f"s{self.lives}",
                public_key=b"k", thumbprint=f"w{self.lives}", grade="manual", standing="live", first_seen_at=now,
            )  # fmt: skip
            clearing.wiped(tx, [device], now, born_at=now)

    @rule(ms=st.sampled_from([1_000, 30_000, 240_000]))
    def time_goes_on(self, ms: int) -> None:
        self.sweep(ms)

    def sweep(self, ms: int = 1_000) -> None:
        laptops = self.laptops()
        sweep.sweep(self.school.db, self.step(ms), lambda _id: True)
        self.look()
        for sitting in laptops - self.laptops():
            assert not self.at_work(sitting), "nobody is taken from a laptop by themselves"

    def laptops(self) -> set[int]:
        rows = self.school.all(
            select(assignments.c.sitting_id).where(
                assignments.c.to_at.is_(None), assignments.c.reason == BORROWED
            )
        )
        return {r.sitting_id for r in rows}

    # --- what is seen, and asked later --------------------------------------------------------------------

    def open_rows(self) -> dict[str, int]:
        """label → sitting, as the ledger has it open now."""
        rows = self.school.all(
            select(devices.c.label, assignments.c.sitting_id)
            .join(devices, devices.c.id == assignments.c.device_id)
            .where(assignments.c.to_at.is_(None))
        )
        return {r.label: r.sitting_id for r in rows}

    def at_work(self, sitting: int) -> bool:
        return SittingState(self.school.sitting_of(sitting).state) in ACTIVE

    def look(self) -> None:
        screens: dict[str, tuple[str, str | None]] = {}
        with self.school.db.read() as c:
            labels = {r.id: r.label for r in c.execute(select(devices.c.id, devices.c.label))}
            for device_id, order in desired.orders(c, labels).items():
                shown = json.loads(order.doc)
                if shown["participant"] is not None:
                    screens[labels[device_id]] = (shown["participant"]["number"], shown["seat"])
            active = c.execute(
                select(sittings.c.id).where(sittings.c.state.in_([str(s) for s in ACTIVE]))
            ).scalars()
            self.seen.append(Seen(self.school.now, screens, frozenset(active)))

    @invariant()
    def one_seat_one_device_one_pupil(self) -> None:
        if not hasattr(self, "school"):
            return
        self.look()
        rows = self.school.all(
            select(assignments, sittings.c.state)
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .where(assignments.c.to_at.is_(None))
        )
        works = [
            r
            for r in rows
            if SittingState(r.state) in ACTIVE and (r.device_id is not None or r.reason == BORROWED)
        ]
        for name in ("device_id", "seat_id", "sitting_id"):
            taken = [getattr(r, name) for r in works if getattr(r, name) is not None]
            assert len(taken) == len(set(taken)), f"one {name} twice"

    @invariant()
    def nothing_overlaps_and_no_moment_is_made_up(self) -> None:
        if not hasattr(self, "school"):
            return
        rows = self.school.all(select(assignments).order_by(assignments.c.from_at, assignments.c.id))
        for name in ("device_id", "sitting_id"):
            last: dict[int, int | None] = {}
            for r in rows:
                key = getattr(r, name)
                if key is None:
                    continue
                if key in last:
                    assert last[key] is not None and last[key] <= r.from_at, f"{name} {key} overlaps"
                last[key] = r.to_at
        for r in rows:
            assert r.from_at in self.times
            assert r.to_at is None or (r.to_at in self.times and r.to_at >= r.from_at and r.end_reason)

    def asked_about_every_moment(self) -> None:
        with self.school.db.read() as c:
            rows = seat_ledger.rows(c, Filter(), 10_000)
            for moment in self.seen[-40:]:
                here = [r for r in rows if r.covers(moment.at)]
                for label, (number, seat) in moment.screens.items():
                    (mine,) = [r for r in here if r.device == label]
                    assert (mine.number, mine.seat) == (number, seat)
                for r in here:
                    if r.device is not None and r.sitting_id in moment.active:
                        assert moment.screens[r.device] == (r.number, r.seat)
                desks = [
                    (r.room, r.seat)
                    for r in here
                    if r.seat is not None and r.sitting_id in moment.active and (r.device or r.laptop)
                ]
                assert len(desks) == len(set(desks))
            if self.seen:
                last = self.seen[-1]
                for label, (number, _seat) in last.screens.items():
                    told = seat_ledger.at(c, Filter(device=label), last.at)
                    assert [r.number for r in told.rows] == [number]


TestAnythingHappens = AnythingHappens.TestCase
TestAnythingHappens.settings = settings(
    max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck)
)
