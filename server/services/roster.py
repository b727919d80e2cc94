"""Participants in: read a sheet, show what it would do, then do all of it or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, bindparam, select

from server.domain.errors import Invalid
from server.domain.import_preview import Preview, Summary
from server.domain.roster import SPEC, Roster, RosterRow, read
from server.domain.sheet import Sheet
from server.domain.token import ALPHABET
from server.services import audit, sheet
from server.services.actor import Actor
from server.services.roster_plan import Plan, own_npsn, plan
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import participants, registrations, schools, seat_plans


def parse(
    c: Connection, file: Path | BinaryIO, file_name: str, columns: Mapping[str, int] | None = None
) -> Roster:
    """Understand a file. Raises: Invalid (`sheet_unreadable`, `sheet_too_long`) naming it."""
    content = file.read_bytes() if isinstance(file, Path) else file.read()
    return understand(c, sheet.read(SPEC, content, file_name), columns)


def understand(c: Connection, given: Sheet, columns: Mapping[str, int] | None = None) -> Roster:
    """The rows of a sheet that was read before; `columns` (field → column) replaces what its headings say."""
    known = c.execute(select(schools.c.npsn)).scalars().all()
    return read(given, own_npsn(c), known, columns)


def preview(c: Connection, round_id: int, roster: Roster) -> Preview:
    """What `import_participants` would do: the same plan, not carried out."""
    return plan(c, round_id, roster).preview


def import_participants(
    db: Database,
    who: Actor,
    now: int,
    round_id: int,
    roster: Roster,
    file_name: str,
    seen: str | None = None,
) -> Summary:
    """All rows in one transaction; the same file again changes nothing.

    `seen`: the digest of the preview that was shown. Raises: Invalid (`roster_has_problems`, and `roster_locked`
    for a change that would touch an exam already made), Conflict (`preview_changed`).
    """
    with db.write() as tx:
        made = plan(tx.c, round_id, roster)
        shown = made.preview
        if shown.problems:
            raise _refusal(shown, file_name)
        shown.raise_if_not(seen, file_name)
        _write(tx, round_id, made)
        summary = shown.summary
        audit.record(
            tx,
            who,
            "roster.import",
            f"round {round_id}",
            now,
            file=file_name,
            new=summary.new,
            changed=summary.changed,
            same=summary.same,
        )
        tx.tell(BoardChanged(None))
    return summary


def _refusal(shown: Preview, file_name: str) -> Invalid:
    first = shown.problems[0]
    if first.code == "roster_locked":
        return Invalid(
            f"{file_name} row {first.row}: {first.message}",
            code="roster_locked",
            file=file_name,
            row=first.row,
            **first.more,
        )
    return Invalid(
        f"{file_name}: {len(shown.problems)} problems, the first in row {first.row}: {first.message}",
        code="roster_has_problems",
        file=file_name,
        count=len(shown.problems),
        row=first.row,
    )


def _write(tx: Write, round_id: int, made: Plan) -> None:
    """Carry a plan out. Every old place is cleared before a new one is given, so two pupils may change seats."""
    c = tx.c
    ids: dict[str, int] = {}
    for some in chunks(made.new):
        people = c.execute(
            participants.insert().returning(participants.c.id, sort_by_parameter_order=True),
            [made.person(row) for row in some],
        ).scalars()
        registered = c.execute(
            registrations.insert().returning(registrations.c.id, sort_by_parameter_order=True),
            [
                {
                    "round_id": round_id,
                    "participant_id": person,
                    "number": row.number,
                    "card_code": "".join(secrets.choice(ALPHABET) for _ in range(6)),
                    **made.registration(row),
                }
                for row, person in zip(some, people.all(), strict=True)
            ],
        ).scalars()
        ids |= dict(zip((row.number for row in some), registered.all(), strict=True))
    ids |= {row.number: made.found[row.number].id for row in made.changed}
    for batch in chunks(made.changed):
        _update(c, participants, [(made.found[r.number].participant_id, made.person(r)) for r in batch])
        _update(c, registrations, [(made.found[r.number].id, made.registration(r)) for r in batch])
        moving = [ids[r.number] for r in batch if made.may_place(r)]
        c.execute(seat_plans.delete().where(seat_plans.c.registration_id.in_(moving)))
    placed: list[tuple[RosterRow, tuple[int, int]]] = [
        (row, place)
        for row in (*made.new, *made.changed)
        if made.may_place(row) and (place := made.places.of(row)) is not None
    ]
    for pairs in chunks(placed):
        c.execute(
            seat_plans.insert(),
            [
                {"registration_id": ids[row.number], "slot_id": slot, "seat_id": seat}
                for row, (slot, seat) in pairs
            ],
        )


def _update(c: Connection, table: Any, rows: list[tuple[int, dict[str, Any]]]) -> None:
    names = rows[0][1].keys()
    statement = table.update().where(table.c.id == bindparam("b_id")).values({n: bindparam(n) for n in names})
    c.execute(statement, [{"b_id": key, **given} for key, given in rows])
