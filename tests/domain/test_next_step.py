"""Five steps, ticked by what the server saw; the order never breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.next_step import ORDER, By, Record, Seen, State, Step, now, steps

T = 1_790_000_000_000
HOUR = 3_600_000

moments = st.none() | st.integers(T, T + 6).map(lambda n: T + (n - T) * HOUR)
records = st.builds(
    Record,
    st.sampled_from(["", "ACTIVE", "DISABLED", "DEPROVISIONED"]),
    enrolled_at=moments,
    synced_at=moments,
)
sights = st.builds(
    Seen,
    console=st.booleans(),
    page_checks_in=st.booleans(),
    wiped_at=moments,
    record=st.none() | records,
    policy_since=moments,
    reported_at=moments,
    newcomer_at=moments,
    page_at=moments,
    placed=st.booleans(),
    remap_waits=st.booleans(),
)


def states(seen: Seen) -> dict[Step, str]:
    return {mark.step: str(mark.state) for mark in steps(seen)}


def letters(seen: Seen) -> str:
    """d, n, l, u for each of the five."""
    return "".join(str(mark.state)[0] for mark in steps(seen))


@given(sights)
def test_exactly_one_step_is_now_unless_all_that_can_be_seen_are_done(seen):
    found = letters(seen)
    assert len(found) == len(ORDER)
    assert found.count("n") == (0 if set(found) <= {"d", "u"} else 1)
    assert (now(steps(seen)) is None) == (found.count("n") == 0)


@given(sights)
def test_what_can_be_seen_is_done_then_now_then_later(seen):
    found = letters(seen).replace("u", "")
    assert found == "d" * found.count("d") + "n" * found.count("n") + "l" * found.count("l")


@given(sights)
def test_a_done_step_says_what_ticked_it_and_when_and_no_other_does(seen):
    for mark in steps(seen):
        ticked = mark.state is State.DONE
        assert (mark.by is not None) == (mark.at is not None) == ticked
        if mark.after is not None:
            assert ORDER.index(mark.after) > ORDER.index(mark.step)


@given(sights)
def test_nothing_from_before_a_wipe_ticks_anything(seen):
    for mark in steps(seen):
        assert mark.at is None or seen.wiped_at is None or mark.at >= seen.wiped_at


@given(sights)
def test_only_enrolling_and_policy_may_be_unknown_and_never_with_a_console(seen):
    unknown = {step for step, state in states(seen).items() if state == "unknown"}
    assert unknown <= {Step.ENROL, Step.POLICY}
    assert not (unknown and seen.console)


@given(sights, st.integers(7, 9))
def test_a_report_of_the_present_life_proves_all_before_the_seat(seen, hours):
    import dataclasses

    found = letters(dataclasses.replace(seen, reported_at=T + hours * HOUR))
    assert found.startswith("dddd")


def test_a_new_chromebook_begins_with_wifi():
    assert letters(Seen(console=True, record=None, placed=True)) == "nllll"


def test_the_console_ticks_enrolment_and_so_wifi():
    seen = Seen(console=True, record=Record("ACTIVE", enrolled_at=T), placed=True)
    assert letters(seen) == "ddnll"
    wifi, enrol = steps(seen)[:2]
    assert (wifi.by, wifi.after) == (By.ENROLLED, Step.ENROL)
    assert (enrol.by, enrol.at, enrol.after) == (By.ENROLLED, T, None)


def test_policy_is_fetched_when_it_is_newer_than_what_was_ordered():
    def at(synced: int) -> str:
        record = Record("ACTIVE", enrolled_at=T, synced_at=T + synced)
        return letters(Seen(console=True, record=record, policy_since=T + HOUR, placed=True))

    assert at(HOUR) == "ddnll"
    assert at(HOUR + 1) == "dddnl"


def test_one_without_a_place_waits_for_one_after_its_check_in():
    assert letters(Seen(console=True, reported_at=T)) == "ddddn"
    assert letters(Seen(console=True, reported_at=T, placed=True)) == "ddddd"


def test_a_wiped_one_begins_again_until_it_is_seen():
    before = {"reported_at": T, "record": Record("ACTIVE", enrolled_at=T - HOUR, synced_at=T)}
    assert letters(Seen(console=True, wiped_at=T + 1, placed=True, **before)) == "nllll"
    again = Record("ACTIVE", enrolled_at=T + HOUR, synced_at=T + HOUR)
    seen = Seen(console=True, wiped_at=T + 1, placed=True, reported_at=T, record=again)
    assert letters(seen) == "dddnl"


def test_a_new_enrolment_in_the_console_makes_older_reports_another_lifes():
    record = Record("ACTIVE", enrolled_at=T + HOUR, synced_at=T)
    assert letters(Seen(console=True, placed=True, reported_at=T, record=record)) == "ddnll"


def test_a_newcomer_has_checked_in_and_sits_nowhere_before_somebody_says_which_it_is():
    assert letters(Seen(console=True, newcomer_at=T, placed=True, remap_waits=True)) == "ddddn"
    assert letters(Seen(newcomer_at=T, placed=True)) == "ddddn"


def test_without_a_console_the_check_page_shows_wifi_and_nothing_of_enrolment():
    seen = Seen(page_checks_in=True, placed=True)
    assert letters(seen) == "nuull"
    seen = Seen(page_checks_in=True, placed=True, page_at=T)
    assert letters(seen) == "duudd"
    assert steps(seen)[0].by is By.PAGE


def test_the_check_page_is_no_check_in_where_the_extension_speaks():
    assert letters(Seen(console=True, page_at=T, placed=True)) == "dnlll"


@pytest.mark.parametrize("status", ["DEPROVISIONED", "DISABLED"])
def test_a_record_that_is_not_active_ticks_nothing(status):
    record = Record(status, enrolled_at=T, synced_at=T)
    assert letters(Seen(console=True, record=record, placed=True)) == "nllll"
