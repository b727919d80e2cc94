"""When a plan is not applied as it is, and what a person may allow all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from server.domain.errors import Conflict
from server.domain.policy_plan import Change, Op, Plan, Resolved, Worry
from server.domain.policy_schema import Schema
from server.domain.policy_settings import PolicySettings

REENROLMENT = "chrome.devices.ForcedReenrollment"
VERIFIED_MODE = "chrome.devices.DeviceVerifiedMode"
POWERWASH = "chrome.devices.DevicePowerwashAllowed"
#: A month without security updates is as long as an exam period lasts.
PAUSE_DAYS_SENSIBLE = 30

#: Refusals that a person may lift by naming them. The others end when what they name has changed.
LIFTABLE = frozenset(
    {
        "policy_too_many_devices",
        "policy_root_org_unit",
        "policy_reenrolment_weaker",
        "policy_verified_mode_off",
        "policy_not_ours",
        "policy_changed_by_others",
        "policy_powerwash_open",
        "policy_server_local",
        "policy_schema_unknown",
        "policy_target_unknown",
        "policy_field_unknown",
        "policy_enum_unknown",
        "policy_value_type",
        "policy_ack_unknown",
    }
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is going on where the plan is for."""

    today: tuple[int, int, int]  # year, month, day where the school is
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    resolved: Sequence[Resolved] = ()  # effective values, inherited ones included
    exams_now: tuple[str, ...] = ()  # names of exams that hold devices of this org unit now
    protected: bool = False  # from the day before the first day to the end of the last
    restoring: bool = False  # back to a snapshot: what was there before may come back
    notes: tuple[Worry, ...] = ()  # `exam_policy.notes`
    borrowed: tuple[str, ...] = ()  # labels of devices in it whose policies another school answers for


def judged(plan: Plan, settings: PolicySettings, around: Circumstances) -> Plan:
    """The plan with everything to know about it; refusals first."""
    found = [*plan.worries, *around.notes, *worries(plan, settings, around)]
    once = {(w.code, str(w.params.get("schema", "")), str(w.params.get("line", ""))): w for w in found}
    return replace(plan, worries=tuple(sorted(once.values(), key=lambda worry: not worry.refuses)))


def worries(plan: Plan, settings: PolicySettings, around: Circumstances) -> tuple[Worry, ...]:
    """What this plan is dangerous or merely odd for."""
    found: list[Worry] = []
    if plan.device_count > settings.max_devices:
        params: dict[str, object] = {"count": plan.device_count, "max": settings.max_devices}
        found.append(Worry("policy_too_many_devices", True, params))
    if plan.org_unit_path.strip("/") == "":
        found.append(Worry("policy_root_org_unit", True))
    if around.exams_now and plan.changes:
        found.append(Worry("policy_exam_live", True, {"exams": ", ".join(around.exams_now)}))
    if around.borrowed and plan.changes:
        named: dict[str, object] = {"labels": ", ".join(around.borrowed)}
        found.append(Worry("policy_borrowed_inside", not around.restoring, named))
    if plan.device_count == 0:
        found.append(Worry("policy_no_devices", False, {"path": plan.org_unit_path}))
    for change in plan.changes:
        found += _of_change(change, settings, around)
    return tuple(found)


def unlifted(plan: Plan, allowed: Iterable[str]) -> tuple[Worry, ...]:
    """The refusals that stand, given the codes that a person allowed."""
    lifted = LIFTABLE & set(allowed)
    return tuple(w for w in plan.worries if w.refuses and w.code not in lifted)


def raise_if_unsafe(plan: Plan, allowed: Iterable[str]) -> None:
    """Raises: Conflict (`policy_refused`) naming every refusal that stands."""
    standing = unlifted(plan, allowed)
    if not standing:
        return
    codes = list(dict.fromkeys(w.code for w in standing))
    liftable = [code for code in codes if code in LIFTABLE]
    wants = (
        f"to go on all the same, allow {', '.join(liftable)}"
        if liftable == codes
        else "wait or change the plan"
    )
    raise Conflict(
        f"policy plan for {plan.org_unit_path}: refused because of {', '.join(codes)}; {wants}",
        code="policy_refused",
        path=plan.org_unit_path,
        codes=", ".join(codes),
    )


def _of_change(change: Change, settings: PolicySettings, around: Circumstances) -> list[Worry]:
    found: list[Worry] = []
    now = _effective(change, around)
    # Back to a snapshot is back to what the school had: said, not refused.
    refuses = not around.restoring
    if change.schema == REENROLMENT and _weakens_reenrolment(change, now):
        found.append(Worry("policy_reenrolment_weaker", refuses, {"line": change.line}))
    if change.schema == VERIFIED_MODE and _drops(change, "deviceVerifiedModeRequired", now):
        found.append(Worry("policy_verified_mode_off", refuses, {"line": change.line}))
    if change.schema == POWERWASH and around.protected and _opens_powerwash(change):
        found.append(Worry("policy_powerwash_open", True, {"line": change.line}))
    if (
        change.line == "update_pause"
        and change.op is not Op.DELETE
        and settings.pause_days > PAUSE_DAYS_SENSIBLE
    ):
        days: dict[str, object] = {"days": settings.pause_days, "sensible": PAUSE_DAYS_SENSIBLE}
        found.append(Worry("policy_pause_long", False, days))
    schema = around.schemas.get(change.schema)
    if schema and schema.end_support and schema.end_support < around.today:
        params: dict[str, object] = {"schema": schema.name, "line": change.line}
        found.append(Worry("policy_end_support", True, params))
    return found


def _effective(change: Change, around: Circumstances) -> Mapping[str, object]:
    """What holds now, inherited or not."""
    if change.current is not None:
        return change.current
    key = (change.schema, change.app_id)
    return next((r.value for r in around.resolved if (r.schema, r.app_id) == key), {})


def _weakens_reenrolment(change: Change, now: Mapping[str, object]) -> bool:
    """Setting anything but automatic counts even where it is off already: a wiped Chromebook that nobody can bring
    back is lost to the exam.
    """
    if change.op is Op.DELETE:
        return str(now.get("reenrollmentMode", "")).endswith("AUTO_REENROLLMENT")
    mode = str((change.desired or {}).get("reenrollmentMode", ""))
    return "reenrollmentMode" in change.fields and not mode.endswith("AUTO_REENROLLMENT")


def _opens_powerwash(change: Change) -> bool:
    """Google's own default is to allow it, so giving the value back may open it too."""
    return change.op is Op.DELETE or (change.desired or {}).get("devicePowerwashAllowed") is True


def _drops(change: Change, name: str, now: Mapping[str, object]) -> bool:
    """A switch that is on now would be off, or left to what is inherited."""
    if now.get(name) is not True:
        return False
    return change.op is Op.DELETE or (name in change.fields and (change.desired or {}).get(name) is False)
