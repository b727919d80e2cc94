"""How many calls Google allows in which time, and when the next one may leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Kept back from each minute, because Google's clock and window are not ours.
MARGIN_MS = 1_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`calls` in any `window_ms`."""

    calls: int
    window_ms: int


#: By bucket. Sources: policy_write 30 a minute per customer, policy_read 5 a second per user and directory_read 2,400
#: a minute per user are Google's published quotas (developers.google.com: chrome/policy/guides/api-quotas;
#: workspace/admin/directory/v1/limits). directory_write 60 a minute is what GAM's users report, not a promise.
LIMITS: dict[str, Limit] = {
    "policy_write": Limit(30, 60_000 + MARGIN_MS),
    "policy_read": Limit(5, 1_000 + MARGIN_MS // 10),
    "directory_read": Limit(2_400, 60_000 + MARGIN_MS),
    "directory_write": Limit(60, 60_000 + MARGIN_MS),
}


def next_place(newest_first: Sequence[int], limit: Limit, now: int) -> int:
    """The moment (ms) at which the next call may leave, given the moments already taken, newest first.

    Never before an earlier one, so that calls leave in the order they asked.
    """
    if not newest_first:
        return now
    after = max(now, newest_first[0])
    if len(newest_first) < limit.calls:
        return after
    return max(after, newest_first[limit.calls - 1] + limit.window_ms)


def seconds_for(calls: int, limit: Limit, taken: int = 0, call_ms: int = 300) -> int:
    """Forecast in whole seconds: how long `calls` take when `taken` places of this window are gone.

    `call_ms`: one answer, when the allowance is not what holds it up.
    """
    if calls <= 0:
        return 0
    windows = (taken + calls - 1) // limit.calls
    return -(-max(windows * limit.window_ms, calls * call_ms) // 1000)
