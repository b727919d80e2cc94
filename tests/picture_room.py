"""The school on the pictures (`scripts/screenshots`): a room of thirty in the middle of an exam.

Devices are rows written straight into a throwaway database, so that every state is on the board at once.
"""

from __future__ import annotations

import json

from sqlalchemy import select

from server.domain.roster import Roster, RosterRow
from server.domain.sitting import SittingState
from server.services import demo, desired, exam_list, exams, roster, seats
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.services.context import Context
from server.store import tables as t
from server.store.database import Write

PASSWORD = "hanya untuk gambar"
FIRST = (
    *("Adi", "Bunga", "Cahya", "Dewi", "Eka", "Fajar", "Gita", "Hadi"),
    *("Indah", "Joko", "Kartika", "Laras", "Made", "Nyoman", "Oki", "Putri"),
)
LAST = ("Pratama", "Lestari Kusumaningrum")
SEATS, COLUMNS = 30, 6
#: Three incidents of three causes: one Chromebook silent, one nearly flat, one away from the exam.
SILENT, FLAT, AWAY = 4, 8, 14
INCIDENTS = 3
#: The pupils whose pages are taken, by seat.
WORKING, LOCKED, PAUSED, WAITING, READY, FINISHED = 1, 7, 12, 22, 23, 27
UNSENT, BARE = 28, 26
LOCK_WORDS = "Mohon lihat layar sendiri."


class PictureRoom:
    """The exam of the board, one in the ministry's client, one not opened, and one for a real Chromium."""

    def __init__(self, context: Context) -> None:
        self.c = context
        made = demo.seed(context.db, context.now(), days=("2026-11-24", "2026-11-25"))
        demo.set_passwords(context.db, context.now(), dict.fromkeys(demo.CAST, PASSWORD))
        with context.db.write() as tx:
            room = self._room(tx, "Lab 2", "D")
            other = self._room(tx, "Lab 3", "E")
        self._roster(made.round_id)
        first, later = made.day_ids
        slot = made.slot_ids[0]
        self.exam = self._exam("Simulasi hari 1", day_id=first, slot_id=slot, room_id=room)
        # the next session of the board's room, for Ganti sesi
        self.following = self._exam("Simulasi hari 1", day_id=first, slot_id=made.slot_ids[1], room_id=room)
        self.draft = self._exam("Simulasi hari 2", day_id=later, slot_id=slot, room_id=made.room_id)
        self.told = self._exam("ANBK hari 1", day_id=first, slot_id=slot, room_id=other, told=True)
        self.real = self._exam("Simulasi hari 1", day_id=first, slot_id=slot, room_id=made.room_id)
        self._run()

    def card(self, seat: int) -> tuple[str, str]:
        """Number and code on the card of the pupil at a seat of the board's exam."""
        with self.c.db.read() as c:
            row = c.execute(
                select(t.registrations.c.number, t.registrations.c.card_code)
                .join(t.sittings, t.sittings.c.registration_id == t.registrations.c.id)
                .where(t.sittings.c.id == self._sittings(self.exam)[seat])
            ).one()
        return row.number, row.card_code

    def lock_real(self, seat: int) -> None:
        """Lock the seat where the real Chromium sits, until released."""
        now = self.c.now()
        seats.lock(self.c.db, SYSTEM, now, [self._sittings(self.real)[seat]], LOCK_WORDS)

    # --- how it is made -----------------------------------------------------------------------------------

    def _exam(self, title: str, *, told: bool = False, **place: int) -> int:
        profile = exam_list.profiles(self.c.settings.data_dir)["simulasi"]
        told_by_people = {**profile.as_dict(), "key": "anbk", "client": "exam_browser", "token": None}
        return exams.create(
            self.c.db,
            SYSTEM,
            self.c.now(),
            title=title,
            profile=told_by_people if told else profile.as_dict(),
            start_url=None if told else profile.start_url,
            allowed_hosts=[],
            **place,
        )

    def _room(self, tx: Write, name: str, stickers: str) -> int:
        school = tx.c.execute(t.schools.select()).first()
        assert school is not None
        room = tx.insert(t.rooms, school_id=school.id, name=name, columns=COLUMNS)
        for n in range(1, SEATS + 1):
            row, column = divmod(n - 1, COLUMNS)
            seat = tx.insert(t.seats, room_id=room, label=str(n), row=row + 1, column=column + 1)
            device = tx.insert(t.devices, label=f"{stickers}{n:02d}", created_at=0)
            tx.insert(t.device_places, device_id=device, room_id=room, seat_id=seat, from_at=0)
            if name == "Lab 2":
                self._life(tx, n, device)
        return room

    def _life(self, tx: Write, n: int, device: int) -> None:
        enrolment = tx.insert(
            t.enrolments,
            device_id=device,
            installation_id=f"i{n}",
            serial=f"S{n}",
            public_key=b"k",
            thumbprint=f"t{n}",
            grade="bound" if n % 5 else "managed",
            standing="live",
            first_seen_at=0,
        )
        # ahead of the clock: these devices do not fall silent while pictures are taken
        heard = -200_000 if n == SILENT else 600_000
        tx.insert(
            t.device_seen,
            enrolment_id=enrolment,
            reported_at=self.c.now() + heard,
            acked_seq=1,
            last_seq=1,
            observed={
                "battery": 9 if n == FLAT else 40 + (n * 7) % 60,
                "charging": n % 6 == 0,
                "focused": n != AWAY,
                "page": "exam",
                "clock_offset_ms": 0,
            },
        )

    def _roster(self, round_id: int) -> None:
        def pupil(n: int, room: str, number: str, slot: int = 1) -> RosterRow:
            name = f"{FIRST[(n + 5 * slot - 5) % 16]} {LAST[n % 2]}"
            extra = 10 if n == 3 else 0
            return RosterRow(
                n, f"{number}{n:02d}", name, None, "IX-B", demo.NPSN, slot, room, str(n), extra, None
            )

        rooms = (("Lab 2", "02-001-1"), ("Lab 3", "02-001-2"))
        rows = [pupil(n, *room) for room in rooms for n in range(1, SEATS + 1)]
        rows += [pupil(n, "Lab 2", "02-001-3", 2) for n in range(1, SEATS + 1)]
        roster.import_participants(self.c.db, SYSTEM, self.c.now(), round_id, Roster(rows), "gambar.xlsx")

    def _run(self) -> None:
        db, now = self.c.db, self.c.now() - 110_000
        ids = self._sittings(self.exam)
        exams.open_exam(db, SYSTEM, now - 900_000, self.exam)
        exams.start(db, SYSTEM, now, self.exam)
        exams.open_exam(db, SYSTEM, now - 900_000, self.told)
        exams.open_exam(db, SYSTEM, now - 900_000, self.real)
        with db.write() as tx:
            for n, sitting in ids.items():
                if n in {21, WAITING}:
                    steps.move(tx, sitting, self.exam, SittingState.EXPECTED, SittingState.CHECKED_IN, now)
                elif n == READY:
                    steps.move(tx, sitting, self.exam, SittingState.EXPECTED, SittingState.READY, now)
                elif n not in {24, 25, 26}:
                    steps.begin(tx, sitting, self.exam, SittingState.EXPECTED, now - n * 1_700)
        seats.finish(db, SYSTEM, now, [ids[FINISHED], ids[UNSENT]])
        seats.pause(db, SYSTEM, now, [ids[PAUSED]])
        seats.absent(db, SYSTEM, now, [ids[26]])
        seats.lock(db, SYSTEM, now, [ids[LOCKED]], LOCK_WORDS)
        seats.extra_time(db, SYSTEM, now, [ids[9]], 5)
        with db.write() as tx:
            desired.refresh(tx, desired.devices_of(tx.c, list(ids.values())), self.c.now())
        self._applied()
        with db.write() as tx:  # one that has answers left to send, one seat without a Chromebook
            unsent = tx.c.execute(
                select(t.device_seen.c.observed, t.device_seen.c.enrolment_id)
                .join(t.enrolments, t.enrolments.c.id == t.device_seen.c.enrolment_id)
                .where(t.enrolments.c.serial == f"S{UNSENT}")
            ).one()
            tx.c.execute(
                t.device_seen.update()
                .where(t.device_seen.c.enrolment_id == unsent.enrolment_id)
                .values(observed={**unsent.observed, "unsent_answers": 3})
            )
            home = select(t.seats.c.id).join(t.rooms, t.rooms.c.id == t.seats.c.room_id)
            bare = tx.c.execute(
                home.where(t.rooms.c.name == "Lab 2", t.seats.c.label == str(BARE))
            ).scalar_one()
            tx.c.execute(
                t.device_places.update().where(t.device_places.c.seat_id == bare).values(to_at=self.c.now())
            )
        seats.lock(db, SYSTEM, self.c.now(), [ids[18]], "Tunggu sebentar.")

    def _applied(self) -> None:
        """Every device applied what it was ordered."""
        with self.c.db.write() as tx:
            for row in tx.c.execute(t.device_desired.select()).all():
                life = t.enrolments.select().where(t.enrolments.c.device_id == row.device_id)
                found = tx.c.execute(life).first()
                if found is None:
                    continue
                tx.c.execute(
                    t.device_seen.update()
                    .where(t.device_seen.c.enrolment_id == found.id)
                    .values(
                        applied_digest=row.digest,
                        applied_epoch=row.epoch,
                        applied_version=row.version,
                        applied_mode=json.loads(row.doc)["mode"],
                    )
                )

    def _sittings(self, exam_id: int) -> dict[int, int]:
        with self.c.db.read() as c:
            return {int(label): key for key, label in exam_list.seat_labels(c, exam_id).items()}
