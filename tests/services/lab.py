"""A room of fifteen behind one access point, and what its devices say: for stories about losses."""

from __future__ import annotations

from sqlalchemy import select

from server.domain.roster import Roster, RosterRow
from server.services import demo, intake, roster, sweep
from server.services.actor import SYSTEM
from server.store import tables as t
from tests.services import room
from tests.services.conftest import School

SEATS = 15
REPORT_MS = 10_000


class Lab:
    """Devices report in their own rhythm, every 10 s, spread over it; `away` ones say nothing."""

    def __init__(self, school: School, name: str = "Lab", net: str = "10.20.30", **exam: object) -> None:
        self.school, self.net = school, net
        self.nets: dict[int, str] = {}  # of devices that are on another one
        self.listening_since = 0
        self.away: set[int] = set()
        self.lost_at: dict[int, int] = {}
        self.seen: dict[int, dict] = {}
        with school.db.write() as tx:
            self.room = tx.insert(t.rooms, school_id=1, name=name, columns=5)
            self.devices = {}
            for n in range(1, SEATS + 1):
                seat = tx.insert(
                    t.seats, room_id=self.room, label=str(n), row=(n - 1) // 5 + 1, column=(n - 1) % 5 + 1
                )
                device = tx.insert(t.devices, label=f"{name}-{n:02d}", created_at=0)
                tx.insert(t.device_places, device_id=device, room_id=self.room, seat_id=seat, from_at=0)
                self.devices[n] = device
        rows = [
            RosterRow(n, f"{name}-{n:03d}", f"Peserta {n}", None, "IX", demo.NPSN, 1, name, str(n), 0, None)
            for n in range(1, SEATS + 1)
        ]
        roster.import_participants(
            school.db, SYSTEM, school.now, school.made.round_id, Roster(rows), f"{name}.xlsx"
        )
        self.exam = school.make_exam(room_id=self.room, **exam)
        room.run(school)
        room.work(school, *range(1, SEATS + 1))
        for n in self.devices:
            self.report(n)

    def report(self, n: int, **seen: object) -> None:
        self.seen.setdefault(n, {}).update(seen)
        message = room.message(self.school, self.devices[n], "exam", **{"page": "practice", **self.seen[n]})
        where = intake.Waiting(
            *(
                getattr(message, f)
                for f in ("device_id", "enrolment_id", "standing", "n", "confirms", "report")
            ),
            address=f"{self.nets.get(n, self.net)}.{100 + n}",
        )
        intake.commit(self.school.db, self.school.now, [where])

    def off(self, *numbers: int) -> None:
        """From now on nothing is heard of these, and nobody answers the server's pings."""
        self.away |= set(numbers)
        self.lost_at |= dict.fromkeys(numbers, self.school.now)

    def on(self, *numbers: int) -> None:
        self.away -= set(numbers)
        for n in numbers:
            self.report(n)

    def pass_seconds(self, seconds: int) -> None:
        """A second at a time, as the server has it."""
        numbers = {device: n for n, device in self.devices.items()}
        for _ in range(seconds):
            self.school.now += 1_000
            for n in self.devices:
                if n not in self.away and (self.school.now // 1000) % 10 == n % 10:
                    self.report(n)
            sweep.sweep(
                self.school.db,
                self.school.now,
                lambda device: numbers.get(device) not in self.away,
                lambda device: (
                    numbers.get(device) in self.away
                    and self.school.now - self.lost_at[numbers[device]]
                    >= 4_500  # ping after 1.5 s, grace 3 s
                ),
                self.listening_since,
            )

    def incidents(self, **where: object) -> list:
        rows = self.school.all(select(t.incidents).order_by(t.incidents.c.id))
        return [r for r in rows if all(getattr(r, k) == v for k, v in where.items())]

    def opened(self) -> dict[str, set[str | None]]:
        """Open kinds → seats."""
        seat_of = {self.school.sitting(n).id: str(n) for n in self.devices}
        found: dict[str, set[str | None]] = {}
        for row in self.incidents(closed_at=None):
            found.setdefault(row.kind, set()).add(seat_of.get(row.sitting_id))
        return found
