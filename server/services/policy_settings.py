"""The school's decisions about its exam Chromebooks: kept as one JSON text, read with every plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from server.domain.policy_settings import PolicySettings, read
from server.services import audit
from server.services.actor import Actor
from server.services.meta import get_meta, set_meta
from server.store.database import Database

KEY = "policy_settings"


def get(c: Connection) -> PolicySettings:
    """The settings as they stand; the defaults before anybody entered any. Raises: Invalid (`policy_setting`)."""
    kept = get_meta(c, KEY)
    return read(json.loads(kept)) if kept else PolicySettings()


def save(db: Database, who: Actor, now: int, raw: Mapping[str, Any]) -> PolicySettings:
    """Keep what was entered, whole or not at all. Raises: Invalid (`policy_setting`)."""
    settings = read(raw)
    with db.write() as tx:
        before = get(tx.c).as_dict()
        after = settings.as_dict()
        set_meta(tx, KEY, json.dumps(after, sort_keys=True))
        changed = sorted(name for name, value in after.items() if before.get(name) != value)
        audit.record(tx, who, "policy.settings", "policy settings", now, fields=changed)
    return settings
