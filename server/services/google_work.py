"""What a piece of work with Google is given, and which function does which kind of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from server.services import google_jobs
from server.services.context import Context
from server.workspace.gateway import Gateway

Json = dict[str, Any]
T = TypeVar("T")

#: kind → "module:function" of server.services; the function takes Work and returns the job's result.
KINDS: dict[str, str] = {
    "probe": "google_probe:run",
    "sync": "console_sync:run",
    "plan": "policy_plans:run_plan",
    "apply": "policy_apply:run",
    "prove": "policy_prove:run",
    "move": "device_moves:run",
    "commands": "device_commands:run",
    "units": "exam_units:run",
    "attest": "attestation_work:run",
    "remap": "remap_console:run",
    "telemetry": "telemetry_take:run",
    "remap_look": "remap_look:run",
}


class Stopped(Exception):
    """A person cancelled the job; it stands at a safe point."""


class Displaced(Exception):
    """Another worker has the job since this one was believed dead: nothing more is sent or written."""


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed job and what it needs. No transaction is open while Google is asked."""

    context: Context
    gateway: Gateway
    job: google_jobs.Job
    sleep: Callable[[float], None]

    @property
    def now(self) -> int:
        return self.context.now()

    def step(self, code: str, done: int | None = None, total: int | None = None) -> None:
        """Say where the work stands. Raises: Stopped, Displaced."""
        if not google_jobs.beat(self.context.db, self.now, self.job, step=code, done=done, total=total):
            self.raise_if_over()

    def wait(self, seconds: float) -> None:
        """Wait, showing until when. Called before every call to Google, also where there is nothing to wait for: none
        leaves for a job that is over. Raises: Stopped, Displaced."""
        until = self.now + int(seconds * 1000)
        while (left := until - self.now) > 0:
            if not google_jobs.beat(self.context.db, self.now, self.job, waits_until=until):
                self.raise_if_over()
            self.sleep(min(left / 1000, 5.0))
        self.raise_if_over()

    def patiently(
        self, look: Callable[[Sequence[T]], list[T]], items: Sequence[T], pauses: Sequence[float]
    ) -> list[T]:
        """Look until nothing is left, or the pauses (seconds) are used up; what still is. Raises: Stopped, Displaced."""
        left = look(items) if items else []
        for seconds in pauses:
            if not left:
                break
            self.wait(seconds)
            left = look(left)
        return left

    def raise_if_over(self) -> None:
        """Raises: Stopped, Displaced."""
        stands = google_jobs.standing(self.context.db, self.job)
        if stands == "cancelled":
            raise Stopped
        if stands != "running":
            raise Displaced


def function_of(kind: str) -> Callable[[Work], Json]:
    """Raises: KeyError for a kind that nobody does."""
    module, name = KINDS[kind].split(":")
    found: Callable[[Work], Json] = getattr(import_module(f"server.services.{module}"), name)
    return found
