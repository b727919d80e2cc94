"""Bad days on request: which calls fail, and how. The same seed and the same calls give the same bad day.

A rule: `{"method": "directory.*", "kind": "503", "probability": 0.2}`. Instead of `probability` (1 unless given) it
may name `nth` (that call alone) or `every` (each so-manieth); `times` ends it after so many strikes. The first rule
that strikes counts. Kinds:

    429 · 403:<reason> · 500 · 502 · 503 · 504    the call is refused. With `:after` at the end it was done first
    reset · reset:after                           the connection breaks, before or after it was done
    slow:<seconds>                                it is answered late
    stale_read:<seconds>                          a reader is shown the state of so many seconds ago
    ignore_ids                                    a move silently leaves out some ids (`share`, 0.3 unless given)
    half_batch                                    some items of a batch fail (`share`)
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from server.workspace.emulator.answers import RPC
from server.workspace.emulator.call import Json, Refusal

PASSING = {
    429: "rateLimitExceeded",
    500: "backendError",
    502: "badGateway",
    503: "backendError",
    504: "gatewayTimeout",
}
FIELDS = {"method", "kind", "probability", "nth", "every", "times", "share"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one call."""

    status: int = 0
    reason: str = ""
    reset: bool = False
    after: bool = False
    slow: float = 0.0
    stale: float = 0.0
    mischief: dict[str, float] = field(default_factory=dict)

    def refusal(self) -> Refusal:
        words = "The request could not be completed at this time. Please try again later."
        return Refusal(self.status, self.reason, words, rpc="" if self.status == 403 else RPC[self.status])


NOTHING = Fault()


@dataclass(slots=True)
class _Rule:
    method: str
    fault: Fault
    kind: str
    probability: float
    nth: int | None
    every: int | None
    times: int | None
    luck: random.Random
    seen: int = 0
    struck: int = 0

    def strikes(self) -> bool:
        self.seen += 1
        if self.times is not None and self.struck >= self.times:
            return False
        if self.nth is not None:
            hit = self.seen == self.nth
        elif self.every is not None:
            hit = self.seen % self.every == 0
        else:
            hit = self.luck.random() < self.probability
        self.struck += hit
        return hit


class Faults:
    """The rules in force. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self.struck: Counter[str] = Counter()

    def set(self, rules: Sequence[Json], seed: int = 0) -> None:
        """Replace all rules. Raises ValueError with the number of the bad rule."""
        made = []
        for number, rule in enumerate(rules, 1):
            try:
                made.append(_rule(rule, random.Random(f"{seed}/{number}")))  # noqa: S311 - chance, no secret
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"rule {number}: {error}") from error
        with self._lock:
            self._rules = made
            self.struck.clear()

    def of(self, method: str) -> Fault:
        """What befalls this call."""
        with self._lock:
            for rule in self._rules:
                if fnmatchcase(method, rule.method) and rule.strikes():
                    self.struck[rule.kind] += 1
                    return rule.fault
        return NOTHING

    @property
    def longest_stale(self) -> float:
        """Seconds of the past that must be kept."""
        with self._lock:
            return max((rule.fault.stale for rule in self._rules), default=0.0)

    def report(self) -> Json:
        with self._lock:
            rules = [
                {"method": r.method, "kind": r.kind, "seen": r.seen, "struck": r.struck} for r in self._rules
            ]
            return {"rules": rules, "struck": dict(self.struck)}


def _rule(rule: Json, luck: random.Random) -> _Rule:
    if unknown := set(rule) - FIELDS:
        raise ValueError(f"unknown field {', '.join(sorted(unknown))}")
    kind = str(rule["kind"])
    return _Rule(
        method=str(rule.get("method", "*")),
        fault=_fault(kind, float(rule.get("share", 0.3))),
        kind=kind,
        probability=float(rule.get("probability", 1.0)),
        nth=int(rule["nth"]) if "nth" in rule else None,
        every=int(rule["every"]) if "every" in rule else None,
        times=int(rule["times"]) if "times" in rule else None,
        luck=luck,
    )


def _fault(kind: str, share: float) -> Fault:
    after = kind.endswith(":after")
    name, _, value = kind.removesuffix(":after").partition(":")
    if name == "403" and value:
        return Fault(403, value, after=after)
    if name.isdigit() and int(name) in PASSING and not value:
        return Fault(int(name), PASSING[int(name)], after=after)
    if name == "reset" and not value:
        return Fault(reset=True, after=after)
    if name == "slow" and not after:
        return Fault(slow=float(value))
    if name == "stale_read" and not after:
        return Fault(stale=float(value))
    if name in ("ignore_ids", "half_batch") and not value and not after:
        return Fault(mischief={name: share})
    raise ValueError(f"kind '{kind}' is none of those that exist")
