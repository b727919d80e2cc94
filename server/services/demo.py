"""The demo school: an SMP with fifteen Chromebooks, two of them spares, and twenty-six pupils.

Two sessions a day over two days in room 1, and a second room. Names are made up.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from openpyxl import Workbook
from sqlalchemy import Connection, select

from server.domain import setup
from server.domain.roles import Role
from server.services import desired, roster, setup_rooms, setup_rounds, setup_school, staff
from server.services.actor import SYSTEM
from server.services.meta import get_meta, set_meta
from server.services.setup_times import When
from server.store.database import Database, Write
from server.store.tables import device_places, device_serials, devices, seats

NPSN = "20999001"
TIMEZONE = "WIB"
ROOM = "Ruang 1"
SECOND_ROOM = "Ruang 2"
DEVICES = 15
SPARES = 2
WORKING = DEVICES - SPARES
FIRST = (
    "Adi",
    "Bunga",
    "Cahya",
    "Dewi",
    "Eka",
    "Fajar",
    "Gita",
    "Hadi",
    "Indah",
    "Joko",
    "Kartika",
    "Laras",
    "Made",
)
LAST = ("Pratama", "Lestari")

#: username → (name, role). Demo passwords are made fresh at each seeding and printed, never stored readable.
CAST = {
    "wayan": ("Wayan Sudarma", Role.ADMIN),
    "sari": ("Sari Wulandari", Role.PROCTOR),
    "made": ("Made Astawa", Role.SUPERVISOR),
    "joko": ("Joko Susilo", Role.TECHNICIAN),
}


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """What a demo or a test needs to know about the seeded school."""

    round_id: int
    day_ids: tuple[int, int]
    slot_ids: tuple[int, int]
    room_id: int
    second_room_id: int


def seed(db: Database, now: int, *, days: tuple[str, str]) -> DemoSchool:
    """Make the school, or find it when it is there already (`days`: yyyy-mm-dd, local)."""
    with db.read() as c:
        if get_meta(c, "demo") is not None:
            return _found(c)
    setup_school.save_host(
        db, SYSTEM, now, npsn=NPSN, name="SMP Negeri Contoh", level="SMP", timezone=TIMEZONE
    )
    round_id = setup_rounds.create(
        db,
        SYSTEM,
        now,
        name="Simulasi ANBK",
        programme="ANBK",
        purpose="simulasi",
        wave="Gelombang 1",
        days=[When(day) for day in days],
        slots=[When("07.30"), When("10.30")],
    )
    for name, columns, count in ((ROOM, 5, WORKING), (SECOND_ROOM, 4, 8)):
        setup_rooms.create(db, SYSTEM, now, name=name, columns=columns, labels=setup.numbered(count))
    with db.write() as tx:
        made = _found(tx.c)
        _devices(tx, now, made.room_id)
        set_meta(tx, "demo", "1")
    with db.read() as c:
        sheet = roster.parse(c, participant_sheet(), "peserta-contoh.xlsx")
    roster.import_participants(db, SYSTEM, now, round_id, sheet, "peserta-contoh.xlsx")
    return made


def set_passwords(db: Database, now: int, passwords: dict[str, str]) -> None:
    """Give each of the cast an account and the password named for it."""
    for username, (name, role) in CAST.items():
        with db.read() as c:
            found = next((s for s in staff.everyone(c) if s.username == username), None)
        staff_id = (
            found.id
            if found is not None
            else staff.create(db, SYSTEM, now, username=username, name=name, role=role)[0]
        )
        staff.set_password(db, SYSTEM, now, staff_id, passwords[username])


def serial(number: int) -> str:
    """The serial number of demo Chromebook `number` (1–15)."""
    return f"5CD{number:04d}DEMO"


def participant_sheet() -> io.BytesIO:
    """A list as a school would have it: thirteen pupils in each of two sessions."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["Nomor Peserta", "Nama", "NISN", "Kelas", "NPSN", "Sesi", "Ruang", "Meja", "Tambahan menit"]
    )
    count = 0
    for slot in (1, 2):
        for seat in range(1, WORKING + 1):
            count += 1
            name = f"{FIRST[seat - 1]} {LAST[slot - 1]}"
            extra = 10 if (slot, seat) == (1, 13) else 0
            sheet.append(
                [f"02-001-{count:03d}", name, f"00{count:08d}", "IX-A", NPSN, slot, ROOM, str(seat), extra]
            )
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def _devices(tx: Write, now: int, room_id: int) -> None:
    """Fifteen Chromebooks at home in the room, one at each seat, the spares at none."""
    rows = tx.c.execute(select(seats.c.label, seats.c.id).where(seats.c.room_id == room_id))
    seat_ids = {r.label: r.id for r in rows}
    made: list[int] = []
    for number in range(1, DEVICES + 1):
        spare = number > WORKING
        device_id = tx.insert(
            devices, label=f"C{number:02d}", model="Chromebook 11", spare=spare, created_at=now
        )
        tx.insert(device_serials, device_id=device_id, serial=serial(number), from_at=now)
        tx.insert(
            device_places,
            device_id=device_id,
            room_id=room_id,
            seat_id=seat_ids.get(str(number)),
            from_at=now,
        )
        made.append(device_id)
    desired.refresh(tx, made, now)


def _found(c: Connection) -> DemoSchool:
    made = setup_rounds.lines(c)[-1]
    first, second = (
        next(r.id for r in setup_rooms.lines(c) if r.name == name) for name in (ROOM, SECOND_ROOM)
    )
    days, slots = [d.id for d in made.days], [s.id for s in made.slots]
    return DemoSchool(made.id, (days[0], days[1]), (slots[0], slots[1]), first, second)
