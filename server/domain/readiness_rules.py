"""Is this Chromebook ready for the exam day? Every reason against it, the weightiest first, and what to do. Pure.

What is unknown is said as unknown: where it counts, a Chromebook of which it is not known is never ready. A reason
that only follows from another one (it was never switched on, so nothing of it is known) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import readiness_body as body
from server.domain.readiness import Readiness, Reason
from server.domain.readiness_body import BAD, DAY_MS, WARN
from server.domain.readiness_facts import Facts, Needs, Record

#: A Chromebook that is on fetches its policy at least once a day (every 3 h; 24 h where pushes reach it); a week
#: without is one that lay in its cupboard. The week is Bangku's own figure.
SYNC_HOLDS_MS = 7 * DAY_MS
CONSOLE_HOLDS_MS = 7 * DAY_MS  # own: older, and the console's list says little of today
SEEN_HOLDS_MS = 7 * DAY_MS  # own, as above; from H-1 on it must have been seen since H-1 began

#: Every reason in the order in which a person works on it, and what to do about it (`web/readiness_words`).
STEPS: dict[str, str] = {
    "out_of_service": "repair",
    "remap_open": "accept",
    "not_returned": "enrol",
    "loan_over": "loan",
    "loan_no_kiosk": "other_use",
    "console_missing": "enrol",
    "console_status": "enable",
    "wiped_enrol": "enrol",
    "wrong_unit": "unit",
    "screen_bad": "repair",
    "keyboard_bad": "repair",
    "wiped_wifi": "wifi",
    "wiped_client": "check_client",
    "wiped_checkin": "switch_on",
    "checkin_never": "switch_on",
    "checkin_old": "switch_on",
    "wifi_unseen": "wifi",
    "console_unread": "read_console",
    "console_old": "read_console",
    "not_moved": "move",
    "policy_none": "plan_policy",
    "policy_pending": "wait_policy",
    "sync_never": "switch_on",
    "sync_old": "switch_on",
    "battery_flat": "charge",
    "battery_low": "charge",
    "battery_unseen": "look_battery",
    "storage_full": "free_storage",
    "storage_low": "free_storage",
    "storage_unseen": "switch_on",
    "os_below": "update",
    "os_behind": "update",
    "os_unseen": "switch_on",
    "extension_old": "restart",
    "client_unseen": "check_client",
    "hands_unseen": "try_hands",
    "clock_off": "clock",
    "wifi_weak": "nearer",
    "battery_worn": "plug_in",
    "touch_bad": "repair_later",
    "updates_end": "other_device",
}
#: Nobody and nothing has seen it do its work yet. Where one of these stands a Chromebook may be fine, but is not counted
#: among those that carry a session.
NEVER_SEEN = ("checkin_never", "client_unseen")
_ORDER = {code: n for n, code in enumerate(STEPS)}
_WEIGHT = {Readiness.READY: 0, Readiness.WARNING: 1, Readiness.NOT_READY: 2}
#: Not known only because it was not on: one reason says so.
_FOLLOWS = {
    "checkin_never": frozenset({"wifi_unseen", "battery_unseen", "storage_unseen", "os_unseen"}),
    "wiped_checkin": frozenset({"wifi_unseen", "battery_unseen", "storage_unseen", "os_unseen"}),
    "checkin_old": frozenset({"battery_unseen"}),
    "wiped_wifi": frozenset({"wiped_checkin", "wifi_unseen", "battery_unseen", "storage_unseen", "os_unseen"}),
    "wiped_enrol": frozenset({"wiped_wifi", "wiped_checkin", "wifi_unseen", "battery_unseen", "storage_unseen", "os_unseen"}),
    "not_returned": frozenset({"wiped_enrol", "wiped_wifi", "wiped_checkin", "checkin_old"}),
}  # fmt: skip


def weight(state: Readiness) -> int:
    """0 is best: to compare two states."""
    return _WEIGHT[state]


def judge(facts: Facts, needs: Needs) -> tuple[Readiness, tuple[Reason, ...]]:
    """The state and its reasons, the weightiest first, then in the order of work. Out of service says it all."""
    if not facts.in_service:
        found = [Reason("out_of_service", BAD, {"why": facts.out_reason})]
    else:
        found = [*_whose(facts, needs), *_seen(facts, needs), *_client(facts, needs)]
        if _console(facts, needs):
            found += _record(facts, needs)
        found += [*body.power(facts, needs), *body.wifi(facts), *body.clock(facts), *body.hands(facts)]
        found += [r for r in body.storage(facts, needs) if r.code != "storage_unseen" or _ours(facts, needs)]
        found += [r for r in body.system(facts, needs) if r.code != "os_unseen" or _asks_os(facts, needs)]
    codes = {reason.code for reason in found}
    left_out = frozenset().union(*(_FOLLOWS[code] for code in codes & _FOLLOWS.keys()))
    kept = [reason for reason in found if reason.code not in left_out]
    kept.sort(key=lambda reason: (-weight(reason.state), _ORDER[reason.code]))
    return (kept[0].state if kept else Readiness.READY), tuple(kept)


def never_seen(reasons: tuple[Reason, ...]) -> str | None:
    """Which of NEVER_SEEN keeps it from being counted; None: it was seen, or something else makes it not ready, too."""
    codes = [reason.code for reason in reasons]
    if any(reason.state is BAD and reason.code not in NEVER_SEEN for reason in reasons):
        return None
    return next((code for code in NEVER_SEEN if code in codes), None)


def step(reasons: tuple[Reason, ...]) -> str | None:
    """What to do first; None when nothing is to be done."""
    if not reasons:
        return None
    first = reasons[0]
    if first.code == "not_returned" and first.params["why"] in {"no_contact", "key_ended"}:
        return "switch_on"  # it is enrolled: only its word is missing
    return STEPS[first.code]


def _foreign(facts: Facts) -> bool:
    """Its policies, its record and its kiosk are another school's."""
    return facts.loan is not None and facts.loan.foreign_policies


def _console(facts: Facts, needs: Needs) -> bool:
    return needs.console and not _foreign(facts)


def _ours(facts: Facts, needs: Needs) -> bool:
    """Our extension runs on it, so what it does not tell is missing."""
    return needs.extension and not _foreign(facts)


def _asks_os(facts: Facts, needs: Needs) -> bool:
    """A version is asked for, or the console is there to tell it."""
    return needs.least_os is not None or _console(facts, needs)


def _whose(facts: Facts, needs: Needs) -> Iterator[Reason]:
    if facts.remap_open:
        yield Reason("remap_open", BAD, {"kind": facts.remap_open})
    if facts.not_returned:
        yield Reason("not_returned", BAD, {"why": facts.not_returned})
    loan = facts.loan
    if loan is not None and needs.date is not None and loan.until < needs.date:
        yield Reason("loan_over", BAD, {"owner": loan.owner, "until": loan.until})
    if loan is not None and loan.foreign_policies and needs.web and needs.extension:
        yield Reason("loan_no_kiosk", BAD, {"owner": loan.owner})


def _seen(facts: Facts, needs: Needs) -> Iterator[Reason]:
    """Was it on, and lately enough? Where our extension runs, only its own report tells that the kiosk starts."""
    kiosk = _ours(facts, needs) and needs.web
    missing = facts.reported_at is None if kiosk else facts.seen is None
    if facts.wiped_at is not None:
        if not facts.enrolled_again:
            yield Reason("wiped_enrol", BAD, {"at": facts.wiped_at})
        if facts.network is None:
            yield Reason("wiped_wifi", BAD, {"at": facts.wiped_at})
    if missing:
        if facts.wiped_at is not None:
            yield Reason("wiped_checkin", BAD, {"at": facts.wiped_at})
        else:
            yield Reason("checkin_never", BAD if needs.eve else WARN)
        return
    limit = needs.eve_at if needs.eve and needs.eve_at is not None else needs.now - SEEN_HOLDS_MS
    if facts.seen is not None and facts.seen.at < limit:
        yield Reason("checkin_old", WARN, {"at": facts.seen.at})
    if (
        kiosk
        and facts.extension is not None
        and needs.extension_version is not None
        and facts.extension.value != needs.extension_version
    ):
        said = {"version": facts.extension.value, "wanted": needs.extension_version}
        yield Reason("extension_old", WARN, said)


def _client(facts: Facts, needs: Needs) -> Iterator[Reason]:
    if (needs.tick or _foreign(facts)) and facts.client is None:
        if facts.wiped_at is not None:
            yield Reason("wiped_client", BAD, {"at": facts.wiped_at})
        else:
            yield Reason("client_unseen", WARN)


def _record(facts: Facts, needs: Needs) -> Iterator[Reason]:
    """What the console says, and how old that is."""
    if not needs.console_read:
        yield Reason("console_unread", WARN)
        return
    record = facts.record
    if record is None:
        yield Reason("console_missing", BAD)
        return
    if record.status.upper() not in {"", "ACTIVE"}:
        yield Reason("console_status", BAD, {"status": record.status})
        return
    if record.read_at < needs.now - CONSOLE_HOLDS_MS:
        yield Reason("console_old", WARN, {"at": record.read_at})
    yield from _unit(facts, needs, record)
    yield from _policy(facts, needs, record)


def _unit(facts: Facts, needs: Needs, record: Record) -> Iterator[Reason]:
    if record.unit_id in needs.units:
        return
    home = facts.home_path  # Google takes no notice of capitals
    if facts.reenrolled and home is not None and record.path.casefold() != home.casefold():
        yield Reason("wrong_unit", BAD, {"path": record.path, "home": home})
    elif needs.units and needs.eve:
        yield Reason("not_moved", BAD if needs.today else WARN, {"path": record.path})


def _policy(facts: Facts, needs: Needs, record: Record) -> Iterator[Reason]:
    """In force: it fetched its policy after what its org unit orders was last written, or after it was moved there."""
    if facts.policy_since is None:
        if needs.eve and needs.web:
            yield Reason("policy_none", BAD)
    elif record.synced_at is None or record.synced_at <= facts.policy_since:
        yield Reason("policy_pending", BAD if needs.today else WARN, {"at": record.synced_at})
        return
    if record.synced_at is None:
        yield Reason("sync_never", WARN)
    elif record.synced_at < record.read_at - SYNC_HOLDS_MS:
        yield Reason("sync_old", WARN, {"at": record.synced_at})
