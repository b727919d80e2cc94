"""Orders to single Chromebooks: guarded, sent once, and followed to their end."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from server.bootstrap import open_gateway
from server.domain.errors import BangkuError
from server.domain.pacing import LIMITS
from server.services import device_commands, exams, google_jobs, inventory, when
from server.services.google_budget import DatabaseBudget
from server.services.meta import set_meta
from server.store import tables as t
from server.worker import run_one
from server.workspace.gateway import Bucket
from tests.console_killer import Killer
from tests.console_school import JOKO, WAYAN
from tests.services.conftest import PROFILE
from tests.services.console.test_device_moves import make_exam

LOST_MS = 3_600_000
SERIAL = "5CD0001DEMO"
ISSUE = "admin.customer.devices.chromeos.issueCommand"
CHANGE = "admin.customer.devices.chromeos.batchChangeStatus"


def ask(school, kind, label="C01", typed=(), who=JOKO, **payload):
    ids = [school.device(label).id]
    (made,) = device_commands.ask(
        school.db, who, school.now, kind=kind, device_ids=ids, payload=payload, serials_typed=typed
    )
    return made


def row(school, command_id):
    return school.all(select(t.device_commands).where(t.device_commands.c.id == command_id))[0]


def follow(school, command_id, most=200):
    """Look again, as the idle worker does, until the command has ended."""
    school.work()
    for _ in range(most):
        if row(school, command_id).ended_at is not None:
            return row(school, command_id)
        school.sleep(5)
        if device_commands.look_again(school.db, school.now):
            school.work()
    raise AssertionError(f"no end: {row(school, command_id)}")


def refused(school, *args, **more):
    with pytest.raises(BangkuError) as found:
        ask(school, *args, **more)
    return found.value.code


def in_kiosk(school, label="C01"):
    side = school.emulator.world.state["device_side"][school.console_id(label)]
    side["session"] = "kiosk"


def two_people(school):
    with school.db.write() as tx:
        set_meta(tx, "policy_settings", json.dumps({"two_people": True}))


def issued(school):
    return school.emulator.quota.report()["calls"].get(ISSUE, 0)


def test_a_reboot_is_sent_and_followed_to_its_end(school):
    command = ask(school, "reboot")
    assert row(school, command).state == "queued"
    school.work()
    assert (row(school, command).state, row(school, command).google_state) == ("sent", "PENDING")
    ended = follow(school, command)
    assert (ended.state, ended.google_state, ended.result["result"]) == (
        "done",
        "EXECUTED_BY_CLIENT",
        "SUCCESS",
    )
    assert len(school.all(select(t.google_jobs).where(t.google_jobs.c.kind == "commands"))) == 1
    history = school.all(select(t.console_history).where(t.console_history.c.kind == "command"))
    assert [h.detail["state"] for h in history] == ["queued", "done"]


def test_a_failure_on_the_device_is_told_in_its_words(school):
    in_kiosk(school)
    command = ask(school, "volume", volume=30)
    school.emulator.world.state["device_side"][school.console_id("C01")]["failing"]["SET_VOLUME"] = "no sound"
    ended = follow(school, command)
    assert (ended.state, ended.code, ended.code_params) == ("failed", "command_failed", {"said": "no sound"})


def test_what_google_refuses_is_said_and_not_sent_again(school):
    command = ask(school, "screenshot")  # no kiosk is running
    ended = follow(school, command)
    assert (ended.state, ended.code) == ("failed", "google_invalid")
    assert issued(school) == 1


def test_a_device_that_stays_off_lets_its_command_expire(school):
    school.emulator.world.state["device_side"][school.console_id("C01")]["online"] = False
    ended = follow(school, ask(school, "reboot"), most=2_000)
    assert (ended.state, ended.code) == ("expired", "command_expired")


@pytest.mark.parametrize("kind", ["reset:after", "503:after", "reset", "504"])
def test_a_lost_answer_is_called_unknown_and_the_order_is_never_repeated(school, kind):
    school.emulator.fail({"method": ISSUE, "kind": kind})
    command = ask(school, "powerwash", typed=[SERIAL])
    ended = follow(school, command)
    assert (ended.state, ended.code) == ("unknown", "sent_unknown")
    assert issued(school) == 1
    school.emulator.fail()
    assert not device_commands.look_again(school.db, school.now + LOST_MS)
    assert issued(school) == 1


def test_a_refusal_for_now_waits_in_line(school):
    school.emulator.fail({"method": ISSUE, "kind": "429", "times": 12})
    command = ask(school, "reboot")
    school.work()
    assert row(school, command).state == "queued"
    assert not device_commands.look_again(school.db, school.now + 1_000)
    school.now += 61_000
    assert device_commands.look_again(school.db, school.now)
    assert follow(school, command).state == "done"


def test_disable_and_enable_change_the_status_and_the_mirror(school):
    ended = follow(school, ask(school, "disable", typed=[SERIAL]))
    assert ended.state == "done"
    assert school.emulator.device(SERIAL)["status"] == "DISABLED"
    mirror = school.all(select(t.console_devices.c.status).where(t.console_devices.c.serial == SERIAL))
    assert mirror[0].status == "DISABLED"
    assert follow(school, ask(school, "enable")).state == "done"
    assert school.emulator.device(SERIAL)["status"] == "ACTIVE"


def test_a_lost_answer_to_a_change_of_status_is_read_back(school):
    school.emulator.fail({"method": CHANGE, "kind": "reset:after", "nth": 1})
    assert follow(school, ask(school, "disable", typed=[SERIAL])).state == "done"


def test_a_missing_licence_is_named(school):
    school.emulator.device(SERIAL)["status"] = "DEPROVISIONED"
    school.emulator.world.state["licences"]["total"] = 1
    ended = follow(school, ask(school, "enable"))
    assert (ended.state, ended.code) == ("failed", "licence_missing")
    assert "licenses" in ended.code_params["said"]


def test_a_refused_change_of_status_is_told_per_device(school):
    school.emulator.device(SERIAL)["status"] = "DEPROVISIONED"
    ended = follow(school, ask(school, "disable", typed=[SERIAL]))
    assert (ended.state, ended.code) == ("failed", "status_refused")


# --- who may, and when -------------------------------------------------------------------------------------


def test_what_destroys_needs_the_serial_typed_and_goes_to_one_device(school):
    assert refused(school, "powerwash") == "serial_not_typed"
    assert refused(school, "powerwash", typed=["5CD0002DEMO"]) == "serial_not_typed"
    ids = [school.device(label).id for label in ("C01", "C02")]
    with pytest.raises(BangkuError) as found:
        device_commands.ask(
            school.db,
            JOKO,
            school.now,
            kind="wipe_users",
            device_ids=ids,
            serials_typed=[SERIAL, "5CD0002DEMO"],
        )
    assert found.value.code == "command_too_many"
    assert refused(school, "self_destruct") == "command_unknown"


def test_where_the_school_says_so_a_second_person_confirms(school):
    two_people(school)
    command = ask(school, "powerwash", typed=[SERIAL])
    assert row(school, command).state == "asked"
    school.work()
    assert issued(school) == 0
    for who, typed, code in ((JOKO, SERIAL, "second_person_same"), (WAYAN, "5CD", "serial_not_typed")):
        with pytest.raises(BangkuError) as found:
            device_commands.confirm(school.db, who, school.now, command, typed)
        assert found.value.code == code
    device_commands.confirm(school.db, WAYAN, school.now, command, SERIAL)
    with pytest.raises(BangkuError) as found:
        device_commands.confirm(school.db, WAYAN, school.now, command, SERIAL)
    assert found.value.code == "command_moved_on"
    ended = follow(school, command)
    assert (ended.state, ended.asked_by, ended.confirmed_by) == ("done", "joko", "wayan")
    assert row(school, ask(school, "reboot", "C02")).state == "queued"  # nothing is lost by it


def test_what_nobody_confirms_in_a_day_is_over(school):
    two_people(school)
    command = ask(school, "powerwash", typed=[SERIAL])
    school.now += 25 * 3_600_000
    with pytest.raises(BangkuError) as found:
        device_commands.confirm(school.db, WAYAN, school.now, command, SERIAL)
    assert found.value.code == "command_moved_on"
    ask(school, "reboot", "C02")
    school.work()
    assert (row(school, command).state, row(school, command).code) == ("expired", "confirm_expired")


def test_an_order_is_taken_back_before_it_leaves_and_not_after(school):
    command = ask(school, "reboot")
    assert refused(school, "reboot") == "command_waiting"
    device_commands.withdraw(school.db, JOKO, school.now, command)
    school.work()
    assert issued(school) == 0
    second = ask(school, "reboot")
    school.work()
    with pytest.raises(BangkuError) as found:
        device_commands.withdraw(school.db, JOKO, school.now, second)
    assert found.value.code == "command_moved_on"


@pytest.mark.parametrize(
    ("day", "hour", "guarded"),
    [
        ("2026-11-22", "23:59", False),
        ("2026-11-23", "00:00", True),
        ("2026-11-24", "12:00", True),
        ("2026-11-25", "23:59", True),
        ("2026-11-26", "00:00", False),
    ],
)
def test_from_the_day_before_to_the_last_day_devices_are_guarded(school, day, hour, guarded):
    school.now = when.moment(day, hour, "WIB")
    for kind, payload in (("powerwash", {}), ("wipe_users", {}), ("deprovision", {"reason": "retiring"})):
        if guarded:
            assert refused(school, kind, typed=[SERIAL], **payload) == "device_protected"
        else:
            ask(school, kind, typed=[SERIAL], **payload)
    ask(school, "reboot")


def test_a_device_taken_out_of_service_by_name_may_be_wiped(school):
    school.now = when.moment("2026-11-24", "12:00", "WIB")
    inventory.set_service(school.db, JOKO, school.now, school.device("C01").id, False, "tidak menyala")
    assert follow(school, ask(school, "powerwash", typed=[SERIAL])).state == "done"
    assert refused(school, "powerwash", "C02", typed=["5CD0002DEMO"]) == "device_protected"


def test_the_guard_holds_also_for_what_was_asked_before_it_began(school):
    school.now = when.moment("2026-11-22", "23:58", "WIB")
    command = ask(school, "powerwash", typed=[SERIAL])
    school.now = when.moment("2026-11-23", "00:10", "WIB")
    ended = follow(school, command)
    assert (ended.state, ended.code) == ("failed", "device_protected")
    assert issued(school) == 0


def test_no_screenshot_of_an_exam_in_the_exam_browser(school):
    make_exam(school, "exam_browser")
    in_kiosk(school)
    school.now = when.moment("2026-11-23", "12:00", "WIB")
    device_commands.withdraw(school.db, JOKO, school.now, ask(school, "screenshot"))
    school.now = when.moment("2026-11-24", "06:00", "WIB")
    with pytest.raises(BangkuError) as found:
        ask(school, "screenshot")
    assert (found.value.code, found.value.params["exam"]) == ("screenshot_exam_browser", "Hari 1")


def test_a_screenshot_of_an_exam_of_ours_may_be_taken(school):
    make_exam(school)
    in_kiosk(school)
    school.now = when.moment("2026-11-24", "06:00", "WIB")
    assert follow(school, ask(school, "screenshot")).state == "done"


def test_a_device_that_a_pupil_uses_is_not_restarted(school):
    exam = exams.create(
        school.db, WAYAN, school.now, day_id=school.day_ids[0], slot_id=school.slot_ids[0],
        room_id=school.room_id, profile=PROFILE, title="Hari 1", start_url="practice", allowed_hosts=[],
    )  # fmt: skip
    exams.open_exam(school.db, WAYAN, school.now, exam)
    assert refused(school, "reboot") == "device_in_use"


# --- crashes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reboot", "disable"])
def test_a_worker_killed_at_any_step_never_sends_an_order_twice(school, kind):
    """The order ends as done, or as unknown where nobody can tell; Google was asked at most once."""
    killer = Killer()
    typed = [SERIAL] if kind == "disable" else []
    counted = ISSUE if kind == "reboot" else CHANGE
    try:
        for step in range(1, 60):
            school.emulator.quota.reset()
            command = ask(school, kind, typed=typed)
            _taken, killed = killer.work(school.context.settings.data_dir, school.now, step)
            school.sleep(LOST_MS / 1000)
            ended = follow(school, command)
            asked = school.emulator.quota.report()["calls"].get(counted, 0)
            assert asked <= 1, f"killed at step {step}"
            assert ended.state in {"done", "unknown"}, (step, ended)
            if ended.state == "done":
                assert asked == 1
            if kind == "disable":
                done = school.emulator.device(SERIAL)["status"] == "DISABLED"
                assert done == (ended.state == "done"), f"killed at step {step}"
                school.emulator.device(SERIAL)["status"] = "ACTIVE"
            if not killed:
                break
        else:
            raise AssertionError("more steps than expected")
    finally:
        killer.close()


def test_stopped_while_it_waits_for_its_turn_an_order_stays_in_line_unsent(school):
    """It surely never left, so it is not called unknown: it leaves with the next work that is ordered."""
    budget = DatabaseBudget(school.db, school.clock)
    for _ in range(LIMITS["directory_write"].calls):
        budget.reserve(Bucket.DIRECTORY_WRITE)
    command = ask(school, "reboot")
    job_id = school.all(select(t.google_jobs.c.id).where(t.google_jobs.c.kind == "commands"))[-1].id
    states = []

    def stop(seconds):
        states.append(row(school, command).state)
        google_jobs.cancel(school.db, JOKO, school.now, job_id)
        school.sleep(seconds)

    assert run_one(school.context, open_gateway, sleep=stop)
    assert states == ["sent"] and issued(school) == 0
    assert (school.job(job_id).state, row(school, command).state) == ("cancelled", "queued")
    school.sleep(120)
    follow(school, ask(school, "reboot", "C02"))
    assert row(school, command).state == "done" and issued(school) == 2
