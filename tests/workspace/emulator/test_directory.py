"""Directory, driven by Google's own client with nothing of ours in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from server.workspace.emulator.app import Emulator
from tests.workspace.emulator.stand import client, start

ME = "my_customer"
ACTION = "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Emulator]:
    with start(tmp_path) as made:
        yield made


@pytest.fixture
def admin(console: Emulator) -> Any:
    return client(console)


def serials(admin: Any, **asked: Any) -> list[str]:
    found: list[str] = []
    request = admin.chromeosdevices().list(customerId=ME, **asked)
    while request is not None:
        answer = request.execute()
        found += [d["serialNumber"] for d in answer.get("chromeosdevices", [])]
        request = admin.chromeosdevices().list_next(request, answer)
    return found


def refused(request: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as caught:
        request.execute()
    return caught.value.resp.status, json.loads(caught.value.content)["error"]["errors"][0]["reason"]


def test_devices_are_listed_page_by_page(admin: Any) -> None:
    everyone = serials(admin)
    assert sorted(everyone) == [f"5CD00{n}" for n in range(5)]
    assert serials(admin, maxResults=2) == everyone
    assert serials(admin, orderBy="serialNumber", maxResults=2) == sorted(everyone)
    assert (
        serials(admin, orderBy="serialNumber", sortOrder="DESCENDING", maxResults=2) == sorted(everyone)[::-1]
    )


def test_a_page_token_serves_only_its_own_question(admin: Any) -> None:
    first = admin.chromeosdevices().list(customerId=ME, maxResults=2).execute()
    other = admin.chromeosdevices().list(
        customerId=ME, maxResults=2, query="5CD", pageToken=first["nextPageToken"]
    )
    assert refused(other) == (400, "invalid")
    assert refused(admin.chromeosdevices().list(customerId=ME, pageToken="no")) == (400, "invalid")


def test_a_device_that_moves_between_pages_is_not_lost_to_the_others(console: Emulator, admin: Any) -> None:
    asked = {"customerId": ME, "maxResults": 2, "orgUnitPath": "Lab", "includeChildOrgunits": True}
    first = admin.chromeosdevices().list(**asked).execute()
    gone = first["chromeosdevices"][0]["deviceId"]
    admin.chromeosdevices().moveDevicesToOu(
        customerId=ME, orgUnitPath="/Siswa", body={"deviceIds": [gone]}
    ).execute()
    second = admin.chromeosdevices().list(**asked, pageToken=first["nextPageToken"]).execute()
    third = admin.chromeosdevices().list(**asked, pageToken=second["nextPageToken"]).execute()
    shown = [d["deviceId"] for page in (first, second, third) for d in page["chromeosdevices"]]
    assert len(shown) == len(set(shown)) == 5


def test_an_org_unit_is_named_by_path_without_slash_or_by_id(console: Emulator, admin: Any) -> None:
    unit = console.world.find_org_unit("/Lab/Ruang 1")
    wanted = ["5CD000", "5CD002", "5CD004"]
    assert sorted(serials(admin, orgUnitPath="Lab/Ruang 1")) == wanted
    assert sorted(serials(admin, orgUnitPath=f"id:{unit}")) == wanted
    assert serials(admin, orgUnitPath="Lab") == []
    assert len(serials(admin, orgUnitPath="lab", includeChildOrgunits=True)) == 5
    assert refused(admin.chromeosdevices().list(customerId=ME, orgUnitPath="None")) == (404, "notFound")
    assert refused(admin.chromeosdevices().list(customerId=ME, includeChildOrgunits=True)) == (400, "invalid")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("id:5CD001", ["5CD001"]),
        ("id:D00", [f"5CD00{n}" for n in range(5)]),
        ("asset_id:c03", ["5CD003"]),
        ("status:provisioned id:5CD004", ["5CD004"]),
        ("status:disabled", []),
        ("sync:2020-01-01..", [f"5CD00{n}" for n in range(5)]),
        ("sync:..2020-01-01", []),
    ],
)
def test_searching(admin: Any, query: str, found: list[str]) -> None:
    assert sorted(serials(admin, query=query)) == found
    counted = (
        admin.customer().devices().chromeos().countChromeOsDevices(customerId=ME, filter=query).execute()
    )
    assert counted == {"count": str(len(found))}


@pytest.mark.parametrize("query", ["id:5C", "colour:red", "sync:yesterday", "status:lost"])
def test_a_search_that_makes_no_sense_is_refused(admin: Any, query: str) -> None:
    assert refused(admin.chromeosdevices().list(customerId=ME, query=query)) == (400, "invalid")


def test_annotations_change_and_nothing_else_does(console: Emulator, admin: Any) -> None:
    device = console.device("5CD000")["deviceId"]
    one = admin.chromeosdevices()
    done = one.patch(
        customerId=ME, deviceId=device, body={"annotatedUser": "Adi", "model": "Other"}
    ).execute()
    assert done["annotatedUser"] == "Adi" and done["annotatedAssetId"] == "C00" and done["model"] != "Other"
    whole = one.get(customerId=ME, deviceId=device).execute()
    again = one.update(customerId=ME, deviceId=device, body=whole | {"annotatedUser": ""}).execute()
    assert again["annotatedUser"] == "", "what was read can be sent back"
    assert refused(one.patch(customerId=ME, deviceId=device, body={"annotatedUser": "x" * 101})) == (
        400,
        "invalid",
    )
    assert refused(one.patch(customerId=ME, deviceId="none", body={"notes": "x"})) == (404, "notFound")
    body = {"orgUnitPath": "/Siswa", "orgUnitId": whole["orgUnitId"]}
    assert refused(one.patch(customerId=ME, deviceId=device, body=body)) == (400, "invalidInput")


def test_basic_shows_less(console: Emulator, admin: Any) -> None:
    device = console.device("5CD000")["deviceId"]
    basic = admin.chromeosdevices().get(customerId=ME, deviceId=device, projection="BASIC").execute()
    assert basic["serialNumber"] == "5CD000" and "osVersion" not in basic


def test_a_move_takes_fifty_and_says_nothing_about_ids_it_does_not_know(
    console: Emulator, admin: Any
) -> None:
    device = console.device("5CD000")["deviceId"]
    move = admin.chromeosdevices().moveDevicesToOu

    def go(path: str, ids: list[str]) -> Any:
        return move(customerId=ME, orgUnitPath=path, body={"deviceIds": ids})

    assert not go("/Siswa", [device, "nobody"]).execute()
    shown = (
        admin.chromeosdevices().get(customerId=ME, deviceId=device, fields="orgUnitPath,orgUnitId").execute()
    )
    assert shown == {"orgUnitPath": "/Siswa", "orgUnitId": f"id:{console.world.find_org_unit('/Siswa')}"}
    assert not go(shown["orgUnitId"], ["nobody"] * 50).execute()
    assert refused(go("/Siswa", ["nobody"] * 51)) == (400, "invalid")
    assert refused(go("/Siswa", [])) == (400, "invalid")
    assert refused(go("/None", [device])) == (400, "invalidOrgunit")


def change(admin: Any, ids: list[str], action: str, **more: str) -> Any:
    body = {"deviceIds": ids, "changeChromeOsDeviceStatusAction": ACTION + action} | more
    return admin.customer().devices().chromeos().batchChangeStatus(customerId=ME, body=body)


def test_a_change_of_status_answers_for_each_device(console: Emulator, admin: Any) -> None:
    ids = [console.device(f"5CD00{n}")["deviceId"] for n in range(3)]
    key = "changeChromeOsDeviceStatusResults"
    results = change(admin, [*ids, "nobody"], "DISABLE").execute()[key]
    assert [r.get("response") for r in results] == [{}, {}, {}, None]
    assert results[3]["error"]["code"] == 5
    assert serials(admin, query="status:disabled") != []
    assert change(admin, ids[:1], "DISABLE").execute()[key][0]["error"]["code"] == 9
    assert "response" in change(admin, ids[:1], "REENABLE").execute()[key][0]


def test_leaving_for_good_needs_a_reason_and_coming_back_a_licence(console: Emulator, admin: Any) -> None:
    device = console.device("5CD000")["deviceId"]
    key = "changeChromeOsDeviceStatusResults"
    assert refused(change(admin, [device], "DEPROVISION")) == (400, "invalid")
    reason = "DEPROVISION_REASON_RETIRING_DEVICE"
    change(admin, [device], "DEPROVISION", deprovisionReason=reason).execute()
    shown = admin.chromeosdevices().get(customerId=ME, deviceId=device).execute()
    assert (shown["status"], shown["deprovisionReason"]) == ("DEPROVISIONED", reason)
    with console.world.changing() as state:
        state["licences"]["total"] = 4
    assert change(admin, [device], "REENABLE").execute()[key][0]["error"]["code"] == 8
    with console.world.changing() as state:
        state["licences"]["total"] = 5
    assert "response" in change(admin, [device], "REENABLE").execute()[key][0]


def test_org_units_are_made_renamed_moved_and_removed(admin: Any) -> None:
    units = admin.orgunits()
    made = units.insert(customerId=ME, body={"name": "Ujian", "parentOrgUnitPath": "/Lab"}).execute()
    assert made["orgUnitPath"] == "/Lab/Ujian" and made["orgUnitId"].startswith("id:")
    assert refused(units.insert(customerId=ME, body={"name": "ujian", "parentOrgUnitPath": "/Lab"}))[0] == 400
    assert refused(units.insert(customerId=ME, body={"name": "Ujian"}))[0] == 400
    assert refused(units.insert(customerId=ME, body={"name": "a/b", "parentOrgUnitPath": "/"}))[0] == 400
    by_id = {"customerId": ME, "orgUnitPath": made["orgUnitId"]}
    renamed = units.patch(**by_id, body={"name": "Ujian 2026"}).execute()
    assert (renamed["orgUnitPath"], renamed["orgUnitId"]) == ("/Lab/Ujian 2026", made["orgUnitId"])
    moved = units.update(**by_id, body={"parentOrgUnitPath": "/"}).execute()
    assert units.get(customerId=ME, orgUnitPath="Ujian 2026").execute() == moved
    assert units.delete(**by_id).execute() in ("", None)
    assert refused(units.get(**by_id)) == (404, "notFound")
    assert refused(units.delete(customerId=ME, orgUnitPath="Lab/Ruang 1")) == (400, "conditionNotMet")
    assert (
        refused(units.patch(customerId=ME, orgUnitPath="Lab", body={"parentOrgUnitPath": "/Lab/Ruang 1"}))[0]
        == 400
    )


def test_the_three_ways_to_list_org_units(console: Emulator, admin: Any) -> None:
    def paths(**asked: str) -> list[str]:
        answer = admin.orgunits().list(customerId=ME, **asked).execute()
        return [unit["orgUnitPath"] for unit in answer.get("organizationUnits", [])]

    assert paths() == ["/Lab", "/Siswa"]
    assert paths(type="all") == ["/Lab", "/Lab/Ruang 1", "/Lab/Ruang 2", "/Siswa"]
    assert paths(type="allIncludingParent")[0] == "/"
    assert paths(type="children", orgUnitPath="/Lab") == ["/Lab/Ruang 1", "/Lab/Ruang 2"]


def test_a_renamed_org_unit_shows_on_its_devices(admin: Any) -> None:
    admin.orgunits().patch(customerId=ME, orgUnitPath="Lab", body={"name": "Laboratorium"}).execute()
    assert len(serials(admin, orgUnitPath="Laboratorium/Ruang 1")) == 3


def test_users_and_the_customer(console: Emulator, admin: Any) -> None:
    users = admin.users()
    listed = users.list(customer=ME, maxResults=2).execute()
    assert len(listed["users"]) == 2 and listed["nextPageToken"]
    assert "role" not in json.dumps(listed), "what is ours stays ours"
    assert (
        users.list(domain="sekolah.sch.id", query="email:siti*").execute()["users"][0]["orgUnitPath"]
        == "/Siswa"
    )
    assert refused(users.list())[0] == 400
    siti = users.patch(userKey="siti@sekolah.sch.id", body={"suspended": True}).execute()
    assert users.get(userKey=siti["id"]).execute()["suspended"] is True
    assert users.signOut(userKey=siti["id"]).execute() in ("", None)
    assert refused(users.get(userKey="nobody@sekolah.sch.id")) == (404, "notFound")
    assert admin.customers().get(customerKey=ME).execute()["id"] == console.customer
    assert refused(admin.customers().get(customerKey="C0other")) == (404, "notFound")


def test_many_calls_in_one_batch(console: Emulator, admin: Any) -> None:
    outcomes: dict[str, Any] = {}
    batch = admin.new_batch_http_request(
        callback=lambda i, answer, error: outcomes.update({i: answer or error})
    )
    batch._batch_uri = console.root + "/batch"  # Google's client knows only Google's own address for it
    device = console.device("5CD000")["deviceId"]
    batch.add(
        admin.chromeosdevices().get(customerId=ME, deviceId=device, fields="serialNumber"), request_id="a"
    )
    batch.add(
        admin.chromeosdevices().patch(customerId=ME, deviceId=device, body={"notes": "x"}), request_id="b"
    )
    batch.add(admin.chromeosdevices().get(customerId=ME, deviceId="nobody"), request_id="c")
    batch.execute()
    assert outcomes["a"] == {"serialNumber": "5CD000"}
    assert outcomes["b"]["notes"] == "x"
    assert outcomes["c"].resp.status == 404


def test_a_query_too_long_for_an_address_still_arrives(admin: Any) -> None:
    assert serials(admin, query="asset_id:" + "x" * 3_000) == []
