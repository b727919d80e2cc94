"""Google's times as ours."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> int | None:
    """An RFC 3339 time as UTC epoch ms; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def day(at: int, days_before: int = 0) -> str:
    """yyyy-mm-dd in UTC, some days earlier: how the console's search names days."""
    return datetime.fromtimestamp(at / 1000 - days_before * 86_400, UTC).date().isoformat()
