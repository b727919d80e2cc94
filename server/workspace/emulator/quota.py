"""The allowance of calls, enforced as Google does: so many in a sliding window, then a refusal.

Real numbers: 30 policy writes a minute per customer, 5 policy reads a second per user, 2,400 Directory calls a minute
per user. *Assumed*: 60 Directory writes a minute per user, and that the policy API refuses with 429.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.workspace.emulator.answers import error_info
from server.workspace.emulator.call import Json, Refusal
from server.workspace.emulator.discovery import Method
from server.workspace.emulator.keys import PROJECT


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    calls: int
    seconds: float
    per: str  # "customer" or "user"


POLICY_WRITE = Limit("policy_write", 30, 60, "customer")
POLICY_READ = Limit("policy_read", 5, 1, "user")
DIRECTORY = Limit("directory", 2_400, 60, "user")
DIRECTORY_WRITE = Limit("directory_write", 60, 60, "user")
LIMITS = (POLICY_WRITE, POLICY_READ, DIRECTORY, DIRECTORY_WRITE)
_POLICY_WRITES = tuple(
    f"chromepolicy.customers.policies.{part}." for part in ("orgunits", "networks", "groups")
)


def limits_of(method: Method) -> tuple[Limit, ...]:
    if method.api == "admin":
        return (DIRECTORY, DIRECTORY_WRITE) if method.changes else (DIRECTORY,)
    if method.id.startswith(_POLICY_WRITES):
        return (POLICY_WRITE,)
    if method.id.startswith(("chromepolicy.customers.policies.", "chromepolicy.customers.policySchemas.")):
        return (POLICY_READ,)
    return ()


class Quota:
    """Counts every call, and refuses those over a limit. On the real clock: tokens and quotas do not skip time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: dict[tuple[str, str], deque[float]] = {}
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def count(self, method: str) -> None:
        with self._lock:
            self.calls[method] += 1

    def reset(self) -> None:
        """Forget what was counted and taken."""
        with self._lock:
            self.calls.clear()
            self.refused.clear()
            self._taken.clear()

    def take(self, method: Method, subject: str, customer: str, settings: Json) -> None:
        """Take a place in each limit of this method, or raise Refusal. A refused call takes none."""
        scale, off = float(settings["scale"]), settings["off"]
        with self._lock:
            now = self._clock()
            windows = []
            for limit in limits_of(method):
                if limit.name in off or "all" in off:
                    continue
                who = customer if limit.per == "customer" else subject
                window = self._taken.setdefault((limit.name, who), deque())
                while window and window[0] <= now - limit.seconds:
                    window.popleft()
                if len(window) >= limit.calls * scale:
                    self.refused[limit.name] += 1
                    raise _refusal(method, limit)
                windows.append(window)
            for window in windows:
                window.append(now)

    def report(self) -> dict[str, Any]:
        with self._lock:
            return {
                "total": sum(self.calls.values()),
                "calls": dict(self.calls),
                "refused": dict(self.refused),
            }


def _refusal(method: Method, limit: Limit) -> Refusal:
    if method.api == "admin":
        return Refusal(
            403,
            "userRateLimitExceeded",
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.",
        )
    unit = "minute" if limit.seconds == 60 else "second"
    return Refusal(
        429,
        "rateLimitExceeded",
        f"Quota exceeded for quota metric '{limit.name}' and limit '{limit.name} per {unit} per {limit.per}' of "
        f"service '{method.service}' for consumer 'project_number:{PROJECT}'.",
        rpc="RESOURCE_EXHAUSTED",
        details=[error_info("RATE_LIMIT_EXCEEDED", method.service, quota_limit_value=str(limit.calls))],
    )
