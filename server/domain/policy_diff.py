"""From what is wanted and what is there to a plan, and from a snapshot back again.

Two rules carry it. A value that the org unit inherits is set all the same, even when it is already right: it may
change above us between the plan and the exam. And only what Bangku set, and nobody changed since, is ever unset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.domain.errors import Invalid
from server.domain.policy_lines import ADDING, GROUPS, group_of, line_of
from server.domain.policy_plan import Change, Json, Op, Owned, Plan, Resolved, Wish, Worry
from server.domain.policy_schema import Schema

Key = tuple[str, str | None]
#: In `Change.params`: the change leads back to a snapshot.
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """Where a plan is for."""

    id: str
    path: str
    device_count: int


def make(
    org_unit: OrgUnit,
    wishes: Iterable[Wish],
    schemas: Mapping[str, Schema],
    resolved: Sequence[Resolved],
    owned: Sequence[Owned],
) -> Plan:
    """The changes that turn `resolved` into what is wished, and what to know about them.

    A wish that this tenant cannot carry is left out and named by a worry that refuses until a person allows it.
    """
    own = own_values(resolved)
    mine = _by_target(owned)
    changes: list[Change] = []
    worries: list[Worry] = []
    wished: set[Key] = set()
    for wish in wishes:
        try:
            schema, notes = _usable(wish, schemas)
            value = schema.wire(wish.fields)
        except Invalid as error:
            worries.append(Worry(error.code, True, {**error.params, "line": wish.line}))
            wished.add((wish.schema, wish.app_id))  # not taken back either: nothing about it is known
            continue
        worries += notes
        key = (schema.name, wish.app_id)
        wished.add(key)
        change, trouble = _towards(wish, schema, value, own.get(key), mine.get(key, {}))
        changes += [change] if change else []
        worries += trouble
    gone, left = _take_back(mine, own, wished)
    return _plan(org_unit, [*changes, *gone], [*worries, *left])


def restore(
    org_unit: OrgUnit,
    touched: Sequence[Change],
    snapshot: Sequence[Resolved],
    now: Sequence[Resolved],
    owned: Sequence[Owned],
    schemas: Mapping[str, Schema] | None = None,
) -> Plan:
    """The plan back to `snapshot` for every field that the changes of an applied plan touched, and for nothing else.

    `owned`: what Bangku owns now; what anybody changed since is kept unless a person allows it. `schemas`: what says
    which values want an acknowledgement, since a snapshot holds none.
    """
    before, own, mine = own_values(snapshot), own_values(now), _by_target(owned)
    changes: list[Change] = []
    worries: list[Worry] = []
    for done in touched:
        key = (done.schema, done.app_id)
        was, there, held = before.get(key), own.get(key), mine.get(key, {})
        change: Change | None
        trouble: list[Worry] = []
        # What the change said it would bring about is not what going back brings about.
        base = replace(done, current=there, params={RESTORED: True})
        if was is None and there is None:
            continue
        if there is None:
            change = replace(base, op=Op.CREATE, desired=was, fields=tuple(was or {}))
        elif was is None:
            strange = _strange(there, held)
            change = None if strange else replace(base, op=Op.DELETE, desired=None, fields=())
            trouble += [_worry("policy_left", base.line, key, strange, refuses=False)] if strange else []
        else:
            change, trouble = _back(base, was, there, held)
        worries += trouble
        try:
            changes += [_acknowledged(change, schemas or {})] if change else []
        except Invalid as error:
            worries.append(Worry(error.code, True, {**error.params, "line": base.line}))
    kept, left = _keep_shared_apps([c for c in changes if c.op is Op.DELETE], own)
    changes = [c for c in changes if c.op is not Op.DELETE or c in kept]
    return _plan(org_unit, changes, [*worries, *left])


def owned_after(change: Change, held: Sequence[Owned], read_back: Resolved | None) -> tuple[Owned, ...]:
    """What Bangku owns of this schema and target once `change` is done. `held`: what it owned of it before.

    A value that was created came about by us alone, with whatever Google filled in beside it: all of it is ours.
    """
    if change.op is Op.DELETE or change.desired is None:
        return ()
    if change.op is Op.CREATE:
        value = {**(read_back.value if read_back and read_back.own else {}), **change.desired}
        names: Iterable[str] = value
    else:
        value, names = change.desired, change.fields
    now = {name: Owned(change.schema, change.app_id, name, value[name]) for name in names}
    kept = {o.field: o for o in held if (o.schema, o.app_id) == (change.schema, change.app_id)}
    return tuple((kept | now).values())


def own_values(resolved: Iterable[Resolved]) -> dict[Key, Json]:
    """What is set right at the org unit, by schema and target."""
    return {(r.schema, r.app_id): r.value for r in resolved if r.own}


def same(a: Any, b: Any) -> bool:
    """Equal as JSON of Google's: a whole number may come back as text."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) != isinstance(b, int | float):
        return isinstance(a, str | int | float) and isinstance(b, str | int | float) and str(a) == str(b)
    return bool(a == b)


def _usable(wish: Wish, schemas: Mapping[str, Schema]) -> tuple[Schema, list[Worry]]:
    """The schema to send a wish to: the one it names, or what took its place."""
    schema = schemas.get(wish.schema)
    if schema is None or not schema.org_unit:
        raise Invalid(
            f"{wish.schema}: this tenant's console does not know the schema; leave the line out or set it by hand",
            code="policy_schema_unknown",
            schema=wish.schema,
        )
    if (schema.target_keys == ("app_id",)) != (wish.app_id is not None):
        keys = ", ".join(schema.target_keys) or "no key"
        raise Invalid(
            f"{wish.schema}: in this tenant it hangs on {keys}; leave the line out or set it by hand",
            code="policy_target_unknown",
            schema=wish.schema,
        )
    if schema.deprecated:
        for name in schema.replaced_by:
            newer = schemas.get(name)
            if newer and not newer.deprecated and set(wish.fields) <= set(newer.fields):
                return newer, []
        names = {"schema": schema.name, "newer": ", ".join(schema.replaced_by), "line": wish.line}
        return schema, [Worry("policy_deprecated", False, names)]
    if schema.preview:
        return schema, [Worry("policy_preview", False, {"schema": schema.name, "line": wish.line})]
    return schema, []


def _towards(
    wish: Wish, schema: Schema, value: Json, there: Json | None, held: Mapping[str, Any]
) -> tuple[Change | None, list[Worry]]:
    base = Change(
        Op.CREATE,
        schema.name,
        wish.app_id,
        wish.line,
        group_of(wish.line),
        there,
        value,
        tuple(value),
        dict(wish.params),
        wish.secret,
    )
    if there is None:
        return base, []
    acks = schema.acknowledgements(value)
    differ = [n for n in value if n not in acks and not (n in there and same(there[n], value[n]))]
    if not differ:
        return None, []
    foreign = [name for name in differ if name not in held]
    moved = [name for name in differ if name in held and name in there and not same(there[name], held[name])]
    key = (schema.name, wish.app_id)
    worries = [_worry("policy_not_ours", wish.line, key, foreign)] if foreign else []
    worries += [_worry("policy_changed_by_others", wish.line, key, moved)] if moved else []
    said = [ack for ack, subject in acks.items() if subject in differ]
    return replace(base, op=Op.UPDATE, fields=(*differ, *said)), worries


def _back(base: Change, was: Json, there: Json, held: Mapping[str, Any]) -> tuple[Change | None, list[Worry]]:
    key = (base.schema, base.app_id)
    ours = set(base.fields or was) | set(held)
    differ = [name for name in ours if name in was and not same(there.get(name), was[name])]
    stays = [name for name in ours if name in there and name not in was]
    moved = [name for name in differ if name not in held or not same(there.get(name), held[name])]
    worries = [_worry("policy_changed_by_others", base.line, key, moved)] if moved else []
    # Google can unset a whole schema at an org unit, never one field of it.
    worries += [_worry("policy_field_stays", base.line, key, stays, refuses=False)] if stays else []
    if not differ:
        return None, worries
    fields = tuple(sorted(differ))
    return replace(base, op=Op.UPDATE, desired={n: was[n] for n in fields}, fields=fields), worries


def _acknowledged(change: Change, schemas: Mapping[str, Schema]) -> Change:
    """A value from a snapshot as it may be sent. Raises: Invalid (`policy_ack_unknown`)."""
    schema = schemas.get(change.schema)
    if schema is None or change.desired is None:
        return change
    said = [name for name in schema.acknowledgements(change.desired) if name not in change.fields]
    desired = change.desired | dict.fromkeys(said, True)
    return replace(change, desired=desired, fields=(*change.fields, *said))


def _take_back(
    mine: Mapping[Key, Mapping[str, Any]], own: Mapping[Key, Json], wished: set[Key]
) -> tuple[list[Change], list[Worry]]:
    gone: list[Change] = []
    worries: list[Worry] = []
    for key, held in mine.items():
        there = own.get(key)
        if key in wished or there is None:
            continue
        line = line_of(key[0])
        if strange := _strange(there, held):
            worries.append(_worry("policy_left", line, key, strange, refuses=False))
            continue
        group = group_of(line) if line != "other" else GROUPS[0]
        secret = line in {"companion", "extension_config"}
        gone.append(Change(Op.DELETE, key[0], key[1], line, group, there, None, (), secret=secret))
    kept, left = _keep_shared_apps(gone, own)
    return kept, [*worries, *left]


def _keep_shared_apps(gone: Sequence[Change], own: Mapping[Key, Json]) -> tuple[list[Change], list[Worry]]:
    """Taking an app away takes all that hangs on it: not while somebody else set something there."""
    going = {(c.schema, c.app_id) for c in gone}
    kept: list[Change] = []
    worries: list[Worry] = []
    for change in gone:
        space = change.schema.rpartition(".")[0]
        others = [
            schema
            for schema, app in own
            if change.schema in ADDING
            and app == change.app_id
            and schema.rpartition(".")[0] == space
            and (schema, app) not in going
        ]
        if others:
            worries.append(
                _worry("policy_left", change.line, (change.schema, change.app_id), others, refuses=False)
            )
        else:
            kept.append(change)
    return kept, worries


def _strange(there: Json, held: Mapping[str, Any]) -> list[str]:
    """Fields of an own value that are not, or no longer, as Bangku set them."""
    return [name for name in there if name not in held or not same(there[name], held[name])]


def _worry(code: str, line: str, key: Key, fields: Sequence[str], *, refuses: bool = True) -> Worry:
    params = {"line": line, "schema": key[0], "app_id": key[1] or "", "fields": ", ".join(sorted(fields))}
    return Worry(code, refuses, params)


def _by_target(owned: Iterable[Owned]) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for item in owned:
        found.setdefault((item.schema, item.app_id or None), {})[item.field] = item.value
    return found


def _plan(org_unit: OrgUnit, changes: Sequence[Change], worries: Sequence[Worry]) -> Plan:
    ordered = sorted(changes, key=_place)
    return Plan(org_unit.id, org_unit.path, org_unit.device_count, tuple(ordered), tuple(worries))


def _place(change: Change) -> tuple[int, int, str, str]:
    """Apps are added before anything names them, and taken away after everything let go of them."""
    adds = change.schema in ADDING
    turn = (3 if adds else 2) if change.op is Op.DELETE else 0 if adds else 1
    return turn, GROUPS.index(change.group), change.schema, change.app_id or ""
