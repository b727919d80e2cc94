"""Secrets of a plan: shown and stored as a mark that is the same for the same value, sent as what they are.

The mark is an HMAC under this server's own key, so a plan that is made again has the same digest, and nobody who
reads the plan's rows learns the enrolment secret from them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from server.domain.policy_diff import Key, same
from server.domain.policy_plan import Change, Json, Op, Plan

MARK = "hmac:"


def masked(plan: Plan, key: str) -> Plan:
    """The plan as it may be kept and shown; its digest is the one that `apply` is given."""
    return replace(plan, changes=tuple(mask(change, key) for change in plan.changes))


def mask(change: Change, key: str) -> Change:
    if not change.secret:
        return change
    return replace(change, current=_marked(change.current, key), desired=_marked(change.desired, key))


def unmasked(change: Change, made_again: Iterable[Change], key: str) -> Change | None:
    """The change with its real values, from the same plan made again; None when they are no longer the same."""
    if not change.secret or change.desired is None:
        return change
    for real in made_again:
        if real.key == change.key and real.desired is not None:
            marked = _marked(real.desired, key) or {}
            if all(marked.get(name) == change.desired.get(name) for name in _read_back(change)):
                said = dict.fromkeys(set(change.fields) - set(_read_back(change)), True)
                return replace(change, desired=real.desired | said)
    return None


def fits(change: Change, value: Mapping[str, object] | None, key: str) -> Json | None:
    """A value read from Google in the form that `change` is kept in, to compare the two."""
    if value is None:
        return None
    return _marked(dict(value), key) if change.secret else dict(value)


def arrived(change: Change, own: Mapping[Key, Json], key: str) -> bool:
    """Whether what is set at the org unit is what `change`, as it is kept, wanted there."""
    there = fits(change, own.get((change.schema, change.app_id)), key)
    if change.op is Op.DELETE:
        return there is None
    wanted = change.desired or {}
    return there is not None and all(same(there.get(n), wanted.get(n)) for n in _read_back(change))


def as_found(change: Change, own: Mapping[Key, Json]) -> Change:
    """A change that has arrived, with the real values that it has at Google in place of marks."""
    there = own.get((change.schema, change.app_id))
    if not change.secret or change.desired is None or there is None:
        return change
    return replace(change, desired={name: there.get(name, value) for name, value in change.desired.items()})


def _read_back(change: Change) -> list[str]:
    """An acknowledgement is said along with a value and never read back."""
    return [name for name in change.fields if not name.startswith("ackNotice")]


def _marked(value: Json | None, key: str) -> Json | None:
    if value is None:
        return None
    return {name: MARK + _mac(inner, key) for name, inner in value.items()}


def _mac(value: object, key: str) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
