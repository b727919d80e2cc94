"""Connecting the school's Google console: a key file, an administrator to act for, and whether it works.

Nothing is stored before Google has accepted it. The trial runs in a folder of its own inside the data folder, so
what is tried is exactly what is then moved into place, and a school that was connected stays so when it fails.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from server import config
from server.config import Settings
from server.domain.errors import Conflict, Invalid
from server.services import audit
from server.services.actor import Actor
from server.services.context import Context
from server.services.google_jobs import ACTIVE
from server.services.meta import get_meta, set_meta
from server.store.tables import console_devices, google_jobs, policy_owned
from server.workspace.gateway import Feature, Gateway, GoogleError
from server.workspace.google_key import parse_key
from server.workspace.scopes import USUAL, delegation

TRIAL = ".google-trial-"
TRIAL_SECONDS = 3_600  # no trial lasts as long
CUSTOMER = "google_customer"  # meta: the customer whose console filled our tables
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

#: Any schema serves to see whether policies may be read; every tenant is expected to have this one.
_A_SCHEMA = "chrome.devices.GuestMode"

PATIENCE_SECONDS = 20.0  # of pauses while a person waits for the page

#: `bootstrap.open_gateway`.
OpenGateway = Callable[[Context, Callable[[float], None]], Gateway]


@dataclass(frozen=True, slots=True)
class FeatureStatus:
    """Whether one feature works. `proved` False: its scope is delegated, and only doing it would show more."""

    feature: Feature
    ok: bool
    code: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Connected:
    """What a connection gave. `customer` None: its number may not be read."""

    account: str
    subject: str
    customer: str | None
    domain: str | None


def scopes_to_delegate() -> tuple[str, ...]:
    """What to enter, with the key's client id, on the page of domain-wide delegation."""
    return delegation()


def connect(
    context: Context,
    open_gateway: OpenGateway,
    who: Actor,
    *,
    credentials: bytes,
    subject: str,
    api_root: str | None,
    sleep: Callable[[float], None] = time.sleep,
) -> Connected:
    """Try the key with one cheap call, then keep it.

    Raises: Invalid (`google_subject_invalid`, `google_root_invalid`), Conflict (`google_busy`,
    `google_other_customer`), GoogleError (what Google has against it).
    """
    subject = _subject(subject)
    api_root = _root(api_root)
    key = parse_key(credentials, emulated=api_root is not None)
    with context.db.read() as c:
        _raise_if_busy(c)
    settings: Settings = replace(context.settings, google_subject=subject, google_api_root=api_root)
    _sweep_trials(settings.data_dir)
    trial = Path(tempfile.mkdtemp(prefix=TRIAL, dir=settings.data_dir))  # 0700
    try:
        tried = replace(settings, data_dir=trial)
        _write_private(tried.google_credentials, credentials)
        config.save_google(trial, subject, api_root)
        customer = _try(open_gateway(replace(context, settings=tried), _patience(sleep)))
        _keep(context, who, settings, tried, key.account, customer)
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return Connected(key.account, subject, customer.get("id"), customer.get("customerDomain"))


def disconnect(context: Context, who: Actor) -> None:
    """Forget the key. What was read stays, as does what Bangku set in the console.

    Raises: Conflict (`google_busy`, `google_not_connected`).
    """
    settings = config.load(context.settings.data_dir)
    if settings.google_subject is None and not settings.google_credentials.exists():
        raise Conflict("Google console: not connected", code="google_not_connected")
    with context.db.write() as tx:
        _raise_if_busy(tx.c)
        audit.record(tx, who, "google.disconnect", f"console for {settings.google_subject}", context.now())
    config.save(replace(settings, google_subject=None, google_api_root=None))
    settings.google_credentials.unlink(missing_ok=True)


def probe(gateway: Gateway, features: Sequence[Feature] = USUAL) -> list[FeatureStatus]:
    """Try each feature as far as it goes without changing anything."""
    found = [_probed(gateway, feature) for feature in features]
    wider = gateway.wider_scopes()
    return [
        replace(status, params={**status.params, "wider": wider[status.feature]})
        if status.ok and status.feature in wider
        else status
        for status in found
    ]


def _probed(gateway: Gateway, feature: Feature) -> FeatureStatus:
    reading = _READS.get(feature)
    try:
        if reading is None:
            gateway.check_feature(feature)
        else:
            reading(gateway)
    except GoogleError as error:
        return FeatureStatus(feature, False, error.code, dict(error.params))
    return FeatureStatus(feature, True, proved=reading is not None)


def _read_schema(gateway: Gateway) -> None:
    try:
        gateway.get_policy_schema(_A_SCHEMA)
    except GoogleError as error:
        if error.code != "google_not_found":  # an answer all the same: reading is allowed
            raise


_READS: dict[Feature, Callable[[Gateway], object]] = {
    Feature.CUSTOMER: lambda gateway: gateway.get_customer(),
    Feature.INVENTORY: lambda gateway: gateway.list_devices(fields="deviceId"),
    Feature.ORG_UNITS: lambda gateway: gateway.list_org_units(),
    Feature.USERS: lambda gateway: gateway.list_users(query="isSuspended=true"),
    Feature.POLICY: _read_schema,
    Feature.TELEMETRY: lambda gateway: gateway.list_telemetry_devices("deviceId"),
    Feature.VERIFIED_ACCESS: lambda gateway: gateway.generate_challenge(),
}


def _patience(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """A worker may wait for minutes until Google comes back; a person is told."""
    left = PATIENCE_SECONDS

    def wait(seconds: float) -> None:
        nonlocal left
        left -= seconds
        if left < 0:
            raise GoogleError(
                "Google console: cannot be reached now; look at the school's internet and try again",
                code="google_unavailable",
                passing=True,
            )
        sleep(seconds)

    return wait


def _try(gateway: Gateway) -> dict[str, Any]:
    """One cheap call that only a working key, delegation and administrator can make.

    A school may have left out the customer scope: then the devices tell.
    """
    try:
        return gateway.get_customer()
    except GoogleError as error:
        if error.code not in {"google_scope", "google_forbidden", "google_api_disabled"}:
            raise
    gateway.list_devices(fields="deviceId")
    return {}


def _keep(
    context: Context, who: Actor, settings: Settings, tried: Settings, account: str, customer: dict[str, Any]
) -> None:
    """The line in the trail first, then the key, then the setting that makes it count: no console is ever connected
    without its line."""
    with context.db.read() as c:
        _raise_if_other(c, customer.get("id"))
    with context.db.write() as tx:
        _raise_if_busy(tx.c)
        if customer.get("id"):
            set_meta(tx, CUSTOMER, str(customer["id"]))
        audit.record(
            tx,
            who,
            "google.connect",
            f"console for {settings.google_subject}",
            context.now(),
            account=account,
            customer=customer.get("id"),
            emulated=settings.google_api_root is not None,
        )
    os.replace(tried.google_credentials, settings.google_credentials)
    config.save_google(settings.data_dir, settings.google_subject, settings.google_api_root)


def _raise_if_other(c: Connection, customer: object) -> None:
    """Org units and devices of one customer mean nothing in another's console."""
    known = get_meta(c, CUSTOMER)
    if not customer or known in {None, customer}:
        return
    for table in (console_devices.c.console_id, policy_owned.c.org_unit_id):
        if c.execute(select(table).limit(1)).first() is not None:
            raise Conflict(
                f"Google console: this key is of customer {customer}, the devices here of {known}; "
                "connect the same school's console, or begin with an empty data folder",
                code="google_other_customer",
                customer=str(customer),
                known=known,
            )


def _raise_if_busy(c: Connection) -> None:
    job = c.execute(
        select(google_jobs.c.id, google_jobs.c.kind).where(google_jobs.c.state.in_(ACTIVE)).limit(1)
    ).first()
    if job is not None:
        raise Conflict(
            f"Google console: job {job.id} ({job.kind}) is not over; wait for it or cancel it",
            code="google_busy",
            job_id=job.id,
        )


def _sweep_trials(data_dir: Path) -> None:
    """A trial that a power cut ended left a key behind."""
    for left in data_dir.glob(TRIAL + "*"):
        if time.time() - left.stat().st_mtime > TRIAL_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _write_private(path: Path, content: bytes) -> None:
    """Readable by this account only, from its first byte, and on the disk before it counts."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _subject(typed: str) -> str:
    subject = typed.strip()
    if not _ADDRESS.fullmatch(subject):
        raise Invalid(
            f"administrator '{subject}': not an address such as admin@sekolah.sch.id",
            code="google_subject_invalid",
            field="subject",
        )
    return subject


def _root(typed: str | None) -> str | None:
    if typed is None or not typed.strip():
        return None
    root = typed.strip().rstrip("/")
    parts = urlsplit(root)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise Invalid(
            f"address '{root}': not one such as http://127.0.0.1:8420; leave it out for Google itself",
            code="google_root_invalid",
            field="api_root",
        )
    return root
