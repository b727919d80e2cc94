"""Keeping a locked browser open: when it ends, it comes back, and every ending is written down.

No policy stops Alt+F4 or Ctrl+W before the extension's guard is in the page. A pupil who closes the browser
finds the exam again a second later, and the room can be told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from server.domain.errors import BangkuError
from server.workspace.locked_browser import LockedBrowser

#: A browser that lived shorter than this did not start properly; the pause before the next try doubles.
SHORT_LIFE_MS = 5_000
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Exit:
    """One ending. `number` counts from 1; `code` is the exit code, negative for a signal."""

    number: int
    at: int
    code: int


class BrowserKeeper:
    """Runs `browser` until closed. `on_exit` is called in the keeper's own thread."""

    def __init__(
        self, browser: LockedBrowser, now: Callable[[], int], on_exit: Callable[[Exit], None] | None = None
    ) -> None:
        self.browser = browser
        self.exits: list[Exit] = []
        self.failure: BangkuError | None = None  # why it gave up, when it could not even be started
        self._now = now
        self._on_exit = on_exit
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="browser-keeper", daemon=True)

    def start(self) -> None:
        """Start the browser (errors of the first start are the caller's), then watch over it."""
        self.browser.start()
        self._thread.start()

    def close(self) -> None:
        """Stop watching and end the browser."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.browser.terminate()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            started = self._now()
            code = self.browser.wait(0.1)
            while code is None and not self._stop.is_set():
                code = self.browser.wait(0.1)
            if code is None:
                return
            ended = Exit(len(self.exits) + 1, self._now(), code)
            self.exits.append(ended)
            if self._on_exit is not None:
                self._on_exit(ended)
            lived_short = ended.at - started < SHORT_LIFE_MS
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if lived_short else FIRST_PAUSE_SECONDS
            if self._stop.wait(pause):
                return
            try:
                self.browser.start()
            except BangkuError as error:
                self.failure = error
                return
