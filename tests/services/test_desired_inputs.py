"""Many devices' inputs read at once are what each device's would be by itself."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.services import desired_inputs, exams, seats
from tests.services.conftest import SARI, School
from tests.services.room import ids, report, run, tick, work

SEATS = range(1, 14)

some_seats = st.lists(st.sampled_from(SEATS), min_size=1, max_size=5, unique=True)
acts = st.tuples(
    st.sampled_from(
        [
            "lock",
            "lock a minute",
            "unlock",
            "message",
            "clear-message",
            "pause",
            "resume",
            "finish",
            "absent",
            "report",
        ]
    ),
    some_seats,
)


def act(school: School, name: str, some: list[int]) -> None:
    sittings = ids(school, *some)
    where = (school.db, SARI, school.now, sittings)
    if name == "lock":
        seats.lock(*where, "Tunggu")
    elif name == "lock a minute":
        seats.lock(*where, "Sebentar", 1)
    elif name == "unlock":
        seats.unlock(*where)
    elif name == "message":
        seats.message(*where, f"Pesan {school.now}")
    elif name == "clear-message":
        seats.clear_message(*where)
    elif name == "pause":
        seats.pause(*where)
    elif name == "resume":
        seats.resume(*where)
    elif name == "finish":
        seats.finish(*where)
    elif name == "absent":
        seats.absent(*where)
    else:
        for seat in some:
            report(school, seat, "finished")
    tick(school)


def every_device(school: School) -> list[int]:
    return [row.id for row in school.all(desired_inputs.devices.select())]


@settings(max_examples=25)
@given(st.lists(acts, max_size=8), some_seats, st.booleans())
def test_in_bulk_is_the_same_as_one_by_one(steps, working, ended):
    with tempfile.TemporaryDirectory() as folder:
        school = School.at(Path(folder) / "school.db")
        school.make_exam()
        run(school)
        work(school, *working)
        for name, some in steps:
            act(school, name, some)
        if ended:
            exams.end(school.db, SARI, school.now, school.exam)
            tick(school)
        wanted = every_device(school)
        random.Random(len(steps)).shuffle(wanted)
        with school.db.read() as c:
            together = desired_inputs.of_devices(c, wanted)
            alone = {i: desired_inputs.of_devices(c, [i])[i] for i in wanted}
        school.db.close()
    assert together == alone
    assert list(together) == wanted


def test_each_device_gets_its_own_pupil_lock_and_notice(school):
    run(school)
    work(school, 1, 2, 3)
    seats.lock(school.db, SARI, school.now, ids(school, 2), "Nomor dua")
    seats.message(school.db, SARI, school.now, ids(school, 3), "Dulu")
    seats.message(school.db, SARI, school.now, ids(school, 3), "Kini")
    with school.db.read() as c:
        found = desired_inputs.of_devices(c, [3, 1, 2])
    assert [found[i].seat for i in (1, 2, 3)] == ["1", "2", "3"]
    assert [[hold.text for hold in found[i].holds] for i in (1, 2, 3)] == [[], ["Nomor dua"], []]
    assert [found[i].notice and found[i].notice.text for i in (1, 2, 3)] == [None, None, "Kini"]
    assert len({found[i].participant_name for i in (1, 2, 3)}) == 3


def test_a_device_nobody_has_heard_of_is_an_error(school):
    with school.db.read() as c, pytest.raises(KeyError):
        desired_inputs.of_devices(c, [1, 9_999])
