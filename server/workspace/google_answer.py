"""Reading an error answer of Google's: two styles, the old `errors[].reason` and google.rpc's `details[]`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 300  # characters of what Google said


@dataclass(frozen=True, slots=True)
class Said:
    """An error answer, read: `words` are all reasons in lower case, `reason` the first as Google wrote it."""

    reason: str
    words: frozenset[str]
    message: str
    details: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, status: int, content: bytes) -> Said:
        try:
            error = json.loads(content)["error"]
        except (ValueError, KeyError, TypeError):
            return cls("", frozenset(), "", ())
        if not isinstance(error, dict):
            return cls(str(error), frozenset({str(error).lower()}), "", ())
        details = tuple(d for d in _list(error.get("details")) if isinstance(d, dict))
        reasons = [
            *(
                str(e["reason"])
                for e in _list(error.get("errors"))
                if isinstance(e, dict) and e.get("reason")
            ),
            *(str(d["reason"]) for d in details if d.get("reason")),
            *([str(error["status"])] if error.get("status") else []),
        ]
        words = frozenset(reason.lower() for reason in reasons)
        said = " ".join([str(error.get("message", "")), *_per_policy(details)])
        return cls(reasons[0] if reasons else "", words, said[:LONGEST], details)

    @property
    def about_org_unit(self) -> bool:
        lower = self.message.lower()
        missing = ("not found", "invalid", "does not exist", "no such")
        return any(w in lower for w in ("org unit", "orgunit", "organizational unit", "ou id")) and any(
            w in lower for w in missing
        )

    def metadata(self, name: str) -> str:
        for detail in self.details:
            found = detail.get("metadata")
            if isinstance(found, dict) and isinstance(found.get(name), str):
                return str(found[name])
        return ""


def _per_policy(details: Sequence[dict[str, Any]]) -> list[str]:
    """`chrome.devices.GuestMode: guestModeEnabled: must be …`, from the Policy API's details."""
    found = []
    for wrong in (e for d in details for e in _list(d.get("modificationErrors")) if isinstance(e, dict)):
        fields = [f for f in _list(wrong.get("fieldErrors")) if isinstance(f, dict)]
        whats = [
            *map(str, _list(wrong.get("errors"))),
            *(f"{f.get('field')}: {f.get('error')}" for f in fields),
        ]
        found += [f"{wrong.get('policySchema')}: {what}" for what in whats]
    return found


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
