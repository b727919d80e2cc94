"""Calls obey every rule of Google's batch updates."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.policy_batches import Call, batches, namespace_of, seconds
from server.domain.policy_lines import ADDING
from server.domain.policy_plan import Change, Op
from tests.domain.tenant import shipped

APPS = ["web:https://a.id/pupil", "web:https://b.id/pupil", "chrome:" + "c" * 32]


@st.composite
def changes(draw: st.DrawFn) -> list[Change]:
    found: dict[str, Change] = {}
    for schema in draw(st.lists(st.sampled_from(sorted(shipped())), max_size=40)):
        app = draw(st.sampled_from(APPS)) if ".apps." in schema else None
        op = draw(st.sampled_from(list(Op)))
        field = next(iter(shipped()[schema]))
        desired = None if op is Op.DELETE else {field: "x"}
        change = Change(op, schema, app, "lid", "power", None, desired, (field,) if desired else ())
        found[change.key] = change
    return list(found.values())


@given(changes(), st.integers(1, 6))
def test_every_change_is_in_one_call_and_every_call_obeys_the_rules(given_: list[Change], most: int) -> None:
    calls = batches(given_, most)
    assert sorted(c.key for call in calls for c in call.changes) == sorted(c.key for c in given_)
    for call in calls:
        requests = call.requests("03ph8a2z")
        assert 1 <= len(requests) <= most
        targets = [r["policyTargetKey"] for r in requests]
        assert {t["targetResource"] for t in targets} == {"orgunits/03ph8a2z"}
        assert len({tuple(t.get("additionalTargetKeys", {})) for t in targets}) == 1
        schemas = [
            r["policySchema"] if "policySchema" in r else r["policyValue"]["policySchema"] for r in requests
        ]
        assert {namespace_of(s) for s in schemas} == {call.namespace}
        pairs = [(s, str(t)) for s, t in zip(schemas, targets, strict=True)]
        assert len(set(pairs)) == len(pairs)
        assert {c.op is Op.DELETE for c in call.changes} == {call.call is Call.INHERIT}


@given(changes())
def test_an_app_is_added_before_anything_hangs_on_it(given_: list[Change]) -> None:
    seen: set[str | None] = set()
    late = {c.app_id for c in given_ if c.op is not Op.DELETE and c.schema in ADDING}
    order = [c for call in batches(given_) for c in call.changes if c.op is not Op.DELETE]
    for change in order:
        if change.schema in ADDING:
            seen.add(change.app_id)
        elif change.app_id is not None and change.app_id in late:
            assert change.app_id in seen


def test_taking_an_app_away_is_one_request_for_all_that_hangs_on_it() -> None:
    gone = [
        Change(Op.DELETE, f"chrome.devices.kiosk.apps.{leaf}", APPS[0], "kiosk_app", "apps", {}, None, ())
        for leaf in ("ForceInstall", "ChromeExtensionsForWebApps", "KioskWebAppOfflineEnabled")
    ]
    (call,) = batches(gone)
    assert call.requests("x") == [
        {
            "policyTargetKey": {"targetResource": "orgunits/x", "additionalTargetKeys": {"app_id": APPS[0]}},
            "policySchema": "chrome.devices.kiosk.apps.*",
        }
    ]


def test_only_the_masked_fields_are_sent() -> None:
    change = Change(
        Op.UPDATE, "chrome.devices.GuestMode", None, "guest_mode", "sign_in", {}, {"a": 1, "b": 2}, ("b",)
    )
    (call,) = batches([change])
    (request,) = call.requests("x")
    assert request["policyValue"]["value"] == {"b": 2}
    assert request["updateMask"] == "b"


def test_the_forecast_counts_whole_minutes_of_the_allowance() -> None:
    assert seconds(5) <= 5
    assert seconds(31) >= 60
    assert seconds(5, taken=28) >= 60
