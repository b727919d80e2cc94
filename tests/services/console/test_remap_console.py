"""What a returning Chromebook's record in the console is given back, over HTTP against the emulated console."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.services import device_moves, exams, google_jobs, inventory, remap_console, remap_timing, when
from server.services.loan_acts import LentIn
from server.store import tables as t
from tests.console_school import JOKO, WAYAN, copy_school, open_school
from tests.returning import (
    accept,
    annotate,
    google,
    mirror,
    open_remap,
    outcomes,
    switch,
    undo,
    wipe,
)
from tests.services.conftest import PROFILE

FULL = {
    "annotatedAssetId": "C01",
    "annotatedLocation": "Lemari 2",
    "annotatedUser": "lab@smp-contoh.sch.id",
    "notes": "engsel longgar",
    "orgUnitPath": "/Lab",
}
EMPTY = dict.fromkeys(FULL, "") | {"orgUnitPath": "/Kantor"}
DONE = dict.fromkeys(FULL, ("done", None))


@pytest.fixture(scope="module")
def annotated(synced, tmp_path_factory):
    """The synced school, its Chromebooks annotated."""
    folder = copy_school(synced, tmp_path_factory.mktemp("annotated") / "school")
    with open_school(folder) as school:
        annotate(school)
        school.emulator.world.save()
    return folder


@pytest.fixture
def school(annotated, tmp_path):
    with open_school(copy_school(annotated, tmp_path / "school")) as made:
        yield made


def lacking(school, label, console_id):
    with school.db.read() as c:
        made = remap_console.changes(c, school.device(label).id, console_id)
    return {change.field: (change.before, change.after, change.left) for change in made}


def returned(school, *, device_id="kept", lost=True):
    """C01 wiped, and back in /Kantor; a sync has seen it. Its record."""
    switch(school, device_id=device_id, org_unit="/Kantor")
    new = wipe(school, school.console_id("C01"), lost=lost)
    school.now += 600_000
    school.sync()
    return new


@pytest.mark.parametrize("device_id", ["kept", "new"])
def test_what_the_record_lacks_is_written_read_back_and_undone_exactly(school, device_id):
    new = returned(school, device_id=device_id)
    assert google(school, new) == mirror(school, new) == EMPTY
    assert lacking(school, "C01", new) == {name: (EMPTY[name], FULL[name], None) for name in FULL}
    remap = accept(school, "C01", new)
    assert google(school, new) == EMPTY
    school.work()
    assert google(school, new) == mirror(school, new) == FULL
    assert outcomes(school, remap) == DONE
    assert lacking(school, "C01", new) == {}
    undo(school, remap)
    school.work()
    assert google(school, new) == mirror(school, new) == EMPTY
    assert outcomes(school, remap, "back") == DONE
    assert [line.detail["undoing"] for line in school.lines("remap.console")] == [False, True]
    school.sync()
    assert google(school, new) == mirror(school, new) == EMPTY


def test_a_wipe_that_took_nothing_leaves_nothing_to_write(school):
    new = wipe(school, school.console_id("C01"), lost=False)
    school.sync()
    assert lacking(school, "C01", new) == {}


def test_what_a_person_wrote_meanwhile_is_shown_and_stays(school):
    new = returned(school)
    with school.emulator.world.changing() as state:
        state["devices"][new]["notes"] = "layar baru"
        state["devices"][new]["orgUnitId"] = school.unit_id("/Lab/Rak 2")
    school.now += 600_000
    school.sync()
    found = lacking(school, "C01", new)
    assert found["notes"] == ("layar baru", "engsel longgar", "changed_meanwhile")
    assert found["orgUnitPath"] == ("/Lab/Rak 2", "/Lab", "moved_meanwhile")
    remap = accept(school, "C01", new)
    school.work()
    assert google(school, new) == FULL | {"notes": "layar baru", "orgUnitPath": "/Lab/Rak 2"}
    assert outcomes(school, remap)["notes"] == ("skipped", "changed_meanwhile")
    undo(school, remap)
    school.work()
    assert google(school, new) == EMPTY | {"notes": "layar baru", "orgUnitPath": "/Lab/Rak 2"}


def test_a_field_that_changed_after_it_was_shown_is_not_overwritten(school):
    new = returned(school)
    remap = accept(school, "C01", new)
    with school.emulator.world.changing() as state:
        state["devices"][new]["notes"] = "baru saja"
    school.work()
    assert google(school, new) == FULL | {"notes": "baru saja"}
    assert outcomes(school, remap) == DONE | {"notes": ("failed", "remap_drifted")}


def test_what_is_there_already_is_not_written_and_not_taken_away_by_undoing(school):
    new = returned(school)
    remap = accept(school, "C01", new)
    with school.emulator.world.changing() as state:
        state["devices"][new]["notes"] = FULL["notes"]
    school.work()
    assert outcomes(school, remap)["notes"] == ("done", "remap_already")
    undo(school, remap)
    school.work()
    assert google(school, new) == EMPTY | {"notes": FULL["notes"]}


def test_an_exam_org_unit_is_followed_back_to_where_it_came_from(school):
    room = school.room_id
    with school.db.write() as tx:
        tx.insert(
            t.exam_units,
            room_id=room,
            client="web",
            name="Ruang 1",
            parent_path="/Ujian",
            org_unit_id=school.unit_id("/Ujian/Ruang 1"),
            path="/Ujian/Ruang 1",
            state="ready",
            at=school.now,
        )
    made = device_moves.plan(
        school.db, JOKO, school.now, room_id=room, org_unit_id=school.unit_id("/Ujian/Ruang 1")
    )
    device_moves.order(school.db, JOKO, school.now, made.digest)
    school.work()
    stays = wipe(school, school.console_id("C03"))
    new = returned(school, device_id="new")
    assert lacking(school, "C01", new)["orgUnitPath"] == ("/Kantor", "/Lab", None)
    # one that came back into the exam's org unit is where it is needed
    assert google(school, stays)["orgUnitPath"] == "/Ujian/Ruang 1"
    assert "orgUnitPath" not in lacking(school, "C03", stays)


def test_an_org_unit_that_is_no_more_is_said_before_and_after(school):
    new = returned(school)
    remap = accept(school, "C01", new)
    with school.emulator.world.changing() as state:
        unit = school.unit_id("/Lab")
        for record in state["devices"].values():
            if record["orgUnitId"] == unit:
                record["orgUnitId"] = school.unit_id("/Kantor")
        state["org_units"][unit]["name"] = "Laboratorium"
    school.work()
    assert outcomes(school, remap)["orgUnitPath"] == ("failed", "org_unit_gone")
    assert google(school, new)["notes"] == FULL["notes"]
    with school.db.write() as tx:
        tx.c.execute(
            t.console_org_units.update().where(t.console_org_units.c.path == "/Lab").values(gone_at=1)
        )
    assert lacking(school, "C01", new)["orgUnitPath"] == ("/Kantor", "/Lab", "unit_unknown")


def exam_today(school, client):
    profile = PROFILE | {"client": client} | ({"token": None} if client != "web" else {})
    exams.create(
        school.db,
        WAYAN,
        school.now,
        day_id=school.day_ids[0],
        slot_id=school.slot_ids[0],
        room_id=school.room_id,
        profile=profile,
        title="ANBK",
        start_url="practice" if client == "web" else None,
        allowed_hosts=[],
    )
    school.now = when.moment("2026-11-24", "09:00", "WIB")


@pytest.mark.parametrize(
    ("client", "code"), [("exam_browser", "move_exam_browser_day"), ("web", "move_too_late")]
)
def test_an_org_unit_waits_until_the_exams_allow_it_and_then_goes_on_by_itself(school, client, code):
    new = returned(school)
    exam_today(school, client)
    remap = accept(school, "C01", new)
    school.work()
    assert google(school, new) == FULL | {"orgUnitPath": "/Kantor"}
    assert outcomes(school, remap) == DONE | {"orgUnitPath": ("pending", code)}
    assert not remap_timing.look_again(school.db, school.now)
    school.now = when.moment("2026-11-26", "09:00", "WIB")
    assert remap_timing.look_again(school.db, school.now)
    school.work()
    assert google(school, new) == FULL
    assert outcomes(school, remap) == DONE


def test_a_chromebook_that_a_pupil_works_with_is_not_moved(school):
    new = returned(school)
    exam_today(school, "web")
    (exam_id,) = school.all(select(t.exams.c.id))[0]
    exams.open_exam(school.db, WAYAN, school.now, exam_id)
    with school.db.write() as tx:  # its home is another room: the day's rule alone would let it go
        tx.c.execute(
            t.device_places.update()
            .where(t.device_places.c.device_id == school.device("C01").id)
            .values(room_id=select(t.rooms.c.id).where(t.rooms.c.name == "Ruang 2").scalar_subquery())
        )
    remap = accept(school, "C01", new)
    school.work()
    assert outcomes(school, remap)["orgUnitPath"] == ("pending", "device_held")
    assert google(school, new)["orgUnitPath"] == "/Kantor"


def test_undoing_what_still_waits_sends_nothing(school):
    new = returned(school)
    exam_today(school, "exam_browser")
    remap = accept(school, "C01", new)
    school.work()
    undo(school, remap)
    school.work()
    assert google(school, new) == EMPTY
    assert outcomes(school, remap)["orgUnitPath"] == ("skipped", "remap_undone")


@pytest.mark.parametrize("kind", ["503:after", "reset:after", "500:after"])
def test_a_lost_answer_is_read_back_and_named(school, kind):
    new = returned(school)
    remap = accept(school, "C01", new)
    school.emulator.fail(
        {"method": "directory.chromeosdevices.patch", "kind": kind, "nth": 1},
        {"method": "directory.chromeosdevices.moveDevicesToOu", "kind": kind, "nth": 1},
    )
    school.work()
    assert google(school, new) == FULL
    assert outcomes(school, remap) == DONE


def test_a_refusal_ends_its_own_item_with_googles_reason(school):
    new = returned(school)
    remap = accept(school, "C01", new)
    school.emulator.fail({"method": "directory.chromeosdevices.patch", "kind": "403:forbidden", "every": 1})
    school.work()
    assert google(school, new) == EMPTY
    assert {code for _, code in outcomes(school, remap).values()} == {"google_forbidden"}


def test_fifteen_are_written_by_one_job(school):
    switch(school, device_id="new", org_unit="/Kantor")
    labels = [f"C{n:02d}" for n in range(1, 16)]
    before = {label: google(school, school.console_id(label)) for label in labels}
    made = {label: wipe(school, school.console_id(label)) for label in labels}
    school.now += 600_000
    school.sync()
    remaps = [accept(school, label, new) for label, new in made.items()]
    with school.db.read() as c:
        assert len(google_jobs.newest(c, "remap")) == 1
    school.emulator.quota.reset()
    school.work()
    assert {label: google(school, new) for label, new in made.items()} == before
    assert all(set(outcomes(school, r).values()) == {("done", None)} for r in remaps)
    calls = school.emulator.quota.report()["calls"]
    assert calls["directory.chromeosdevices.patch"] == 15
    assert calls["directory.chromeosdevices.moveDevicesToOu"] == 2  # two home org units
    assert calls["directory.chromeosdevices.get"] == 30


def test_a_job_that_was_believed_cancelled_leaves_its_rows_to_a_person(school):
    new = returned(school)
    accept(school, "C01", new)
    (job,) = school.all(select(t.google_jobs).where(t.google_jobs.c.kind == "remap"))
    google_jobs.cancel(school.db, JOKO, school.now, job.id)
    assert not remap_timing.look_again(school.db, school.now)
    assert google(school, new) == EMPTY


def test_a_record_that_is_nobodys_lacks_nothing(school):
    assert lacking(school, "C01", "nowhere") == {}
    open_remap(school, "C01", "nowhere")


def lend(school):
    given = LentIn(label="C01", owner="SMP Negeri 2", until="2027-01-31", serial="5CD0001DEMO")
    inventory.lend_in(school.db, JOKO, school.now, given)


def test_a_borrowed_chromebooks_record_is_shown_and_left_alone(school):
    new = returned(school)
    lend(school)
    assert {left for _, _, left in lacking(school, "C01", new).values()} == {"device_borrowed"}
    remap = accept(school, "C01", new)
    school.work()
    assert google(school, new) == EMPTY
    assert set(outcomes(school, remap).values()) == {("skipped", "device_borrowed")}


def test_one_lent_in_between_yes_and_work_is_left_alone_and_so_is_the_way_back(school):
    new = returned(school)
    remap = accept(school, "C01", new)
    lend(school)
    school.work()
    assert google(school, new) == EMPTY
    assert set(outcomes(school, remap).values()) == {("failed", "device_borrowed")}
