"""Which of our Chromebooks has come back, what happened to it, and how sure that is. Pure: facts in, an opinion out.

Strong is only what the console itself saw happen after our last contact, or what Verified Access proved, with nothing
against it. Everything else waits for a person.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.console_record import deprovisioned
from server.domain.remap import Evidence, Kind, Strength, Weight, speaks_against
from server.domain.remap_facts import Facts
from server.domain.remap_return import Return
from server.domain.remap_who import who


@dataclass(frozen=True, slots=True)
class Opinion:
    """`device_id` None: no single candidate; `candidates` then says between whom a person has to choose."""

    device_id: int | None
    kind: Kind
    strength: Strength
    evidence: tuple[Evidence, ...]
    candidates: tuple[int, ...] = ()


def reckon(facts: Facts) -> Opinion:
    """The opinion on one return. Deterministic: the same facts give the same evidence in the same order."""
    named = who(facts)
    one = named.candidate
    said = list(named.evidence)
    if one is None:
        return Opinion(None, _kind_of_none(facts), Strength.WEAK, tuple(said), named.among)
    back = Return(facts, one)
    said += [*_of_keys(back), *_of_enrolment(back), *_of_record(back), *_of_machine(back)]
    opinion = Opinion(one.device_id, back.kind(), Strength.WEAK, tuple(said), (one.device_id,))
    if speaks_against(opinion.evidence):
        return opinion
    strength = _strength(back, by_serial=named.by_serial, codes={e.code for e in said})
    return Opinion(opinion.device_id, opinion.kind, strength, opinion.evidence, opinion.candidates)


def _kind_of_none(facts: Facts) -> Kind:
    if facts.twins:
        return Kind.TWO_RECORDS
    return Kind.BOARD_SWAPPED if facts.candidates and facts.candidates[0].key != facts.key else Kind.NEWCOMER


def _of_keys(back: Return) -> list[Evidence]:
    found: list[Evidence] = []
    new, life = back.facts.newcomer, back.life
    if life is not None:
        if back.alive:
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
    away = new.sent_away_at if new is not None else back.facts.sent_away_at
    if away is not None:
        found.append(_against("sent_away", at=away))
    if back.rivals:
        found.append(_against("others_wait", count=back.rivals))
    return found


def _of_enrolment(back: Return) -> list[Evidence]:
    record, new = back.record, back.facts.newcomer
    if record is None:
        return [_neutral("record_none")] if back.facts.console else []
    found: list[Evidence] = []
    if back.early:
        found.append(_against("knocked_before", enrolled=record.last_enrolled_at))
    elif back.surely_reenrolled or (back.reenrolled and back.contact is None):
        found.append(_for("enrolled_after", enrolled=record.last_enrolled_at, contact=back.contact))
    elif back.reenrolled:
        found.append(_neutral("enrolled_about", enrolled=record.last_enrolled_at, contact=back.contact))
    elif new is not None and record.seen_at < new.first_seen_at:
        found.append(_neutral("console_not_asked", seen=record.seen_at))
    elif new is not None and not back.wiped_by_order and not back.new_serial:
        found.append(_against("not_reenrolled", enrolled=record.last_enrolled_at))
    if back.wiped_by_order:
        found.append(_for("wipe_ordered", at=back.one.wipe_ordered_at))
    if back.one.vouched is not None:
        by, at = back.one.vouched
        found.append(_for("accepted_before", who=by, at=at))
    return found


def _of_record(back: Return) -> list[Evidence]:
    record = back.record
    if record is None:
        return []
    found: list[Evidence] = []
    if deprovisioned(record.status):
        found.append(_against("record_deprovisioned"))
    elif record.status.upper() == "DISABLED":
        found.append(_against("record_disabled"))
    if back.facts.twins:
        found.append(_neutral("records_two", count=len(back.facts.twins) + 1))
    elif back.other_record:
        found.append(_neutral("record_new"))
    elif back.one.record is not None:
        found.append(_for("record_same"))
    if back.facts.differs:
        found.append(_against("record_waits"))
    if back.other_unit:
        found.append(_neutral("unit_other", before=back.one.home_unit, after=record.org_unit_path))
    elif back.one.home_unit and record.org_unit_path:
        found.append(_for("unit_same", unit=record.org_unit_path))
    if record.boot_mode and record.boot_mode.casefold() == "dev":
        found.append(_against("developer_mode"))
    return found


def _of_machine(back: Return) -> list[Evidence]:
    found: list[Evidence] = []
    record, before = back.record, back.one.record
    if record is not None and before is not None and back.other_record:
        if record.mac and before.mac:
            same = record.mac.casefold() == before.mac.casefold()
            # a new mainboard often brings a new radio: it says nothing then
            weight = Weight.FOR if same else Weight.NEUTRAL if back.new_serial else Weight.AGAINST
            found.append(Evidence("mac_same" if same else "mac_other", weight))
        if record.model and before.model and record.model.casefold() != before.model.casefold():
            found.append(_against("model_other", before=before.model, after=record.model))
    if record is not None and record.asset_id and same_label(record.asset_id, back.one.label):
        found.append(_for("asset_same", label=back.one.label))
    if back.was_mac and back.new_serial:
        found.append(_for("serial_was_mac", before=back.serial_before))
    if not back.one.in_service:
        found.append(_neutral("out_of_service"))
    if back.one.seated is not None:
        found.append(_neutral("seated", exam=back.one.seated))
    return found


def _strength(back: Return, *, by_serial: bool, codes: set[str]) -> Strength:
    """Nothing speaks against it."""
    exact = by_serial and not back.new_serial
    if "attested" in codes and exact:
        return Strength.STRONG
    single = back.record is not None and not back.facts.twins
    if exact and single and back.surely_reenrolled and not back.alive:
        return Strength.STRONG
    if exact and (back.reenrolled or back.wiped_by_order or "key_known" in codes):
        return Strength.MEDIUM
    if back.new_serial and len(codes & {"mac_same", "asset_same", "record_same", "serial_was_mac"}) > 1:
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
