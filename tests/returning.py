"""Chromebooks that come back: what a test does to them in the emulated console, and what both sides say then."""

from __future__ import annotations

from typing import Any

from server.domain.remap_change import ANNOTATED, UNIT
from server.services import remap_console, remap_rows
from server.store import tables as t
from server.workspace.emulator import device_side
from tests.console_school import JOKO, ConsoleSchool

STICKERS = {
    "annotatedLocation": "Lemari 2",
    "annotatedUser": "lab@smp-contoh.sch.id",
    "notes": "engsel longgar",
}


def annotate(school: ConsoleSchool) -> None:
    """Every Chromebook carries its label and three more annotations in the console, and a sync has seen it."""
    labels = {row.id: row.label for row in school.all(t.devices.select())}
    known = {row.console_id: labels[row.device_id] for row in school.all(t.console_devices.select())}
    with school.emulator.world.changing() as state:
        for key, record in state["devices"].items():
            record |= {"annotatedAssetId": known[key], **STICKERS}
    school.sync()


def google(school: ConsoleSchool, console_id: str) -> dict[str, str]:
    """Google's own record: annotations and org unit."""
    with school.emulator.world.lock:
        record = school.emulator.world.state["devices"][console_id]
        found = {name: record.get(name) or "" for name in ANNOTATED}
        return found | {UNIT: school.emulator.world.org_path(record["orgUnitId"])}


def mirror(school: ConsoleSchool, console_id: str) -> dict[str, str]:
    """What Bangku holds of it."""
    row = next(r for r in school.all(t.console_devices.select()) if r.console_id == console_id)
    found = {name: getattr(row, column) or "" for name, column in ANNOTATED.items()}
    return found | {UNIT: row.org_unit_path}


def switch(school: ConsoleSchool, **devices: Any) -> None:
    """What becomes of a machine that enrols again (`docs/console-emulator.md`, `devices`)."""
    school.emulator.set(devices=devices)


def wipe(school: ConsoleSchool, console_id: str, *, lost: bool = True, serial: str | None = None) -> str:
    """Powerwash and enrol at once; its record from now on. `lost`: the annotations are gone with it."""
    world = school.emulator.world
    with world.changing() as state:
        at = world.now()
        device_side.powerwash(world, console_id, at)
        new = device_side.enrol(world, console_id, at, serial=serial)
        if lost:
            for name in ANNOTATED:
                state["devices"][new].pop(name, None)
    return new


def open_remap(school: ConsoleSchool, label: str, console_id: str) -> int:
    """A row as an accepted remap leaves it."""
    device = school.device(label)
    with school.db.write() as tx:
        return tx.insert(
            t.remaps,
            device_id=device.id,
            console_id=console_id,
            serial="?",
            kind="wiped",
            strength="strong",
            evidence=[],
            proposal={"label": label},
            digest="d",
            state="accepted",
            opened_at=school.now,
        )


def accept(school: ConsoleSchool, label: str, console_id: str) -> int:
    """Order what is lacking, as accepting does."""
    remap_id = open_remap(school, label, console_id)
    with school.db.write() as tx:
        made = remap_console.changes(tx.c, school.device(label).id, console_id)
        remap_console.order(tx, JOKO, school.now, remap_id, made)
    return remap_id


def undo(school: ConsoleSchool, remap_id: int) -> None:
    with school.db.write() as tx:
        remap_console.order_back(tx, JOKO, school.now, remap_id)


def outcomes(school: ConsoleSchool, remap_id: int, way: str = "out") -> dict[str, tuple[str, str | None]]:
    """Field → (outcome, code)."""
    with school.db.read() as c:
        items = remap_rows.of_remap(c, remap_id)
    return {item.field: (item.outcome, item.code) for item in items if item.way == way}
