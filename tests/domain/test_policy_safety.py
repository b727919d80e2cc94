"""Plans that are refused, and by what they may go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from server.domain.errors import Conflict
from server.domain.exam_policy import notes, wishes
from server.domain.policy_diff import OrgUnit, make, restore
from server.domain.policy_plan import Op, Owned, Plan, Resolved
from server.domain.policy_safety import LIFTABLE, Circumstances, judged, raise_if_unsafe
from server.domain.policy_settings import PolicySettings
from tests.domain.tenant import schemas, wanted

TODAY = (2026, 11, 24)
REENROLMENT = "chrome.devices.ForcedReenrollment"
VERIFIED = "chrome.devices.DeviceVerifiedMode"
AUTO = {"reenrollmentMode": "TENANT7_REENROLLMENTMODE_AUTO_REENROLLMENT"}


def plan(
    settings: dict[str, Any] | None = None,
    *,
    path: str = "/Ujian",
    count: int = 15,
    now: list[Resolved] | None = None,
    owned: list[Owned] | None = None,
    **around: Any,
) -> Plan:
    want = wanted(settings)
    made = make(OrgUnit("1", path, count), wishes(want), schemas(), now or [], owned or [])
    resolved = {"today": TODAY, "schemas": schemas(), "resolved": now or [], "notes": notes(want)}
    return judged(made, want.settings, Circumstances(**{**resolved, **around}))


def refusals(found: Plan) -> list[str]:
    return [w.code for w in found.worries if w.refuses]


def test_an_ordinary_plan_is_not_refused() -> None:
    assert refusals(plan()) == []
    raise_if_unsafe(plan(), ())


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (lambda: plan({"max_devices": 10}), "policy_too_many_devices"),
        (lambda: plan(path="/"), "policy_root_org_unit"),
        (lambda: plan(exams_now=("Simulasi",)), "policy_exam_live"),
        (lambda: plan(borrowed=("P-01",)), "policy_borrowed_inside"),
        (lambda: plan({"reenrolment": "none"}), "policy_reenrolment_weaker"),
        (lambda: plan({"reenrolment": "manual"}), "policy_reenrolment_weaker"),
        (
            lambda: plan(
                {"verified_mode": False},
                now=[Resolved(VERIFIED, None, {"deviceVerifiedModeRequired": True}, False)],
            ),
            "policy_verified_mode_off",
        ),
        (lambda: plan({"powerwash_allowed": True}, protected=True), "policy_powerwash_open"),
    ],
)
def test_a_dangerous_plan_is_refused_until_a_person_allows_just_that(found: Any, code: str) -> None:
    made = found()
    assert refusals(made) == [code]
    with pytest.raises(Conflict) as caught:
        raise_if_unsafe(made, ["policy_something_else"])
    assert caught.value.code == "policy_refused"
    assert code in str(caught.value)
    if code in LIFTABLE:
        raise_if_unsafe(made, [code])
    else:
        with pytest.raises(Conflict):
            raise_if_unsafe(made, [code])


def test_nobody_can_lift_a_running_exam() -> None:
    assert "policy_exam_live" not in LIFTABLE
    assert "policy_borrowed_inside" not in LIFTABLE
    assert "policy_end_support" not in LIFTABLE


def test_a_schema_past_its_end_is_refused_for_good() -> None:
    old = {**schemas(), REENROLMENT: replace(schemas()[REENROLMENT], end_support=(2026, 11, 23))}
    assert refusals(plan(schemas=old)) == ["policy_end_support"]
    young = {**schemas(), REENROLMENT: replace(schemas()[REENROLMENT], end_support=TODAY)}
    assert refusals(plan(schemas=young)) == []


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (lambda: plan(count=0), "policy_no_devices"),
        (lambda: plan({"pause_days": 60}), "policy_pause_long"),
        (lambda: plan({"variant": "user_session"}), "policy_user_session"),
    ],
)
def test_what_is_merely_odd_is_said(found: Any, code: str) -> None:
    made = found()
    assert code in [w.code for w in made.worries]
    assert not made.refused


def test_no_longer_forcing_re_enrolment_is_refused_but_returning_to_a_snapshot_is_not() -> None:
    now = [Resolved(REENROLMENT, None, AUTO, True)]
    owned = [Owned(REENROLMENT, None, "reenrollmentMode", AUTO["reenrollmentMode"])]
    unit = OrgUnit("1", "/Ujian", 15)
    around = Circumstances(today=TODAY, schemas=schemas(), resolved=now)
    gone = make(unit, [], schemas(), now, owned)
    assert [c.op for c in gone.changes] == [Op.DELETE]
    assert refusals(judged(gone, PolicySettings(), around)) == ["policy_reenrolment_weaker"]
    back = restore(unit, [replace(gone.changes[0], op=Op.CREATE, desired=AUTO)], [], now, owned)
    found = judged(back, PolicySettings(), replace(around, restoring=True))
    assert [(w.code, w.refuses) for w in found.worries] == [("policy_reenrolment_weaker", False)]


def test_a_server_address_that_only_its_own_computer_opens_is_refused_for_real_chromebooks_and_said_in_a_demo():
    here = replace(wanted(), servers=("http://127.0.0.1:8410",))
    assert [(n.code, n.refuses) for n in notes(here, real=True)][:1] == [("policy_server_local", True)]
    assert [(n.code, n.refuses) for n in notes(here)][:1] == [("policy_server_local", False)]
    assert "policy_server_local" in LIFTABLE
    assert "policy_server_local" not in {n.code for n in notes(wanted(), real=True)}


def test_a_school_without_a_level_is_told_so_rather_than_of_an_unknown_one():
    codes = {n.code for n in notes(replace(wanted(), level=""))}
    assert "belajar_level_unset" in codes and "belajar_level_unknown" not in codes
