"""The demo school: an SMP with fifteen Chromebooks, two of them spares, and twenty-six pupils.

Two sessions a day over two days in room 1, and a second room. Names are made up.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from openpyxl import Workbook
from sqlalchemy import Table, select

from server.domain.roles import Role
from server.services import desired, roster, staff
from server.services.actor import SYSTEM
from server.services.meta import get_meta, set_meta
from server.store.database import Database, Write
from server.store.tables import (
    device_places,
    device_serials,
    devices,
    exam_slots,
    rooms,
    round_days,
    rounds,
    schools,
    seats,
)

NPSN = "20999001"
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
    with db.write() as tx:
        if get_meta(tx.c, "demo") is not None:
            return _found(tx)
        set_meta(tx, "demo", "1")
        set_meta(tx, "school_npsn", NPSN)
        made = _school(tx, now, days)
    with db.read() as c:
        sheet = roster.parse(c, participant_sheet(), "peserta-contoh.xlsx")
    roster.import_participants(db, SYSTEM, now, made.round_id, sheet, "peserta-contoh.xlsx")
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


def _school(tx: Write, now: int, days: tuple[str, str]) -> DemoSchool:
    def add(table: Table, **values: object) -> int:
        return tx.insert(table, **values)

    school = add(schools, npsn=NPSN, name="SMP Negeri Contoh", level="SMP", timezone="WIB", is_host=True)
    round_id = add(
        rounds, name="Simulasi ANBK", programme="ANBK", purpose="simulasi", wave="Gelombang 1", created_at=now
    )
    day_ids = tuple(add(round_days, round_id=round_id, number=n, date=d) for n, d in enumerate(days, 1))
    slot_ids = tuple(
        add(exam_slots, round_id=round_id, number=n, starts=s) for n, s in ((1, "07:30"), (2, "10:30"))
    )
    room_id = add(rooms, school_id=school, name=ROOM, columns=5)
    second = add(rooms, school_id=school, name=SECOND_ROOM, columns=4)
    seat_ids: dict[int, int] = {}
    for number in range(1, WORKING + 1):
        seat_ids[number] = add(
            seats, room_id=room_id, label=str(number), row=(number - 1) // 5 + 1, column=(number - 1) % 5 + 1
        )
    for number in range(1, 9):
        add(seats, room_id=second, label=str(number), row=(number - 1) // 4 + 1, column=(number - 1) % 4 + 1)
    made_ids: list[int] = []
    for number in range(1, DEVICES + 1):
        device_id = add(
            devices, label=f"C{number:02d}", model="Chromebook 11", spare=number > WORKING, created_at=now
        )
        add(device_serials, device_id=device_id, serial=serial(number), from_at=now)
        add(device_places, device_id=device_id, room_id=room_id, seat_id=seat_ids.get(number), from_at=now)
        made_ids.append(device_id)
    desired.refresh(tx, made_ids, now)
    return DemoSchool(round_id, (day_ids[0], day_ids[1]), (slot_ids[0], slot_ids[1]), room_id, second)


def _found(tx: Write) -> DemoSchool:
    def ids(statement: object) -> list[int]:
        return list(tx.c.execute(statement).scalars())  # type: ignore[call-overload]

    round_id = ids(select(rounds.c.id).order_by(rounds.c.id))[0]
    days = ids(select(round_days.c.id).where(round_days.c.round_id == round_id).order_by(round_days.c.number))
    slots = ids(
        select(exam_slots.c.id).where(exam_slots.c.round_id == round_id).order_by(exam_slots.c.number)
    )
    room_ids = ids(select(rooms.c.id).order_by(rooms.c.id))
    return DemoSchool(round_id, (days[0], days[1]), (slots[0], slots[1]), room_ids[0], room_ids[1])
