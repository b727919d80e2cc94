"""A school in YAML; what is wrong with one is said with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.services import demo
from server.workspace.emulator.seed import seeded
from server.workspace.emulator.seed_yaml import SeedError
from server.workspace.emulator.world import World

GOOD = """\
domain: sekolah.sch.id
admins:
  - email: admin@sekolah.sch.id
org_units: [/Lab]
devices:
  - serial: A1
    org_unit: /Lab
  - serial: A2
"""


def made(tmp_path: Path, text: str) -> World:
    file = tmp_path / "school.yaml"
    file.write_text(text, "utf-8")
    return World(None, seeded(file, 1, 1_700_000_000.0))


def test_the_demo_school_is_the_simulated_room() -> None:
    world = World(None, seeded(None, 1, 0.0))
    serials = {d["serialNumber"] for d in world.state["devices"].values()}
    assert serials == {demo.serial(n) for n in range(1, demo.DEVICES + 1)}


def test_a_small_school(tmp_path: Path) -> None:
    world = made(tmp_path, GOOD)
    placed = {d["serialNumber"]: world.org_path(d["orgUnitId"]) for d in world.state["devices"].values()}
    assert placed == {"A1": "/Lab", "A2": "/"}


def test_devices_by_the_thousand(tmp_path: Path) -> None:
    world = made(tmp_path, GOOD + "generate: {devices: 100, per_org_unit: 40}\n")
    assert len(world.state["devices"]) == 102
    assert world.find_org_unit("/Chromebook/Unit 003") is not None


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "word"),
    [
        ("serial: A2", "seral: A2", 8, "devices[1].serial", "required"),
        ("serial: A2", "serial: A1", 8, "devices[1].serial", "twice"),
        ("org_unit: /Lab", "org_unit: /Other", 7, "devices[0].org_unit", "no org unit"),
        ("domain: sekolah", "domain: Sekolah", 1, "domain", "pattern"),
        ("org_units: [/Lab]", "org_units: [/Lab", 5, "", "YAML"),
        ("org_units: [/Lab]", "org_units: [/Lab]\ndomain: b.id", 5, "domain", "twice"),
        (
            "  - email: admin@sekolah.sch.id",
            "  - {email: a@b.id, role: boss}",
            3,
            "admins[0].role",
            "no role",
        ),
        ("org_units: [/Lab]", "org_units: [/Lab]\ncolour: red", 5, "colour", "not permitted"),
        ("org_units: [/Lab]", "org_units: [/Lab]\nsettings: {colour: red}", 5, "settings.colour", "unknown"),
        ("org_units: [/Lab]", "org_units: [/Lab]\nroles: {r: [fly]}", 5, "roles.r[0]", "no privilege"),
        ("serial: A2", "serial: A2\n    status: LOST", 9, "devices[1].status", "none of"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, field: str, word: str
) -> None:
    with pytest.raises(SeedError, match=r"school\.yaml") as caught:
        made(tmp_path, GOOD.replace(old, new))
    error = caught.value
    assert (error.params["line"], error.params["field"], error.code) == (line, field, "console_seed")
    assert word in str(error)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        seeded(tmp_path / "none.yaml", 1, 0.0)


def test_a_setting_with_parts_keeps_those_the_seed_leaves_out(tmp_path: Path) -> None:
    world = made(tmp_path, GOOD + "settings: {quota: {off: [all]}}\n")
    assert world.state["settings"]["quota"] == {"scale": 1.0, "off": ["all"]}
