"""Files between upload and confirmation. In memory only: a list of pupils is not left lying in a folder."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from flask_login import current_user

from server.domain.errors import NotFound
from server.domain.sheet import Sheet, SheetKind

KEEP_SECONDS = 1_800
KEEP_MOST = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """One file that waits for its confirmation. The sheet holds what was kept of it, never the file."""

    kind: SheetKind
    file: str
    sheet: Sheet
    columns: Mapping[str, int]
    options: Mapping[str, int]


def keep(waiting: Waiting) -> str:
    """Returns the key that the page carries on. The oldest makes room."""
    held = _held()
    while len(held) >= KEEP_MOST:
        del held[next(iter(held))]
    key = secrets.token_urlsafe(16)
    held[key] = (time.monotonic(), current_user.staff_id, waiting)
    return key


def find(key: str, kind: SheetKind) -> Waiting:
    """Raises: NotFound (`sheet_gone`), for somebody else's file too."""
    kept = _held().get(key)
    if kept is None or kept[1] != current_user.staff_id or kept[2].kind is not kind:
        raise NotFound("preview: not there any more; upload the file again", code="sheet_gone")
    return kept[2]


def replace(key: str, waiting: Waiting) -> None:
    """The same file, read another way."""
    find(key, waiting.kind)
    _held()[key] = (time.monotonic(), current_user.staff_id, waiting)


def drop(key: str) -> None:
    _held().pop(key, None)


def _held() -> dict[str, tuple[float, int, Waiting]]:
    held: dict[str, tuple[float, int, Waiting]] = current_app.extensions.setdefault("bangku_uploads", {})
    for key, kept in list(held.items()):
        if time.monotonic() - kept[0] > KEEP_SECONDS:
            del held[key]
    return held
