"""Pages of moving and ordering: a plan first, then the order; what is refused says why."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.services import device_moves
from server.services.actor import SYSTEM
from server.store import tables as t

UNIT, PATH = "unit1", "/Ujian/Ruang 1"


@pytest.fixture
def linked(web):
    """What a sync would have left: every Chromebook in /Lab, and the org unit of room 1."""
    now = web.context.now()
    with web.context.db.write() as tx:
        for unit, path in (("lab", "/Lab"), (UNIT, PATH)):
            tx.c.execute(
                t.console_org_units.insert().values(org_unit_id=unit, path=path, name=path[1:], seen_at=now)
            )
        rows = tx.c.execute(
            select(t.device_serials.c.device_id, t.device_serials.c.serial).where(
                t.device_serials.c.to_at.is_(None)
            )
        ).all()
        tx.c.execute(
            t.console_devices.insert(),
            [
                {
                    "console_id": f"g{r.device_id}",
                    "serial": r.serial,
                    "status": "ACTIVE",
                    "org_unit_id": "lab",
                    "org_unit_path": "/Lab",
                    "facts": {},
                    "digest": "",
                    "first_seen_at": now,
                    "seen_at": now,
                    "device_id": r.device_id,
                }
                for r in rows
            ],
        )
    return web


def test_a_room_is_planned_shown_and_ordered(linked):
    client = linked.sign_in("joko")
    form = {"room_id": linked.school.room_id, "org_unit_id": UNIT}
    answer = client.post("/moves/plan", data=form)
    assert answer.status_code == 302
    page = client.get(answer.location).get_data(as_text=True)
    assert "belum ada yang pindah" in page and "Pindahkan 15 perangkat" in page
    with linked.context.db.read() as c:
        move = c.execute(select(t.device_moves)).one()
    assert move.state == "planned"
    refused = client.post(f"/moves/{move.id}/order", data={"digest": "0" * 16})
    assert (refused.status_code, "sudah berubah" in refused.get_data(as_text=True)) == (409, True)
    done = client.post(
        f"/moves/{move.id}/order", data={"digest": move.digest, "reason": "tiga Chromebook baru datang"}
    )
    assert done.status_code == 302
    page = client.get(done.location).get_data(as_text=True)
    assert "data-job=" in page
    for path in (f"/moves/{move.id}.xlsx", "/moves/days.xlsx", "/moves"):
        assert client.get(path).status_code == 200


def test_without_an_org_unit_the_list_says_what_to_do(web):
    page = web.sign_in("wayan").get("/moves").get_data(as_text=True)
    assert "Belum ada unit organisasi" in page or "Belum ada hari ujian" in page


def test_org_units_are_shown_before_they_are_made(linked):
    client = linked.sign_in("wayan")
    room = linked.school.room_id
    form = {"parent": "/Ujian", "use": [f"{room}:web"], f"name:{room}:web": "Ruang Satu"}
    page = client.post("/moves/units/plan", data=form).get_data(as_text=True)
    assert "/Ujian/Ruang Satu" in page and "belum ada yang dibuat" in page
    wrong = client.post("/moves/units/plan", data=form | {f"name:{room}:web": "a/b"})
    assert wrong.status_code == 422
    assert linked.sign_in("joko").get("/moves/units").status_code == 403


def test_an_order_that_destroys_asks_for_the_serial_number(linked):
    client = linked.sign_in("joko")
    with linked.context.db.read() as c:
        device = c.execute(select(t.devices.c.id).where(t.devices.c.label == "C01")).scalar_one()
    with linked.context.db.write() as tx:  # no round guards it
        tx.c.execute(t.round_days.update().values(date="2020-01-01"))
    page = client.get(f"/devices/{device}/order").get_data(as_text=True)
    assert "Powerwash" in page and "hati-hati" in page
    wrong = client.post(f"/devices/{device}/order", data={"kind": "powerwash", "serial": "5CD"})
    assert wrong.status_code == 422
    right = client.post(f"/devices/{device}/order", data={"kind": "powerwash", "serial": "5CD0001DEMO"})
    assert right.status_code == 302
    with linked.context.db.read() as c:
        command = c.execute(select(t.device_commands)).one()
    assert (command.state, command.asked_by) == ("queued", "joko")
    back = client.post(f"/devices/orders/{command.id}/withdraw")
    assert back.status_code == 302
    page = client.get(f"/devices/{device}/order").get_data(as_text=True)
    assert "dibatalkan" in page
    assert client.get(f"/devices/{device}/orders.xlsx").status_code == 200


def test_pages_of_moves_are_complete_in_english(linked):
    made = device_moves.plan(
        linked.context.db, SYSTEM, linked.context.now(), room_id=linked.school.room_id, org_unit_id=UNIT
    )
    client = linked.sign_in("wayan")
    client.get("/language/en")
    assert "nothing has moved yet" in client.get(f"/moves/{made.id}").get_data(as_text=True)
    assert "Prepare exam units" in client.get("/moves").get_data(as_text=True)
