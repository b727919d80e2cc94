"""Simulated devices for tests that are not asynchronous: one loop in a thread, calls that wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from server.services import demo, secrets
from server.services.context import Context
from server.simulated_device import SimulatedDevice
from server.simulated_installation import Installation
from tests.stage import PATIENCE_SECONDS

T = TypeVar("T")

_loop = asyncio.new_event_loop()
threading.Thread(target=_loop.run_forever, daemon=True).start()


def wait(what: Coroutine[Any, Any, T], seconds: float = PATIENCE_SECONDS) -> T:
    """Run a coroutine on the devices' loop and wait for it."""
    return asyncio.run_coroutine_threadsafe(what, _loop).result(seconds)


def make(what: Any) -> Any:
    """Build an object on the devices' loop."""

    async def build() -> Any:
        return what()

    return wait(build())


def device(
    context: Context, number: int, *, installation: Installation | None = None, **changes: Any
) -> SimulatedDevice:
    """Demo Chromebook `number`, as its managed configuration makes it; `changes` make it a wrong one."""
    with context.db.read() as c:
        secret = secrets.current(c, context.now())
    settings = {
        "address": context.settings.public_url,
        "school": demo.NPSN,
        "secret": secret,
        "serial": demo.serial(number),
        **changes,
    }
    made: SimulatedDevice = make(lambda: SimulatedDevice(installation=installation, **settings))
    return made
