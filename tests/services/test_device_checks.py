"""Checks are kept per device and kind; a person's tick stands until it is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.device_check import Source
from server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from server.services import check_codes, check_list, device_checks
from server.services.actor import Actor
from server.services.device_checks import KEEP, Checks
from server.store.tables import check_codes as code_rows
from server.store.tables import device_checks as rows
from tests.domain.test_device_check import HANDS, PAGE
from tests.services.conftest import MINUTE, SARI

PAGE_OF = Actor("check ABC347")


def newest(school, device: int = 1) -> Checks:
    with school.db.read() as c:
        return device_checks.newest(c, [device]).get(device, Checks())


def test_the_newest_of_each_kind_counts_and_says_who_told_it(school):
    device_checks.record_page(school.db, PAGE_OF, school.now, 1, {**PAGE, "battery": 10})
    device_checks.record_page(school.db, PAGE_OF, school.now + 1, 1, {**PAGE, "battery": 90})
    device_checks.record_hands(school.db, PAGE_OF, school.now + 2, 1, HANDS, Source.KIOSK)
    device_checks.record_page(school.db, PAGE_OF, school.now + 3, 2, {**PAGE, "battery": 50})
    seen = newest(school)
    assert (seen.page.seen["battery"], seen.page.by_name, seen.page.self_reported) == (90, None, True)
    assert (seen.hands.source, seen.client) == (Source.KIOSK, None)
    assert newest(school, 2).page.seen["battery"] == 50
    assert newest(school, 3) == Checks()


def test_a_wrong_value_leaves_nothing_behind(school):
    with pytest.raises(Invalid):
        device_checks.record_page(school.db, PAGE_OF, school.now, 1, {**PAGE, "battery": 300})
    assert school.all(select(rows)) == []
    assert school.lines("device.check_page") == []


def test_a_device_nobody_knows_is_refused(school):
    with pytest.raises(NotFound) as refused:
        device_checks.record_page(school.db, PAGE_OF, school.now, 999, PAGE)
    assert refused.value.code == "device_unknown"
    assert school.all(select(rows)) == []


def test_a_tick_has_a_name_and_can_be_taken_back_and_given_again(school):
    device_checks.tick_client(school.db, SARI, school.now, 1, "3.1")
    assert (newest(school).client.by_name, newest(school).client.seen["version"]) == ("sari", "3.1")
    assert not newest(school).client.self_reported
    device_checks.take_back_client(school.db, SARI, school.now + 1, 1)
    assert newest(school).client is None
    device_checks.tick_client(school.db, SARI, school.now + 2, 1)
    assert newest(school).client.at == school.now + 2
    assert len(school.all(select(rows))) == 3  # who said what when stays readable


def test_of_what_pages_say_the_last_ones_are_kept_and_every_tick(school):
    for n in range(KEEP + 5):
        device_checks.record_page(school.db, PAGE_OF, school.now + n, 1, PAGE)
        device_checks.tick_client(school.db, SARI, school.now + n, 1)
    kinds = [r.kind for r in school.all(select(rows))]
    assert (kinds.count("page"), kinds.count("client")) == (KEEP, KEEP + 5)
    assert newest(school).page.at == school.now + KEEP + 4


def test_the_list_goes_the_way_one_walks_and_leaves_out_what_is_out_of_service(school):
    with school.db.read() as c:
        lines = check_list.lines(c)
    first = [line.label for line in lines][:3]
    assert first == ["C01", "C02", "C03"]


def test_a_code_is_good_for_its_hours_and_no_longer(school):
    code = check_codes.hand_out(school.db, SARI, school.now, 2)
    typed = f" {code.code[:3].lower()} {code.code[3:]} "
    assert check_codes.enter(school.db, school.now + 119 * MINUTE, typed, None).id == code.id
    with pytest.raises(Forbidden) as refused:
        check_codes.enter(school.db, school.now + 120 * MINUTE, code.code, None)
    assert refused.value.code == "check_code_wrong"


def test_a_code_that_was_taken_back_opens_nothing_and_stands_no_more(school):
    code = check_codes.hand_out(school.db, SARI, school.now)
    check_codes.withdraw(school.db, SARI, school.now + 1, code.id)
    check_codes.withdraw(school.db, SARI, school.now + 2, code.id)  # twice is nothing more
    with school.db.read() as c:
        assert check_codes.standing(c, school.now + 1, code.id) is None
        assert check_codes.in_force(c, school.now + 1) == []
    assert len(school.lines("check.withdraw")) == 1
    with pytest.raises(NotFound):
        check_codes.withdraw(school.db, SARI, school.now, 999)


@pytest.mark.parametrize("hours", [0, -1, 3, 1000])
def test_only_the_offered_hours(school, hours):
    with pytest.raises(Invalid) as refused:
        check_codes.hand_out(school.db, SARI, school.now, hours)
    assert refused.value.code == "check_hours"
    assert school.all(select(code_rows)) == []


def test_no_heap_of_codes(school):
    for _ in range(check_codes.MOST):
        check_codes.hand_out(school.db, SARI, school.now)
    with pytest.raises(Conflict) as refused:
        check_codes.hand_out(school.db, SARI, school.now)
    assert refused.value.code == "check_codes_many"


def test_who_guesses_leaves_one_line_a_minute(school):
    for n in range(5):
        with pytest.raises(Forbidden):
            check_codes.enter(school.db, school.now + n, "XXXXXX", "10.0.0.9")
    assert [(r.address, r.outcome) for r in school.lines("check.enter")] == [("10.0.0.9", "refused")]
