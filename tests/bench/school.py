"""A school of any size for the benchmark: one room, one device and one pupil at each seat."""

from __future__ import annotations

from pathlib import Path

from server.domain.roster import Roster, RosterRow
from server.domain.sitting import SittingState
from server.services import demo, desired, exam_list, exams, roster, secrets
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.services.context import Context
from server.store import tables as t
from server.store.database import chunks
from tests.stage import ServerProcess

ROOM = "Aula"
PROCTOR, PASSWORD = "sari", "hanya untuk ukuran"
COLUMNS = 20
PROFILE = {"key": "bench", "client": "web", "blocks": [{"name": "Bagian 1", "minutes": 120}]}


def serial(number: int) -> str:
    return f"BENCH{number:05d}"


class BenchSchool:
    """A data folder with `seats` devices and the server process in front of it (not started yet)."""

    def __init__(self, folder: Path, seats: int, async_mode: str) -> None:
        self.server = ServerProcess(folder, async_mode=async_mode)
        self.context: Context = self.server.context
        self.seats = seats
        db, now = self.context.db, self.context.now()
        self.made = demo.seed(db, now, days=("2026-11-24", "2026-11-25"))
        demo.set_passwords(db, now, dict.fromkeys(demo.CAST, PASSWORD))
        self.room = self._room(now)
        self.exam = 0

    def serials(self) -> list[str]:
        return [serial(n) for n in range(1, self.seats + 1)]

    def secret(self) -> str:
        with self.context.db.read() as c:
            return secrets.current(c, self.context.now())

    def everyone_works(self) -> dict[int, str]:
        """An exam under way at every seat. Returns sitting id → serial number of the device that serves it."""
        db, now = self.context.db, self.context.now()
        rows = [
            RosterRow(n, f"09-{n:05d}", f"Peserta {n}", None, "IX", demo.NPSN, 1, ROOM, str(n), 0, None)
            for n in range(1, self.seats + 1)
        ]
        roster.import_participants(db, SYSTEM, now, self.made.round_id, Roster(rows), "bench.xlsx")
        self.exam = exams.create(
            db, SYSTEM, now, day_id=self.made.day_ids[0], slot_id=self.made.slot_ids[0], room_id=self.room,
            profile=PROFILE, title="Ukuran", start_url="practice", allowed_hosts=[],
        )  # fmt: skip
        exams.open_exam(db, SYSTEM, now, self.exam)
        exams.start(db, SYSTEM, now, self.exam)
        with db.read() as c:
            labels = exam_list.seat_labels(c, self.exam)
        for some in chunks(labels):
            with db.write() as tx:
                for sitting in some:
                    steps.begin(tx, sitting, self.exam, SittingState.EXPECTED, now)
                desired.refresh(tx, desired.devices_of(tx.c, some), now)
        return {sitting: serial(int(label)) for sitting, label in labels.items()}

    def behind(self) -> int:
        """Devices whose stored `applied` is not the document ordered: 0 when every ack is really on disk."""
        with self.context.db.read() as c:
            rows = c.execute(
                t.device_desired.select()
                .join(t.device_serials, t.device_serials.c.device_id == t.device_desired.c.device_id)
                .where(t.device_serials.c.serial.like("BENCH%"))
            ).all()
            ordered = {row.device_id: row.digest for row in rows}
            applied = {
                row.device_id: row.applied_digest
                for row in c.execute(
                    t.enrolments.join(t.device_seen, t.device_seen.c.enrolment_id == t.enrolments.c.id)
                    .select()
                    .where(t.enrolments.c.standing == "live")
                )
            }
        return sum(applied.get(device) != digest for device, digest in ordered.items())

    def complaints(self) -> list[str]:
        """What the server logged as going wrong: the last line of each traceback."""
        found, inside = [], False
        for line in self.server.tail(10_000).splitlines():
            if line.startswith("Traceback"):
                inside = True
            elif inside and line and not line.startswith(" "):
                found.append(line)
                inside = False
        return found

    def _room(self, now: int) -> int:
        with self.context.db.write() as tx:
            school = tx.c.execute(t.schools.select()).first()
            assert school is not None
            room = tx.insert(t.rooms, school_id=school.id, name=ROOM, columns=COLUMNS)
            made = []
            for n in range(1, self.seats + 1):
                row, column = divmod(n - 1, COLUMNS)
                seat = tx.insert(t.seats, room_id=room, label=str(n), row=row + 1, column=column + 1)
                device = tx.insert(t.devices, label=f"B{n:03d}", model="bench", created_at=now)
                tx.insert(t.device_serials, device_id=device, serial=serial(n), from_at=now)
                tx.insert(t.device_places, device_id=device, room_id=room, seat_id=seat, from_at=now)
                made.append(device)
            desired.refresh(tx, made, now)
        return room
