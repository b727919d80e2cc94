"""Fifteen Chromebooks and one access point: what happened is told apart, closes by itself, and stays in the record."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from server.services import exams, incident_views, incidents, minutes
from server.services.actor import SYSTEM
from server.services.board_views import IncidentView
from server.store import tables as t
from tests.services.conftest import SARI
from tests.services.lab import SEATS, Lab


@pytest.fixture
def lab(school) -> Lab:
    return Lab(school)


def notes(lab: Lab) -> list[minutes.MinutesLine]:
    with lab.school.db.read() as c:
        return [line for line in minutes.lines(c, lab.exam) if line.kind == "network_loss"]


def test_four_minutes_without_the_access_point(lab):
    """Two were nearly flat and die meanwhile; one pupil had left the exam page just before."""
    lab.report(4, focused=False)
    lab.report(8, battery=6)
    lab.report(11, battery=3)
    lab.pass_seconds(12)
    assert lab.opened() == {"left_exam": {"4"}, "battery_low": {"8", "11"}}

    began = lab.school.now
    lab.report(4, focused=True)
    lab.pass_seconds(2)
    lab.report(4, focused=False)
    lab.pass_seconds(1)
    off = lab.school.now
    gone = set(range(1, SEATS + 1)) - {4}  # seat 4's Chromebook is on the other network of the room
    lab.off(*gone)
    lab.pass_seconds(6)  # a loss is visible within six seconds
    network = {str(n) for n in gone - {8, 11}}
    assert lab.opened() == {
        "network_loss": {None},
        "missing": network,
        "battery_out": {"8", "11"},
        "left_exam": {"4"},
    }
    (outage,) = lab.incidents(kind="network_loss")
    assert (outage.cause, outage.exam_id, outage.detail["place"]) == (
        "network", lab.exam, ["subnet", "10.20.30.0/24"],
    )  # fmt: skip
    assert {r.group_id for r in lab.incidents(kind="missing")} == {outage.id}
    assert {r.group_id for r in lab.incidents(kind="battery_out")} == {None}
    assert outage.opened_at - off <= 6_000

    lab.pass_seconds(234)
    lab.on(*(gone - {8, 11}))
    lab.report(4, focused=True)
    back = lab.school.now
    lab.pass_seconds(2)
    assert lab.opened() == {"battery_out": {"8", "11"}}
    (outage,) = lab.incidents(kind="network_loss")
    assert outage.closed_by == "system"
    assert outage.closed_at - back <= 2_000

    lab.pass_seconds(120)
    lab.report(8, battery=40, charging=True)
    lab.report(11, battery=35, charging=True)
    lab.on(8, 11)
    lab.pass_seconds(2)
    assert lab.opened() == {}
    causes = {(r.kind, r.cause) for r in lab.incidents()}
    assert causes == {
        ("network_loss", "network"), ("missing", "network"), ("battery_low", "power"), ("battery_out", "power"),
        ("left_exam", "focus"),
    }  # fmt: skip
    assert all(r.closed_at is not None and r.closed_at > began - 12_000 for r in lab.incidents())
    assert len(lab.incidents(kind="missing")) == len(network)

    (line,) = notes(lab)
    (outage,) = lab.incidents(kind="network_loss")
    assert line.by_name == "system"
    assert line.params == {
        "since": outage.detail["first_at"], "until": outage.detail["over_at"],
        "devices": 12, "back": 12, "unsent": 0, "unknown": 0, "gaps": 0,
    }  # fmt: skip
    assert 235_000 <= line.params["until"] - line.params["since"] <= 262_000


def test_one_that_falls_silent_is_one(lab):
    lab.off(3)
    lab.pass_seconds(60)
    assert lab.opened() == {"missing": {"3"}}
    lab.on(3)
    lab.pass_seconds(2)
    assert lab.opened() == {}
    assert notes(lab) == []


def test_a_late_one_joins_and_a_group_that_shrinks_stays_what_it_was(lab):
    lab.off(1, 2, 3)
    lab.pass_seconds(8)
    (outage,) = lab.incidents(kind="network_loss")
    lab.off(4)
    lab.pass_seconds(8)
    assert {r.group_id for r in lab.incidents(kind="missing")} == {outage.id}
    assert len(lab.incidents(kind="missing")) == 4
    lab.on(1, 2, 4)
    lab.pass_seconds(30)
    assert lab.opened() == {"network_loss": {None}, "missing": {"3"}}
    lab.on(3)
    lab.pass_seconds(2)
    assert lab.opened() == {}
    lab.pass_seconds(60)
    assert notes(lab)[0].params["devices"] == 4


def test_who_falls_silent_long_after_is_a_loss_of_its_own(lab):
    lab.off(1, 2, 3)
    lab.pass_seconds(200)
    lab.off(9)
    lab.pass_seconds(8)
    (late,) = [r for r in lab.incidents(kind="missing") if r.group_id is None]
    assert late.device_id == lab.devices[9]


def test_two_rooms_on_two_subnets_are_two_outages(school):
    first = Lab(school)
    second = Lab(school, "Lab Dua", "10.20.31", day_id=school.made.day_ids[0])
    for lab in (first, second):
        lab.off(1, 2, 3, 4)
    both = [first, second]
    _pass_together(both, 8)
    outages = first.incidents(kind="network_loss")
    assert {(r.exam_id, r.detail["place"][1]) for r in outages} == {
        (first.exam, "10.20.30.0/24"), (second.exam, "10.20.31.0/24"),
    }  # fmt: skip


def spread(lab: Lab, *sizes: int) -> None:
    """A school with a /22: the room's first devices have addresses of several /24s."""
    numbers = iter(lab.devices)
    for net, size in enumerate(sizes):
        for n in itertools.islice(numbers, size):
            lab.nets[n] = f"10.20.{40 + net}"
            lab.report(n)


def test_six_of_one_room_on_three_subnets_are_one_outage_that_late_ones_join_and_that_closes(lab):
    spread(lab, 2, 2, 2, 2)
    lab.off(1, 2, 3, 4, 5, 6)
    lab.pass_seconds(8)
    (outage,) = lab.incidents(kind="network_loss")
    assert (outage.exam_id, outage.detail["place"]) == (lab.exam, ["room", str(lab.room)])
    lab.off(7)
    lab.pass_seconds(8)
    assert lab.opened() == {"network_loss": {None}, "missing": {"1", "2", "3", "4", "5", "6", "7"}}
    assert {r.group_id for r in lab.incidents(kind="missing")} == {outage.id}
    lab.on(1, 2, 3, 4, 5, 6, 7)
    lab.pass_seconds(63)
    assert lab.opened() == {}
    (outage,) = lab.incidents(kind="network_loss")
    assert outage.closed_by == "system"
    (note,) = notes(lab)
    assert (note.params["devices"], note.params["back"]) == (7, 7)


def test_a_room_has_one_outage_when_a_subnet_of_it_falls_silent_first_and_the_others_follow(lab):
    """The first subnet's group is open already when the others are lost: three of one, two of another, one alone."""
    spread(lab, 4, 3, 2, 1)
    lab.off(1, 2, 3, 4)
    lab.pass_seconds(8)
    (outage,) = lab.incidents(kind="network_loss")
    assert outage.detail["place"] == ["subnet", "10.20.40.0/24"]
    lab.off(5, 6, 7, 8, 9, 10)
    lab.pass_seconds(8)
    assert {r.group_id for r in lab.incidents(kind="missing")} == {outage.id}
    assert len(lab.incidents(kind="missing")) == 10
    (shown,) = incident_views_of(lab)
    assert (shown.kind, shown.detail["all"]) == ("network_loss", 10)


def test_two_rooms_over_the_same_three_subnets_that_fall_one_after_the_other_are_two_outages(school):
    first = Lab(school)
    second = Lab(school, "Lab Dua", day_id=school.made.day_ids[0])
    for lab in (first, second):
        spread(lab, 2, 2, 2)
    first.off(1, 2, 3, 4, 5, 6)
    _pass_together([first, second], 8)
    second.off(1, 3, 5)
    _pass_together([first, second], 8)
    outages = first.incidents(kind="network_loss")
    assert [(r.exam_id, r.detail["place"]) for r in outages] == [
        (lab.exam, ["room", str(lab.room)]) for lab in (first, second)
    ]


def incident_views_of(lab: Lab) -> tuple[IncidentView, ...]:
    with lab.school.db.read() as c:
        return incident_views.open_now(c, lab.exam)[0]


def test_two_rooms_on_one_subnet_are_one_outage_with_a_note_for_each(school):
    first, second = Lab(school), Lab(school, "Lab Dua")
    for lab in (first, second):
        lab.off(1, 2, 3, 4)
    _pass_together([first, second], 8)
    (outage,) = first.incidents(kind="network_loss")
    assert outage.exam_id is None
    for lab in (first, second):
        lab.on(1, 2, 3, 4)
    _pass_together([first, second], 63)
    assert [notes(lab)[0].params["devices"] for lab in (first, second)] == [4, 4]


def _pass_together(labs: list[Lab], seconds: int) -> None:
    """One server, several rooms."""
    from server.services import sweep

    school = labs[0].school
    who = {device: (lab, n) for lab in labs for n, device in lab.devices.items()}

    def away(device: int) -> bool:
        return device in who and who[device][1] in who[device][0].away

    for _ in range(seconds):
        school.now += 1_000
        for device, (lab, n) in who.items():
            if not away(device) and (school.now // 1000) % 10 == n % 10:
                lab.report(n)
        sweep.sweep(school.db, school.now, lambda d: not away(d), away)


def test_what_a_person_has_seen_to_is_quiet_and_its_note_waits_until_everybody_is_back(lab):
    lab.off(1, 2, 3, 4, 5)
    lab.pass_seconds(8)
    (outage,) = lab.incidents(kind="network_loss")
    incidents.close(lab.school.db, SARI, lab.school.now, outage.id)
    lab.pass_seconds(30)
    assert lab.opened() == {}
    assert {r.closed_by for r in lab.incidents()} == {"sari"}
    assert notes(lab) == []
    lab.on(1, 2, 3, 4, 5)
    lab.pass_seconds(3)
    assert notes(lab)[0].params["back"] == 5
    lab.off(1, 2, 3)
    lab.pass_seconds(8)
    assert lab.opened() == {"network_loss": {None}, "missing": {"1", "2", "3"}}


def test_what_still_waits_on_devices_is_told_as_it_is(lab):
    lab.off(1, 2, 3)
    lab.pass_seconds(20)
    for n in (1, 2, 3):
        lab.seen[n]["unsent"] = {1: 2, 2: None, 3: 0}[n]
    lab.on(1, 2, 3)
    lab.pass_seconds(30)
    assert notes(lab) == []  # it may still come
    lab.pass_seconds(40)
    params = notes(lab)[0].params
    assert (params["back"], params["unsent"], params["unknown"]) == (3, 2, 1)


def test_who_is_not_back_when_the_exam_ends_is_counted_so(lab):
    lab.off(1, 2, 3, 4)
    lab.pass_seconds(10)
    lab.on(1)
    lab.pass_seconds(2)
    exams.end(lab.school.db, SYSTEM, lab.school.now, lab.exam)
    lab.pass_seconds(2)
    assert lab.opened() == {}
    params = notes(lab)[0].params
    assert (params["devices"], params["back"]) == (4, 1)


def test_a_wifi_that_comes_and_goes_is_one_outage_with_one_note(lab):
    began = lab.school.now
    for _ in range(12):
        lab.off(1, 2, 3, 4)
        lab.pass_seconds(7)
        lab.on(1, 2, 3, 4)
        lab.pass_seconds(9)
    assert lab.opened() == {}
    (outage,) = lab.incidents(kind="network_loss")
    losses = lab.incidents(kind="missing")
    assert len(losses) == 4 and {r.group_id for r in losses} == {outage.id}
    assert {r.detail["count"] for r in losses} == {12}
    lab.pass_seconds(60)
    (note,) = notes(lab)
    assert note.params["devices"] == 4
    assert note.params["since"] <= began and note.params["until"] - began > 180_000
    lab.off(1, 2, 3)  # long after: another one
    lab.pass_seconds(8)
    assert len(lab.incidents(kind="network_loss")) == 2


def test_one_that_comes_and_goes_joins_the_outage_that_takes_it_at_last(lab):
    lab.off(1)
    lab.pass_seconds(8)
    lab.on(1)
    lab.pass_seconds(50)
    lab.off(1, 2, 3)
    lab.pass_seconds(8)
    assert len(lab.incidents(kind="missing")) == 3
    assert {r.group_id for r in lab.incidents(kind="missing")} == {lab.incidents(kind="network_loss")[0].id}


def test_a_server_that_was_off_tells_nobody_lost(lab):
    """Five minutes without the server: everybody was silent to it, and two really are."""
    lab.off(5)
    lab.pass_seconds(8)
    assert lab.opened() == {"missing": {"5"}}
    lab.school.now += 300_000
    started = lab.listening_since = lab.school.now
    lab.away |= {*lab.devices}  # nobody is back in the first moment
    lab.lost_at = dict.fromkeys(lab.devices, lab.school.now + 10**9)  # and the server knows of no broken line
    lab.pass_seconds(2)
    assert lab.opened() == {"missing": {"5"}}, "what stood stands; nothing new is known"
    lab.on(*(set(lab.devices) - {5, 9}))
    lab.pass_seconds(42)
    assert lab.opened() == {"missing": {"5"}}
    lab.pass_seconds(2)
    assert lab.opened() == {"missing": {"5", "9"}}
    assert lab.incidents(kind="network_loss") == [] and notes(lab) == []
    (nine,) = lab.incidents(device_id=lab.devices[9])
    assert nine.detail["since"] == started, "before that the silence was the server's own"


def restart(lab: Lab, n: int, seq: int = 1, at: int | None = None, **seen: object) -> None:
    event = {
        "seq": seq, "at": at or lab.school.now, "kind": "worker_started", "data": {"cause": "browser"},
    }  # fmt: skip
    lab.report(n, events=[event], last_seq=seq, **seen)
    lab.seen[n].pop("events")


def test_a_chromebook_that_was_started_anew_is_told_as_that_until_its_exam_is_in_front(lab):
    lab.off(5)
    lab.pass_seconds(40)
    lab.away.discard(5)
    restart(lab, 5, page="waiting")
    lab.pass_seconds(2)
    assert lab.opened() == {"browser_restarted": {"5"}}
    (loss,) = lab.incidents(kind="missing")
    assert (loss.cause, loss.closed_by) == ("restart", "system")
    lab.report(5, page="practice")
    lab.pass_seconds(2)
    assert lab.opened() == {}


def test_a_start_before_this_pupil_sat_down_is_nobodys_incident(lab):
    restart(lab, 5, at=1)
    lab.pass_seconds(2)
    assert lab.incidents(kind="browser_restarted") == []


def test_a_restart_that_is_sent_twice_is_one(lab):
    restart(lab, 5)
    lab.pass_seconds(2)
    restart(lab, 5, at=lab.school.now - 2_000)
    lab.pass_seconds(2)
    assert len(lab.incidents(kind="browser_restarted")) == 1


def test_where_a_device_spoke_from_is_kept(lab):
    rows = lab.school.all(select(t.device_seen.c.address))
    assert "10.20.30.101" in {r.address for r in rows}
