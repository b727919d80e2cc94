"""Which mode the school is in: what Bangku may do with its Chromebooks, and what it cannot know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from server import config
from server.config import Settings
from server.store.tables import enrolments, google_jobs


class Kind(StrEnum):
    """What there is to work with; docs/decisions.md says why there are three."""

    MANAGED = "managed"  # the school's console is connected
    LOCAL = (
        "local"  # no console, but devices carry our extension by a policy set elsewhere, such as Linux PCs
    )
    OBSERVED = "observed"  # no console and no extension: what people and the check page say


#: Codes that mean the connection itself needs a person, not this one piece of work.
DOOR_CODES = frozenset(
    {
        *("google_credentials", "google_subject", "google_delegation", "google_scope"),
        *("google_clock", "google_api_disabled", "google_forbidden"),
    }
)


@dataclass(frozen=True, slots=True)
class Mode:
    """`trouble`: the code by which Google refused the newest piece of work, where a person must put it right."""

    kind: Kind
    subject: str | None = None
    trouble: str | None = None

    @property
    def managed(self) -> bool:
        return self.kind is Kind.MANAGED


def mode(c: Connection, settings: Settings) -> Mode:
    """The mode now; a console may have been connected or taken away since the server began."""
    now = config.refreshed(settings)
    if now.managed:
        return Mode(Kind.MANAGED, now.google_subject, _trouble(c))
    own = c.execute(select(enrolments.c.id).where(enrolments.c.standing == "live").limit(1)).first()
    return Mode(Kind.LOCAL if own is not None else Kind.OBSERVED)


def _trouble(c: Connection) -> str | None:
    # A round of proofs ends every few seconds and tells its trouble by itself; it must not hide that of other work.
    newest = c.execute(
        select(google_jobs.c.code)
        .where(google_jobs.c.state.in_(("done", "failed")), google_jobs.c.kind != "attest")
        .order_by(google_jobs.c.ended_at.desc(), google_jobs.c.id.desc())
        .limit(1)
    ).first()
    return newest.code if newest is not None and newest.code in DOOR_CODES else None
