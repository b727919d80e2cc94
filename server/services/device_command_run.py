"""Sending commands and following them: one pass over everything open.

A command cannot be asked for twice and recognised, so what is about to be sent is written down first, and a lost
answer ends as `unknown`: nothing here ever sends the same order again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain import device_command as rules
from server.domain.device_command import COMMANDS, FOLLOWED, STATUS_CHANGES, Kind, State
from server.domain.errors import BangkuError
from server.services import audit, console_marks, device_guard
from server.services.google_work import Stopped, Work
from server.store.database import Database
from server.store.tables import device_commands, devices
from server.workspace.gateway import GoogleError

Json = dict[str, Any]
t = device_commands
#: Refused for now, surely not sent: it stays in line this long.
IN_LINE_MS = 3_600_000
LOOKS_SECONDS = (1, 2, 4, 8)  # for a change of status to show


def due(c: Connection, now: int) -> bool:
    """Whether a pass would have anything to do."""
    rows = c.execute(select(t).where(t.c.state.in_((State.QUEUED, *FOLLOWED)))).all()
    return any(row.state == State.QUEUED or _due(row, now) for row in rows)


def run(work: Work) -> Json:
    """Clear up after a crash, send what is in line, look at what is on its way."""
    db = work.context.db
    _expire_asked(db, work.now)
    for row in _rows(db, State.SENT):
        if row.command_id is None:  # only one job runs, so this is from a pass that died or lost its network
            _clear_up(work, row)
    queued = _rows(db, State.QUEUED)
    for count, row in enumerate(queued):
        work.step("commands_sending", count, len(queued))
        _send(work, row)
    open_ = [row for row in _rows(db, *FOLLOWED) if row.command_id is not None and _due(row, work.now)]
    for count, row in enumerate(open_):
        work.step("commands_looking", count, len(open_))
        _look(work, row)
    left = len(_rows(db, State.QUEUED, *FOLLOWED))
    return {"commands_sent": len(queued), "looked": len(open_), "commands_open": left}


def _send(work: Work, row: Row[Any]) -> None:
    db, kind = work.context.db, Kind(row.kind)
    if not _intend(work, row, kind):
        return
    try:
        if kind in STATUS_CHANGES:
            _change_status(work, row, kind)
        else:
            payload = {"volume": row.payload["volume"]} if kind is Kind.VOLUME else None
            google_id = _issue(work, row, kind, payload)
            _set(db, row, State.SENT, command_id=google_id, google_state="PENDING")
    except GoogleError as error:
        if error.params.get("sent") == "unknown":
            _clear_up(work, row)
        elif error.passing and work.now - row.created_at < IN_LINE_MS:
            _set(db, row, State.QUEUED, sent_at=None)
            raise  # the whole pass waits: Google is busy or away
        else:
            _end(work, row, State.FAILED, error.code, _plain(error))


def _issue(work: Work, row: Row[Any], kind: Kind, payload: Json | None) -> str:
    try:
        return work.gateway.issue_command(row.console_id, COMMANDS[kind], payload)
    except Stopped:
        # The adapter sends this call once; stopped while it waits for its turn, it was never sent.
        _set(work.context.db, row, State.QUEUED, sent_at=None)
        raise


def _intend(work: Work, row: Row[Any], kind: Kind) -> bool:
    """Write down that it leaves now; or end it, where what guards a device has begun since it was asked."""
    refusal: BangkuError | None = None
    with work.context.db.write() as tx:
        device = tx.c.execute(select(devices).where(devices.c.id == row.device_id)).one_or_none()
        try:
            if device is not None:
                device_guard.raise_if_guarded(tx.c, work.now, kind, device)
        except BangkuError as error:
            refusal = error
        else:
            sent = tx.c.execute(
                t.update()
                .where(t.c.id == row.id, t.c.state == State.QUEUED)
                .values(state=str(State.SENT), sent_at=work.now)
            )
            return sent.rowcount == 1
    _end(work, row, State.FAILED, refusal.code, _plain(refusal), seen=State.QUEUED)
    return False


def _change_status(work: Work, row: Row[Any], kind: Kind) -> None:
    action, _ = STATUS_CHANGES[kind]
    reason = rules.DEPROVISION_REASONS.get(row.payload.get("reason", ""))
    outcomes = work.gateway.batch_change_status([row.console_id], action, deprovision_reason=reason)
    mine = next((o for o in outcomes if o.device_id == row.console_id), None)
    if mine is None:
        _clear_up(work, row)
    elif mine.error is not None and _read_status(work, row, kind, ()):
        _end(work, row, State.DONE)  # refused because it is so already: an earlier try of this call did it
    elif mine.error is not None:
        said = str(mine.error.get("message", ""))
        code = "licence_missing" if "licen" in said.lower() else "status_refused"
        _end(work, row, State.FAILED, code, {"said": said[:200]}, result=mine.error)
    else:
        _read_status(work, row, kind)
        _end(work, row, State.DONE)


def _clear_up(work: Work, row: Row[Any]) -> None:
    """It may have been sent. A status can be read back; what a command did cannot."""
    kind = Kind(row.kind)
    if kind in STATUS_CHANGES and _read_status(work, row, kind):
        _end(work, row, State.DONE)
    else:
        _end(work, row, State.UNKNOWN, "sent_unknown")


def _read_status(work: Work, row: Row[Any], kind: Kind, patience: tuple[int, ...] = LOOKS_SECONDS) -> bool:
    """Whether the device is read with the status that was ordered; patiently, since reads lag behind."""
    for seconds in (0, *patience):
        if seconds:
            work.wait(seconds)
        try:
            status = str(work.gateway.get_device(row.console_id, fields="deviceId,status").get("status", ""))
        except GoogleError:
            return False
        if status.lower() in STATUS_CHANGES[kind][1]:
            with work.context.db.write() as tx:
                console_marks.status(tx, work.now, row.console_id, status, command=row.id)
            return True
    return False


def _look(work: Work, row: Row[Any]) -> None:
    age = work.now - row.sent_at
    try:
        answer = work.gateway.get_command(row.console_id, row.command_id)
    except GoogleError as error:
        if error.code == "google_not_found" and age > rules.UNSEEN_MS:
            _end(work, row, State.UNKNOWN, "command_lost")
        elif error.passing or error.code == "google_not_found":
            _set(work.context.db, row, State(row.state), looked_at=work.now)
        else:
            raise
        return
    told = rules.read_answer(answer)
    if told.state is not None and told.state not in FOLLOWED:
        params = {"said": told.message[:200]} if told.message else None
        _end(
            *(work, row, told.state, told.code, params),
            google_state=told.google_state,
            result=answer.get("commandResult"),
        )
    elif age > rules.FOLLOW_MS and _past_expiry(answer, work.now):
        _end(work, row, State.UNKNOWN, "command_no_end", None, google_state=told.google_state)
    else:
        state = told.state or State(row.state)
        _set(work.context.db, row, state, google_state=told.google_state, looked_at=work.now)


def _past_expiry(answer: Json, now: int) -> bool:
    try:
        until = datetime.fromisoformat(str(answer.get("commandExpireTime", "")).replace("Z", "+00:00"))
    except ValueError:
        return True
    return now > until.timestamp() * 1000


def _expire_asked(db: Database, now: int) -> None:
    with db.write() as tx:
        tx.c.execute(
            t.update()
            .where(t.c.state == State.ASKED, t.c.created_at < now - rules.ASK_LASTS_MS)
            .values(state=str(State.EXPIRED), code="confirm_expired", ended_at=now)
        )


def _rows(db: Database, *states: State) -> list[Row[Any]]:
    with db.read() as c:
        return list(c.execute(select(t).where(t.c.state.in_(states)).order_by(t.c.id)))


def _due(row: Row[Any], now: int) -> bool:
    return row.command_id is None or rules.look_due(row.sent_at, row.looked_at, now)


def _set(db: Database, row: Row[Any], state: State, **values: object) -> None:
    with db.write() as tx:
        tx.c.execute(
            t.update()
            .where(t.c.id == row.id, t.c.state.in_((State.QUEUED, *FOLLOWED)))
            .values(state=str(state), **values)
        )


def _end(
    work: Work,
    row: Row[Any],
    state: State,
    code: str | None = None,
    params: Json | None = None,
    seen: State | None = None,
    **values: object,
) -> None:
    """The end of a command, in its row, in its device's history and in the trail."""
    now = work.now
    states = (seen,) if seen else FOLLOWED
    with work.context.db.write() as tx:
        ended = tx.c.execute(
            t.update()
            .where(t.c.id == row.id, t.c.state.in_(states))
            .values(state=str(state), code=code, code_params=params, ended_at=now, looked_at=now, **values)
        )
        if ended.rowcount == 0:
            return
        said = {"kind": row.kind, "command": row.id, "state": str(state), "code": code}
        console_marks.note(tx, now, row.console_id, "command", said)
        audit.record(tx, work.job.by, "device.command_end", f"command {row.id}", now, **said)


def _plain(error: BangkuError) -> Json:
    return {
        key: value if isinstance(value, int | float) else str(value) for key, value in error.params.items()
    }
