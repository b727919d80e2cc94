"""Any sequence of wipes, knocks, decisions, undoing, new mainboards and syncs: one life, one owner, nothing lost."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from server.domain.console_record import serial_key
from server.domain.errors import BangkuError
from server.services import admission, demo, remap_again, remap_rule, remaps, seats
from server.simulated_installation import Installation
from server.store import blocks
from server.store import tables as t
from server.store.database import Database
from tests.knocks import Door
from tests.services.conftest import SARI, School
from tests.services.room import run, work

DEVICES = (1, 2, 3)
WHICH = st.sampled_from(DEVICES)
HOUR, MINUTE = 3_600_000, 60_000

_made: dict[bool, Path] = {}


def prepared(exam: bool) -> Path:
    """A school whose first three Chromebooks have a record and, in an exam, a pupil who works; made once."""
    if exam not in _made:
        folder = Path(tempfile.mkdtemp(prefix="bangku-remap-"))
        school = School.at(folder / "s.db")
        school.make_exam()
        with school.db.write() as tx:
            for path in ("/Lab", "/Kantor"):
                tx.c.execute(
                    t.console_org_units.insert().values(org_unit_id=path, path=path, name=path, seen_at=1)
                )
            for n in DEVICES:
                tx.c.execute(
                    t.console_devices.insert().values(
                        console_id=f"r{n}", serial=demo.serial(n), status="ACTIVE", org_unit_path="/Lab", facts={},
                        annotated_asset_id=f"C{n:02d}", mac_address=f"mac{n}", digest="", first_seen_at=1, seen_at=1,
                        last_enrolled_at=1, device_id=n,
                    )
                )  # fmt: skip
        if exam:
            run(school)
            work(school, *DEVICES)
        school.db.close()
        _made[exam] = folder / "s.db"
    return _made[exam]


class AnythingComesBack(RuleBasedStateMachine):
    """Three Chromebooks with a pupil each, a laptop or two, a technician with no plan, and a console."""

    @initialize(exam=st.booleans())
    def begin(self, exam: bool) -> None:
        self.exam = exam
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "s.db"
        shutil.copyfile(prepared(exam), path)
        self.db = Database.at(path)
        self.now = School.now + MINUTE
        self.door = Door(self.db, self.now)
        self.keys: dict[int, list[Installation]] = {n: [Installation()] for n in DEVICES}
        self.serials = {n: demo.serial(n) for n in DEVICES}
        self.boards = 0
        for n in DEVICES:
            self.door.knock(self.now, self.keys[n][0], self.serials[n])
        self.given = {n: self._pupil(n) for n in DEVICES} if exam else {}
        self.decided: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()
            self.folder.cleanup()

    # --- what may happen -----------------------------------------------------------------------------------

    @rule(which=WHICH, minutes=st.integers(1, 90))
    def wipe(self, which: int, minutes: int) -> None:
        """A new key, with or without a word of the console; a laptop's looks the same."""
        self.now += minutes * MINUTE
        self.keys[which].append(Installation())
        self.knock(which, -1)

    @rule(which=WHICH, key=st.integers(-3, -1))
    def knock(self, which: int, key: int) -> None:
        self.now += 1_000
        here = self.keys[which][max(key, -len(self.keys[which]))]
        self.door.knock(self.now, here, self.serials[which])

    @rule(which=WHICH, key=st.integers(-3, -1))
    def report(self, which: int, key: int) -> None:
        self.now += 1_000
        here = self.keys[which][max(key, -len(self.keys[which]))]
        if here.id in self.door.held:
            self.door.report(self.now, here, "exam")

    @rule(which=WHICH, unit=st.sampled_from(["/Lab", "/Kantor"]), new=st.booleans())
    def enrol(self, which: int, unit: str, new: bool) -> None:
        """The console has seen an enrolment, and a sync has brought it."""
        self.now += MINUTE
        record = t.console_devices
        with self.db.write() as tx:
            row = tx.c.execute(
                select(record).where(record.c.gone_at.is_(None), record.c.serial == self.serials[which])
            ).first()
            values = {
                "status": "ACTIVE", "org_unit_path": unit, "facts": {}, "digest": "", "seen_at": self.now,
                "last_enrolled_at": self.now - 30_000, "serial": self.serials[which], "mac_address": f"mac{which}",
                "annotated_asset_id": f"C{which:02d}",
            }  # fmt: skip
            if row is None or new:
                tx.c.execute(
                    record.insert().values(console_id=f"n{self.now}", first_seen_at=self.now, **values)
                )
            else:
                tx.c.execute(record.update().where(record.c.console_id == row.console_id).values(**values))
                tx.c.execute(
                    t.console_history.insert().values(
                        console_id=row.console_id, at=self.now, kind="enrolled",
                        detail={"before": str(row.last_enrolled_at), "after": str(self.now - 30_000)},
                    )
                )  # fmt: skip
        self.ask_console()

    @rule()
    def ask_console(self) -> None:
        with self.db.read() as c:
            ids = list(c.execute(select(t.console_devices.c.console_id)).scalars())
        for console_id in ids:
            with self.db.write() as tx:
                remaps.open_for_record(tx, self.now, console_id)
        remap_again.look_again(self.db, self.now)

    @rule(which=WHICH)
    def new_board(self, which: int) -> None:
        self.boards += 1
        self.serials[which] = f"7XB{which}{self.boards:03d}"

    @rule(pick=st.integers(0, 5), how=st.sampled_from(["scan", "click"]))
    def accept(self, pick: int, how: str) -> None:
        self.now += 1_000
        with self.db.read() as c:
            views = remaps.waiting(c)
        if not views:
            return
        view = views[pick % len(views)]
        chosen = view.device_id or next(iter(view.candidates), None)
        self._try(remaps.accept, view.id, view.digest, how, device_id=chosen)
        self.decided.append(view.id)

    @rule(pick=st.integers(0, 5))
    def admit(self, pick: int) -> None:
        self.now += 1_000
        with self.db.read() as c:
            waiting = list(
                c.execute(select(t.enrolments.c.id).where(t.enrolments.c.standing == "quarantined")).scalars()
            )
        if waiting:
            self._try(admission.admit, waiting[pick % len(waiting)])

    @rule(pick=st.integers(0, 5))
    def reject(self, pick: int) -> None:
        self.now += 1_000
        with self.db.read() as c:
            views = remaps.waiting(c)
        if views:
            self._try(remaps.reject, views[pick % len(views)].id)
            self.decided.append(views[pick % len(views)].id)

    @rule(pick=st.integers(1, 4))
    def undo(self, pick: int) -> None:
        self.now += 1_000
        if self.decided:
            self._try(remaps.undo, self.decided[-min(pick, len(self.decided))])

    @rule(on=st.booleans())
    def rule_of_the_school(self, on: bool) -> None:
        remap_rule.turn(self.db, SARI, self.now, on)

    @rule(which=WHICH)
    def finish(self, which: int) -> None:
        with self.db.read() as c:
            sitting = c.execute(
                select(t.assignments.c.sitting_id).where(
                    t.assignments.c.device_id == which, t.assignments.c.to_at.is_(None)
                )
            ).scalar()
        if sitting is not None:
            self._try(seats.finish, [sitting])
            self.given.pop(which, None)

    def _try(self, act, *args, **more) -> None:
        try:
            act(self.db, SARI, self.now, *args, **more)
        except BangkuError as refused:
            assert refused.code != "error", "a refusal has a code of its own"

    def _pupil(self, which: int):
        """Who works there, since when, on which seat."""
        with self.db.read() as c:
            row = c.execute(
                select(t.assignments.c.sitting_id, t.assignments.c.seat_id, t.assignments.c.id).where(
                    t.assignments.c.device_id == which, t.assignments.c.to_at.is_(None)
                )
            ).one()
            parts = blocks.of_sitting(c, row.sitting_id)
            return tuple(row), [(b.started_at, b.extra_minutes, b.incident_ms, b.paused_at) for b in parts]

    # --- what must always hold -----------------------------------------------------------------------------

    @invariant()
    def one_life_speaks_for_a_device(self) -> None:
        life = t.enrolments.c
        with self.db.read() as c:
            twice = c.execute(
                select(life.device_id)
                .where(life.standing == "live")
                .group_by(life.device_id)
                .having(func.count() > 1)
            ).all()
        assert twice == []

    @invariant()
    def one_device_has_a_serial_number(self) -> None:
        with self.db.read() as c:
            rows = c.execute(
                select(t.device_serials.c.serial, t.device_serials.c.device_id).where(
                    t.device_serials.c.to_at.is_(None)
                )
            ).all()
        keys = [serial_key(row.serial) for row in rows]
        assert len(keys) == len(set(keys)), "two devices with one serial number"
        owners = [row.device_id for row in rows]
        assert len(owners) == len(set(owners)), "a device with two serial numbers"

    @invariant()
    def a_device_has_at_most_one_record_and_one_home(self) -> None:
        with self.db.read() as c:
            linked = list(
                c.execute(
                    select(t.console_devices.c.device_id).where(
                        t.console_devices.c.device_id.is_not(None), t.console_devices.c.gone_at.is_(None)
                    )
                ).scalars()
            )
            homes = list(
                c.execute(
                    select(t.device_places.c.device_id).where(t.device_places.c.to_at.is_(None))
                ).scalars()
            )
        assert len(linked) == len(set(linked)) and len(homes) == len(set(homes))
        assert set(DEVICES) <= set(homes)

    @invariant()
    def a_pupil_keeps_what_they_had(self) -> None:
        for which, given in self.given.items():
            assert self._pupil(which) == given

    @invariant()
    def a_key_that_waits_has_one_question(self) -> None:
        with self.db.read() as c:
            asked = list(
                c.execute(
                    select(t.remaps.c.enrolment_id).where(
                        t.remaps.c.state == "open", t.remaps.c.enrolment_id.is_not(None)
                    )
                ).scalars()
            )
            waiting = set(
                c.execute(select(t.enrolments.c.id).where(t.enrolments.c.standing == "quarantined")).scalars()
            )
        assert len(asked) == len(set(asked)) and set(asked) <= waiting
        assert waiting <= set(asked), "a key waits and nobody is asked"

    @invariant()
    def the_rule_takes_only_what_is_strong_and_never_near_an_exam(self) -> None:
        with self.db.read() as c:
            rows = c.execute(select(t.remaps).where(t.remaps.c.how == "rule")).all()
        assert not (rows and self.exam)
        for row in rows:
            assert row.strength == "strong"
            assert all(one["weight"] != "against" for one in row.evidence)


TestAnythingComesBack = AnythingComesBack.TestCase
TestAnythingComesBack.settings = settings(
    max_examples=10,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
