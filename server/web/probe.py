"""The look at the centre's address: whose side is down?

One small request a minute to each address that an operator entered, and, only when that one is silent, to a second
address of the school's choice. Nothing but the request itself leaves: no name, no number, no token. All waiting is
done on the network and none inside a transaction, so under eventlet and gevent everybody else goes on meanwhile.
"""

from __future__ import annotations

import logging
import random
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from server.domain.centre import Look, Streak, answers
from server.services import centre
from server.services.context import Context
from server.web.hub import Hub

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
JITTER = 0.1  # schools do not all knock at the same moment


def look_at(url: str, timeout: float = TIMEOUT_SECONDS) -> bool:
    """Ask the address for nothing but an answer. Redirects are answers and are not followed."""
    try:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    except (ValueError, HTTPException):
        return False
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("HEAD", path, headers={"User-Agent": "Bangku", "Connection": "close"})
        return answers(connection.getresponse().status)
    except (
        OSError,
        HTTPException,
        ValueError,
    ):  # refused, silent, no such name, no valid certificate, not HTTP
        return False
    finally:
        connection.close()


class Probe:
    """Looks again and again; remembers the newest look and the misses in a row of each exam."""

    def __init__(
        self, context: Context, hub: Hub, *, every: float = 60.0, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self.context, self.hub = context, hub
        self.every, self.timeout = every, timeout
        self._looks: dict[tuple[int, str], Look] = {}
        self._streaks: dict[tuple[int, str], Streak] = {}
        self._said: set[tuple[int, str]] = set()

    def start(self) -> None:
        self.hub.spawn(self._run)

    def last(self, exam_id: int, url: str | None) -> Look | None:
        """The newest look at this address for this exam since the server started."""
        return self._looks.get((exam_id, url)) if url else None

    def round(self) -> None:
        """Look once at every address there is; rooms with the same one share a look."""
        with self.context.db.read() as c:
            watched = centre.watched(c)
        current = {(exam_id, url) for url, exam_ids in watched.items() for exam_id in exam_ids}
        for gone in self._looks.keys() - current:
            self._looks.pop(gone)
            self._streaks.pop(gone, None)
            self._said.discard(gone)
        for url, exam_ids in watched.items():
            look = self._look(url)
            for exam_id in exam_ids:
                self._note((exam_id, url), look)

    def _look(self, url: str) -> Look:
        answered = look_at(url, self.timeout)
        reference = self.context.settings.probe_reference_url
        ours = look_at(reference, self.timeout) if reference and not answered else None
        return Look(self.context.now(), answered, ours)

    def _note(self, key: tuple[int, str], look: Look) -> None:
        exam_id, url = key
        self._looks[key] = look
        streak = self._streaks[key] = self._streaks.get(key, Streak()).after(look)
        if look.answered:
            self._said.discard(key)
            centre.answered(self.context.db, look.at, exam_id)
            return
        # Said once for each time the centre goes away: a person who closed the spell is not contradicted each minute.
        if (
            streak.since is not None
            and key not in self._said
            and centre.missed(self.context.db, look.at, exam_id, url, streak.since, look.our_side)
        ):
            self._said.add(key)

    def _run(self) -> None:
        while True:
            try:
                self.round()
            except Exception:  # one bad round must not end the looking
                log.exception("looking at the centre failed")
            self.hub.sleep(self.every * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - not a secret
