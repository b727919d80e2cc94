"""Who a device is: first contact, coming back, a fork, a newcomer, and a person's word."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from server.domain.proof import ProofFields, proof_mac, session_key, thumbprint, to_base64url
from server.domain.protocol import Prove, Refused, Tolerance
from server.services import admission, demo, enrol, refusals, secrets, swaps
from server.services.actor import Actor
from server.services.inventory import set_service
from server.services.meta import set_meta
from server.services.proofs import Offer
from server.simulated_installation import Installation
from server.store.database import EnrolmentEnded
from server.store.tables import audit, device_serials, devices, enrolments, incidents
from tests.services import room

ADDRESS = "http://127.0.0.1:8410"
NONCE = "5e" * 16
JOKO = Actor("joko")


class Desk:
    """Where devices introduce themselves."""

    def __init__(self, school) -> None:
        self.school = school
        with school.db.write() as tx:
            secrets.ensure_secret(tx, school.now)
            set_meta(tx, "school_npsn", demo.NPSN)
        self.enroller = enrol.Enroller(school.db, (ADDRESS, "https://cadangan.test"))

    def secret(self) -> str:
        with self.school.db.read() as c:
            return secrets.current(c, self.school.now)

    def fields(self, here: Installation, **changes) -> ProofFields:
        given = {
            "device_nonce": "d0" * 16, "server_nonce": NONCE, "address": ADDRESS, "school": demo.NPSN,
            "serial": demo.serial(1), "installation_id": here.id, "thumbprint": thumbprint(here.public_key), "protocol": 1,
        }  # fmt: skip
        return ProofFields(**{**given, **changes})

    def offer(self, here: Installation, *, secret: str | None = None, message=None, **changes) -> Offer:
        fields = self.fields(here, **changes)
        raw = {
            "protocol": fields.protocol, "address": fields.address, "school": fields.school, "serial": fields.serial,
            "installation_id": here.id, "public_key": to_base64url(here.public_key), "device_nonce": fields.device_nonce,
            "mac": proof_mac(secret or self.secret(), "device", fields),
            "signature": to_base64url(here.sign(fields.proof_bytes("device"))), "connection_ticket": here.ticket,
            "client": {"extension": "1", "browser": "1", "platform": "1"}, **(message or {}),
        }  # fmt: skip
        return Offer(Tolerance(strict=True).parse(Prove, raw), NONCE, "10.0.0.9")

    def prove(self, here: Installation, **given) -> enrol.Admitted:
        offer = self.offer(here, **given)
        return self.enroller.prove(self.school.now, offer.proof, offer.server_nonce, offer.address)

    def prove_all(self, *offers: Offer) -> list[str]:
        """What became of each: its standing, or the code of its refusal."""
        outcomes = self.enroller.prove_all(self.school.now, offers)
        return [one.code if isinstance(one, Refused) else one.standing for one in outcomes]

    def welcome(self, here: Installation, *, confirmed: bool = True) -> enrol.Admitted:
        """Prove and keep the ticket; `confirmed`: a report of the session was committed."""
        admitted = self.prove(here)
        here.ticket = admitted.ticket
        if confirmed:
            with self.school.db.write() as tx:
                tx.c.execute(
                    enrolments.update()
                    .where(enrolments.c.id == admitted.enrolment_id)
                    .values(ticket_confirmed=True)
                )
        return admitted

    def refusal(self, *args, **kwargs) -> str:
        with pytest.raises(Refused) as refused:
            self.prove(*args, **kwargs)
        return refused.value.code

    def open(self, kind: str):
        return self.school.all(
            select(incidents).where(incidents.c.kind == kind, incidents.c.closed_at.is_(None))
        )

    def standing(self, admitted: enrol.Admitted) -> str:
        return self.school.all(select(enrolments).where(enrolments.c.id == admitted.enrolment_id))[0].standing


@pytest.fixture
def desk(school):
    return Desk(school)


def test_a_known_serial_with_a_first_key_is_managed_and_the_same_key_again_is_bound(desk):
    here = Installation()
    assert (desk.welcome(here).grade, desk.welcome(here).grade) == ("managed", "bound")


def test_the_server_proves_itself_with_the_same_secret_and_derives_the_same_key(desk):
    here = Installation()
    admitted, fields = desk.prove(here), desk.fields(here)
    assert admitted.proof == proof_mac(desk.secret(), "server", fields)
    assert admitted.key == session_key(desk.secret(), fields)
    assert admitted.ticket not in repr(admitted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"protocol": 2}, "protocol_version"),
        ({"address": "http://10.0.0.66:8410"}, "wrong_address"),
        ({"school": "10000001"}, "wrong_school"),
        ({"serial": "NOT-OURS"}, "unknown_device"),
        ({"serial": ""}, "unknown_device"),
        ({"secret": "guessed"}, "bad_proof"),
        ({"message": {"signature": to_base64url(bytes(64))}}, "bad_proof"),
        ({"message": {"signature": "A"}}, "bad_proof"),
        ({"message": {"public_key": "A"}}, "bad_message"),
        ({"message": {"public_key": "AAAA"}}, "bad_proof"),
        ({"message": {"serial": demo.serial(2)}}, "bad_proof"),  # not what was proven
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_no_enrolment(desk, changes, code):
    assert desk.refusal(Installation(), **changes) == code
    assert desk.school.all(select(enrolments)) == []


def test_a_proof_by_a_secret_that_is_being_retired_is_taken_until_it_retires(desk):
    old = desk.secret()
    secrets.rotate(desk.school.db, JOKO, desk.school.now, overlap_ms=60_000)
    assert desk.secret() != old
    assert desk.prove(Installation(), secret=old).grade == "managed"
    desk.school.now += 60_001
    assert desk.refusal(Installation(), secret=old) == "bad_proof"


def test_the_standby_address_is_the_servers_own_too(desk):
    assert desk.prove(Installation(), address="https://cadangan.test").standing == "live"


def test_lost_welcomes_never_make_a_fork_however_many_there_are(desk):
    here = Installation()
    for _ in range(3):  # none arrives: the device has no ticket yet
        assert desk.prove(here).standing == "live"
    desk.welcome(here, confirmed=False)
    for _ in range(3):  # the welcomes after it are lost
        assert desk.prove(here).standing == "live"
    desk.welcome(here)
    desk.prove(here)  # lost again, this time after a confirmed one
    assert desk.prove(here).standing == "live"
    assert desk.open("fork") == []


def test_the_same_key_without_the_ticket_is_a_fork_told_once(desk):
    here = Installation()
    desk.welcome(here)
    for _ in range(2):
        assert desk.refusal(Installation(id=here.id, key=here.key)) == "installation_forked"
    assert (
        desk.refusal(Installation(id=here.id, key=here.key, ticket="stolen-long-ago"))
        == "installation_forked"
    )
    assert len(desk.open("fork")) == 1
    assert len(desk.school.lines("device.fork")) == 1
    assert desk.prove(here).standing == "live"  # the holder of the ticket keeps the exam


def test_a_ticket_is_worth_nothing_once_its_successor_was_confirmed(desk):
    here = Installation()
    old = desk.welcome(here).ticket
    desk.welcome(here)
    assert desk.refusal(Installation(id=here.id, key=here.key, ticket=old)) == "installation_forked"


def test_another_key_waits_and_a_person_lets_it_in(desk):
    first, second = Installation(), Installation()
    real = desk.welcome(first)
    newcomer = desk.welcome(second)
    assert (newcomer.standing, newcomer.grade) == ("quarantined", "claimed")
    assert len(desk.open("newcomer")) == 1
    admission.admit(desk.school.db, JOKO, desk.school.now, newcomer.enrolment_id)
    assert (desk.standing(real), desk.standing(newcomer)) == ("ended", "live")
    assert desk.open("newcomer") == []
    ended = {n.enrolment_id for n in desk.school.news if isinstance(n, EnrolmentEnded)}
    assert ended == {real.enrolment_id, newcomer.enrolment_id}
    assert desk.prove(second).grade == "manual"


def test_the_wrong_one_let_in_can_be_undone_the_earlier_key_waits_in_its_turn(desk):
    first, second = Installation(), Installation()
    real, wrong = desk.welcome(first), desk.welcome(second)
    admission.admit(desk.school.db, JOKO, desk.school.now, wrong.enrolment_id)
    back = desk.welcome(first)
    assert (back.enrolment_id, back.standing) == (real.enrolment_id, "quarantined")
    admission.admit(desk.school.db, JOKO, desk.school.now, back.enrolment_id)
    assert (desk.standing(real), desk.standing(wrong)) == ("live", "ended")


def test_a_device_wiped_twice_before_anybody_looked_asks_for_its_living_key_too(desk):
    desk.welcome(Installation())
    lost, alive = desk.welcome(Installation()), desk.welcome(Installation())
    asked = {row.detail["enrolment"] for row in desk.open("newcomer")}
    assert asked == {lost.enrolment_id, alive.enrolment_id}


def test_one_that_still_waits_asks_again_when_it_comes_back(desk):
    desk.welcome(Installation())
    here = Installation()
    waiting = desk.welcome(here)
    admission.admit(desk.school.db, JOKO, desk.school.now, desk.welcome(Installation()).enrolment_id)
    assert desk.open("newcomer") == []
    desk.prove(here)
    assert [row.detail["enrolment"] for row in desk.open("newcomer")] == [waiting.enrolment_id]


def test_refusals_that_repeat_leave_one_line_a_minute(desk):
    def lines():
        return len(desk.school.all(select(audit.c.id).where(audit.c.action == "device.prove")))

    for _ in range(5):
        desk.refusal(Installation(), serial="KNOCKING")
    assert lines() == 1
    desk.school.now += refusals.REFUSAL_AUDIT_MS
    desk.refusal(Installation(), serial="KNOCKING")
    assert lines() == 2
    assert len(desk.open("unknown_device")) == 1


def seated(desk: Desk, number: int) -> dict[str, str]:
    return {"serial": demo.serial(number)}


def test_a_room_is_admitted_in_one_transaction_and_each_by_itself(desk):
    rooms = {number: Installation() for number in range(1, 8)}
    offers = [desk.offer(here, **seated(desk, number)) for number, here in rooms.items()]
    offers[2] = desk.offer(rooms[3], serial="NOT-OURS")
    offers[4] = desk.offer(rooms[5], secret="guessed", **seated(desk, 5))
    commits: list[int] = []
    event.listen(desk.school.db.engine, "commit", lambda c: commits.append(1))
    assert desk.prove_all(*offers) == [
        "live", "live", "unknown_device", "live", "bad_proof", "live", "live",
    ]  # fmt: skip
    assert len(commits) <= 4  # reading, the admissions, and one line for each of the two refused
    kept = desk.school.all(select(enrolments.c.serial).order_by(enrolments.c.id))
    assert [row.serial for row in kept] == [demo.serial(n) for n in (1, 2, 4, 6, 7)]


def test_in_company_or_alone_the_outcome_is_the_same(desk):
    """Back again, a fork, a newcomer and a first contact, all in the same breath."""
    back, forked, other, first = (Installation() for _ in range(4))
    desk.welcome(back)
    forked.ticket = desk.prove(forked, **seated(desk, 2)).ticket
    with desk.school.db.write() as tx:
        tx.c.execute(enrolments.update().values(ticket_confirmed=True))
    stolen = Installation(id=forked.id, key=forked.key)
    assert desk.prove_all(
        desk.offer(back),
        desk.offer(stolen, **seated(desk, 2)),
        desk.offer(other, **seated(desk, 2)),
        desk.offer(first, **seated(desk, 3)),
    ) == ["live", "installation_forked", "quarantined", "live"]
    assert len(desk.open("fork")) == len(desk.open("newcomer")) == 1


def test_two_keys_for_one_device_in_the_same_breath_are_one_device_and_one_newcomer(desk):
    assert desk.prove_all(desk.offer(Installation()), desk.offer(Installation())) == ["live", "quarantined"]


def test_one_key_twice_in_the_same_breath_needs_the_ticket_of_the_first(desk):
    here = Installation()
    desk.welcome(here)
    assert desk.prove_all(desk.offer(here), desk.offer(here)) == [
        "live",
        "live",
    ]  # the first welcome may be lost
    desk.welcome(Installation(id=here.id, key=here.key, ticket=here.ticket), confirmed=True)
    assert desk.refusal(here) == "installation_forked"


def test_once_it_is_in_the_list_nobody_is_asked_to_enter_it(school, desk):
    here = Installation()
    for serial in ("NX-16", "NX-17"):
        assert desk.refusal(here, serial=serial) == "unknown_device"
    with school.db.write() as tx:
        device = tx.insert(devices, label="C16", created_at=school.now)
        tx.insert(device_serials, device_id=device, serial="nx-16", from_at=school.now)
    assert desk.prove(here, serial="NX-16").standing == "live"
    (left,) = desk.open("unknown_device")
    assert left.detail["serial"] == "NX-17"
    closed = school.all(select(incidents).where(incidents.c.closed_at.is_not(None)))
    assert [(row.detail["serial"], row.closed_by) for row in closed] == [("NX-16", "system")]


def test_one_out_of_service_is_let_in_only_while_a_pupil_has_it(school, desk):
    """The proktor may take one all the same; then it must be able to speak. Nobody is told to register what is known."""
    here = Installation()
    set_service(school.db, JOKO, school.now, 15, False, "tombol lepas")
    assert desk.refusal(here, serial=demo.serial(15)) == "unknown_device"
    assert school.all(select(incidents)) == []
    room.run(school)
    (taken,) = swaps.place(school.db, JOKO, school.now, school.sitting(7).id, "C15")
    assert taken.ok
    assert desk.prove(here, serial=demo.serial(15)).standing == "live"
