"""One exam as it is stored."""

from __future__ import annotations

from sqlalchemy import Connection, Row, select

from server.domain.errors import NotFound
from server.store.tables import exams


def get(c: Connection, exam_id: int) -> Row[tuple[object, ...]]:
    """Raises: NotFound (`exam_unknown`)."""
    row = c.execute(select(exams).where(exams.c.id == exam_id)).one_or_none()
    if row is None:
        raise NotFound(f"exam {exam_id}: not known; go back to the list", code="exam_unknown")
    return row
