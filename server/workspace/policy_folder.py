"""Writing a managed-policy folder so that a running Chromium takes the change at once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

POLICY_FILE = "bangku.json"
#: Always the same time of change. Chromium waits 5 s after a file's time of change moved, in case the writer is
#: not done; a rename with an unchanged time is taken within a tenth of a second (measured, Chromium 156).
_SAME_TIME = 1_700_000_000


def write_policy(folder: Path, policy: Mapping[str, object]) -> Path:
    """Put `policy` into `folder`/managed, whole or not at all. Readable by this account only: it holds a secret."""
    managed = folder / "managed"
    managed.mkdir(parents=True, exist_ok=True)
    # Beside `managed`, not in it: Chromium reads every file there, also half a one.
    part = folder / f".{POLICY_FILE}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(dumps(policy))
    os.utime(part, (_SAME_TIME, _SAME_TIME))
    target = managed / POLICY_FILE
    os.replace(part, target)
    return target


def remove_policy(folder: Path) -> None:
    """Take the policy away: what it installed goes, with its data."""
    (folder / "managed" / POLICY_FILE).unlink(missing_ok=True)


def dumps(policy: Mapping[str, object]) -> str:
    """A policy as its file has it."""
    return json.dumps(policy, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
