"""Will this battery last to the end of the next session? A forecast from how it fell so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HOUR_MS = 3_600_000

#: Percent per hour for a device of which nothing was measured yet. Bangku's own guess for an old school
#: Chromebook with its screen on (about five hours from full to empty); the list says that it is a guess.
ASSUMED_PER_HOUR = 20.0
#: A shorter stretch on battery says nothing: one reported percent is up to a percent of rounding.
LEAST_STRETCH_MS = 10 * 60_000
#: Below this at the end of the session the charger is wanted: a worn battery may switch off well before zero.
WANTED_PERCENT = 25


@dataclass(frozen=True, slots=True)
class Mark:
    """What a device said of its battery at `at` (percent 0–100)."""

    at: int
    percent: int
    charging: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """Percent at the end, never below 0; `measured` False: from the assumed rate."""

    percent: int
    per_hour: float
    measured: bool

    @property
    def plug_in(self) -> bool:
        return self.percent < WANTED_PERCENT


def forecast(marks: Sequence[Mark], until: int) -> Forecast | None:
    """What is left at `until` if it goes on working on battery, from `marks` in order of time; None: nothing known.

    The rate is that of the newest stretch without a charger. A device on its charger is forecast as if it were
    unplugged now: chargers are shared.
    """
    if not marks:
        return None
    newest = marks[-1]
    stretch = _on_battery(marks)
    rate, measured = ASSUMED_PER_HOUR, False
    if stretch and stretch[-1].at - stretch[0].at >= LEAST_STRETCH_MS:
        fell = max(0, stretch[0].percent - stretch[-1].percent)
        rate, measured = fell * HOUR_MS / (stretch[-1].at - stretch[0].at), True
    left = newest.percent - rate * max(0, until - newest.at) / HOUR_MS
    return Forecast(max(0, round(left)), rate, measured)


def _on_battery(marks: Sequence[Mark]) -> list[Mark]:
    """The newest marks in a row that were made without a charger."""
    stretch: list[Mark] = []
    for mark in reversed(marks):
        if mark.charging:
            if stretch:
                break
            continue
        stretch.insert(0, mark)
    return stretch
