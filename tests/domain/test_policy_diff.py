"""Plans against a model of the console: what is wished comes about, what is ours goes again, nothing else moves."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.exam import Client
from server.domain.exam_policy import Wanted, wishes
from server.domain.policy_diff import OrgUnit, make, restore, same
from server.domain.policy_lines import ADDING, group_of
from server.domain.policy_plan import Change, Op, Owned, Plan, Resolved, Wish
from server.domain.policy_schema import parse
from tests.domain.console_model import Console, Values
from tests.domain.tenant import described, schemas, shipped, wanted

UNIT = OrgUnit("03ph8a2z", "/Ujian/Ruang 1", 15)
GUEST = "chrome.devices.GuestMode"
UPDATES = "chrome.devices.AutoUpdateSettings"
APP = "web:https://lama.sekolah.sch.id/pupil"


def plan_of(console: Console, want: Wanted) -> Plan:
    return make(UNIT, wishes(want), schemas(), console.resolved(), console.ours())


# --- any console, any exam ----------------------------------------------------------------------------------

BROWSER_APP = {"exam_browser_app": "b" * 32}
WANTS: list[Wanted] = [
    wanted(),
    wanted({"variant": "managed_guest", "keep_awake": False}),
    wanted({"variant": "user_session", "pause_updates": False, "reporting": False}),
    wanted({**BROWSER_APP, "lid": "shutdown"}, client=Client.EXAM_BROWSER),
    wanted({**BROWSER_APP, "exam_browser_hosts": ["ujian.go.id"]}, client=Client.EXAM_BROWSER),
    wanted(
        {"accessibility": {"menu": True, "magnifier": "docked", "spoken_feedback": "on"}, "guest_mode": True}
    ),
    wanted({"sign_in": "nobody", "powerwash_allowed": True}, servers=("https://lain.sekolah.sch.id",)),
]


def _any_value(kind: Any) -> st.SearchStrategy[Any]:
    if kind == "bool":
        return st.booleans()
    if kind in ("int64", "int32"):
        return st.integers(0, 90)
    if isinstance(kind, dict) and "enum" in kind:
        return st.sampled_from([f"TENANT7_X_{v}" for v in kind["enum"]])
    if kind == "list" or (isinstance(kind, dict) and "list" in kind):
        return st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)
    return st.sampled_from(["satu", "dua"])


@st.composite
def somebodys(draw: st.DrawFn) -> Values:
    """What somebody else may have set in the org unit before Bangku came."""
    values: Values = {}
    for name in draw(st.lists(st.sampled_from(sorted(shipped())), max_size=12)):
        fields = draw(st.lists(st.sampled_from(sorted(shipped()[name])), min_size=1, unique=True))
        app = draw(st.sampled_from([WANTS[0].app_id, APP])) if ".apps." in name else None
        values[(name, app)] = {f: draw(_any_value(shipped()[name][f])) for f in fields}
    return values


@settings(max_examples=60)
@given(somebodys(), st.lists(st.sampled_from(WANTS), min_size=1, max_size=4))
def test_each_plan_brings_about_what_is_wished_and_then_has_nothing_left_to_do(
    start: Values, wants: list[Wanted]
) -> None:
    console = Console(start)
    for want in wants:
        before = copy.deepcopy(console.values)
        owned_before = {(o.schema, o.app_id, o.field) for o in console.ours()}
        console.apply(plan_of(console, want))
        wished: set[tuple[str, str | None, str]] = set()
        for wish in wishes(want):
            value = schemas()[wish.schema].wire(wish.fields)
            there = console.values[(wish.schema, wish.app_id)]
            assert all(same(there[f], value[f]) for f in value), wish.line
            wished |= {(wish.schema, wish.app_id, f) for f in value}
        again = plan_of(console, want)
        assert not again.changes, [c.key for c in again.changes]
        for key, fields in before.items():
            for field, value in fields.items():
                if (*key, field) not in wished | owned_before:
                    assert same(console.values[key][field], value), (
                        f"{key} {field} was neither wished nor ours"
                    )


@settings(max_examples=60)
@given(somebodys(), st.sampled_from(WANTS), st.sampled_from(WANTS))
def test_restore_leads_exactly_back_to_the_snapshot(start: Values, first: Wanted, second: Wanted) -> None:
    console = Console(start)
    console.apply(plan_of(console, first))
    snapshot = console.resolved()
    values = copy.deepcopy(console.values)
    plan = plan_of(console, second)
    console.apply(plan)
    back = restore(UNIT, plan.changes, snapshot, console.resolved(), console.ours())
    console.apply(back)
    stays = {
        (w.params["schema"], w.params["app_id"] or None): w
        for w in back.worries
        if w.code == "policy_field_stays"
    }
    left = {(w.params["schema"], w.params["app_id"] or None) for w in back.worries if w.code == "policy_left"}
    for key in {*values, *console.values}:
        if key in left:  # an app with somebody else's settings on it: said, and left in place
            assert key[0] in ADDING
            assert key not in values
        elif key in stays:  # a field that one call cannot take out again: said, and the rest is as it was
            named = str(stays[key].params["fields"]).split(", ")
            there = {f: v for f, v in console.values[key].items() if f not in named}
            assert same(there, values[key])
        else:
            assert same(console.values.get(key), values.get(key)), key


@settings(max_examples=40)
@given(somebodys(), st.sampled_from(WANTS), somebodys())
def test_restore_never_touches_what_the_plan_did_not(start: Values, want: Wanted, meanwhile: Values) -> None:
    console = Console(start)
    snapshot = console.resolved()
    plan = plan_of(console, want)
    console.apply(plan)
    touched = {(c.schema, c.app_id) for c in plan.changes}
    elsewhere = {key: value for key, value in meanwhile.items() if key not in touched}
    console.values |= copy.deepcopy(elsewhere)
    console.apply(restore(UNIT, plan.changes, snapshot, console.resolved(), console.ours()))
    for key, value in elsewhere.items():
        assert same(console.values.get(key), value), key


# --- single rules ----------------------------------------------------------------------------------------------


def one(
    fields: dict[str, Any],
    there: dict[str, Any] | None,
    owned: dict[str, Any],
    schema: str = GUEST,
    own: bool = True,
) -> Plan:
    line = {GUEST: "guest_mode", UPDATES: "update_pause"}[schema]
    now = [] if there is None else [Resolved(schema, None, there, own)]
    held = [Owned(schema, None, name, value) for name, value in owned.items()]
    return make(UNIT, [Wish(line, schema, fields)], schemas(), now, held)


def codes(plan: Plan) -> list[str]:
    return [w.code for w in plan.worries]


def test_an_inherited_value_is_set_even_when_it_is_right() -> None:
    plan = one({"guestModeEnabled": False}, {"guestModeEnabled": False}, {}, own=False)
    assert [(c.op, c.current, c.desired) for c in plan.changes] == [
        (Op.CREATE, None, {"guestModeEnabled": False})
    ]


def test_only_the_fields_that_differ_are_sent() -> None:
    there = {"updateDisabled": True, "rebootAfterUpdate": True, "deviceAutoUpdatePeerToPeerEnabled": True}
    plan = one(
        {"updateDisabled": True, "rebootAfterUpdate": False}, there, {"rebootAfterUpdate": True}, UPDATES
    )
    assert [(c.op, c.fields) for c in plan.changes] == [(Op.UPDATE, ("rebootAfterUpdate",))]
    assert not plan.worries


def test_a_number_that_comes_back_as_text_is_the_same_number() -> None:
    assert same({"a": "34", "b": [1]}, {"a": 34, "b": ["1"]})
    assert not same({"a": "true"}, {"a": True})
    assert not same(1, True)


def test_somebody_elses_value_is_not_overwritten_without_a_person() -> None:
    plan = one({"guestModeEnabled": False}, {"guestModeEnabled": True}, {})
    assert [w.params["fields"] for w in plan.worries if w.refuses] == ["guestModeEnabled"]
    assert codes(plan) == ["policy_not_ours"]
    assert plan.refused


def test_our_value_that_somebody_changed_is_told_apart() -> None:
    plan = one({"guestModeEnabled": False}, {"guestModeEnabled": True}, {"guestModeEnabled": False})
    assert codes(plan) == ["policy_changed_by_others"]
    assert plan.refused


def test_what_we_set_and_no_longer_want_goes_back_to_what_is_inherited() -> None:
    held = [Owned(GUEST, None, "guestModeEnabled", False)]
    plan = make(UNIT, [], schemas(), [Resolved(GUEST, None, {"guestModeEnabled": False}, True)], held)
    assert [(c.op, c.schema, c.current) for c in plan.changes] == [
        (Op.DELETE, GUEST, {"guestModeEnabled": False})
    ]


@pytest.mark.parametrize("there", [{"guestModeEnabled": True}, {"guestModeEnabled": False, "more": 1}])
def test_what_somebody_changed_since_is_left_and_said(there: dict[str, Any]) -> None:
    held = [Owned(GUEST, None, "guestModeEnabled", False)]
    plan = make(UNIT, [], schemas(), [Resolved(GUEST, None, there, True)], held)
    assert not plan.changes
    assert codes(plan) == ["policy_left"]
    assert not plan.refused


def test_an_app_stays_while_somebody_elses_setting_hangs_on_it() -> None:
    add, other = "chrome.devices.kiosk.apps.ForceInstall", "chrome.devices.kiosk.apps.FunctionKeys"
    now = [
        Resolved(add, APP, {"forceInstall": True}, True),
        Resolved(other, APP, {"allowFunctionKeys": True}, True),
    ]
    held = [Owned(add, APP, "forceInstall", True)]
    assert codes(make(UNIT, [], schemas(), now, held)) == ["policy_left"]
    assert [c.op for c in make(UNIT, [], schemas(), now[:1], held).changes] == [Op.DELETE]


def test_apps_are_added_first_and_taken_away_last() -> None:
    console = Console({})
    console.apply(plan_of(console, wanted(servers=("https://lama.sekolah.sch.id",))))
    changes = plan_of(console, wanted()).changes
    adds = [(c.op, c.app_id) for c in changes if c.schema.endswith("ForceInstall")]
    assert adds == [(Op.CREATE, wanted().app_id), (Op.DELETE, APP)]
    assert changes[0].schema.endswith("ForceInstall")
    assert changes[-1].schema.endswith("ForceInstall")


def test_a_schema_this_tenant_does_not_have_is_named_and_the_rest_is_planned() -> None:
    fewer = {name: s for name, s in schemas().items() if name != GUEST}
    plan = make(UNIT, wishes(wanted()), fewer, [], [])
    assert [(w.code, w.params["schema"], w.params["line"]) for w in plan.worries] == [
        ("policy_schema_unknown", GUEST, "guest_mode")
    ]
    assert plan.refused
    assert len(plan.changes) == len(wishes(wanted())) - 1


def test_a_deprecated_schema_gives_way_to_the_one_that_replaces_it() -> None:
    life = {"policyApiLifecycleStage": "API_DEPRECATED", "deprecatedInFavorOf": [f"{GUEST}V2"]}
    old = parse(described(GUEST, {"guestModeEnabled": "bool"}, policyApiLifecycle=life))
    new = parse(described(f"{GUEST}V2", {"guestModeEnabled": "bool", "more": "string"}))
    wish = Wish("guest_mode", GUEST, {"guestModeEnabled": False})
    plan = make(UNIT, [wish], {GUEST: old, new.name: new}, [], [])
    assert [c.schema for c in plan.changes] == [f"{GUEST}V2"]
    assert not plan.worries
    other = parse(described(f"{GUEST}V2", {"guests": "bool"}))
    plan = make(UNIT, [wish], {GUEST: old, other.name: other}, [], [])
    assert [c.schema for c in plan.changes] == [GUEST]
    assert codes(plan) == ["policy_deprecated"]
    assert not plan.refused


def test_the_digest_names_current_and_desired() -> None:
    plan = one({"guestModeEnabled": False}, None, {})
    other = one({"guestModeEnabled": False}, {"guestModeEnabled": True}, {"guestModeEnabled": True})
    assert plan.digest != other.digest
    assert plan.digest == replace(plan, device_count=99, worries=()).digest


def test_an_acknowledgement_that_is_not_kept_is_said_again_only_with_its_value() -> None:
    name = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
    wish = Wish("auto_launch", name, {"appId": "None", "enableSystemLogUpload": True})
    ack = "ackNoticeForEnableSystemLogUploadSetToTrue"

    def fields(there: dict[str, Any], held: dict[str, Any]) -> list[tuple[str, ...]]:
        now = [Resolved(name, None, there, True)]
        owned = [Owned(name, None, field, value) for field, value in held.items()]
        return [c.fields for c in make(UNIT, [wish], schemas(), now, owned).changes]

    there = {"appId": "None", "enableSystemLogUpload": True}
    assert fields(there, there) == []
    assert fields({**there, "appId": "x"}, {**there, "appId": "x"}) == [("appId",)]
    off = {**there, "enableSystemLogUpload": False}
    assert fields(off, off) == [("enableSystemLogUpload", ack)]


def test_a_schema_with_another_target_or_for_groups_only_is_left_out_and_named() -> None:
    wish = Wish("guest_mode", GUEST, {"guestModeEnabled": False})
    hanging = replace(schemas()[GUEST], target_keys=("app_id",))
    groups = replace(schemas()[GUEST], org_unit=False)
    for schema, code in ((hanging, "policy_target_unknown"), (groups, "policy_schema_unknown")):
        plan = make(UNIT, [wish], {GUEST: schema}, [], [])
        assert (plan.changes, codes(plan), plan.refused) == ((), [code], True)


def test_going_back_to_a_value_that_wants_an_acknowledgement_says_it() -> None:
    """A snapshot is what Google tells, and of acknowledgements it tells nothing."""
    name = "chrome.devices.kiosk.appsconfig.AutoLaunchApp"
    ack = "ackNoticeForEnableSystemLogUploadSetToTrue"
    was = {"appId": "x", "enableSystemLogUpload": True}
    ours = {"appId": "None", "enableSystemLogUpload": False}
    touched = [
        Change(
            *(Op.UPDATE, name, None, "auto_launch", group_of("auto_launch")),
            *(was, ours, ("appId", "enableSystemLogUpload")),
        )
    ]
    owned = [Owned(name, None, field, value) for field, value in ours.items()]
    before = [Resolved(name, None, was, True)]

    def back(now: list[Resolved]) -> Change:
        (change,) = restore(UNIT, touched, before, now, owned, schemas()).changes
        assert change.desired is not None and set(change.desired) == set(change.fields)
        return change

    update = back([Resolved(name, None, ours, True)])
    assert set(update.fields) == {"appId", "enableSystemLogUpload", ack} and update.desired[ack] is True
    create = back([])
    assert create.op is Op.CREATE and set(create.fields) == {"appId", "enableSystemLogUpload", ack}
    only_app = back([Resolved(name, None, {**was, "appId": "None"}, True)])
    assert only_app.fields == ("appId",)
    nameless = {
        name: replace(schemas()[name], fields={n: f for n, f in schemas()[name].fields.items() if n != ack})
    }
    plan = restore(UNIT, touched, before, [Resolved(name, None, ours, True)], owned, nameless)
    assert (plan.changes, codes(plan), plan.refused) == ((), ["policy_ack_unknown"], True)
