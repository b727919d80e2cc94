"""A Chromebook that comes back: proposals to give it its place, and the decision on them.

A key that is not known opens one (`open_for_newcomer`), and so does what the console says of a record
(`open_for_record`). Nothing is merged by itself but what `remap_rule` allows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, Invalid, NotFound
from server.services import audit, lives, remap_asks, remap_undo, remap_worth
from server.services.actor import SYSTEM, Actor
from server.services.remap_accept import CLICK, OPENED, SCAN, TYPED, carry_out, claim, decided, keep
from server.services.remap_again import look_at
from server.services.remap_lives import REJECTED
from server.services.remap_views import (
    ACCEPTED,
    DECLINED,
    OPEN,
    SUPERSEDED,
    Reckoned,
    reckoned,
    row_of,
)
from server.services.remap_views import RemapView as RemapView
from server.services.remap_views import get as get
from server.services.remap_views import waiting as waiting
from server.store.database import BoardChanged, Database, Write
from server.store.tables import enrolments, incidents, remaps

HOWS = frozenset({CLICK, SCAN, TYPED, OPENED})


# --- opening -----------------------------------------------------------------------------------------------


def open_for_newcomer(tx: Write, now: int, enrolment_id: int) -> int | None:
    """The proposal for a key that waits; the one that is open already, if there is one. None: it does not wait.

    The school's rule may accept it at once.
    """
    row = _open_of(tx.c, enrolment_id)
    made = row if row is not None else _new_for_newcomer(tx, now, enrolment_id)
    if made is None:
        return None
    look_at(tx, now, made)
    return int(made.id)


def _open_of(c: Connection, enrolment_id: int) -> Row[Any] | None:
    return c.execute(
        select(remaps).where(remaps.c.enrolment_id == enrolment_id, remaps.c.state == OPEN)
    ).one_or_none()


def _new_for_newcomer(tx: Write, now: int, enrolment_id: int) -> Row[Any] | None:
    standing = tx.c.execute(select(enrolments.c.standing).where(enrolments.c.id == enrolment_id)).scalar()
    given = reckoned(tx.c, now, enrolment_id, None) if standing == lives.QUARANTINED else None
    if given is None:
        return None
    # What the console alone had said of this return is part of this proposal now.
    about = remaps.c.console_id == given.console_id if given.console_id is not None else None
    mine = remaps.c.device_id == given.opinion.device_id
    tx.c.execute(
        remaps.update()
        .where(
            remaps.c.state == OPEN, remaps.c.enrolment_id.is_(None), mine if about is None else mine | about
        )
        .values(state=SUPERSEDED, decided_at=now)
    )
    return _insert(tx, now, given, enrolment_id)


def open_for_record(tx: Write, now: int, console_id: str) -> int | None:
    """The proposal for a record of the console that no key has come from yet, when there is something to propose.

    None: nothing to propose, a proposal about this Chromebook is open, or a person has decided on this return.
    """
    given = reckoned(tx.c, now, None, console_id)
    if given is None or not remap_worth.worth_it(given) or remap_worth.spoken_for(tx.c, given):
        return None
    row = _insert(tx, now, given, None)
    look_at(tx, now, row)
    return int(row.id)


def _insert(tx: Write, now: int, given: Reckoned, enrolment_id: int | None) -> Row[Any]:
    remap_id = tx.insert(remaps, **given.values(), enrolment_id=enrolment_id, state=OPEN, opened_at=now)
    audit.record(
        tx,
        SYSTEM,
        "remap.open",
        f"device {given.proposal.label or '?'}",
        now,
        remap=remap_id,
        strength=str(given.opinion.strength),
    )
    tx.tell(BoardChanged(None))
    if enrolment_id is not None:
        remap_asks.ask(tx, now)
    return row_of(tx.c, remap_id)


# --- deciding ----------------------------------------------------------------------------------------------


def accept(
    db: Database, who: Actor, now: int, remap_id: int, digest: str, how: str, *, device_id: int | None = None
) -> None:
    """Give the Chromebook its place back. `digest`: of what was shown; `how`: scan | typed | opened | click.

    `device_id`: the sticker that was scanned or typed; where there is no single candidate it chooses one.
    Raises: NotFound (`remap_unknown`), Invalid (`remap_how`, `remap_no_candidate`), Conflict (`remap_decided`,
    `remap_changed`, `remap_other_device`, `remap_serial_taken`).
    """
    if how not in HOWS:
        raise Invalid(f"how '{how}': scan, typed, opened or click", code="remap_how")
    with db.write() as tx:
        row = row_of(tx.c, remap_id)
        if row.state != OPEN:
            raise decided(tx.c, remap_id)
        given = reckoned(tx.c, now, row.enrolment_id, row.console_id)
        if given is None or given.digest != digest:
            raise Conflict(
                f"remap {remap_id}: something changed since it was shown; look again", code="remap_changed"
            )
        carry_out(tx, who, now, row, _chosen(tx.c, now, row, given, device_id), how)


def _chosen(c: Connection, now: int, row: Row[Any], given: Reckoned, device_id: int | None) -> Reckoned:
    among = given.opinion.candidates
    if given.opinion.device_id is not None:
        if device_id is not None and device_id != given.opinion.device_id:
            raise Conflict(
                f"remap {row.id}: that sticker is another Chromebook's; this one is {given.proposal.label}",
                code="remap_other_device",
                label=given.proposal.label,
            )
        return given
    if row.enrolment_id is not None:  # a key knocked as one device, and can be no other
        knocked = select(enrolments.c.device_id).where(enrolments.c.id == row.enrolment_id)
        among = (c.execute(knocked).scalar_one(),)
    if device_id is None or (among and device_id not in among):
        raise Invalid(
            f"remap {row.id}: no single candidate; say which Chromebook it is by its sticker",
            code="remap_no_candidate",
        )
    found = reckoned(c, now, row.enrolment_id, row.console_id, chosen=device_id)
    if found is None or found.opinion.device_id is None:
        raise NotFound(f"device {device_id}: not known; reload the list", code="device_not_listed")
    return found


def accept_as_it_stands(tx: Write, who: Actor, now: int, enrolment_id: int) -> None:
    """A person at the board has seen sticker and Chromebook. The board shows no evidence, so a key that still speaks
    for a pupil is not ended from there.

    Raises: Conflict (`enrolment_not_waiting`, `remap_old_alive`, as `accept`).
    """
    row = _open_of(tx.c, enrolment_id) or _new_for_newcomer(tx, now, enrolment_id)
    given = reckoned(tx.c, now, enrolment_id, None) if row is not None else None
    if row is None or given is None:
        raise Conflict(f"enrolment {enrolment_id}: it is not waiting", code="enrolment_not_waiting")
    if given.opinion.device_id is None:
        device_id = tx.c.execute(
            select(enrolments.c.device_id).where(enrolments.c.id == enrolment_id)
        ).scalar_one()
        given = _chosen(tx.c, now, row, given, device_id)
    if {"old_key_alive", "seated"} <= {one.code for one in given.opinion.evidence}:
        raise Conflict(
            f"remap {row.id}: {given.proposal.label} still speaks and serves a pupil; look at the evidence first",
            code="remap_old_alive",
            label=given.proposal.label,
        )
    carry_out(tx, who, now, row, given, CLICK)


def reject(db: Database, who: Actor, now: int, remap_id: int) -> None:
    """It is not that Chromebook: its key stays out, and does not ask again.

    Raises: NotFound (`remap_unknown`), Conflict (`remap_decided`).
    """
    with db.write() as tx:
        row = row_of(tx.c, remap_id)
        mine = [row.enrolment_id] if row.enrolment_id is not None else []
        kept = keep(tx.c, mine)
        asked = [
            r.id
            for r in tx.c.execute(
                select(incidents.c.id, incidents.c.detail).where(
                    incidents.c.kind == "newcomer", incidents.c.closed_at.is_(None)
                )
            )
            if r.detail.get("enrolment") in mine
        ]
        claim(
            tx,
            row,
            state=DECLINED,
            decided_at=now,
            decided_by=who.name,
            before={"lives": kept, "incidents": asked},
        )
        lives.end(tx, now, mine, REJECTED)
        tx.c.execute(
            incidents.update().where(incidents.c.id.in_(asked)).values(closed_at=now, closed_by=who.name)
        )
        audit.record(tx, who, "remap.reject", f"serial {row.serial}", now, remap=remap_id)
        tx.tell(BoardChanged(None))


def undo(db: Database, who: Actor, now: int, remap_id: int) -> None:
    """Take a decision back: what it changed stands again as it did, here and in the console.

    Raises: NotFound (`remap_unknown`), Conflict (`remap_not_decided`, `remap_newer`, `remap_in_use`, `remap_moved_on`,
    `remap_serial_taken`).
    """
    with db.write() as tx:
        row = row_of(tx.c, remap_id)
        if row.state == ACCEPTED and row.before is not None:
            remap_undo.of_accepted(tx, who, now, row)
            _ask_again(tx, now, row)
        elif row.state == DECLINED and row.before is not None:
            remap_undo.of_rejected(tx, who, now, row)
        else:
            raise Conflict(f"remap {remap_id}: nothing to undo; it is {row.state}", code="remap_not_decided")


def _ask_again(tx: Write, now: int, row: Row[Any]) -> None:
    """After a yes was taken back the question stands again, and remembers that."""
    if row.enrolment_id is not None:
        open_for_newcomer(tx, now, row.enrolment_id)
        return
    given = reckoned(tx.c, now, None, row.console_id)
    if given is not None and not remap_worth.asked(tx.c, given):
        _insert(tx, now, given, None)
