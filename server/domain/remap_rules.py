"""Which of our Chromebooks has come back, what happened to it, and how sure that is. Pure: facts in, an opinion out.

Strong is only what the console itself saw happen after our last contact, or what Verified Access proved, with nothing
against it. Everything else waits for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.domain.console_record import deprovisioned, serial_key
from server.domain.remap import Evidence, Kind, Strength, Weight
from server.domain.remap_facts import Candidate, Facts, OldLife, Record
from server.domain.remap_who import who

#: How far this server's clock and Google's may differ before "after" stops meaning after.
CLOCK_MS = 120_000
#: A wipe is still believed when Google's clock is behind ours by so much: it only says what happened, never how sure.
CLOCK_ODD_MS = 900_000

_MAC = re.compile(r"[0-9A-F]{12}")


@dataclass(frozen=True, slots=True)
class Opinion:
    """`device_id` None: no single candidate; `candidates` then says between whom a person has to choose."""

    device_id: int | None
    kind: Kind
    strength: Strength
    evidence: tuple[Evidence, ...]
    candidates: tuple[int, ...] = ()

    @property
    def against(self) -> bool:
        return any(one.weight is Weight.AGAINST for one in self.evidence)


def reckon(facts: Facts) -> Opinion:
    """The opinion on one return. Deterministic: the same facts give the same evidence in the same order."""
    named = who(facts)
    one = named.candidate
    said = list(named.evidence)
    if one is None:
        return Opinion(None, _kind_of_none(facts), Strength.WEAK, tuple(said), named.among)
    back = _Return(facts, one)
    said += back.evidence()
    opinion = Opinion(one.device_id, back.kind(), Strength.WEAK, tuple(said), (one.device_id,))
    if opinion.against:
        return opinion
    strength = back.strength(by_serial=named.by_serial, codes={e.code for e in said})
    return Opinion(opinion.device_id, opinion.kind, strength, opinion.evidence, opinion.candidates)


def _kind_of_none(facts: Facts) -> Kind:
    if facts.twins:
        return Kind.TWO_RECORDS
    return Kind.NEWCOMER if facts.newcomer is not None else Kind.BOARD_SWAPPED


def mac_like(serial: str | None) -> bool:
    """CloudReady told a network card's address where ChromeOS Flex tells the case's serial number."""
    return bool(serial and _MAC.fullmatch(re.sub(r"[^0-9A-Za-z]", "", serial).upper()))


@dataclass(frozen=True, slots=True)
class _Return:
    """One return of one device."""

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
            return Kind.SERIAL_CHANGED if flex or self._was_mac() else Kind.BOARD_SWAPPED
        if not self.reenrolled or self.early:
            ordered = self.wiped_by_order and not self.alive
            return Kind.WIPED if ordered else Kind.NEWCOMER
        if self.other_unit:
            return Kind.WRONG_UNIT
        return Kind.REENROLLED if self.other_record or self._deprovisioned() else Kind.WIPED

    def _was_mac(self) -> bool:
        return mac_like(self.serial_before)

    def _deprovisioned(self) -> bool:
        """Between the last contact and the new enrolment."""
        record = self.record
        at = record.deprovisioned_at if record is not None else None
        return at is not None and (self.contact is None or at > self.contact - CLOCK_ODD_MS)

    # --- what speaks for it and against ------------------------------------------------------------------

    def evidence(self) -> list[Evidence]:
        return [*self._of_keys(), *self._of_enrolment(), *self._of_record(), *self._of_machine()]

    def _of_keys(self) -> list[Evidence]:
        found: list[Evidence] = []
        new, life = self.facts.newcomer, self.life
        if life is not None:
            if self.alive:
                found.append(_against("old_key_alive"))
            else:
                found.append(_for("old_key_silent", contact=life.heard_at))
        if new is not None:
            if new.attestation_refused:
                found.append(_against("attestation_refused"))
            elif new.attested_at is not None:
                found.append(_for("attested", at=new.attested_at))
            if new.own_key:
                found.append(_for("key_known"))
            if new.sent_away_at is not None:
                found.append(_against("sent_away", at=new.sent_away_at))
        if self.rivals:
            found.append(_against("others_wait", count=self.rivals))
        return found

    def _of_enrolment(self) -> list[Evidence]:
        record, new = self.record, self.facts.newcomer
        if record is None:
            return [_neutral("record_none")] if self.facts.console else []
        found: list[Evidence] = []
        if self.early:
            found.append(_against("knocked_before", enrolled=record.last_enrolled_at))
        elif self.surely_reenrolled or (self.reenrolled and self.contact is None):
            found.append(_for("enrolled_after", enrolled=record.last_enrolled_at, contact=self.contact))
        elif self.reenrolled:
            found.append(_neutral("enrolled_about", enrolled=record.last_enrolled_at, contact=self.contact))
        elif new is not None and record.seen_at < new.first_seen_at:
            found.append(_neutral("console_not_asked", seen=record.seen_at))
        elif new is not None and not self.wiped_by_order and not self.new_serial:
            found.append(_against("not_reenrolled", enrolled=record.last_enrolled_at))
        if self.wiped_by_order:
            found.append(_for("wipe_ordered", at=self.one.wipe_ordered_at))
        if self.one.vouched is not None:
            by, at = self.one.vouched
            found.append(_for("accepted_before", who=by, at=at))
        return found

    def _of_record(self) -> list[Evidence]:
        record = self.record
        if record is None:
            return []
        found: list[Evidence] = []
        if deprovisioned(record.status):
            found.append(_against("record_deprovisioned"))
        elif record.status.upper() == "DISABLED":
            found.append(_against("record_disabled"))
        if self.facts.twins:
            found.append(_neutral("records_two", count=len(self.facts.twins) + 1))
        elif self.other_record:
            found.append(_neutral("record_new"))
        elif self.one.record is not None:
            found.append(_for("record_same"))
        if self.facts.differs:
            found.append(_against("record_waits"))
        if self.other_unit:
            found.append(_neutral("unit_other", before=self.one.home_unit, after=record.org_unit_path))
        elif self.one.home_unit and record.org_unit_path:
            found.append(_for("unit_same", unit=record.org_unit_path))
        if record.boot_mode and record.boot_mode.casefold() == "dev":
            found.append(_against("developer_mode"))
        return found

    def _of_machine(self) -> list[Evidence]:
        found: list[Evidence] = []
        record, before = self.record, self.one.record
        if record is not None and before is not None and self.other_record:
            if record.mac and before.mac:
                same = record.mac.casefold() == before.mac.casefold()
                # a new mainboard often brings a new radio: it says nothing then
                weight = Weight.FOR if same else Weight.NEUTRAL if self.new_serial else Weight.AGAINST
                found.append(Evidence("mac_same" if same else "mac_other", weight))
            if record.model and before.model and record.model.casefold() != before.model.casefold():
                found.append(_against("model_other", before=before.model, after=record.model))
        if record is not None and record.asset_id and same_label(record.asset_id, self.one.label):
            found.append(_for("asset_same", label=self.one.label))
        if self._was_mac() and self.new_serial:
            found.append(_for("serial_was_mac", before=self.serial_before))
        if not self.one.in_service:
            found.append(_neutral("out_of_service"))
        if self.one.seated is not None:
            found.append(_neutral("seated", exam=self.one.seated))
        return found

    # --- how sure ----------------------------------------------------------------------------------------

    def strength(self, *, by_serial: bool, codes: set[str]) -> Strength:
        """Nothing speaks against it."""
        exact = by_serial and not self.new_serial
        if "attested" in codes and exact:
            return Strength.STRONG
        single = self.record is not None and not self.facts.twins
        if exact and single and self.surely_reenrolled and not self.alive:
            return Strength.STRONG
        if exact and (self.reenrolled or self.wiped_by_order or "key_known" in codes):
            return Strength.MEDIUM
        if self.new_serial and len(codes & {"mac_same", "asset_same", "record_same", "serial_was_mac"}) > 1:
            return Strength.MEDIUM
        return Strength.WEAK


def same_label(text: str, label: str) -> bool:
    return " ".join(text.split()).casefold() == " ".join(label.split()).casefold()


def _for(code: str, **params: object) -> Evidence:
    return Evidence(code, Weight.FOR, params)


def _against(code: str, **params: object) -> Evidence:
    return Evidence(code, Weight.AGAINST, params)


def _neutral(code: str, **params: object) -> Evidence:
    return Evidence(code, Weight.NEUTRAL, params)
