"""Pages of a list: a token remembers the last key shown, so that what comes and goes between pages moves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from server.workspace.emulator.call import Call, Json, Refusal

Key = Callable[[Json], tuple[Any, ...]]


def page(
    items: list[Json], call: Call, count: int, key: Key, *, down: bool = False
) -> tuple[list[Json], str | None]:
    """(the page this call asks for, the token of the next). A token serves only the question it came from."""
    ordered = sorted(items, key=key, reverse=down)
    asked = {
        name: value
        for name, value in call.params.items()
        if name not in ("pageToken", "maxResults", "pageSize")
    }
    mark = hashlib.sha256(json.dumps([call.method, asked, call.body], sort_keys=True).encode()).hexdigest()[
        :12
    ]
    token = call.params.get("pageToken")
    if token:
        last = _read(token, mark)
        ordered = [item for item in ordered if (key(item) < last if down else key(item) > last)]
    shown = ordered[:count]
    if len(ordered) <= count:
        return shown, None
    text = json.dumps([mark, *key(shown[-1])])
    return shown, base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(token: str, mark: str) -> tuple[Any, ...]:
    try:
        found, *last = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError) as error:
        raise _bad() from error
    if found != mark:
        raise _bad()
    return tuple(last)


def _bad() -> Refusal:
    return Refusal(400, "invalid", "Invalid Input: pageToken", rpc="INVALID_ARGUMENT")
