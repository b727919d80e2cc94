"""What is known of one Chromebook, out of everything that was heard: the newest word stands, and its source with it.

Words from before a wipe count no more, but for those about the body: its battery, its keys, its screen.
"""

from __future__ import annotations

from typing import Any

from server.domain.readiness_facts import Facts, Hands, Loan, Record, Source, Told, newest
from server.services.readiness_inputs import Check, Heard, Written
from server.services.readiness_needs import School, milestone

CHROMEOS = "cros"
MB = 1_000_000


def facts_of(row: Any, heard: Heard, school: School, out_reason: str, away: str) -> Facts:
    """`row`: one of `readiness_inputs.rows`."""
    remap = heard.remaps.get(row.id)
    wiped_at = _wiped(row, heard)
    page, hands, client = (heard.checks.get((row.id, kind)) for kind in ("page", "hands", "client"))
    since = wiped_at or 0
    reported_at = row.reported_at if row.reported_at is not None and row.reported_at >= since else None
    fresh_page = page if page is not None and page.at >= since else None
    fresh_client = client if client is not None and client.at >= since else None
    observed = row.observed or {}
    loan = heard.loans.get(row.id)
    battery, charging = _battery(row, observed, page)
    return Facts(
        in_service=row.in_service,
        out_reason=out_reason,
        remap_open=remap.kind if remap is not None and remap.state == "open" else "",
        not_returned=away,
        loan=Loan(loan.owner, loan.until, loan.foreign_policies) if loan is not None else None,
        record=_record(row, school),
        home_path=_home_path(row, heard, remap),
        reenrolled=row.console_id in heard.enrolled or remap is not None,
        enrolled_again=wiped_at is None or _enrolled_again(row, wiped_at, fresh_client),
        policy_since=_policy_since(row, heard),
        wiped_at=wiped_at,
        reported_at=reported_at,
        seen=newest(
            Told("report", reported_at, Source.DEVICE) if reported_at is not None else None,
            *(_check(one, "check") for one in (fresh_page, hands, fresh_client)),
            Told("telemetry", row.telemetry_at, Source.TELEMETRY)
            if row.telemetry_at is not None and row.telemetry_at >= since
            else None,
        ),
        network=_network(row, reported_at, fresh_page, fresh_client, since),
        signal=_telemetry(row, "network", "signal", since),
        battery=battery,
        charging=charging,
        has_battery=battery is not None or row.reported_at is None or row.platform in {None, "", CHROMEOS},
        health=_telemetry(row, "battery", "health"),
        storage=_storage(row, observed, reported_at, fresh_page, since),
        clock=newest(
            _observed(observed, "clock_offset_ms", reported_at), _seen(fresh_page, "clock_offset_ms")
        ),
        os=_os(row, observed, reported_at, fresh_page),
        extension=_observed(observed, "extension_version", reported_at),
        hands=_hands(hands),
        client=Told(str(client.seen.get("version") or ""), client.at, Source.PERSON, client.by)
        if fresh_client is not None and client is not None
        else None,
    )


def _home_path(row: Any, heard: Heard, remap: Any) -> str | None:
    """The org unit it is from. None: not known, there no more (or under another name), or a person moved it since."""
    home = heard.homes.get(row.console_id) or heard.enrolled.get(row.console_id)
    if remap is not None:
        home = remap.proposal.get("org_unit_path") or home
    if home is None or row.console_id in heard.resettled:
        return None
    return str(home) if not heard.units or home.casefold() in heard.units else None


def _wiped(row: Any, heard: Heard) -> int | None:
    """The newest wipe we know of: enrolled again in the console, a second life with another key, our own order."""
    known = [heard.wipes.get(row.id)]
    if row.console_id in heard.enrolled or row.id in heard.records:
        known.append(row.last_enrolled_at)
    if row.id in heard.lives:  # a life ended: the new one began with its first word, or has not begun
        known.append(row.first_seen_at if row.first_seen_at is not None else heard.lives[row.id])
    return max((at for at in known if at is not None), default=None)


def _enrolled_again(row: Any, wiped_at: int, client: Check | None) -> bool:
    """The console saw it enrolled, it came with a key of the school's, or its kiosk app was in the menu: all since."""
    return any(
        at is not None and at >= wiped_at
        for at in (row.last_enrolled_at, row.first_seen_at, client.at if client is not None else None)
    )


def _record(row: Any, school: School) -> Record | None:
    if row.console_id is None:
        return None
    read_at = max(row.seen_at, school.console_at or 0)
    end = (row.auto_update_through or "")[:10]
    return Record(
        row.status,
        row.org_unit_id,
        row.org_unit_path,
        read_at,
        row.last_sync_at,
        end if end[:2] == "20" else None,
    )


def _policy_since(row: Any, heard: Heard) -> int | None:
    """When what its org unit, or one above it, orders was last written; later, when it was moved there."""
    if row.console_id is None:
        return None
    written = [one.at for one in heard.written if _covers(one, row, heard)]
    if not written:
        return None
    return max(*written, heard.moves.get((row.console_id, row.org_unit_id), 0))


def _covers(one: Written, row: Any, heard: Heard) -> bool:
    """An org unit may be renamed, and its old name given to another: paths are compared only where an id is unknown."""
    if one.path == "/" or one.org_unit_id == row.org_unit_id:
        return True
    if one.org_unit_id in heard.above and row.org_unit_id in heard.above:
        return one.org_unit_id in heard.above[row.org_unit_id]
    return f"{row.org_unit_path}/".casefold().startswith(f"{one.path}/".casefold())


def _network(
    row: Any, reported_at: int | None, page: Check | None, client: Check | None, since: int
) -> Told[str] | None:
    """Who saw it on a network. The login page of the Exam Browser opens over one, too."""
    told = [
        Told("report", reported_at, Source.DEVICE) if reported_at is not None else None,
        _check(page, "page"),
        _check(client, "client"),
        _told(row, "network", "type", since, Source.TELEMETRY),
    ]
    if row.console_id is not None and row.last_sync_at is not None and row.last_sync_at >= since:
        told.append(Told("sync", row.last_sync_at, Source.CONSOLE))
    return newest(*told)


def _battery(row: Any, observed: Any, page: Check | None) -> tuple[Told[int] | None, Told[bool] | None]:
    """The newest figure, and the charger as the same word has it. A wipe changes neither."""
    pairs = [
        (_observed(observed, "battery", row.reported_at), _observed(observed, "charging", row.reported_at)),
        (_seen(page, "battery"), _seen(page, "charging")),
        (_telemetry(row, "battery", "percent"), _telemetry(row, "battery", "charging")),
    ]
    best = newest(*(battery for battery, _ in pairs))
    return best, next((charging for battery, charging in pairs if battery is best), None)


def _storage(
    row: Any, observed: Any, reported_at: int | None, page: Check | None, since: int
) -> Told[int] | None:
    disk = _telemetry(row, "storage", "free", since)
    return newest(
        _observed(observed, "free_storage_mb", reported_at),
        _seen(page, "storage_free_mb"),
        Told(disk.value // MB, disk.at, disk.source) if disk is not None else None,
    )


def _os(row: Any, observed: Any, reported_at: int | None, page: Check | None) -> Told[int] | None:
    told: list[Told[int] | None] = []
    for text, at, source in (
        (observed.get("browser_version"), reported_at, Source.DEVICE),
        (page.seen.get("browser") if page is not None else None, page.at if page else None, Source.PAGE),
        (row.os_version, row.last_sync_at or row.seen_at, Source.CONSOLE),
    ):
        number = milestone(text)
        told.append(Told(number, at, source) if number is not None and at is not None else None)
    return newest(*told)


def _hands(check: Check | None) -> Told[Hands] | None:
    if check is None:
        return None
    said = Hands(*(str(check.seen.get(name, "")) for name in ("touch", "keyboard", "screen")))
    return Told(said, check.at, _source(check), check.by)


def _source(check: Check) -> Source:
    return {"person": Source.PERSON, "kiosk": Source.DEVICE}.get(check.source, Source.PAGE)


def _check(check: Check | None, what: str) -> Told[str] | None:
    return Told(what, check.at, _source(check), check.by) if check is not None else None


def _seen(check: Check | None, name: str) -> Told[Any] | None:
    value = check.seen.get(name) if check is not None else None
    return Told(value, check.at, _source(check)) if check is not None and value is not None else None


def _observed(observed: Any, name: str, at: int | None) -> Told[Any] | None:
    value = observed.get(name)
    return Told(value, at, Source.DEVICE) if value is not None and at is not None else None


def _telemetry(row: Any, group: str, name: str, since: int = 0) -> Told[Any] | None:
    return _told(row, group, name, since, Source.TELEMETRY)


def _told(row: Any, group: str, name: str, since: int, source: Source) -> Told[Any] | None:
    """A value of the newest telemetry, with the time that its own report names."""
    said = (row.telemetry or {}).get(group) or {}
    value, at = said.get(name), said.get("at")
    return Told(value, at, source) if value is not None and at is not None and at >= since else None
