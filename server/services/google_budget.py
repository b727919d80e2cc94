"""The allowance of calls to Google, shared by every process of the school through the database.

Google counts per customer or per user, not per program: a page's worker and a technician's command line draw from
the same 30 policy writes a minute. Each call takes a place in a sliding minute before it leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from server.domain.pacing import LIMITS, Limit, next_place
from server.store.database import Database
from server.store.tables import google_calls
from server.workspace.gateway import Bucket

LONGEST_LINE = 10  # windows


@dataclass(frozen=True, slots=True)
class DatabaseBudget:
    """`workspace.gateway.Budget` over the table `google_calls`."""

    db: Database
    now: Callable[[], int]

    def reserve(self, bucket: Bucket) -> float:
        """Seconds until the call may leave. The place is taken, also by a call that then fails."""
        limit = LIMITS[bucket.value]
        with self.db.write() as tx:
            now = self.now()
            tx.c.execute(
                google_calls.delete().where(
                    google_calls.c.bucket == bucket,
                    or_(
                        google_calls.c.at < now - limit.window_ms,
                        # Nobody queues so long: the clock was set back, and would hold up every call until then.
                        google_calls.c.at > now + LONGEST_LINE * limit.window_ms,
                    ),
                )
            )
            at = next_place(self._places(tx.c, bucket, limit), limit, now)
            tx.c.execute(google_calls.insert().values(bucket=str(bucket), at=at))
        return max(0, at - now) / 1000

    def taken(self, bucket: Bucket) -> int:
        """Places of the present window that are taken: what a forecast starts from."""
        limit = LIMITS[bucket.value]
        with self.db.read() as c:
            return int(
                c.execute(
                    select(func.count()).where(
                        google_calls.c.bucket == bucket, google_calls.c.at > self.now() - limit.window_ms
                    )
                ).scalar_one()
            )

    def _places(self, c: Connection, bucket: Bucket, limit: Limit) -> list[int]:
        rows = c.execute(
            select(google_calls.c.at)
            .where(google_calls.c.bucket == bucket)
            .order_by(google_calls.c.at.desc())
            .limit(limit.calls)
        )
        return [row.at for row in rows]
