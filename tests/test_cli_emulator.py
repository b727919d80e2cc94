"""`bangku console-emulator` as a person starts it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from google.oauth2 import service_account
from googleapiclient.discovery import build

from server.cli import main

DEVICES = "https://www.googleapis.com/auth/admin.directory.device.chromeos"


def connect(said: dict[str, str]):
    made = service_account.Credentials.from_service_account_file(
        said["key file"], scopes=[DEVICES], subject=said["acts for"]
    )
    return build(
        "admin",
        "directory_v1",
        credentials=made,
        client_options={"api_endpoint": said["address"]},
        static_discovery=True,
    ).chromeosdevices()


def start(folder: Path) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The process, and what it says about itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "console-emulator", "--data-dir", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = {}
    for line in process.stdout:
        if line.startswith("Ctrl+C"):
            break
        name, _, value = line.strip().partition("  ")
        said[name] = value.strip()
    return process, said


def test_it_says_how_to_connect_and_keeps_its_state(tmp_path: Path) -> None:
    process, said = start(tmp_path)
    try:
        secrets = json.loads(Path(said["key file"]).read_text("utf-8"))
        assert secrets["private_key"] not in str(said)
        assert (tmp_path / "control-key.txt").read_text("utf-8").strip() not in str(said)
        devices = connect(said)
        listed = devices.list(customerId="my_customer", query="id:5CD0001DEMO").execute()
        device = listed["chromeosdevices"][0]["deviceId"]
        devices.patch(customerId="my_customer", deviceId=device, body={"notes": "kept"}).execute()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    process, said = start(tmp_path)
    try:
        found = connect(said).get(customerId="my_customer", deviceId=device).execute()
        assert found["notes"] == "kept"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("case", ["port", "seed", "state"])
def test_what_stands_in_the_way_is_one_sentence(tmp_path: Path, case: str) -> None:
    args: list[str] = ["console-emulator", "--data-dir", str(tmp_path / "c"), "--port", "0"]
    if case == "port":
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = CliRunner().invoke(main, [*args[:-1], str(taken.getsockname()[1])])
        assert "--port" in result.output
    elif case == "seed":
        seed = tmp_path / "school.yaml"
        seed.write_text("domain: sekolah.sch.id\n", "utf-8")
        result = CliRunner().invoke(main, [*args, "--seed", str(seed)])
        assert "school.yaml:1: admins" in result.output and "[console_seed]" in result.output
    else:
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "console.json").write_text("{", "utf-8")
        result = CliRunner().invoke(main, args)
        assert "[console_state]" in result.output
    assert result.exit_code != 0 and "Traceback" not in result.output
