"""Rounds (pelaksanaan): what is held, for what purpose, on which days, in which sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain import setup
from server.domain.errors import Invalid, NotFound
from server.domain.exam import Purpose
from server.services import audit, setup_times, setup_uses
from server.services.actor import Actor
from server.services.setup_school import must_host
from server.services.setup_times import DAY, SLOT, When
from server.store.database import BoardChanged, Database, Write
from server.store.tables import exam_slots, exams, round_days, rounds

NAME_LENGTH = 160
WORD_LENGTH = 40


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round with its days and sessions, each in order."""

    id: int
    name: str
    programme: str
    purpose: str
    wave: str | None
    days: tuple[Row[Any], ...]
    slots: tuple[Row[Any], ...]


def lines(c: Connection) -> list[RoundLine]:
    """All rounds, the newest first."""
    days: dict[int, list[Row[Any]]] = {}
    slots: dict[int, list[Row[Any]]] = {}
    for table, found in ((round_days, days), (exam_slots, slots)):
        for row in c.execute(select(table).order_by(table.c.number)):
            found.setdefault(row.round_id, []).append(row)
    return [
        RoundLine(
            r.id,
            r.name,
            r.programme,
            r.purpose,
            r.wave,
            tuple(days.get(r.id, ())),
            tuple(slots.get(r.id, ())),
        )
        for r in c.execute(select(rounds).order_by(rounds.c.id.desc()))
    ]


def line(c: Connection, round_id: int) -> RoundLine:
    """Raises: NotFound (`round_unknown`)."""
    found = next((r for r in lines(c) if r.id == round_id), None)
    if found is None:
        raise _unknown(round_id)
    return found


def create(
    db: Database,
    who: Actor,
    now: int,
    *,
    name: str,
    programme: str,
    purpose: str,
    wave: str,
    days: list[When],
    slots: list[When],
) -> int:
    """A round with its days and sessions, numbered in the order they fall.

    Raises: SeveralInvalid (`field_missing`, `day_invalid`, `days_missing`, `slot_invalid`, …);
    Conflict (`school_missing`).
    """
    values, days, slots = _checked(name, programme, purpose, wave, days, slots)
    with db.write() as tx:
        must_host(tx.c)
        round_id = tx.insert(rounds, created_at=now, **values)
        setup_times.put(tx, DAY, round_id, [When(d.value) for d in days])
        setup_times.put(tx, SLOT, round_id, [When(s.value) for s in slots])
        _record(tx, who, now, "setup.round_create", round_id, values, days, slots)
    return round_id


def change(
    db: Database,
    who: Actor,
    now: int,
    round_id: int,
    *,
    name: str,
    programme: str,
    purpose: str,
    wave: str,
    days: list[When],
    slots: list[When],
) -> None:
    """Correct a round; add days and sessions at any time.

    Raises: as `create`; NotFound (`round_unknown`); Conflict (`round_in_use` once an exam of it has begun,
    `day_in_use`, `slot_in_use`).
    """
    values, days, slots = _checked(name, programme, purpose, wave, days, slots)
    with db.write() as tx:
        row = _must(tx.c, round_id)
        changed = next((key for key, value in values.items() if getattr(row, key) != value), None)
        if changed is not None:
            begun = setup_uses.exams_of(tx.c, _of_round(round_id), begun=True)
            setup_uses.raise_if_used(f"round {round_id}", "round_in_use", begun, field=changed, name=row.name)
            tx.c.execute(rounds.update().where(rounds.c.id == round_id).values(**values))
        setup_times.put(tx, DAY, round_id, days)
        setup_times.put(tx, SLOT, round_id, slots)
        _record(tx, who, now, "setup.round_change", round_id, values, days, slots)
        tx.tell(BoardChanged(None))


def remove(db: Database, who: Actor, now: int, round_id: int) -> None:
    """Raises: NotFound (`round_unknown`); Conflict (`round_in_use`)."""
    with db.write() as tx:
        row = _must(tx.c, round_id)
        uses = [
            *setup_uses.exams_of(tx.c, _of_round(round_id)),
            *setup_uses.of_round(tx.c, round_id),
        ]
        setup_uses.raise_if_used(f"round {round_id}", "round_in_use", uses, name=row.name)
        for table in (round_days, exam_slots):
            tx.c.execute(table.delete().where(table.c.round_id == round_id))
        tx.c.execute(rounds.delete().where(rounds.c.id == round_id))
        audit.record(tx, who, "setup.round_remove", f"round {round_id}", now, name=row.name)


def _checked(
    name: str, programme: str, purpose: str, wave: str, days: list[When], slots: list[When]
) -> tuple[dict[str, str | None], list[When], list[When]]:
    name, programme, wave = setup.tidy(name), setup.tidy(programme), setup.tidy(wave)
    good_days, wrong_days = setup_times.checked(DAY, days)
    good_slots, wrong_slots = setup_times.checked(SLOT, slots)
    problems: list[Invalid] = [
        *setup.text_problem(name, "name", NAME_LENGTH),
        *setup.text_problem(programme, "programme", WORD_LENGTH),
        *setup.choice_problem(purpose, "purpose", [str(p) for p in Purpose]),
        *(setup.text_problem(wave, "wave", WORD_LENGTH) if wave else ()),
        *wrong_days,
        *wrong_slots,
    ]
    setup.raise_if_any(problems)
    values = {"name": name, "programme": programme, "purpose": purpose, "wave": wave or None}
    return values, good_days, good_slots


def _record(
    tx: Write,
    who: Actor,
    now: int,
    action: str,
    round_id: int,
    values: dict[str, str | None],
    days: list[When],
    slots: list[When],
) -> None:
    audit.record(
        tx,
        who,
        action,
        f"round {round_id}",
        now,
        name=values["name"],
        programme=values["programme"],
        purpose=values["purpose"],
        wave=values["wave"],
        days=[d.value for d in days],
        slots=[s.value for s in slots],
    )


def _of_round(round_id: int) -> Any:
    return exams.c.day_id.in_(select(round_days.c.id).where(round_days.c.round_id == round_id))


def _must(c: Connection, round_id: int) -> Row[Any]:
    row = c.execute(select(rounds).where(rounds.c.id == round_id)).one_or_none()
    if row is None:
        raise _unknown(round_id)
    return row


def _unknown(round_id: int) -> NotFound:
    return NotFound(f"round {round_id}: not known", code="round_unknown")
