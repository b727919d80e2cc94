"""Accounts: nobody has a default password, links work once, and the last administrator stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain.roles import Role
from server.services import staff, staff_links
from server.services.actor import SYSTEM, Actor
from server.store.database import StaffChanged
from server.store.tables import staff as rows

GOOD = "bangku-kayu-jati"
WAYAN = Actor("wayan", Role.ADMIN, "127.0.0.1")


def first_admin(school, password: str = GOOD) -> int:
    link = staff.first_link(school.db, school.now)
    return staff.use_link(school.db, school.now, link, password, None, username="wayan", name="Wayan")


def sign_in(school, username: str, password: str):
    return staff.authenticate(school.db, school.now, username, password, "127.0.0.1")


def test_the_first_link_makes_the_first_administrator_and_there_is_no_second(school):
    first_admin(school)
    assert sign_in(school, " WAYAN ", GOOD).role == "admin"
    assert staff.first_link(school.db, school.now) is None


def test_a_first_link_is_worth_nothing_once_there_is_an_administrator_from_elsewhere(school):
    link = staff.first_link(school.db, school.now)
    joko, _ = staff.create(school.db, SYSTEM, school.now, username="joko", name="Joko", role=Role.ADMIN)
    staff.set_password(school.db, SYSTEM, school.now, joko, GOOD)
    with pytest.raises(NotFound) as refused:
        staff.use_link(school.db, school.now, link, GOOD, None, username="penyusup")
    assert refused.value.code == "link_spent"


def test_a_new_first_link_ends_the_one_before(school):
    old = staff.first_link(school.db, school.now)
    staff.first_link(school.db, school.now)
    with pytest.raises(NotFound):
        staff.use_link(school.db, school.now, old, GOOD, None, username="wayan")


def test_a_link_works_once_and_for_a_week(school):
    first_admin(school)
    sari, link = staff.create(school.db, WAYAN, school.now, username="sari", name="Sari", role=Role.PROCTOR)
    staff.use_link(school.db, school.now, link, GOOD, None)
    with pytest.raises(NotFound):
        staff.use_link(school.db, school.now, link, "lain-kata-sandi", None)
    late = staff.new_link(school.db, WAYAN, school.now, sari)
    with pytest.raises(NotFound):
        staff.use_link(school.db, school.now + staff_links.LINK_LIFE_MS, late, GOOD, None)
    assert sign_in(school, "sari", GOOD)


def test_a_fresh_link_ends_the_older_ones_and_so_does_a_password(school):
    first_admin(school)
    sari, first = staff.create(school.db, WAYAN, school.now, username="sari", name="Sari", role=Role.PROCTOR)
    second = staff.new_link(school.db, WAYAN, school.now, sari)
    with pytest.raises(NotFound):
        staff.use_link(school.db, school.now, first, GOOD, None)
    staff.set_password(school.db, SYSTEM, school.now, sari, GOOD)
    with pytest.raises(NotFound):
        staff.use_link(school.db, school.now, second, GOOD, None)


@pytest.mark.parametrize(
    ("username", "password"), [("wayan", "salah-salah"), ("nobody", GOOD), ("sari", ""), ("", "")]
)
def test_every_refused_sign_in_has_the_same_answer_and_a_line(school, username, password):
    first_admin(school)
    staff.create(school.db, WAYAN, school.now, username="sari", name="Sari", role=Role.PROCTOR)
    with pytest.raises(Forbidden) as refused:
        sign_in(school, username, password)
    assert refused.value.code == "sign_in_refused"
    (line,) = school.lines("staff.sign_in")
    assert (line.actor, line.outcome, line.code) == ("nobody", "refused", "sign_in_refused")


def test_a_closed_account_does_not_sign_in_and_its_sessions_are_older(school):
    first_admin(school)
    sari, link = staff.create(school.db, WAYAN, school.now, username="sari", name="Sari", role=Role.PROCTOR)
    staff.use_link(school.db, school.now, link, GOOD, None)
    before = sign_in(school, "sari", GOOD).session_version
    school.news.clear()
    staff.change(school.db, WAYAN, school.now, sari, active=False)
    assert school.news == [StaffChanged(sari)]
    (row,) = school.all(select(rows).where(rows.c.id == sari))
    assert row.session_version > before
    with pytest.raises(Forbidden):
        sign_in(school, "sari", GOOD)


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.PROCTOR}])
def test_the_last_administrator_stays_one(school, change):
    wayan = first_admin(school)
    with pytest.raises(Conflict) as refused:
        staff.change(school.db, WAYAN, school.now, wayan, **change)
    assert refused.value.code == "last_admin"


def test_an_administrator_who_never_chose_a_password_is_no_second_one(school):
    wayan = first_admin(school)
    staff.create(school.db, WAYAN, school.now, username="joko", name="Joko", role=Role.ADMIN)
    with pytest.raises(Conflict):
        staff.change(school.db, WAYAN, school.now, wayan, active=False)


def test_with_a_second_administrator_the_first_may_go(school):
    wayan = first_admin(school)
    _, link = staff.create(school.db, WAYAN, school.now, username="joko", name="Joko", role=Role.ADMIN)
    staff.use_link(school.db, school.now, link, GOOD, None)
    staff.change(school.db, WAYAN, school.now, wayan, active=False)


@pytest.mark.parametrize("username", ["", "ab", "Sari Wulandari", "-sari", "s" * 61, "sári"])
def test_a_username_that_cannot_be_typed_is_refused(school, username):
    with pytest.raises(Invalid) as refused:
        staff.create(school.db, WAYAN, school.now, username=username, name="Sari", role=Role.PROCTOR)
    assert refused.value.code == "username_invalid"


def test_a_name_that_is_taken_and_a_password_that_is_short_are_refused(school):
    wayan = first_admin(school)
    with pytest.raises(Conflict) as refused:
        staff.create(school.db, WAYAN, school.now, username="wayan", name="Lain", role=Role.PROCTOR)
    assert refused.value.code == "username_taken"
    with pytest.raises(Invalid) as short:
        staff.set_password(school.db, SYSTEM, school.now, wayan, "pendek")
    assert short.value.code == "password_short"


def test_neither_password_nor_link_is_in_the_database_or_its_trail(school, tmp_path):
    first_admin(school)
    _, link = staff.create(school.db, WAYAN, school.now, username="sari", name="Sari", role=Role.PROCTOR)
    school.db.close()
    stored = b"".join(p.read_bytes() for p in tmp_path.glob("school.db*"))
    assert GOOD.encode() not in stored and link.encode() not in stored
