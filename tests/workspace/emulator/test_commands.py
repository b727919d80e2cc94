"""A remote command goes from PENDING to its result on the device, or expires."""

from __future__ import annotations

import json

import pytest

from server.workspace.emulator.call import Refusal
from server.workspace.emulator.device_policy import moment
from tests.workspace.emulator.policy_asks import KIOSK_APP
from tests.workspace.emulator.policy_world import START, School


@pytest.fixture
def school():
    return School(command_delay=[2, 2])


@pytest.fixture
def in_kiosk(school):
    school.kiosk(KIOSK_APP)
    return school


def test_a_command_passes_every_state_in_order(school):
    command_id = school.order("REBOOT")
    states = [school.command(command_id)["state"]]
    for _ in range(3):
        school.pass_time(2)
        states.append(school.command(command_id)["state"])
    assert states == ["PENDING", "SENT_TO_CLIENT", "ACKED_BY_CLIENT", "EXECUTED_BY_CLIENT"]
    command = school.command(command_id)
    assert command["commandResult"]["result"] == "SUCCESS"
    assert moment(command["issueTime"]) == START
    assert moment(command["commandResult"]["executeTime"]) == START + 6
    assert command["commandId"].isdigit()


def test_a_reboot_restarts_the_device(in_kiosk):
    in_kiosk.side()["session"] = "login"
    in_kiosk.order("REBOOT")
    in_kiosk.pass_time(7)
    assert in_kiosk.shown()["session"] == "booting"
    in_kiosk.pass_time(60)
    assert in_kiosk.shown()["session"] == "kiosk"


def test_a_reboot_that_comes_after_another_is_ignored(school):
    command_id = school.order("REBOOT")
    school.pass_time(1)
    school.control("reboot")
    school.pass_time(60)
    assert school.command(command_id)["commandResult"]["result"] == "IGNORED"


def test_an_offline_device_lets_it_expire(school):
    school.control("offline")
    command_id = school.order("REBOOT")
    school.pass_time(599)
    assert school.command(command_id)["state"] == "PENDING"
    school.pass_time(2)
    command = school.command(command_id)
    assert command["state"] == "EXPIRED"
    assert "commandResult" not in command
    school.control("online")
    school.pass_time(60)
    assert school.command(command_id)["state"] == "EXPIRED"


def test_a_device_that_is_back_in_time_carries_it_out_then(school):
    school.control("offline")
    command_id = school.order("REBOOT")
    school.pass_time(300)
    school.control("online")
    school.pass_time(60)
    command = school.command(command_id)
    assert command["state"] == "EXECUTED_BY_CLIENT"
    assert moment(command["commandResult"]["executeTime"]) >= START + 300


def test_a_screenshot_needs_kiosk_mode(school):
    with pytest.raises(Refusal) as caught:
        school.order("TAKE_A_SCREENSHOT")
    assert (caught.value.status, caught.value.reason) == (400, "invalidArgument")
    school.kiosk(KIOSK_APP)
    school.order("TAKE_A_SCREENSHOT")
    school.pass_time(10)
    (file,) = school.record()["screenshotFiles"]
    assert file["type"] == "SCREENSHOT_FILE"
    assert file["downloadUrl"].startswith("https://")


def test_a_screenshot_fails_when_the_kiosk_is_gone_by_then(in_kiosk):
    command_id = in_kiosk.order("TAKE_A_SCREENSHOT")
    in_kiosk.side()["session"] = "login"
    in_kiosk.pass_time(10)
    result = in_kiosk.command(command_id)["commandResult"]
    assert result["result"] == "FAILURE"
    assert "kiosk" in result["errorMessage"]


def test_the_volume_is_set(in_kiosk):
    command_id = in_kiosk.order("SET_VOLUME", payload=json.dumps({"volume": 7}))
    in_kiosk.pass_time(10)
    assert in_kiosk.side()["body"]["volume"] == 7
    assert in_kiosk.command(command_id)["payload"] == '{"volume": 7}'


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("SET_VOLUME", None),
        ("SET_VOLUME", '{"volume": 101}'),
        ("SET_VOLUME", '{"volume": "7"}'),
        ("SET_VOLUME", '{"volume": true}'),
        ("SET_VOLUME", "7"),
        ("SET_VOLUME", "no"),
        ("REBOOT", '{"user_session_delay_seconds": 301}'),
        ("REBOOT", '{"other": 1}'),
        ("WIPE_USERS", "{}"),
    ],
)
def test_a_payload_must_have_the_command_s_shape(in_kiosk, kind, payload):
    with pytest.raises(Refusal):
        in_kiosk.order(kind, **({"payload": payload} if payload is not None else {}))


def test_a_wipe_of_users_keeps_enrolment_and_policy(in_kiosk):
    in_kiosk.order("WIPE_USERS")
    in_kiosk.pass_time(60)
    assert (in_kiosk.shown()["enrolled"], in_kiosk.shown()["app"]) == (True, KIOSK_APP)


def test_a_remote_powerwash_takes_everything_and_the_device_enrols_again(in_kiosk):
    command_id = in_kiosk.order("REMOTE_POWERWASH")
    in_kiosk.pass_time(7)
    assert in_kiosk.shown()["session"] == "setup"
    assert in_kiosk.command(command_id)["commandResult"]["result"] == "SUCCESS"
    in_kiosk.pass_time(3600)
    assert in_kiosk.shown()["session"] == "kiosk"


def test_a_deprovisioned_device_takes_no_command(school):
    school.record()["status"] = "DEPROVISIONED"
    with pytest.raises(Refusal):
        school.order("REBOOT")


def test_a_command_can_be_made_to_fail(school):
    school.control("fail", commandType="REBOOT", message="battery low")
    command_id = school.order("REBOOT")
    school.pass_time(10)
    assert school.command(command_id)["commandResult"]["errorMessage"] == "battery low"


def test_the_console_can_ask_whether_a_session_runs(in_kiosk):
    command_id = in_kiosk.order("FETCH_CRD_AVAILABILITY_INFO")
    in_kiosk.pass_time(10)
    payload = json.loads(in_kiosk.command(command_id)["commandResult"]["commandResultPayload"])
    assert "KIOSK" in payload["userSessionType"]


def test_unknown_devices_and_commands_are_not_found(school):
    for ask in (lambda: school.order("REBOOT", "nobody"), lambda: school.command("1")):
        with pytest.raises(Refusal) as caught:
            ask()
        assert caught.value.status == 404
    with pytest.raises(Refusal):
        school.order("COMMAND_TYPE_UNSPECIFIED")
