"""One return of one Chromebook: what is true of it, and what seems to have happened. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.console_record import serial_key
from server.domain.remap import Kind
from server.domain.remap_facts import Candidate, Facts, OldLife, Record

#: How far this server's clock and Google's may differ before "after" stops meaning after.
CLOCK_MS = 120_000
#: A wipe is still believed when Google's clock is behind ours by so much: it only says what happened, never how sure.
CLOCK_ODD_MS = 900_000

_MAC = re.compile(r"[0-9A-F]{12}")


def mac_like(serial: str | None) -> bool:
    """CloudReady told a network card's address where ChromeOS Flex tells the case's serial number."""
    return bool(serial and _MAC.fullmatch(re.sub(r"[^0-9A-Za-z]", "", serial).upper()))


@dataclass(frozen=True, slots=True)
class Return:
    """The facts, held against one candidate."""

    facts: Facts
    one: Candidate

    # --- what is true of it ------------------------------------------------------------------------------

    @property
    def record(self) -> Record | None:
        return self.facts.record

    @property
    def life(self) -> OldLife | None:
        return self.one.life

    @property
    def contact(self) -> int | None:
        """Our last contact with the life before."""
        return self.life.heard_at if self.life is not None else None

    @property
    def seen_to_change(self) -> bool:
        """The mirror itself met this enrolment after our last contact: no old enrolment read late."""
        record = self.record
        if record is None or record.change_seen_at is None or record.last_enrolled_at is None:
            return False
        if record.enrolled_before is not None and record.enrolled_before >= record.last_enrolled_at:
            return False
        return self.contact is None or record.change_seen_at > self.contact

    @property
    def since(self) -> int | None:
        """Enrolment minus last contact, ms. None: one of them is not known."""
        record = self.record
        if record is None or record.last_enrolled_at is None or self.contact is None:
            return None
        return record.last_enrolled_at - self.contact

    @property
    def reenrolled(self) -> bool:
        if self.since is None:
            return self.contact is None and self.seen_to_change and self._earlier_enrolment
        return self.since > 0 or (self.seen_to_change and self.since > -CLOCK_ODD_MS)

    @property
    def _earlier_enrolment(self) -> bool:
        record = self.record
        return record is not None and (record.enrolled_before is not None or self.other_record)

    @property
    def surely_reenrolled(self) -> bool:
        return self.since is not None and self.since > CLOCK_MS and self.seen_to_change

    @property
    def early(self) -> bool:
        """The key knocked before the enrolment that would explain it."""
        new, record = self.facts.newcomer, self.record
        return (
            new is not None
            and record is not None
            and self.reenrolled
            and new.first_seen_at < (record.last_enrolled_at or 0) - CLOCK_MS
        )

    @property
    def other_record(self) -> bool:
        before, now = self.one.record, self.record
        return before is not None and now is not None and before.console_id != now.console_id

    @property
    def other_unit(self) -> bool:
        unit, home = self.record.org_unit_path if self.record else "", self.one.home_unit
        return bool(unit and home) and unit.casefold() != home.casefold()

    @property
    def alive(self) -> bool:
        """The old key has spoken since the new one came, or since the enrolment that would have ended it."""
        if self.life is None:
            return False
        if self.facts.newcomer is not None:
            return self.life.heard_at >= self.facts.newcomer.first_seen_at
        enrolled = self.record.last_enrolled_at if self.record else None
        return enrolled is not None and self.seen_to_change and self.life.heard_at > enrolled + CLOCK_MS

    @property
    def rivals(self) -> int:
        """Other keys that wait; one that was silent since before the newest enrolment went with that wipe."""
        enrolled = self.record.last_enrolled_at if self.record is not None and self.reenrolled else None
        return sum(enrolled is None or at >= enrolled - CLOCK_MS for at in self.one.waiting)

    @property
    def wiped_by_order(self) -> bool:
        at = self.one.wipe_ordered_at
        return at is not None and (self.contact is None or at > self.contact - CLOCK_MS)

    @property
    def new_serial(self) -> bool:
        key = self.facts.key
        before = serial_key(self.life.serial) if self.life is not None else None
        return key is not None and ((self.one.key or key) != key or (before or key) != key)

    @property
    def serial_before(self) -> str:
        key = self.facts.key
        if self.one.key is not None and self.one.key != key:
            return self.one.serial or ""
        return self.life.serial if self.life is not None else ""

    # --- what happened -----------------------------------------------------------------------------------

    def kind(self) -> Kind:
        if self.facts.twins:
            return Kind.TWO_RECORDS
        if self.new_serial or (self.facts.key is not None and self.one.key is None):
            flex = self.record is not None and self.record.flex
            return Kind.SERIAL_CHANGED if flex or self.was_mac else Kind.BOARD_SWAPPED
        if not self.reenrolled or self.early:
            ordered = self.wiped_by_order and not self.alive
            return Kind.WIPED if ordered else Kind.NEWCOMER
        if self.other_unit:
            return Kind.WRONG_UNIT
        return Kind.REENROLLED if self.other_record or self._deprovisioned() else Kind.WIPED

    @property
    def was_mac(self) -> bool:
        return mac_like(self.serial_before)

    def _deprovisioned(self) -> bool:
        """Between the last contact and the new enrolment."""
        record = self.record
        at = record.deprovisioned_at if record is not None else None
        return at is not None and (self.contact is None or at > self.contact - CLOCK_ODD_MS)
