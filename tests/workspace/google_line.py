"""A GoogleApi on a line that a test directs; its clock is counted, never slept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.workspace.gateway import Bucket
from server.workspace.google_api import Account, GoogleApi
from tests.workspace.wire import TOKEN, Act, Answer, Request, Wire, key_file

SUBJECT = "admin@sekolah.sch.id"
CUSTOMER = Answer(body={"id": "C0school", "customerDomain": "sekolah.sch.id"})
GRANTED = Answer(body={"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})


@dataclass
class Ledger:
    """A budget without limits that notes each place, and the pauses that were asked for."""

    places: list[Bucket] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def reserve(self, bucket: Bucket) -> float:
        self.places.append(bucket)
        return self.seconds

    def wait(self, seconds: float) -> None:
        if seconds:  # asked for nothing it is only told that a call leaves
            self.pauses.append(seconds)


@dataclass
class Line:
    api: GoogleApi
    wire: Wire
    ledger: Ledger


@contextmanager
def line(
    folder: Path,
    *calls: Act,
    token: Callable[[Request], Act] = lambda _: GRANTED,
    customer: Act = CUSTOMER,
    timeout: float = 10.0,
) -> Iterator[Line]:
    """`calls` are what becomes of the calls in turn, the last one of all that follow."""
    turns = list(calls)

    def act(request: Request) -> Act:
        if request.is_token:
            return token(request)
        if request.path.split("?")[0].endswith("/customers/my_customer"):
            return customer
        return turns.pop(0) if len(turns) > 1 else turns[0]

    wire = Wire(act)
    ledger = Ledger()
    account = Account(key_file(folder, wire.url + "/token"), SUBJECT, wire.url)
    try:
        yield Line(GoogleApi(account, ledger, ledger.wait, timeout=timeout, spread=lambda: 0.5), wire, ledger)
    finally:
        wire.close()
