"""Whether each feature of the console works, tried by the worker and kept as the result of its job."""

from __future__ import annotations

from typing import Any

from server import config
from server.config import Settings
from server.services import attestation, google_account, google_jobs
from server.services.actor import Actor
from server.services.google_work import Work
from server.store.database import Database
from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_key import Key, read_key
from server.workspace.scopes import SCOPES, USUAL

KIND = "probe"


def start(db: Database, who: Actor, now: int) -> int:
    """Queue the look. Raises: Conflict (`job_waiting`)."""
    with db.write() as tx:
        return google_jobs.enqueue(tx, who, now, KIND, {})


def run(work: Work) -> dict[str, Any]:
    """The job: one cheap call for each feature, nothing changed."""
    work.step("probe")
    with work.context.db.read() as c:
        features = tuple(Feature) if attestation.is_on(c) else USUAL
    found = google_account.probe(work.gateway, features)
    return {
        "works": sum(status.ok for status in found),
        "refused": sum(not status.ok for status in found),
        "features": [
            {
                "feature": str(status.feature),
                "ok": status.ok,
                "code": status.code,
                "params": {key: _plain(value) for key, value in status.params.items()},
                "proved": status.proved,
            }
            for status in found
        ],
    }


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | None) else str(value)


def scopes(*, every: bool = False) -> dict[str, str]:
    """The least scope of each feature; `every`: also of those that a school may do without."""
    return {str(feature): SCOPES[feature][0] for feature in (tuple(Feature) if every else USUAL)}


def client_id(settings: Settings) -> str:
    """What names the key on Google's page of delegation; empty when the key cannot be read."""
    key = _key(settings)
    return "" if key is None else key.client_id


def account(settings: Settings) -> str:
    """The service account of the console that is connected now; empty when there is none, or it cannot be read."""
    settings = config.refreshed(settings)
    key = _key(settings) if settings.managed else None
    return "" if key is None else key.account


def _key(settings: Settings) -> Key | None:
    try:
        return read_key(settings.google_credentials, emulated=settings.google_api_root is not None)
    except GoogleError:
        return None
