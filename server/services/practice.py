"""The built-in practice questions of a rehearsal. An item's name carries its part: `1.kebun`.

An exam may have more parts than there are sets of questions; the sets are then used again, under other names.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

DATA = "practice_questions.json"


@cache
def _sets() -> list[list[dict[str, Any]]]:
    data = json.loads(files("server.services").joinpath(DATA).read_text("utf-8"))
    return [part["questions"] for part in data["parts"]]


def questions(position: int) -> list[dict[str, Any]]:
    """The questions of one part, each with its `item` name."""
    sets = _sets()
    return [q | {"item": f"{position}.{q['id']}"} for q in sets[(position - 1) % len(sets)]]


def position_of(item: str) -> int | None:
    """The part an item belongs to, by its name; None for a name that is none of ours."""
    number, dot, _ = item.partition(".")
    return int(number) if dot and number.isascii() and number.isdigit() and 0 < len(number) <= 2 else None


def knows(item: str) -> bool:
    """True for the item of an existing question."""
    position = position_of(item)
    return position is not None and position > 0 and any(q["item"] == item for q in questions(position))
