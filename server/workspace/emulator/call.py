"""What a method of the emulated console is given, and how it refuses.

A handler is a function `(world, call) -> answer` registered under its id in the discovery document:

    @serves("directory.chromeosdevices.list")
    def list_devices(world: World, call: Call) -> Json: ...

It runs under `world.lock`, after the request was checked against the discovery document, the token's scopes and the
quota; what it changes in `world.state` is written to the state file afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from server.workspace.emulator.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One checked request. `params`: path and query by their names in the discovery document."""

    method: str
    params: dict[str, Any]
    body: Json
    subject: str  # the administrator the service account acts for
    at: float  # the world's clock, epoch seconds
    scopes: frozenset[str] = field(default_factory=frozenset)
    #: Faults that only the handler can act out: name → share of the items it strikes (`faults.py`).
    mischief: Mapping[str, float] = field(default_factory=dict)


class Refusal(Exception):
    """Becomes Google's error answer. `reason` as in `errors[].reason`; `details` as in `google.rpc.Status`."""

    def __init__(
        self, status: int, reason: str, message: str, *, rpc: str = "", details: Sequence[Json] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.rpc = rpc  # INVALID_ARGUMENT, PERMISSION_DENIED, … where the API speaks google.rpc
        self.details = tuple(details)


Handler = Callable[["World", Call], Json]
HANDLERS: dict[str, Handler] = {}


def serves(method: str) -> Callable[[Handler], Handler]:
    """Register the handler of one method id. Anything not registered answers 501."""

    def register(handler: Handler) -> Handler:
        HANDLERS[method] = handler
        return handler

    return register


#: Of a person or a test, not of Google: `@controls("POST", "powerwash")` answers POST /_emulator/powerwash. The
#: handler is given the JSON body (of a GET: the query) and runs under the lock like any other.
Control = Callable[["World", Json], Json]
CONTROLS: dict[tuple[str, str], Control] = {}


def controls(verb: str, name: str) -> Callable[[Control], Control]:
    def register(control: Control) -> Control:
        CONTROLS[verb, name] = control
        return control

    return register


#: What goes on by itself: called under the lock before each call and twice a second; true when it changed something.
#: Must cost next to nothing when nothing is due.
Tick = Callable[["World"], bool]
TICKS: list[Tick] = []


def ticks(tick: Tick) -> Tick:
    TICKS.append(tick)
    return tick
