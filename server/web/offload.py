"""Slow pure work of a request, away from the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app


def run_away(function: Callable[..., Any], *args: Any) -> Any:
    """Run something slow (Argon2, a spreadsheet) where it does not hold up every other request."""
    return current_app.extensions["bangku_offload"](function, *args)
