"""Slow pure work (a password's hash, a spreadsheet's cells): the caller says where it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: `run(function, *args)`; the edge passes its thread pool, so that the event loop goes on.
Runner = Callable[..., Any]


def here(function: Callable[..., Any], *args: Any) -> Any:
    """In the caller's own thread: where nobody else waits."""
    return function(*args)
