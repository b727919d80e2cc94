"""`bangku doctor`: evidence for what only a real tenant can show, in one report without secrets.

It reads, and never writes to Google. Each open line of docs/field-proof.md gets what was seen, or what a person has
to do; a look that fails says why and stops no other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.domain.errors import BangkuError
from server.domain.field_claims import CLAIMS, Claim, Finding
from server.services import doctor_console, doctor_devices, doctor_server
from server.services.context import Context
from server.services.doctor_look import Evidence, Look, Looks
from server.services.secrets import every_secret
from server.workspace.gateway import Gateway

LOOKS: Mapping[str, Looks] = {**doctor_console.LOOKS, **doctor_devices.LOOKS, **doctor_server.LOOKS}

BY_HAND = Evidence(Finding.BY_HAND, "a person has to try it; docs/field-proof.md says how")


@dataclass(frozen=True, slots=True)
class Report:
    """`features`: what the service account may do. `evidence`: by claim, in the document's order."""

    at: str
    version: str
    mode: str
    features: tuple[Evidence, ...]
    evidence: tuple[tuple[Claim, Evidence], ...]

    def as_json(self) -> str:
        """The whole report with the figures behind each line."""
        shape = {
            "at": self.at,
            "version": self.version,
            "mode": self.mode,
            "features": [e.as_dict() for e in self.features],
            "claims": {c.key: {"claim": c.starts, **e.as_dict()} for c, e in self.evidence},
        }
        return json.dumps(shape, indent=1, ensure_ascii=False, sort_keys=True) + "\n"

    def as_text(self) -> str:
        """For a person: one paragraph per claim."""
        lines = ["# Bangku doctor", "", f"{self.at}, Bangku {self.version}, mode: {self.mode}", ""]
        lines += ["## What the service account may do", ""]
        lines += [f"- {e.finding.replace('_', ' ')}: {e.text}" for e in self.features] or ["- not connected"]
        lines += ["", "## Open claims of docs/field-proof.md", ""]
        for claim, evidence in self.evidence:
            lines += [f"- **{claim.starts} …**", f"  {evidence.finding.replace('_', ' ')}: {evidence.text}"]
        return "\n".join(lines) + "\n"


def examine(
    context: Context, gateway: Gateway | None, at: str, version: str, *, watch: str | None = None
) -> Report:
    """Look at everything that can be looked at. `watch`: serial number of a Chromebook that will be powerwashed.

    Raises: Invalid (`doctor_secret`) rather than write a report that holds a secret of this school.
    """
    look = Look(context, gateway, watch)
    features = doctor_console.features(look)
    found = tuple((claim, _one(claim, look)) for claim in CLAIMS)
    mode = "observed" if gateway is None else "managed"
    if gateway is not None and context.settings.google_api_root is not None:
        mode += " (an emulated console: nothing here is evidence of Google)"
    report = Report(at, version, mode, features, found)
    _raise_if_secret(context, report)
    return report


def _one(claim: Claim, look: Look) -> Evidence:
    if not claim.gathered:
        return BY_HAND
    try:
        return LOOKS[claim.key](look)
    except BangkuError as error:
        return Evidence(Finding.UNREACHABLE, f"{error} [{error.code}]")


def _raise_if_secret(context: Context, report: Report) -> None:
    """What a report is made of holds no secret; this makes sure of it before anything is written."""
    text = report.as_json() + report.as_text()
    for secret in _secrets(context):
        if secret and secret in text:
            raise BangkuError("the report would hold a secret; nothing was written", code="doctor_secret")


def _secrets(context: Context) -> list[str]:
    settings: Any = context.settings
    with context.db.read() as c:
        found = [*every_secret(c), settings.secret_key]
    if settings.google_credentials.is_file():
        key = json.loads(settings.google_credentials.read_text("utf-8"))
        found += [str(key.get(name, "")) for name in ("private_key", "private_key_id")]
    return found
