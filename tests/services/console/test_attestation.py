"""Proofs of Chromebooks by way of the real adapter, the real worker and an emulated console."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.attestation import CHALLENGE_MS, LAPSE_MS, ROUND_MS, Scope, State, to_wire
from server.domain.errors import Conflict
from server.services import attestation, attestation_list, attestation_work, exams, google_probe
from server.simulated_installation import Installation
from server.store import tables as t
from server.workspace.emulator import device_side as machine
from server.workspace.emulator.device_controls import reboot
from server.workspace.emulator.policy_state import switches
from server.workspace.gateway import Feature
from tests import policy_story
from tests.chip import answer
from tests.console_school import WAYAN
from tests.services.console.test_device_moves import make_exam

GENERATE, VERIFY = "verifiedaccess.challenge.generate", "verifiedaccess.challenge.verify"


class Proofs:
    """The school with attestation on, and Chromebooks that answer."""

    def __init__(self, school) -> None:
        self.school = school
        school.emulator.set(devices={"attest": "always"})
        attestation.turn_on(school.db, school.context.settings, WAYAN, school.now)
        school.work()

    def enrol(self, label: str = "C01", *, standing: str = "live", serial: str | None = None) -> int:
        """A life of this Chromebook, connected and reporting."""
        here = Installation()
        device = self.school.device(label)
        with self.school.db.write() as tx:
            life = tx.insert(
                *(t.enrolments,),
                device_id=device.id,
                installation_id=here.id,
                serial=serial or self.serial(label),
                public_key=here.public_key,
                thumbprint=here.id,
                grade="bound" if standing == "live" else "claimed",
                standing=standing,
                first_seen_at=self.school.now,
            )
        self.report(life)
        return life

    def serial(self, label: str) -> str:
        device = self.school.device(label)
        (row,) = self.school.all(
            select(t.device_serials.c.serial).where(t.device_serials.c.device_id == device.id)
        )
        return row.serial

    def report(self, *lives: int) -> None:
        with self.school.db.write() as tx:
            for life in lives:
                tx.c.execute(t.device_seen.delete().where(t.device_seen.c.enrolment_id == life))
                tx.insert(
                    t.device_seen,
                    enrolment_id=life,
                    reported_at=self.school.now,
                    acked_seq=0,
                    last_seq=0,
                    observed={},
                )

    def ask(self) -> list[attestation.Asking]:
        """The worker's pass, and what would now be sent."""
        if attestation_work.look_again(self.school.db, self.school.now):
            self.school.work()
        with self.school.db.read() as c:
            asking = attestation.unsent(c, self.school.now)
        attestation.sent(self.school.db, self.school.now, [one.id for one in asking])
        return asking

    def answer(self, asking, serial: str, **given: str) -> None:
        response = answer(self.school.emulator, serial, asking.scope, asking.challenge, **given)
        assert attestation.answered(
            self.school.db, self.school.now, asking.enrolment_id, asking.id, response, None
        )

    def round(self, life: int, serial: str, **given: str):
        """One machine question, answered by this chip and looked at by Google."""
        (asking,) = self.ask()
        assert (asking.enrolment_id, asking.scope) == (life, "machine")
        self.answer(asking, serial, **given)
        self.school.now += 1_000
        self.ask()
        return self.question(asking.id)

    def question(self, question_id: int):
        return self.school.all(select(t.attestations).where(t.attestations.c.id == question_id))[0]

    def life(self, life: int):
        return self.school.all(select(t.enrolments).where(t.enrolments.c.id == life))[0]

    def open(self, kind: str):
        return self.school.all(
            select(t.incidents).where(t.incidents.c.kind == kind, t.incidents.c.closed_at.is_(None))
        )

    def pass_time(self, ms: int, *lives: int) -> None:
        self.school.sleep(ms / 1000)
        attestation.tick(self.school.db, self.school.now, lambda _: True)
        self.report(*lives)


@pytest.fixture
def proofs(school):
    return Proofs(school)


def test_it_is_off_until_somebody_turns_it_on_and_needs_a_console(school):
    assert not attestation_work.look_again(school.db, school.now)
    with school.db.read() as c:
        assert not attestation.is_on(c)
        assert attestation_list.overview(c, school.now, lambda _: True).on is False
    from dataclasses import replace

    bare = replace(school.context.settings, google_subject=None)
    with pytest.raises(Conflict) as refused:
        attestation.turn_on(school.db, bare, WAYAN, school.now)
    assert refused.value.code == "attest_no_console"
    assert school.emulator.quota.calls[GENERATE] == 0


def test_the_machine_is_proved_then_its_session_and_then_there_is_peace_for_ten_minutes(proofs):
    life, serial = proofs.enrol(), proofs.serial("C01")
    row = proofs.round(life, serial)
    assert (row.state, row.code) == (State.VERIFIED, None)
    assert row.facts["serial"] == serial
    assert row.challenge is None and row.response is None  # nothing of it is kept
    assert (proofs.life(life).grade, proofs.life(life).attested_at) == ("attested", row.ended_at)
    (session,) = proofs.ask() or [None]
    assert session is None or session.scope == "kiosk"


def test_a_session_that_is_a_kiosk_is_proved_too(proofs):
    life, serial = proofs.enrol(), proofs.serial("C01")
    side = proofs.school.emulator.world.state["device_side"][proofs.school.console_id("C01")]
    side["session"] = "kiosk"
    (asking,) = proofs.ask()
    proofs.answer(asking, serial)
    (session,) = proofs.ask()
    assert session.scope == "kiosk"
    proofs.answer(session, serial)
    assert proofs.ask() == []
    assert proofs.life(life).kiosk_at is not None
    proofs.pass_time(ROUND_MS - 10_000, life)
    assert proofs.ask() == []
    proofs.pass_time(11_000, life)
    assert [one.scope for one in proofs.ask()] == ["machine"]


def test_a_session_that_is_none_is_told_and_changes_no_grade(proofs):
    life, serial = proofs.enrol(), proofs.serial("C01")
    (asking,) = proofs.ask()
    proofs.answer(asking, serial)
    (session,) = proofs.ask()
    proofs.answer(session, serial)
    proofs.ask()
    assert proofs.question(session.id).code == "attest_not_kiosk"
    assert proofs.life(life).grade == "attested" and proofs.life(life).kiosk_at is None
    assert [i.detail["code"] for i in proofs.open("attest_refused")] == ["attest_not_kiosk"]


@pytest.mark.parametrize(
    ("given", "boot", "code"),
    [
        ({"domain": "lain.sch.id"}, None, "attest_not_attested"),
        ({"customer": "C0other"}, None, "attest_customer"),
        ({}, "Dev", "attest_developer_mode"),
    ],
)
def test_a_refusal_lowers_the_grade_and_ends_no_exam(proofs, given, boot, code):
    school = proofs.school
    life, serial = proofs.enrol(), proofs.serial("C01")
    proofs.round(life, serial)
    assert proofs.life(life).grade == "attested"
    if boot:
        school.emulator.device(serial)["bootMode"] = boot
    proofs.pass_time(ROUND_MS, life)
    row = proofs.round(life, serial, **given)
    assert (row.state, row.code) == (State.REFUSED, code)
    assert (proofs.life(life).grade, proofs.life(life).standing) == ("bound", "live")
    assert [i.detail["code"] for i in proofs.open("attest_refused")] == [code]
    school.emulator.device(serial)["bootMode"] = "Verified"
    proofs.pass_time(ROUND_MS, life)
    proofs.round(life, serial)
    assert proofs.open("attest_refused") == [] and proofs.life(life).grade == "attested"


def test_a_chromebook_that_claims_anothers_serial_waits_for_a_person(proofs):
    """Its own chip betrays it: the serial in the proof is not the one it claims."""
    life = proofs.enrol("C01")
    row = proofs.round(life, proofs.serial("C02"))
    assert (row.state, row.code) == (State.REFUSED, "attest_mismatch")
    (incident,) = proofs.open("attest_mismatch")
    assert incident.detail["serial"] == proofs.serial("C02")
    assert (proofs.life(life).standing, proofs.life(life).grade) == ("quarantined", "claimed")


def test_a_pupil_who_works_there_is_not_thrown_out_by_a_machine(proofs):
    school = proofs.school
    exam = make_exam(school)
    exams.open_exam(school.db, WAYAN, school.now, exam)
    device = school.device("C01").id
    with school.db.write() as tx:
        (sitting,) = tx.c.execute(
            select(t.assignments.c.sitting_id).where(
                t.assignments.c.device_id == device, t.assignments.c.to_at.is_(None)
            )
        ).scalars()
        tx.c.execute(t.sittings.update().where(t.sittings.c.id == sitting).values(state="working"))
    life = proofs.enrol("C01")
    proofs.round(life, proofs.serial("C02"))
    assert proofs.life(life).standing == "live"
    (incident,) = proofs.open("attest_mismatch")
    assert incident.exam_id == exam and incident.detail["working"] is True


def test_one_that_waits_for_a_person_is_asked_too_and_its_proof_is_evidence_not_admission(proofs):
    proofs.enrol("C01")
    (first,) = proofs.ask()
    proofs.answer(first, proofs.serial("C01"))
    proofs.ask()
    newcomer = proofs.enrol("C01", standing="quarantined")
    asked = [one for one in proofs.ask() if one.enrolment_id == newcomer]
    proofs.answer(asked[0], proofs.serial("C01"))
    proofs.ask()
    found = proofs.life(newcomer)
    assert found.attested_at is not None
    assert (found.standing, found.grade) == ("quarantined", "claimed")


def test_google_that_is_away_is_told_once_and_nobody_loses_anything(proofs):
    lives = [proofs.enrol(f"C0{n}") for n in (1, 2, 3)]
    proofs.school.emulator.fail({"method": "verifiedaccess.*", "kind": "503"})
    assert proofs.ask() == []
    rows = proofs.school.all(select(t.attestations))
    assert {(r.state, r.code) for r in rows} == {(State.UNAVAILABLE, "google_unavailable")}
    assert len(rows) == 3
    (alert,) = proofs.open("attest_unavailable")
    assert alert.detail == {"code": "google_unavailable"} and alert.device_id is None
    assert {proofs.life(one).grade for one in lives} == {"bound"}
    proofs.school.emulator.fail()
    proofs.pass_time(121_000, *lives)
    for asking in proofs.ask():
        label = {life: f"C0{n}" for life, n in zip(lives, (1, 2, 3), strict=True)}[asking.enrolment_id]
        proofs.answer(asking, proofs.serial(label))
    proofs.ask()
    assert proofs.open("attest_unavailable") == []
    assert {proofs.life(one).grade for one in lives} == {"attested"}


@pytest.mark.parametrize("kind", ["500", "reset", "429"])
def test_google_that_goes_away_between_challenge_and_answer_refuses_nobody(proofs, kind):
    life, serial = proofs.enrol(), proofs.serial("C01")
    proofs.school.emulator.fail({"method": VERIFY, "kind": kind})
    row = proofs.round(life, serial)
    assert row.state == State.UNAVAILABLE
    assert proofs.open("attest_refused") == []


@pytest.mark.parametrize("kind", ["500:after", "reset:after"])
def test_an_answer_of_googles_that_was_lost_refuses_nobody(proofs, kind):
    """Google had used the challenge up; its "no" to our second try says nothing of the Chromebook."""
    life, serial = proofs.enrol(), proofs.serial("C01")
    proofs.school.emulator.fail({"method": VERIFY, "kind": kind, "times": 1})
    row = proofs.round(life, serial)
    assert (row.state, proofs.open("attest_refused")) == (State.UNAVAILABLE, [])


def test_a_device_that_cannot_answer_is_no_suspect(proofs):
    life = proofs.enrol()
    (asking,) = proofs.ask()
    attestation.answered(proofs.school.db, proofs.school.now, life, asking.id, None, "unsupported")
    row = proofs.question(asking.id)
    assert (row.state, row.code) == (State.UNAVAILABLE, "attest_unsupported")
    assert proofs.open("attest_refused") == [] and proofs.life(life).grade == "bound"


def test_an_answer_is_taken_once_in_time_and_from_whom_it_was_asked(proofs):
    life, other = proofs.enrol("C01"), proofs.enrol("C02")
    asked = {one.enrolment_id: one for one in proofs.ask()}
    db, now = proofs.school.db, proofs.school.now
    response = answer(proofs.school.emulator, proofs.serial("C01"), "machine", asked[life].challenge)
    assert not attestation.answered(db, now, other, asked[life].id, response, None)
    assert not attestation.was_asked(db, other, asked[life].id)
    assert attestation.answered(db, now, life, asked[life].id, response, None)
    assert not attestation.answered(db, now, life, asked[life].id, response, None)
    late = now + CHALLENGE_MS - 1_000
    assert not attestation.answered(db, late, other, asked[other].id, response, None)


def test_an_answer_to_anothers_challenge_proves_nothing(proofs):
    """A laptop has C02 answer the challenge that was meant for it, or answers with what it overheard."""
    life, other = proofs.enrol("C01"), proofs.enrol("C02")
    asked = {one.enrolment_id: one for one in proofs.ask()}
    overheard = answer(proofs.school.emulator, proofs.serial("C01"), "machine", asked[life].challenge)
    for one in (life, other):
        attestation.answered(proofs.school.db, proofs.school.now, one, asked[one].id, overheard, None)
    proofs.ask()
    assert proofs.life(life).grade == "attested"
    assert proofs.question(asked[other].id).state == State.REFUSED
    assert proofs.life(other).grade != "attested"


def test_twelve_minutes_without_an_attempt_are_a_silence_and_a_proof_ends_it(proofs):
    life, serial = proofs.enrol(), proofs.serial("C01")
    for _ in range(14):
        proofs.ask()
        proofs.pass_time(60_000, life)
    assert len(proofs.open("attest_silent")) == 1
    assert proofs.life(life).standing == "live"
    with proofs.school.db.read() as c:
        (line,) = attestation_list.of_device(
            c, proofs.school.now, proofs.school.device("C01").id, lambda _: True
        )
    assert line.stands.state is State.SILENT
    asking = next(iter(proofs.ask()), None)
    while asking is None:
        proofs.pass_time(30_000, life)
        asking = next(iter(proofs.ask()), None)
    proofs.answer(asking, serial)
    proofs.ask()
    assert proofs.open("attest_silent") == [] and proofs.life(life).grade == "attested"


def test_a_grade_that_nobody_renews_falls_back_to_what_it_rested_on_before(proofs):
    life, vouched = proofs.enrol("C01"), proofs.enrol("C02")
    with proofs.school.db.write() as tx:
        tx.c.execute(
            t.enrolments.update()
            .where(t.enrolments.c.id == vouched)
            .values(grade="manual", vouched_by="joko")
        )
    for asking in proofs.ask():
        label = "C01" if asking.enrolment_id == life else "C02"
        proofs.answer(asking, proofs.serial(label))
    proofs.ask()
    assert {proofs.life(one).grade for one in (life, vouched)} == {"attested"}
    proofs.pass_time(LAPSE_MS + 1_000)  # nobody reports, so nobody is asked
    assert (proofs.life(life).grade, proofs.life(vouched).grade) == ("bound", "manual")


def test_turning_it_off_asks_nobody_any_more_and_takes_back_the_grade(proofs):
    life, serial = proofs.enrol(), proofs.serial("C01")
    proofs.round(life, serial)
    proofs.school.emulator.fail({"method": "verifiedaccess.*", "kind": "503"})
    proofs.pass_time(ROUND_MS, life)
    proofs.ask()
    assert proofs.open("attest_unavailable")
    attestation.turn_off(proofs.school.db, WAYAN, proofs.school.now)
    assert proofs.life(life).grade == "bound"
    assert proofs.open("attest_unavailable") == []
    proofs.pass_time(ROUND_MS, life)
    assert not attestation_work.look_again(proofs.school.db, proofs.school.now)


def test_a_big_room_is_asked_in_passes_that_leave_each_its_minute(proofs):
    lives = [proofs.enrol(f"C{n:02d}") for n in range(1, 16)]
    with proofs.school.db.read() as c:
        assert len(attestation_work.due(c, proofs.school.now)) == len(lives)
    asked = proofs.ask()
    assert {one.enrolment_id for one in asked} == set(lives)
    assert all(one.expires_at > proofs.school.now for one in asked)


def test_who_is_not_there_is_not_asked(proofs):
    life = proofs.enrol()
    proofs.school.now += 60_000
    with proofs.school.db.read() as c:
        assert attestation_work.due(c, proofs.school.now) == []
    proofs.report(life)
    with proofs.school.db.read() as c:
        assert [one.scope for one in attestation_work.due(c, proofs.school.now)] == [Scope.MACHINE]


def test_the_feature_is_tried_only_where_it_is_on(proofs):
    school = proofs.school
    job = google_probe.start(school.db, WAYAN, school.now)
    school.work()
    tried = {line["feature"]: line["ok"] for line in (school.job(job).result or {})["features"]}
    assert tried[str(Feature.VERIFIED_ACCESS)] is True
    attestation.turn_off(school.db, WAYAN, school.now)
    job = google_probe.start(school.db, WAYAN, school.now)
    school.work()
    assert str(Feature.VERIFIED_ACCESS) not in {
        line["feature"] for line in (school.job(job).result or {})["features"]
    }


def test_a_chromebook_may_answer_once_the_plan_is_applied_and_not_before(school):
    """Nothing is forced in the console here: the policy in force says who may ask, and who is told which machine."""
    allowed_before = plan_and_apply(school)
    attestation.turn_on(school.db, school.context.settings, WAYAN, school.now)
    school.work()
    serial = Proofs.serial(self_of(school), "C01")
    side = school.emulator.world.state["device_side"][school.console_id("C01")]
    assert side["session"] == "kiosk" and not allowed_before
    asking = emulated_challenge(school)
    with pytest.raises(ValueError, match="not_allowed"):
        answer(school.emulator, serial, "machine", asking)
    assert plan_and_apply(school)
    proofs = self_of(school)
    life = proofs.enrol("C01")
    row = proofs.round(life, serial)
    assert (row.state, row.code, proofs.life(life).grade) == (State.VERIFIED, None, "attested")
    (session,) = [one for one in proofs.ask() if one.scope == "kiosk"] or [None]
    if session is not None:
        proofs.answer(session, serial)
        proofs.ask()
    assert proofs.open("attest_refused") == []


def self_of(school) -> Proofs:
    made = object.__new__(Proofs)
    made.school = school
    return made


def emulated_challenge(school) -> str:
    with school.emulator.world.changing():
        from server.workspace.emulator.call import Call
        from server.workspace.emulator.verified_access import generate

        at = school.emulator.world.now()
        return to_wire(generate(school.emulator.world, Call(GENERATE, {}, {}, "x", at))["challenge"])


def plan_and_apply(school) -> bool:
    """The plan of a web exam for the Chromebooks' own org unit, in force on them; whether C01 may be challenged."""
    made = policy_story.allow_all(school, policy_story.plan(school, path="/Lab"))
    policy_story.apply(school, made)
    school.sleep(60)
    world = school.emulator.world
    with world.changing():
        for record in world.state["devices"].values():
            reboot(world, {"device": record["deviceId"]})
    school.sleep(120)
    with world.lock:
        rows = machine.plain_policies(world, school.console_id("C01"), switches(world)["spelling"])
    held = [row["plain"] for row in rows if row["schema"].endswith("ChromeExtensionsForWebApps")]
    return bool(held) and "'allowedEnterpriseChallenge': True" in str(held)
