"""What a list of Chromebooks from the Google console says against what was known. Pure: records in, changes out.

A change is *odd* when it is more likely a mistake, a repair or a theft than daily life: a person looks at it first.
Google's `deviceId` says which record, the serial number which Chromebook; neither is trusted to stay what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from server.domain.console_record import ConsoleDevice, OrgUnit, deprovisioned, digest_of, serial_key

#: So many of the known devices may vanish in one sync before it is odd: at least 5, else a tenth.
GONE_FEW = 5
GONE_SHARE = 10
LABEL_MAX = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What the mirror says of one record."""

    console_id: str
    serial: str
    status: str
    org_unit_id: str | None
    org_unit_path: str
    model: str | None
    last_enrolled_at: int | None
    gone: bool = False
    device_id: int | None = None


class Kind(StrEnum):
    NEW = "new"
    MOVED = "moved"
    SERIAL = "serial"
    STATUS = "status"
    MODEL = "model"
    ENROLLED = "enrolled"
    GONE = "gone"
    BACK = "back"
    TWICE = "twice"  # two live records carry one serial number


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a sync found. `before` and `after` as a person reads them."""

    console_id: str
    serial: str
    kind: Kind
    before: str = ""
    after: str = ""
    odd: bool = False


@dataclass(frozen=True, slots=True)
class UnitChange:
    """An org unit that appeared, was renamed or moved (`renamed`), or vanished."""

    org_unit_id: str
    kind: str  # new | renamed | vanished
    before: str = ""
    after: str = ""
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs. `same`: records in which nothing a person cares about changed."""

    changes: tuple[Change, ...]
    units: tuple[UnitChange, ...]
    same: int

    @property
    def odd_ids(self) -> frozenset[str]:
        """Records that stay as they were until a person accepts them."""
        return frozenset(change.console_id for change in self.changes if change.odd)

    @property
    def odd(self) -> int:
        return len(self.odd_ids) + sum(unit.odd for unit in self.units)

    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(map(str, Kind), 0)
        for change in self.changes:
            found[change.kind] += 1
        for kind in ("new", "renamed", "vanished"):
            found[f"units_{kind}"] = sum(unit.kind == kind for unit in self.units)
        return found

    @property
    def digest(self) -> str:
        """Names exactly these findings; what accepting them must be given."""
        return digest_of([[asdict(c) for c in self.changes], [asdict(u) for u in self.units]])


def compare(
    found: Sequence[ConsoleDevice],
    known: Mapping[str, Known],
    *,
    full: bool,
    gone_odd: bool = False,
    units: Sequence[OrgUnit] = (),
    known_units: Mapping[str, str] | None = None,
) -> Comparison:
    """What a sync found against the mirror. Only a `full` one can tell that something is gone.

    `gone_odd`: what is missing is odd however little it is (nobody asked for each of them).
    """
    changes: list[Change] = []
    same = 0
    for device in found:
        some = list(_differences(device, known.get(device.console_id)))
        changes += some
        same += not some
    present = {device.console_id for device in found}
    left = [k for k in known.values() if not k.gone and k.console_id not in present]
    if full:
        many = gone_odd or len(left) > max(GONE_FEW, sum(not k.gone for k in known.values()) // GONE_SHARE)
        changes += [Change(k.console_id, k.serial, Kind.GONE, k.org_unit_path, odd=many) for k in left]
    changes += _twice(found, () if full else left, known)
    held = {c.console_id for c in changes if c.odd}  # what else is told of such a record waits with it
    changes = [replace(c, odd=True) if c.console_id in held else c for c in changes]
    changes.sort(key=lambda c: (not c.odd, c.kind, c.serial, c.console_id))
    met = sorted(_units(units, known_units or {}, known), key=lambda u: (not u.odd, u.kind, u.org_unit_id))
    return Comparison(tuple(changes), tuple(met), same)


def _differences(device: ConsoleDevice, known: Known | None) -> Iterable[Change]:
    def change(kind: Kind, before: str = "", after: str = "", odd: bool = False) -> Change:
        return Change(device.console_id, device.serial, kind, before, after, odd)

    if known is None:
        yield change(Kind.NEW, after=device.org_unit_path)
        return
    if known.gone:
        yield change(Kind.BACK, after=device.org_unit_path)
    if serial_key(known.serial) != device.key:
        # a serial number where there was none is news; another one in its place is a riddle
        yield change(Kind.SERIAL, known.serial, device.serial, odd=serial_key(known.serial) is not None)
    if _moved(device, known):
        yield change(Kind.MOVED, known.org_unit_path, device.org_unit_path)
    if known.status != device.status:
        yield change(Kind.STATUS, known.status, device.status)
    if known.model and device.model and known.model != device.model:
        yield change(Kind.MODEL, known.model, device.model)
    if (device.last_enrolled_at or 0) > (known.last_enrolled_at or 0) and known.last_enrolled_at is not None:
        yield change(Kind.ENROLLED, str(known.last_enrolled_at), str(device.last_enrolled_at))


def _moved(device: ConsoleDevice, known: Known) -> bool:
    """Another org unit; the same one under a new name is a renaming."""
    if device.org_unit_id and known.org_unit_id:
        return device.org_unit_id != known.org_unit_id
    return device.org_unit_path.casefold() != known.org_unit_path.casefold()


def _twice(
    found: Iterable[ConsoleDevice], others: Iterable[Known], known: Mapping[str, Known]
) -> Iterable[Change]:
    """Every record that came to share a live serial number with another one.

    Those that shared it before and were accepted so are not told again. Where one of them is a Chromebook of ours it is
    no riddle of the list: it keeps its record, and which one is its own from now on is asked as a return.
    """
    holders: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for console_id, serial, status in (
        *((d.console_id, d.serial, d.status) for d in found),
        *((k.console_id, k.serial, k.status) for k in others),
    ):
        key = serial_key(serial)
        if key is not None and not deprovisioned(status):
            holders[key].append((console_id, serial))
    for key, some in holders.items():
        some.sort()
        if len(some) < 2:
            continue
        ours = any(console_id in known and known[console_id].device_id is not None for console_id, _ in some)
        for console_id, serial in some:
            was = known.get(console_id)
            if was is None or was.gone or deprovisioned(was.status) or serial_key(was.serial) != key:
                other = next(i for i, _ in some if i != console_id)
                yield Change(console_id, serial, Kind.TWICE, other, console_id, odd=not ours)


def _units(
    found: Sequence[OrgUnit], known: Mapping[str, str], devices: Mapping[str, Known]
) -> Iterable[UnitChange]:
    present = {unit.org_unit_id for unit in found}
    for unit in found:
        path = known.get(unit.org_unit_id)
        if path is None:
            yield UnitChange(unit.org_unit_id, "new", after=unit.path)
        elif path != unit.path:
            yield UnitChange(unit.org_unit_id, "renamed", path, unit.path)
    if not found:  # the console gave no org units at all: nothing is known of any
        return
    lived_in = {d.org_unit_id for d in devices.values() if not d.gone}
    for org_unit_id, path in known.items():
        if org_unit_id not in present:
            yield UnitChange(org_unit_id, "vanished", path, odd=org_unit_id in lived_in)


def links(
    records: Iterable[tuple[str, str, str, int | None]],
    serials: Mapping[str, int],
    returning: Collection[int] = (),
) -> dict[str, int | None]:
    """Which record stands for which of our devices: `(console_id, serial, status, device_id now)` → device id.

    By whole serial number. A record keeps its device; a device that has none gets the only live one. When two are live
    nobody is guessed at. `returning`: devices that had a record before, which is gone: a new one is theirs only once
    somebody has accepted its return (`services.remaps`).
    """
    of: dict[int, list[tuple[str, str, int | None]]] = defaultdict(list)
    made: dict[str, int | None] = {}
    for console_id, serial, status, now in records:
        made[console_id] = None
        key = serial_key(serial)
        if key is None:
            made[console_id] = now  # only a person can have said whose it is
        elif (device_id := serials.get(key)) is not None:
            of[device_id].append((console_id, status, now))
    for device_id, some in of.items():
        mine = [one for one in some if one[2] == device_id]
        live = [one for one in some if not deprovisioned(one[1])] or some
        chosen = mine[:1] or (live if len(live) == 1 and device_id not in returning else [])
        for console_id, _, _ in chosen:
            made[console_id] = device_id
    return made


def labels(devices: Iterable[tuple[str, str | None]], taken: Collection[str]) -> dict[str, str]:
    """Labels that the console's asset ids give: short, said once, nobody else's. `(console_id, asset id)` in."""
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for console_id, asset_id in devices:
        label = " ".join((asset_id or "").split())
        if label and len(label) <= LABEL_MAX:
            wanted[label.casefold()].append((console_id, label))
    used = {label.casefold() for label in taken}
    return {some[0][0]: some[0][1] for key, some in wanted.items() if len(some) == 1 and key not in used}
