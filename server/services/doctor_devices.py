"""Looks at what Chromebooks reported: did they start from this server, did the extension come and stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from server.domain.field_claims import Finding
from server.domain.hosts import host_of
from server.services import extension
from server.services.doctor_look import Evidence, Look, Looks
from server.services.doctor_server import is_private
from server.store.tables import device_events, device_seen, enrolments

#: A simulated or a Linux device says so itself; it is no evidence for a Chromebook.
CHROMEOS = "cros"
PAGES_OF_OURS = ("waiting", "practice")


def start_url_lan(look: Look) -> Evidence:
    url = look.context.settings.public_url
    host = host_of(url)
    there = [r for r in _reports(look) if r.observed.get("page") in PAGES_OF_OURS]
    data = {"address": url, "private": is_private(host), "devices": len(there)}
    if not there:
        return Evidence(Finding.OPEN, f"no Chromebook has reported from {url} yet", data)
    if not url.startswith("https://") or not is_private(host):
        return Evidence(
            Finding.OPEN,
            f"{len(there)} Chromebooks started from {url}, which is no https address in a LAN",
            data,
        )
    return Evidence(Finding.FOR, f"{len(there)} Chromebooks have the page of {url}, a private address", data)


def start_url_http(look: Look) -> Evidence:
    url = look.context.settings.public_url
    if url.startswith("https://"):
        return Evidence(Finding.OPEN, f"this server is at {url}: nothing to see, and nothing lost")
    there = _reports(look)
    if not there:
        return Evidence(Finding.OPEN, f"no Chromebook has reported from {url} yet")
    return Evidence(Finding.FOR, f"{len(there)} Chromebooks reported over {url}", {"devices": len(there)})


def extension_lan(look: Look) -> Evidence:
    there = _reports(look)
    host = host_of(look.context.settings.public_url)
    if not there:
        return Evidence(Finding.OPEN, "no Chromebook with the extension has reported yet")
    kind = "a private" if is_private(host) else "not a private"
    return Evidence(
        Finding.FOR if is_private(host) else Finding.OPEN,
        f"the extension runs on {len(there)} Chromebooks; it is offered at {host}, {kind} address",
        {"devices": len(there), "host": host},
    )


def extension_update(look: Look) -> Evidence:
    now = extension.packed(look.context.settings.data_dir).version
    versions = Counter(str(r.observed.get("extension_version")) for r in _reports(look))
    data = {"offered": now, "seen": dict(versions)}
    if not versions:
        return Evidence(Finding.OPEN, "no Chromebook with the extension has reported yet", data)
    seen = ", ".join(f"{version} on {count}" for version, count in sorted(versions.items()))
    if set(versions) == {now}:
        return Evidence(
            Finding.OPEN, f"all have the version offered ({seen}); raise it to see an update", data
        )
    return Evidence(Finding.OPEN, f"offered: {now}; seen: {seen}. Look again after the next session", data)


def worker_alive(look: Look) -> Evidence:
    """How often the extension's worker began anew for another cause than an install or a browser start."""
    known = {r.id for r in _reports(look)}
    with look.context.db.read() as c:
        rows = c.execute(
            select(device_events.c.enrolment_id, device_events.c.data).where(
                device_events.c.kind == "worker_started", device_events.c.rejected.is_(None)
            )
        ).all()
    causes = Counter(str(row.data.get("cause")) for row in rows if row.enrolment_id in known)
    if not causes:
        return Evidence(Finding.OPEN, "no Chromebook has told of a start of its worker yet")
    text = ", ".join(f"{cause} {count}" for cause, count in sorted(causes.items()))
    woken = causes["wake"]
    return Evidence(
        Finding.AGAINST if woken else Finding.FOR, f"worker starts by cause: {text}", {"causes": dict(causes)}
    )


LOOKS: Mapping[str, Looks] = {
    "start_url_lan": start_url_lan,
    "start_url_http": start_url_http,
    "extension_lan": extension_lan,
    "extension_update": extension_update,
    "worker_alive": worker_alive,
}


def _reports(look: Look) -> Sequence[Row[Any, Any]]:
    """The newest observation of each Chromebook that ever reported from ChromeOS."""
    with look.context.db.read() as c:
        return c.execute(
            select(enrolments.c.id, device_seen.c.observed)
            .join(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
            .where(enrolments.c.platform == CHROMEOS)
        ).all()
