"""Which device of ours a return is about: by whole serial number, else by what else points to one and to no other."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.remap import Evidence, Weight
from server.domain.remap_facts import Candidate, Facts


@dataclass(frozen=True, slots=True)
class Named:
    """`candidate` None: nobody, or more than one (`among`). `by_serial`: it is its whole, present serial number."""

    candidate: Candidate | None
    by_serial: bool
    evidence: tuple[Evidence, ...]
    among: tuple[int, ...] = ()


def who(facts: Facts) -> Named:
    """The device, and why. What points to another one is told as speaking against."""
    key = facts.key
    holders = [one for one in facts.candidates if key is not None and one.key == key]
    if facts.chosen is not None:
        named = next((one for one in facts.candidates if one.device_id == facts.chosen), None)
        if named is not None:
            said = Evidence("named_by_person", Weight.FOR, {"label": named.label})
            by_serial = [one.device_id for one in holders] == [named.device_id]
            return Named(named, by_serial, (said, *_serial(facts, named, holders)), (named.device_id,))
    if len(holders) == 1:
        one = holders[0]
        others = _pointed(facts, former=False) - {one.device_id}
        against = [
            Evidence("points_elsewhere", Weight.AGAINST, {"label": other.label})
            for other in facts.candidates
            if other.device_id in others
        ]
        return Named(one, True, (*_serial(facts, one, holders), *against), (one.device_id,))
    if len(holders) > 1:
        said = Evidence(
            "serial_doubled",
            Weight.AGAINST,
            {"serial": facts.serial, "labels": ", ".join(one.label for one in holders)},
        )
        return Named(None, False, (said,), tuple(one.device_id for one in holders))
    pointed = _pointed(facts)
    if len(pointed) == 1:
        (only,) = (one for one in facts.candidates if one.device_id in pointed)
        return Named(only, False, tuple(_serial(facts, only, ())), (only.device_id,))
    labels = ", ".join(one.label for one in facts.candidates if one.device_id in pointed)
    if not pointed:
        return Named(None, False, (Evidence("nobody_known", Weight.AGAINST, {"serial": facts.serial}),))
    said = Evidence("several_known", Weight.AGAINST, {"labels": labels})
    return Named(None, False, (said,), tuple(sorted(pointed)))


def _pointed(facts: Facts, *, former: bool = True) -> set[int]:
    """Devices that something other than the present serial number points to; `former`: also a number of before."""
    record, found = facts.record, set[int]()
    for one in facts.candidates:
        before = one.record
        if former and facts.key is not None and facts.key in one.former_serials:
            found.add(one.device_id)
        if record is None:
            continue
        if record.device_id == one.device_id and (one.key is None or one.key != facts.key):
            found.add(one.device_id)
        if (record.asset_id and " ".join(record.asset_id.split()).casefold() == one.label.casefold()) or (
            before is not None
            and before.console_id != record.console_id
            and record.mac
            and record.mac.casefold() == before.mac.casefold()
        ):
            found.add(one.device_id)
    return found


def _serial(facts: Facts, one: Candidate, holders: object) -> list[Evidence]:
    key = facts.key
    if key is None:
        return [Evidence("serial_none", Weight.AGAINST, {"serial": facts.serial})]
    if isinstance(holders, list) and any(other.device_id != one.device_id for other in holders):
        labels = ", ".join(other.label for other in holders if other.device_id != one.device_id)
        return [Evidence("serial_of_other", Weight.AGAINST, {"serial": facts.serial, "labels": labels})]
    if one.key == key:
        return [Evidence("serial_exact", Weight.FOR, {"serial": facts.serial})]
    if key in one.former_serials:
        return [Evidence("serial_former", Weight.FOR, {"serial": facts.serial, "before": one.serial or ""})]
    return [Evidence("serial_new", Weight.NEUTRAL, {"before": one.serial or "", "after": facts.serial})]
