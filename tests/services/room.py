"""What tests of the services do to the demo room: open it, let pupils work, let time pass, let devices report."""

from __future__ import annotations

import json

from sqlalchemy import select

from server.domain.protocol import Report, Tolerance
from server.domain.sitting import SittingState as S
from server.services import desired, exams, intake, sweep
from server.services import sittings as steps
from server.store.tables import device_seen, enrolments
from tests.services.conftest import SARI


def run(school):
    exams.open_exam(school.db, SARI, school.now, school.exam)
    exams.start(school.db, SARI, school.now, school.exam)


def work(school, *seat_numbers: int):
    """These pupils have typed the token."""
    with school.db.write() as tx:
        for seat in seat_numbers:
            row = school.sitting(seat)
            steps.begin(tx, row.id, school.exam, S(row.state), school.now)
            desired.refresh(tx, desired.devices_of(tx.c, [row.id]), school.now)


def ids(school, *seat_numbers: int):
    return [school.sitting(n).id for n in seat_numbers]


def doc(school, device: int):
    with school.db.read() as c:
        return json.loads(desired.current(c, device).doc)


def tick(school, ms: int = 1_000):
    school.now += ms
    sweep.sweep(school.db, school.now, lambda _id: True)


def report(school, device: int, mode: str, **given):
    """The device's newest word, through the real intake."""
    return intake.commit(school.db, school.now, [message(school, device, mode, **given)])[0]


def message(
    school, device: int, mode: str = "exam", *, unsent: int | None = 0, last_seq: int = 0, events=(), **seen
):
    """A report that waits for the next commit."""
    with school.db.write() as tx:
        found = desired.live_enrolment(tx.c, device)
        if found is None:
            found = tx.c.execute(
                enrolments.insert().values(
                    device_id=device, installation_id=f"i{device}", serial="s", public_key=b"k",
                    thumbprint=f"t{device}", grade="managed", standing="live", first_seen_at=school.now,
                )
            ).inserted_primary_key[0]  # fmt: skip
        order = desired.current(tx.c, device)
    observed = {
        "battery": 80, "charging": False, "focused": True, "page": "waiting", "page_host": None, "blocked_count": 0,
        "unsent_answers": unsent, "free_storage_mb": 9000, "extension_version": "1", "browser_version": "1", "clock_offset_ms": 0,
        **seen,
    }  # fmt: skip
    applied = {"epoch": order.epoch, "version": order.version, "digest": order.digest, "mode": mode}
    raw = {"applied": applied, "observed": observed, "last_seq": last_seq, "events": list(events)}
    return intake.Waiting(device, found, "live", 1, None, Tolerance(strict=True).parse(Report, raw))


def clear(school, device: int):
    """The device has delivered all, is told to clear, and says that it did."""
    tick(school)
    mode = doc(school, device)["mode"]
    report(school, device, mode)
    tick(school)
    order = doc(school, device)["clear"]
    assert order is not None, f"device {device} was not told to clear"
    event = {"kind": "site_data_cleared", "at": school.now, "data": {"clear_id": order["id"]}}
    with school.db.read() as c:
        seen = c.execute(
            select(device_seen.c.last_seq)
            .join(enrolments, enrolments.c.id == device_seen.c.enrolment_id)
            .where(enrolments.c.device_id == device, enrolments.c.standing == "live")
        ).scalar()
    seq = (seen or 0) + 1
    report(school, device, mode, last_seq=seq, events=[{"seq": seq, **event}])
    tick(school)
