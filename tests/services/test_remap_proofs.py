"""What Verified Access proved of a key counts for the time it waits now, not for a life that is over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.remap import Strength
from server.services import remap_again, remap_rule
from server.store.tables import attestations, console_devices, enrolments
from tests.services.test_remaps import HOUR, JOKO, MINUTE, Room


@pytest.fixture
def room(school):
    made = Room(school)
    made.enrolled(device_id=1)
    return made


def proven(room, here, at: int) -> None:
    with room.db.write() as tx:
        tx.c.execute(
            enrolments.update().where(enrolments.c.installation_id == here.id).values(attested_at=at)
        )


def without_record(room) -> None:
    with room.db.write() as tx:
        tx.c.execute(console_devices.update().values(gone_at=room.school.now))


def test_a_proof_of_an_earlier_life_lets_no_old_key_in_by_itself(room):
    """A copy of a profile that was proven, and then wiped, knocks with the key and ticket of then."""
    old, new = room.back()
    proven(room, old, room.school.now - HOUR + MINUTE)
    room.accept(room.waiting()[0])
    without_record(room)
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    room.school.now += HOUR
    room.knock(old)
    assert (room.standing(old), room.standing(new)) == ("quarantined", "live")
    (view,) = room.waiting()
    assert view.strength is not Strength.STRONG and "attested" not in {e.code for e in view.evidence}

    room.school.now += MINUTE
    proven(room, old, room.school.now)  # asked and proven anew, while it waits
    remap_again.look_again(room.db, room.school.now)
    assert (room.standing(old), room.standing(new)) == ("live", "ended")


def test_an_answer_about_the_kiosk_does_not_hide_what_was_refused_of_the_machine(room):
    _, new = room.back()
    proven(room, new, room.school.now)
    without_record(room)
    life = room.school.all(select(enrolments.c.id).where(enrolments.c.installation_id == new.id))[0].id
    with room.db.write() as tx:
        for scope, state in (("machine", "verified"), ("machine", "refused"), ("kiosk", "verified")):
            tx.insert(
                attestations, enrolment_id=life, scope=scope, state=state, asked_at=room.school.now, facts={}
            )
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    remap_again.look_again(room.db, room.school.now)
    assert room.standing(new) == "quarantined"
    assert "attestation_refused" in {e.code for e in room.waiting()[0].evidence}
