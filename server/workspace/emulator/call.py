"""What a method of the emulated console is given, and how it refuses.

A handler is a function `(world, call) -> answer` registered under its id in the discovery document:

    @serves("directory.chromeosdevices.list")
    def list_devices(world: World, call: Call) -> Json: ...

It runs under `world.lock`, after the request was checked against the discovery document, the token's scopes and the
quota; what it changes in `world.state` is written to the state file afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
