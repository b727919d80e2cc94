"""One document per device, with a version that rises only when the content does."""

from __future__ import annotations

from sqlalchemy import select

from server.services import desired, exams, seats
from server.services.meta import set_meta
from server.store.database import DesiredChanged
from server.store.tables import device_desired
from tests.services.conftest import SARI
from tests.services.room import doc, ids, run, work


def order(school, device: int):
    with school.db.read() as c:
        return desired.current(c, device)


def refresh(school, *device_ids: int):
    with school.db.write() as tx:
        desired.refresh(tx, device_ids, school.now)


def test_nothing_changed_is_no_new_version_and_no_push(school):
    run(school)
    before = order(school, 1)
    school.news.clear()
    school.now += 60_000
    refresh(school, 1, 2, 3)
    assert order(school, 1) == before
    assert school.news == []


def test_a_change_raises_the_version_by_one_and_is_pushed_to_that_device_alone(school):
    run(school)
    before = order(school, 1)
    school.news.clear()
    seats.message(school.db, SARI, school.now, ids(school, 1), "Lima menit lagi")
    after = order(school, 1)
    assert (after.version, after.epoch) == (before.version + 1, before.epoch)
    assert after.digest != before.digest
    assert [n for n in school.news if isinstance(n, DesiredChanged)] == [DesiredChanged(frozenset({1}))]


def test_a_new_epoch_is_a_new_order_with_the_same_text(school):
    run(school)
    before = order(school, 1)
    with school.db.write() as tx:
        set_meta(tx, "epoch", "0badcafe")
        desired.refresh_all(tx, school.now)
    after = order(school, 1)
    assert (after.epoch, after.version) == ("0badcafe", before.version + 1)
    assert (after.doc, after.digest) == (before.doc, before.digest)
    assert before.epoch not in after.doc


def test_a_device_that_was_never_ordered_anything_is_idle(school):
    with school.db.write() as tx:
        tx.c.execute(device_desired.delete())
    assert (doc(school, 9)["mode"], order(school, 9).version) == ("idle", 0)


def test_a_newcomer_in_quarantine_learns_nothing_of_the_exam(school):
    run(school)
    with school.db.read() as c:
        text = desired.quarantine(c).doc
    assert "Hari 1" not in text and "02-001" not in text and "C01" not in text


def test_every_step_of_the_exam_reaches_every_device_of_the_room(school):
    for step, mode in (
        (exams.open_exam, "waiting"),
        (exams.start, "waiting"),
        (exams.pause, "waiting"),  # nobody works yet, so nobody is stopped
        (exams.resume, "waiting"),
        (exams.end, "idle"),
    ):
        step(school.db, SARI, school.now, school.exam)
        assert {doc(school, n)["mode"] for n in range(1, 14)} == {mode}, step
    assert (
        school.all(select(device_desired.c.version).where(device_desired.c.device_id == 14))[0].version == 1
    )


def test_practice_is_on_the_schools_own_server(school):
    run(school)
    work(school, 1)
    assert doc(school, 1)["start_url"] == "http://127.0.0.1:8410/pupil/practice"
    assert doc(school, 1)["allowed_hosts"] == ["127.0.0.1:8410"]
