"""Whether each feature of the console works, tried by the worker and kept as the result of its job."""

from __future__ import annotations

from typing import Any

from server.config import Settings
from server.services import google_account, google_jobs
from server.services.actor import Actor
from server.services.google_work import Work
from server.store.database import Database
from server.workspace.gateway import Feature, GoogleError
from server.workspace.google_key import read_key
from server.workspace.scopes import SCOPES

KIND = "probe"


def start(db: Database, who: Actor, now: int) -> int:
    """Queue the look. Raises: Conflict (`job_waiting`)."""
    with db.write() as tx:
        return google_jobs.enqueue(tx, who, now, KIND, {})


def run(work: Work) -> dict[str, Any]:
    """The job: one cheap call for each feature, nothing changed."""
    work.step("probe")
    found = google_account.probe(work.gateway)
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


def scopes() -> dict[str, str]:
    """The least scope of each feature."""
    return {str(feature): SCOPES[feature][0] for feature in Feature}


def client_id(settings: Settings) -> str:
    """What names the key on Google's page of delegation; empty when the key cannot be read."""
    try:
        return read_key(settings.google_credentials, emulated=settings.google_api_root is not None).client_id
    except GoogleError:
        return ""
