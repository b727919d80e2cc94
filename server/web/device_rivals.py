"""Two connections of one key: is the earlier one still alive?

A device that comes back after its network was away finds its old socket still open here: nobody is at its other end,
and nobody answers. A copy of the device's profile, with its key and its newest ticket, looks the same, except that then
somebody does answer. So whoever is connected already is asked, under the session key, before another takes its place.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from server.domain.proof import fits
from server.domain.protocol import Here
from server.web.device_link import Connection
from server.web.hub import Hub

#: A worker answers within milliseconds; a pupil who comes back waits as long as this, behind a page that stays usable.
ANSWER_SECONDS = 1.5


@dataclass(slots=True)
class _Asked:
    nonce: str
    done: Event
    alive: bool = False


class Rivals:
    """The connections of this process, by key, and who of them was asked whether it is still there."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._by_key: dict[str, Connection] = {}
        self._asked: dict[Connection, _Asked] = {}

    def now_at(self, connection: Connection) -> None:
        """From now on this connection is the one of its key."""
        self._by_key[connection.key] = connection

    def forget(self, connection: Connection) -> None:
        if self._by_key.get(connection.key) is connection:
            del self._by_key[connection.key]
        if (asked := self._asked.pop(connection, None)) is not None:
            asked.done.set()

    def here(self, connection: Connection, message: Here) -> None:
        """It answers. A word nobody asked for means nothing."""
        asked = self._asked.get(connection)
        if asked is not None and fits(asked.nonce, message.nonce):
            asked.alive = True
            asked.done.set()

    def of(self, key: str) -> Connection | None:
        """The open connection of this key."""
        found = self._by_key.get(key)
        return None if found is None or found.over else found

    def alive(self, key: str) -> bool:
        """Ask the connection of this key and wait for its answer. False at once where there is none."""
        rival = self.of(key)
        if rival is None:
            return False
        asked = self._asked.get(rival)
        if asked is None:
            asked = self._asked[rival] = _Asked(secrets.token_hex(16), self.hub.event())
            rival.send("still_here", {"nonce": asked.nonce})
        asked.done.wait(ANSWER_SECONDS)
        if self._asked.get(rival) is asked:
            del self._asked[rival]
        return asked.alive and not rival.over

    def when_known(self, key: str, then: Callable[[bool], None]) -> None:
        """`then(alive)`, at once where nobody is connected, else as soon as it has answered or not."""
        if self.of(key) is None:
            then(False)
        else:
            self.hub.spawn(lambda: then(self.alive(key)))
