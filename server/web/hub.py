"""The event loop, behind one small interface. Which one it is stands in `Settings.async_mode`, nowhere else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

MODES = ("eventlet", "gevent", "threading")


def monkey_patch(mode: str) -> None:
    """Make the standard library yield. Must come before Flask or SQLAlchemy are imported."""
    if mode == "eventlet":
        import warnings

        # eventlet announces its own retirement at each import; docs/decisions.md has the answer to it.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="eventlet")
        warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
        import eventlet

        eventlet.monkey_patch()
        from eventlet.websocket import RFC6455WebSocket

        from server.web.unmask import apply_mask

        RFC6455WebSocket._apply_mask = staticmethod(apply_mask)
    elif mode == "gevent":
        from gevent import monkey

        monkey.patch_all()


class Hub:
    """spawn, sleep, repeat, and run slow pure functions outside the loop."""

    def __init__(self, mode: str) -> None:
        self.mode = mode

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        """Run concurrently. The function must catch what it raises."""
        if self.mode == "eventlet":
            import eventlet

            eventlet.spawn(function, *args)
        elif self.mode == "gevent":
            import gevent

            gevent.spawn(function, *args)
        else:
            threading.Thread(target=function, args=args, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        import time

        time.sleep(seconds)  # patched where it must yield

    def event(self) -> threading.Event:
        return threading.Event()  # patched where it must yield

    def every(self, seconds: float, function: Callable[[], None]) -> None:
        """Run again and again; a round that fails is logged and the next one comes."""

        def loop() -> None:
            while True:
                try:
                    function()
                except Exception:
                    log.exception("a repeated task failed")
                self.sleep(seconds)

        self.spawn(loop)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a slow pure function (Argon2, a spreadsheet) in a real thread, so that nobody waits for it."""
        if self.mode == "eventlet":
            from eventlet import tpool

            return tpool.execute(function, *args)
        if self.mode == "gevent":
            import gevent

            return gevent.get_hub().threadpool.apply(function, args)
        return function(*args)
