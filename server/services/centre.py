"""What the proktor and the probe say about the centre of an `exam_browser` exam. Our own exams have none."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.centre import CentreState, Teller, raise_if_before, raise_if_not_centre, today_at
from server.domain.errors import Conflict, Invalid
from server.domain.exam import LIVE, Client
from server.domain.hosts import host_of
from server.services import audit, tokens
from server.services import centre_spells as spells
from server.services.actor import SYSTEM, Actor
from server.services.exam_rows import get as get_exam
from server.store.database import BoardChanged, Database, Write
from server.store.tables import centre_states, exams

ADDRESS_MAX = 500
_LIVE = [str(s) for s in LIVE]

#: What the trail calls the beginning and the end of a spell.
BEGUN = {
    CentreState.TOKEN_AWAITED: "centre.token_awaited",
    CentreState.UNREACHABLE: "centre.unreachable",
}
OVER = {
    CentreState.TOKEN_AWAITED: "centre.token_not_awaited",
    CentreState.UNREACHABLE: "centre.reachable",
}


def begin(
    db: Database, who: Actor, now: int, exam_id: int, kind: CentreState, clock: int | None = None
) -> None:
    """A person says that a spell began: now, or at `clock` (minutes after local midnight) today. While it lasts,
    another `clock` corrects its beginning. A copied token is taken down: who waits for one has none to show.

    Raises: NotFound (`exam_unknown`), Conflict (`centre_not_for_web`, `centre_exam_not_live`, `centre_already`,
    `centre_time_taken`), Invalid (`centre_time_later`).
    """
    with db.write() as tx:
        _live(tx.c, exam_id)
        since = now if clock is None else today_at(clock, now, spells.zone_hours(tx.c))
        raise_if_before(since, spells.last_end(tx.c, exam_id, kind))
        lasts = spells.lasting(tx.c, exam_id, kind)
        if lasts is None:
            if kind is CentreState.TOKEN_AWAITED:
                tokens.stop(tx, exam_id, now)
            _add(tx, who, now, exam_id, kind, since, Teller.PERSON)
            return
        if clock is None or since == lasts.from_at:
            raise Conflict(
                f"exam {exam_id}: that is already on record; enter another time to correct it",
                code="centre_already",
            )
        tx.c.execute(
            centre_states.update()
            .where(centre_states.c.id == lasts.id, centre_states.c.to_at.is_(None))
            .values(from_at=since, told_by=str(Teller.PERSON), by_staff_id=who.staff_id)
        )
        audit.record(
            tx,
            who,
            "centre.correct_time",
            f"exam {exam_id}",
            now,
            kind=str(kind),
            since=since,
            before=lasts.from_at,
        )
        tx.tell(BoardChanged(frozenset({exam_id})))


def end(db: Database, who: Actor, now: int, exam_id: int, kind: CentreState) -> None:
    """A person says that it is over.

    Raises: NotFound (`exam_unknown`), Conflict (`centre_not_for_web`, `centre_exam_not_live`, `centre_not_so`).
    """
    with db.write() as tx:
        _live(tx.c, exam_id)
        since = spells.close(tx, exam_id, [kind], now)
        if since is None:
            raise Conflict(f"exam {exam_id}: that is over already; reload the board", code="centre_not_so")
        audit.record(tx, who, OVER[kind], f"exam {exam_id}", now, since=since)


def set_probe_url(db: Database, who: Actor, now: int, exam_id: int, url: str) -> None:
    """The address to look at, or none. What the probe had said of the address before is over with it.

    Raises: NotFound (`exam_unknown`), Conflict (`centre_not_for_web`), Invalid (`probe_url_invalid`).
    """
    url = url.strip()
    if url and (host_of(url) is None or len(url) > ADDRESS_MAX or not url.isprintable() or " " in url):
        raise Invalid(
            "probe address: not a full web address; enter one such as https://anbk.example/",
            code="probe_url_invalid",
            field="probe_url",
        )
    with db.write() as tx:
        exam = _get(tx.c, exam_id)
        if (exam.probe_url or "") == url:
            return
        tx.c.execute(exams.update().where(exams.c.id == exam_id).values(probe_url=url or None))
        spells.close(tx, exam_id, [CentreState.UNREACHABLE], now, [Teller.PROBE])
        audit.record(tx, who, "centre.probe_url", f"exam {exam_id}", now, url=url or None)
        tx.tell(BoardChanged(frozenset({exam_id})))


def watched(c: Connection) -> dict[str, list[int]]:
    """address → exams that are open or under way and have it looked at."""
    rows = c.execute(
        select(exams.c.id, exams.c.probe_url)
        .where(
            exams.c.client == str(Client.EXAM_BROWSER),
            exams.c.state.in_(_LIVE),
            exams.c.probe_url.is_not(None),
        )
        .order_by(exams.c.id)
    )
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.probe_url, []).append(row.id)
    return found


def missed(db: Database, now: int, exam_id: int, url: str, since: int, our_side: bool | None) -> bool:
    """The probe found the centre away since then. False when there was nothing to add to the record."""
    with db.write() as tx:
        if (
            not _still(tx.c, exam_id, url)
            or spells.lasting(tx.c, exam_id, CentreState.UNREACHABLE) is not None
        ):
            return False
        ended = spells.last_end(tx.c, exam_id, CentreState.UNREACHABLE)
        _add(
            tx,
            SYSTEM,
            now,
            exam_id,
            CentreState.UNREACHABLE,
            max(since, ended or since),
            Teller.PROBE,
            our_side=our_side,
        )
        return True


def answered(db: Database, now: int, exam_id: int) -> None:
    """The centre answers: what the probe had said is over. What a person said stays until a person takes it back."""
    with db.read() as c:
        lasts = spells.lasting(c, exam_id, CentreState.UNREACHABLE)
    if lasts is None or lasts.told_by != Teller.PROBE:
        return  # nothing to do: do not take the write lock
    with db.write() as tx:
        since = spells.close(tx, exam_id, [CentreState.UNREACHABLE], now, [Teller.PROBE])
        if since is not None:
            audit.record(tx, SYSTEM, OVER[CentreState.UNREACHABLE], f"exam {exam_id}", now, since=since)


def _add(
    tx: Write,
    who: Actor,
    now: int,
    exam_id: int,
    kind: CentreState,
    since: int,
    teller: Teller,
    our_side: bool | None = None,
) -> None:
    tx.insert(
        centre_states,
        exam_id=exam_id,
        kind=str(kind),
        from_at=since,
        told_by=str(teller),
        by_staff_id=who.staff_id,
    )
    audit.record(tx, who, BEGUN[kind], f"exam {exam_id}", now, since=since, our_side=our_side)
    tx.tell(BoardChanged(frozenset({exam_id})))


def _get(c: Connection, exam_id: int) -> Row[Any]:
    exam = get_exam(c, exam_id)
    raise_if_not_centre(exam.client)
    return exam


def _live(c: Connection, exam_id: int) -> Row[Any]:
    exam = _get(c, exam_id)
    if exam.state not in _LIVE:
        raise Conflict(
            f"exam {exam_id}: not open, so nothing is noted about its centre; open check-in first",
            code="centre_exam_not_live",
        )
    return exam


def _still(c: Connection, exam_id: int, url: str) -> bool:
    """The look took a while: is the exam still under way and the address still the one looked at?"""
    exam = c.execute(select(exams.c.state, exams.c.probe_url).where(exams.c.id == exam_id)).one_or_none()
    return exam is not None and exam.state in _LIVE and exam.probe_url == url
