"""What a record is given back: only what it had, never over what somebody wrote since, and undoing is exact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.remap_change import FIELDS, UNIT, ConsoleChange, Former, same, undone, wanted

UNITS = {"/lab": "/Lab", "/kantor": "/Kantor"}
values = st.sampled_from(["", "C01", "Lemari 2", "/Lab", "/Kantor", "/lab"])
records = st.fixed_dictionaries(dict.fromkeys(FIELDS, values))
formers = st.dictionaries(st.sampled_from(FIELDS), st.builds(Former, values, st.booleans()))


def left(**given_):
    (change,) = wanted("d", given_["now"], given_["former"], UNITS)
    return change.left


def test_an_empty_field_gets_its_value_and_a_filled_one_stays():
    notes = {"notes": Former("engsel")}
    assert wanted("d", {}, notes, UNITS) == [ConsoleChange("d", "notes", "", "engsel")]
    assert left(now={"notes": "layar"}, former=notes) == "changed_meanwhile"
    assert left(now={}, former={"notes": Former("engsel", touched=True)}) == "changed_meanwhile"
    assert wanted("d", {"notes": "engsel"}, notes, UNITS) == []


def test_an_org_unit_goes_back_unless_somebody_moved_it_or_it_is_gone():
    unit = {UNIT: Former("/lab")}
    assert wanted("d", {UNIT: "/Kantor"}, unit, UNITS) == [ConsoleChange("d", UNIT, "/Kantor", "/Lab")]
    assert wanted("d", {UNIT: "/LAB"}, unit, UNITS) == []
    assert left(now={UNIT: "/Kantor"}, former={UNIT: Former("/Lab", touched=True)}) == "moved_meanwhile"
    assert left(now={UNIT: "/Kantor"}, former={UNIT: Former("/Hilang")}) == "unit_unknown"


@given(records, formers)
def test_only_what_was_there_before_is_written_and_never_over_what_somebody_wrote(now, former):
    for change in wanted("d", now, former, UNITS):
        assert change.before == now[change.field]
        assert same(change.field, change.after, former[change.field].value) and change.after
        if change.left is None:
            assert not former[change.field].touched
            assert change.field == UNIT or change.before == ""


@given(records, formers)
def test_undoing_writes_the_former_values_exactly(now, former):
    made = wanted("d", now, former, UNITS)
    record = dict(now)
    for change in made:
        if change.left is None:
            record[change.field] = change.after
    assert wanted("d", record, former, UNITS) == [c for c in made if c.left is not None]
    for change in undone(made):
        assert record[change.field] == change.before
        record[change.field] = change.after
    assert record == now
