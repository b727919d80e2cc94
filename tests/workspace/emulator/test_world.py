"""The console remembers: in one file, across restarts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.domain.errors import Invalid
from server.workspace.emulator.app import STATE_FILE, Emulator
from server.workspace.emulator.seed import seeded
from server.workspace.emulator.world import World, new_state, policy_key
from tests.stage import until
from tests.workspace.emulator.stand import Wire, client, school, start


def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    with start(tmp_path) as console:
        wire = Wire(console)
        device = console.device("5CD000")["deviceId"]
        path = f"/admin/directory/v1/customer/my_customer/devices/chromeos/{device}"
        assert wire("PATCH", path, {"notes": "kept"})[0] == 200
        token = wire.token
    with Emulator(tmp_path) as console:  # the seed is not asked again
        assert console.device("5CD000")["notes"] == "kept"
        assert len(console.world.state["devices"]) == 5
        wire = Wire(console)
        wire.token = token
        assert wire("GET", path)[1]["notes"] == "kept", "a token outlives a restart"


def test_a_change_reaches_the_file_by_itself(tmp_path: Path) -> None:
    with start(tmp_path) as console:
        device = console.device("5CD000")["deviceId"]
        client(console).chromeosdevices().patch(
            customerId="my_customer", deviceId=device, body={"notes": "kept"}
        ).execute()

        def written() -> bool:
            state = json.loads((tmp_path / STATE_FILE).read_text("utf-8"))
            return bool(state["devices"][device]["notes"] == "kept")

        until(written, "the change is not in the file")


def test_the_same_seed_makes_the_same_school(tmp_path: Path) -> None:
    assert seeded(school(), 3, 1_000.0) == seeded(school(), 3, 1_000.0)
    assert seeded(school(), 3, 1_000.0)["devices"].keys() != seeded(school(), 4, 1_000.0)["devices"].keys()


def test_a_state_that_cannot_be_read_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / STATE_FILE
    for text in ('{"format": 99}', '{"format": 1', "[]"):
        file.write_text(text, "utf-8")
        with pytest.raises(Invalid, match="--fresh"):
            World.open(file, lambda: new_state(1))
        assert file.read_text("utf-8") == text


def test_time_passes_when_told(tmp_path: Path) -> None:
    world = World(None, seeded(school(), 1, 0.0), clock=lambda: 500.0)
    world.advance(3_600)
    assert world.now() == 4_100


def test_org_units_are_found_by_path_and_id_and_know_their_line() -> None:
    world = World(None, seeded(school(), 1, 0.0))
    room = world.find_org_unit("/lab/ruang 1")
    assert room is not None
    assert world.find_org_unit(f"id:{room}") == world.find_org_unit("Lab/Ruang 1") == room
    assert world.find_org_unit("/Lab/None") is None
    assert [world.org_path(i) for i in world.org_line(room)] == ["/Lab/Ruang 1", "/Lab", "/"]
    assert world.find_org_unit("/") == world.root
    assert len(world.below(world.root)) == 5


def test_a_policy_has_one_place_per_schema_and_target() -> None:
    assert policy_key("a.b") == "a.b"
    assert policy_key("a.b", {"y": "2", "x": "1"}) == policy_key("a.b", {"x": "1", "y": "2"}) == "a.b|x=1|y=2"


def test_ten_thousand_devices_are_thirty_four_pages(tmp_path: Path) -> None:
    with start(tmp_path, devices=[], generate={"devices": 10_000, "per_org_unit": 40}) as console:
        admin, pages, seen = client(console), 0, 0
        mask = "nextPageToken,chromeosdevices(deviceId,serialNumber,orgUnitPath)"
        request = admin.chromeosdevices().list(customerId="my_customer", maxResults=300, fields=mask)
        while request is not None:
            answer = request.execute()
            pages, seen = pages + 1, seen + len(answer["chromeosdevices"])
            request = admin.chromeosdevices().list_next(request, answer)
        assert (pages, seen) == (34, 10_000)
        assert console.quota.calls["directory.chromeosdevices.list"] == 34
