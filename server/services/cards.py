"""The card that a participant brings: who, where, the code that opens Bangku's page, and one to scan."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.domain.errors import NotFound
from server.domain.exam import LIVE, ExamState
from server.domain.scan import What
from server.domain.scan import code as scan_code
from server.services import scans, when
from server.services.exam_rows import get as get_exam
from server.services.school import host
from server.store.database import Database
from server.store.tables import (
    exam_slots,
    exams,
    participants,
    registrations,
    rooms,
    round_days,
    rounds,
    schools,
    seat_plans,
    seats,
    sittings,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Session, its start as hh:mm, room and seat."""

    session: int
    starts: str | None
    room: str
    seat: str


@dataclass(frozen=True, slots=True)
class Card:
    """`code`: what stands after the address and `/k/`; it names a registration and nothing of the person."""

    registration_id: int
    name: str
    number: str
    username: str | None
    class_name: str | None
    school: str
    round_name: str
    card_code: str
    code: str
    reserve: bool
    places: tuple[Place, ...]


_SEATED = (exam_slots.c.number.label("session"), exam_slots.c.starts, rooms.c.name.label("room"))


def of_exam(db: Database, exam_id: int) -> list[Card]:
    """Everybody of one exam, by seat, each with the place in this exam alone. Raises: NotFound (`exam_unknown`)."""
    with db.read() as c:
        exam = get_exam(c, exam_id)
        rows = c.execute(
            select(sittings.c.registration_id, *_SEATED, seats.c.label.label("seat"))
            .select_from(sittings)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
            .join(rooms, rooms.c.id == exams.c.room_id)
            .outerjoin(seats, seats.c.id == sittings.c.seat_id)
            .where(sittings.c.exam_id == exam_id, sittings.c.state != "moved")
            .order_by(seats.c.row.is_(None), seats.c.row, seats.c.column, sittings.c.id)
        ).all()
        round_id = c.execute(select(round_days.c.round_id).where(round_days.c.id == exam.day_id)).scalar_one()
    return _cards(
        db, round_id, {r.registration_id: [Place(r.session, r.starts, r.room, r.seat or "–")] for r in rows}
    )


def of_round(
    db: Database, round_id: int, *, slot_id: int | None = None, room_id: int | None = None
) -> list[Card]:
    """Everybody registered, by room, session and seat, who has no seat last; or only one session or room.

    Raises: NotFound (`round_unknown`).
    """
    with db.read() as c:
        if c.execute(select(rounds.c.id).where(rounds.c.id == round_id)).scalar() is None:
            raise NotFound(f"round {round_id}: not known", code="round_unknown")
        query = (
            select(seat_plans.c.registration_id, *_SEATED, seats.c.label.label("seat"))
            .join(seats, seats.c.id == seat_plans.c.seat_id)
            .join(rooms, rooms.c.id == seats.c.room_id)
            .join(exam_slots, exam_slots.c.id == seat_plans.c.slot_id)
            .join(registrations, registrations.c.id == seat_plans.c.registration_id)
            .where(registrations.c.round_id == round_id)
            .order_by(rooms.c.name, exam_slots.c.number, seats.c.row, seats.c.column)
        )
        if slot_id is not None:
            query = query.where(seat_plans.c.slot_id == slot_id)
        if room_id is not None:
            query = query.where(seats.c.room_id == room_id)
        places: dict[int, list[Place]] = {}
        for row in c.execute(query):
            place = Place(row.session, row.starts, row.room, row.seat)
            places.setdefault(row.registration_id, []).append(place)
        if slot_id is None and room_id is None:
            rest = select(registrations.c.id).where(
                registrations.c.round_id == round_id, registrations.c.replaced_by_id.is_(None)
            )
            for registration_id in c.execute(rest.order_by(registrations.c.number)).scalars():
                places.setdefault(registration_id, [])
    return _cards(db, round_id, places)


def exam_of(c: Connection, registration_id: int, now: int) -> tuple[int, str | None]:
    """The exam that a scanned card means now, and the seat in it: one that runs before one to come before one past.

    Raises: NotFound (`card_no_exam_yet`).
    """
    today = when.today(now, host(c).timezone)
    rows = c.execute(
        select(exams.c.id, exams.c.state, round_days.c.date, exam_slots.c.number, seats.c.label)
        .select_from(sittings)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(round_days, round_days.c.id == exams.c.day_id)
        .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .where(sittings.c.registration_id == registration_id, sittings.c.state != "moved")
        .order_by(round_days.c.date, exam_slots.c.number)
    ).all()
    if not rows:
        raise NotFound(
            f"registration {registration_id}: in no exam yet; make the exam first", code="card_no_exam_yet"
        )
    live = [r for r in rows if r.state in {str(s) for s in LIVE}]
    drafts = [r for r in rows if r.state == str(ExamState.DRAFT) and r.date >= today]
    found = (live or drafts or [rows[-1]])[0]
    return int(found.id), found.label


def _cards(db: Database, round_id: int, places: dict[int, list[Place]]) -> list[Card]:
    """In the order of `places`."""
    key = scans.key(db)
    with db.read() as c:
        rows = {
            r.id: r
            for r in c.execute(
                select(
                    registrations,
                    *(participants.c.name, participants.c.class_name),
                    *(schools.c.name.label("school"), rounds.c.name.label("round_name")),
                )
                .join(participants, participants.c.id == registrations.c.participant_id)
                .join(schools, schools.c.id == participants.c.school_id)
                .join(rounds, rounds.c.id == registrations.c.round_id)
                .where(registrations.c.round_id == round_id)
            )
        }
    return [
        Card(
            registration_id=r.id,
            name=r.name,
            number=r.number,
            username=r.username,
            class_name=r.class_name,
            school=r.school,
            round_name=r.round_name,
            card_code=r.card_code,
            code=scan_code(What.CARD, str(r.id), key),
            reserve=r.kind == "reserve",
            places=tuple(sat),
        )
        for r, sat in ((rows[key_], sat) for key_, sat in places.items() if key_ in rows)
    ]
