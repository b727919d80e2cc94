"""What speaks against the machine itself: power, storage, Wi-Fi, clock, ChromeOS, and what hands found. Pure.

Each number says where it is from; "own" is a figure of Bangku's, chosen so that a warning comes too early rather than
too late (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain.battery import ASSUMED_PER_HOUR, WANTED_PERCENT
from server.domain.incident import CLOCK_OFF_MS
from server.domain.readiness import Readiness, Reason
from server.domain.readiness_facts import Facts, Needs

DAY_MS = 86_400_000
#: A session of two hours (ANBK SD 2025: 15 + 75 + 30 minutes, by the press), at the assumed fall of an old battery.
BATTERY_WANTED = int(2 * ASSUMED_PER_HOUR) + WANTED_PERCENT
BATTERY_FLAT = 10  # own: it may be off before anybody notices
#: Own: a Chromebook lies in its cupboard and empties; an older figure says nothing of today.
BATTERY_HOLDS_MS = 7 * DAY_MS
#: Own: a page with its answers needs little; less than that, and the browser throws stored answers away.
STORAGE_LEAST_MB = 500
STORAGE_WANTED_MB = 2_000
#: The list of client requirements of 2021 for the ministry's client, as the press gave it: 10 GB free.
STORAGE_EXAM_BROWSER_MB = 10_000
SIGNAL_WEAK_DBM = -75  # own: below it a room of Chromebooks loses packets
#: Own: two milestones are two to three months of updates (a milestone comes about every four weeks).
OS_BEHIND = 2

BAD, WARN = Readiness.NOT_READY, Readiness.WARNING


def power(facts: Facts, needs: Needs) -> Iterator[Reason]:
    if not facts.has_battery:
        return
    told = facts.battery
    plugged = facts.charging is not None and facts.charging.value
    if told is None or needs.now - told.at > BATTERY_HOLDS_MS:
        if needs.extension or not _stood_before(facts, needs):
            yield Reason("battery_unseen", WARN)
    elif not plugged and told.value < BATTERY_FLAT:
        yield Reason("battery_flat", BAD, {"percent": told.value})
    elif not plugged and told.value < BATTERY_WANTED:
        yield Reason("battery_low", WARN, {"percent": told.value, "wanted": BATTERY_WANTED})
    if facts.health is not None and facts.health.value in {"soon", "now"}:
        yield Reason("battery_worn", WARN)


def _stood_before(facts: Facts, needs: Needs) -> bool:
    """A named person had its screen, and its battery sign, before them lately: a page without HTTPS sees neither."""
    return facts.client is not None and needs.now - facts.client.at <= BATTERY_HOLDS_MS


def storage(facts: Facts, needs: Needs) -> Iterator[Reason]:
    wanted = STORAGE_EXAM_BROWSER_MB if needs.exam_browser else STORAGE_WANTED_MB
    if facts.storage is None:
        yield Reason("storage_unseen", WARN)
    elif facts.storage.value < STORAGE_LEAST_MB:
        yield Reason("storage_full", BAD, {"mb": facts.storage.value})
    elif facts.storage.value < wanted:
        yield Reason("storage_low", WARN, {"mb": facts.storage.value, "wanted": wanted})


def wifi(facts: Facts) -> Iterator[Reason]:
    if facts.network is None:
        yield Reason("wifi_unseen", WARN)
    if facts.signal is not None and facts.signal.value < SIGNAL_WEAK_DBM:
        yield Reason("wifi_weak", WARN, {"dbm": facts.signal.value})


def clock(facts: Facts) -> Iterator[Reason]:
    if facts.clock is not None and abs(facts.clock.value) > CLOCK_OFF_MS:
        yield Reason("clock_off", WARN, {"minutes": round(abs(facts.clock.value) / 60_000)})


def system(facts: Facts, needs: Needs) -> Iterator[Reason]:
    """ChromeOS against the least that is asked for and against its room; updates against the day."""
    if facts.os is None:
        yield Reason("os_unseen", WARN)
    elif needs.least_os is not None and facts.os.value < needs.least_os:
        yield Reason("os_below", BAD, {"version": facts.os.value, "least": needs.least_os})
    elif needs.room_os is not None and facts.os.value <= needs.room_os - OS_BEHIND:
        yield Reason("os_behind", WARN, {"version": facts.os.value, "room": needs.room_os})
    end = facts.record.update_end if facts.record is not None else None
    # After the end of updates policies may not work as meant (the press, quoting Google).
    if end and needs.date is not None and end < needs.date[: len(end)]:
        yield Reason("updates_end", WARN, {"end": end})


def hands(facts: Facts) -> Iterator[Reason]:
    told = facts.hands
    if told is None:
        yield Reason("hands_unseen", WARN)
        return
    if told.value.screen == "bad":
        yield Reason("screen_bad", BAD)
    if told.value.keyboard == "bad":
        yield Reason("keyboard_bad", BAD)
    if told.value.touch == "bad":  # the touchpad still points
        yield Reason("touch_bad", WARN)
