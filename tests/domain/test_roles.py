"""No entry, no access."""

from __future__ import annotations

import pytest

from server.domain.roles import ALLOWED, Act, Role, may


@pytest.mark.parametrize("act", Act)
def test_every_act_has_an_entry_and_somebody_may_do_it(act: Act):
    assert ALLOWED[act]
    assert may(Role.ADMIN, act)


def test_an_act_without_an_entry_is_for_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(ALLOWED, Act.VIEW_AUDIT)
    assert not any(may(role, Act.VIEW_AUDIT) for role in Role)


def test_a_supervisor_watches_and_changes_nothing():
    acts = {act for act in Act if may(Role.SUPERVISOR, act)}
    assert acts == {Act.VIEW_EXAMS, Act.VIEW_BOARD, Act.VIEW_TOKEN, Act.OWN_ACCOUNT}


def test_a_technician_sees_devices_and_never_a_token():
    assert may(Role.TECHNICIAN, Act.ADMIT_DEVICE)
    assert not may(Role.TECHNICIAN, Act.VIEW_TOKEN)
    assert not may(Role.TECHNICIAN, Act.CONTROL_SEAT)


def test_only_an_administrator_makes_accounts_and_brings_in_participants():
    for act in (Act.MANAGE_STAFF, Act.IMPORT_ROSTER):
        assert {role for role in Role if may(role, act)} == {Role.ADMIN}
