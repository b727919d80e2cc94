"""What a device should be doing: one pure function of exam, sitting, holds and notices.

There are no commands. The server keeps one small document per device and repeats it until the device says
it has applied it, so an order survives a dropped push, a reboot, or days offline.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum

from server.domain.exam import LIVE, Client, ExamState
from server.domain.sitting import Block, SittingState, current_block, ends_at, time_left_ms


class Mode(StrEnum):
    IDLE = "idle"
    WAITING = "waiting"
    EXAM = "exam"
    LOCKED = "locked"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to keep the device locked. `expires_at` None: until a person releases it."""

    id: int
    reason: str  # proctor | supervisor | paused | incident | identity
    text: str
    created_at: int
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Clear:
    """An order to clear the exam's site data, given once every answer and event is in."""

    id: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DesiredInputs:
    """All that decides the document. Two equal inputs give the same document, byte for byte."""

    home_url: str  # the server's pupil page
    own_host: str
    device_label: str | None = None
    room: str | None = None
    quarantined: bool = False
    exam_state: ExamState | None = None
    exam_title: str | None = None
    exam_client: Client = Client.WEB
    exam_url: str | None = None
    exam_hosts: tuple[str, ...] = ()
    opens_at: int | None = None
    report_interval_ms: int = 10_000
    sitting_state: SittingState | None = None
    seat: str | None = None
    participant_name: str | None = None
    participant_number: str | None = None
    blocks: tuple[Block, ...] = ()
    holds: tuple[Hold, ...] = ()
    notice: Notice | None = None
    clear: Clear | None = None


@dataclass(frozen=True, slots=True)
class DesiredState:
    """The document as the device gets it. `doc` is the very text that is digested and authenticated."""

    epoch: str
    version: int
    digest: str
    doc: str = field(repr=False)

    def as_message(self) -> dict[str, object]:
        return {"epoch": self.epoch, "version": self.version, "digest": self.digest, "doc": self.doc}


#: The device refuses a document with control characters whole (kiosk_ext/incoming.js). A tab comes along when a title is
#: pasted from a spreadsheet.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
IDLE_REPORT_MS = 20_000  # a worker stops after 30 s of silence (docs/protocol.md), so never above 20 s


def compute(given: DesiredInputs) -> dict[str, object]:
    """The content of the desired document for one device (docs/protocol.md, section 4)."""
    base = _base_mode(given)
    block = current_block(given.blocks) if base is Mode.EXAM else None
    lock = _lock(given, base)
    seated = base is not Mode.IDLE
    in_exam = base is Mode.EXAM
    url = given.exam_url if in_exam and given.exam_url else given.home_url
    hosts = {given.own_host, *(given.exam_hosts if in_exam else ())}
    return {
        "mode": str(Mode.LOCKED if lock else base),
        "device_label": _line(given.device_label),
        "room": _line(given.room),
        "seat": _line(given.seat) if seated else None,
        "participant": (
            {"name": _line(given.participant_name), "number": _line(given.participant_number)}
            if seated and given.participant_name is not None
            else None
        ),
        "exam_title": _line(given.exam_title) if seated else None,
        "start_url": url,
        "allowed_hosts": sorted(hosts),
        "opens_at": given.opens_at if base is Mode.WAITING else None,
        "ends_at": ends_at(block) if block else None,
        "time_left_ms": (
            time_left_ms(block, block.paused_at) if block and block.paused_at is not None else None
        ),
        "notice": {"id": given.notice.id, "text": _prose(given.notice.text)}
        if given.notice and seated
        else None,
        "lock": lock,
        "clear": {"id": given.clear.id, "origins": list(given.clear.origins)} if given.clear else None,
        "report_interval_ms": given.report_interval_ms if seated else IDLE_REPORT_MS,
    }


def encode(content: dict[str, object]) -> tuple[str, str]:
    """(doc, digest): sorted keys and no spaces, so equal content has equal digests."""
    doc = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return doc, hashlib.sha256(doc.encode()).hexdigest()


def _line(text: str | None) -> str | None:
    return _CONTROL.sub(" ", text) if text is not None else None


def _prose(text: str) -> str:
    """What a proctor wrote may have line breaks."""
    return _CONTROL_BUT_LINES.sub(" ", text.replace("\r\n", "\n"))


def _base_mode(given: DesiredInputs) -> Mode:
    if given.quarantined or given.exam_state is None or given.sitting_state is None:
        return Mode.IDLE
    begun = any(block.started_at is not None for block in given.blocks)
    if given.sitting_state is SittingState.MOVED and begun and given.exam_client is Client.WEB:
        return Mode.FINISHED  # what was written stays on the device until all of it is here
    if given.sitting_state in {SittingState.ABSENT, SittingState.MOVED}:
        return Mode.IDLE
    if given.sitting_state is SittingState.FINISHED:
        return Mode.FINISHED
    if given.exam_state not in LIVE:
        return Mode.IDLE if given.exam_state is ExamState.DRAFT else Mode.FINISHED
    if given.sitting_state in {SittingState.WORKING, SittingState.PAUSED}:
        return Mode.EXAM if given.exam_client is Client.WEB else Mode.WAITING
    return Mode.WAITING


def _lock(given: DesiredInputs, base: Mode) -> dict[str, object] | None:
    """The lock shown: a person's hold before the pause that lies under it.

    While the sitting is paused no lock runs out by itself, or the device would go on alone.
    """
    if base is Mode.FINISHED:
        return None
    paused = base is Mode.EXAM and given.sitting_state is SittingState.PAUSED
    hold = max(given.holds, key=_weight, default=None)
    if hold is None and not paused:
        return None
    return {
        "reason": hold.reason if hold else "paused",
        "text": _prose(hold.text) if hold else "",
        "expires_at": None if paused or hold is None else hold.expires_at,
        "then": str(base),
    }


def _weight(hold: Hold) -> tuple[bool, int, int]:
    """Among holds the one that lasts longest shows, then the newest."""
    return (hold.expires_at is None, hold.expires_at or 0, hold.id)
