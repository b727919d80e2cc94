"""The audit trail: one line for every act and every refusal."""

from __future__ import annotations

from server.services.actor import Actor
from server.store.database import Database, Write
from server.store.tables import audit


def record(
    tx: Write,
    who: Actor,
    action: str,
    object: str,
    now: int,
    *,
    outcome: str = "done",
    code: str | None = None,
    **detail: object,
) -> None:
    """Write a line in the transaction of the act itself: both happen or neither."""
    tx.c.execute(
        audit.insert().values(
            at=now,
            actor=who.name,
            role=str(who.role) if who.role else None,
            address=who.address,
            action=action,
            object=object,
            outcome=outcome,
            code=code,
            detail=detail,
        )
    )


def refused(
    db: Database, who: Actor, action: str, object: str, now: int, code: str, **detail: object
) -> None:
    """Write the line of an act that was refused, after its own transaction was rolled back."""
    with db.write() as tx:
        record(tx, who, action, object, now, outcome="refused", code=code, **detail)
