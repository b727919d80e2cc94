"""One act on several seats: one transaction, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from server.domain.errors import BangkuError, Conflict
from server.domain.exam import LIVE, ExamState
from server.services import audit, desired
from server.services import sittings as steps
from server.services.actor import Actor
from server.store.database import BoardChanged, Database, Write


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one seat: done, or the stable code of why not."""

    sitting_id: int
    ok: bool
    code: str | None = None
    message: str | None = None
    params: dict[str, object] = field(default_factory=dict)


def each(
    db: Database,
    who: Actor,
    now: int,
    sitting_ids: Iterable[int],
    action: str,
    act: Callable[[Write, Row[Any]], Collection[int] | None],
    states: Collection[ExamState] = LIVE,
    **detail: Any,
) -> list[Outcome]:
    """Run an act on each seat in one transaction; refusals are outcomes and audit lines, not rollbacks.

    `act` may return devices that it took from a seat: they too are told what to do now.
    `states`: of the exam, in which the act makes sense.
    A savepoint around each seat: what a refused act had already written is undone with it.
    """
    outcomes: list[Outcome] = []
    with db.write() as tx:
        done: list[int] = []
        let_go: set[int] = set()
        for sitting_id in dict.fromkeys(sitting_ids):
            what = f"sitting {sitting_id}"
            savepoint = tx.c.begin_nested()
            try:
                row = steps.get(tx.c, sitting_id)
                what = f"exam {row.exam_id} seat {row.seat}"
                if ExamState(row.exam_state) not in states:
                    raise Conflict(
                        "exam: it is not open, so its seats cannot be changed", code="exam_not_live"
                    )
                left = act(tx, row)
            except BangkuError as error:
                savepoint.rollback()
                audit.record(tx, who, action, what, now, outcome="refused", code=error.code, **detail)
                outcomes.append(Outcome(sitting_id, False, error.code, str(error), dict(error.params)))
                continue
            savepoint.commit()
            audit.record(tx, who, action, what, now, **detail)
            tx.tell(BoardChanged(frozenset({row.exam_id})))
            done.append(sitting_id)
            let_go.update(left or ())
            outcomes.append(Outcome(sitting_id, True))
        desired.refresh(tx, desired.devices_of(tx.c, done) | let_go, now)
    return outcomes
