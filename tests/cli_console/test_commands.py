"""The console commands as a technician types them, against the emulated console."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from server import config
from server.bootstrap import open_beside, open_context
from server.cli import main
from server.services import demo, google_jobs
from server.services.actor import SYSTEM
from server.store import tables as t
from server.workspace.emulator.app import Emulator
from tests.stage import until

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("console")) as emulator:
        emulator.set(quota={"scale": 1.0, "off": ["all"]})
        yield emulator


@pytest.fixture
def school(tmp_path: Path) -> Path:
    folder = tmp_path / "school"
    context = open_context(config.load(folder, school_npsn=demo.NPSN))
    demo.seed(context.db, context.now(), days=("2099-11-24", "2099-11-25"))
    context.db.close()
    return folder


@pytest.fixture
def bangku(school: Path) -> Run:
    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [*(str(w) for w in words), "--data-dir", str(school)])

    return run


@pytest.fixture
def connected(bangku: Run, console: Emulator) -> Run:
    done = bangku(
        *("google", "connect", "--credentials", console.credentials),
        *("--subject", console.subject, "--api-root", console.root),
    )
    assert done.exit_code == 0, done.output
    return bangku


def rows(school: Path, table: Any) -> list[Any]:
    context = open_context(config.load(school))
    with context.db.read() as c:
        found = list(c.execute(table.select()))
    context.db.close()
    return found


def where(console: Emulator, serial: str) -> str:
    return console.world.org_path(console.device(serial)["orgUnitId"])


def every_command(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from every_command(command, *path, name)


@pytest.mark.parametrize("words", list(every_command(main)), ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*words, "--help"])
    assert told.exit_code == 0
    assert len(told.output.splitlines()) > 3


def test_without_a_console_it_says_which_mode_and_what_to_delegate(bangku: Run) -> None:
    told = bangku("google", "status")
    assert told.exit_code == 0
    assert "Observed" in told.output
    assert "chrome.management.policy" in told.output


def test_without_a_console_each_command_refuses_with_one_sentence(bangku: Run) -> None:
    refused = bangku("sync")
    assert refused.exit_code == 2
    assert "[google_not_connected]" in refused.output
    assert "Traceback" not in refused.output
    assert "not connected" in bangku("google", "disconnect").output


def test_a_wrong_key_is_refused_and_nothing_is_kept(bangku: Run, school: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "x.json"
    wrong.write_text("{}", "utf-8")
    refused = bangku("google", "connect", "--credentials", wrong, "--subject", "admin@contoh.sch.id")
    assert refused.exit_code == 2
    assert "[google_credentials]" in refused.output
    assert not config.load(school).managed


def test_status_tries_each_feature_in_words(connected: Run, console: Emulator) -> None:
    told = connected("google", "status")
    assert "Managed" in told.output
    assert console.subject in told.output
    assert told.output.count("ok     ") >= 8
    assert "PRIVATE KEY" not in told.output


def test_a_sync_shows_before_it_takes_over(connected: Run, school: Path) -> None:
    shown = connected("sync")
    assert shown.exit_code == 0, shown.output
    assert "nothing was taken over" in shown.output
    assert rows(school, t.console_devices) == []
    digest = re.search(r"--accept (\w+)", shown.output)
    assert digest
    taken = connected("sync", "--accept", digest[1])
    assert taken.exit_code == 0, taken.output
    assert len(rows(school, t.console_devices)) == 15
    again = connected("sync", "--accept", digest[1])
    assert again.exit_code == 2
    assert "[sync_accepted]" in again.output
    assert connected("sync", "--accept", "0000").exit_code == 2


def test_yes_takes_over_what_is_ordinary(connected: Run, school: Path) -> None:
    assert connected("sync", "--yes", "--full").exit_code == 0
    assert len(rows(school, t.console_devices)) == 15


def test_a_move_is_planned_and_then_carried_out_by_its_digest_and_home_again(
    connected: Run, console: Emulator, school: Path
) -> None:
    connected("sync", "--yes")
    assert connected("move").exit_code == 2
    assert "[org_unit_unknown]" in connected("move", "--device", "C01", "--to", "/Tidak ada").output
    assert "[device_not_listed]" in connected("move", "--device", "X99", "--to", "/Guru").output
    assert "[room_unknown]" in connected("move", "--room", "Aula", "--to", "/Guru").output
    shown = connected("move", "--device", "C01", "--to", "/Guru")
    assert shown.exit_code == 0, shown.output
    assert where(console, "5CD0001DEMO") == "/Chromebook/Ruang 1"
    digest = re.search(r"--apply (\w+)", shown.output)
    assert digest
    done = connected("move", "--apply", digest[1])
    assert done.exit_code == 0, done.output
    assert "1 moved and read back" in done.output
    assert where(console, "5CD0001DEMO") == "/Guru"
    home = connected("move", "--home")
    digest = re.search(r"--apply (\w+)", home.output)
    assert digest, home.output
    assert connected("move", "--apply", digest[1]).exit_code == 0
    assert where(console, "5CD0001DEMO") == "/Chromebook/Ruang 1"
    assert connected("move", "--home").exit_code == 2


def test_a_command_is_dry_until_it_is_meant_and_guards_what_cannot_be_undone(
    connected: Run, school: Path
) -> None:
    connected("sync", "--yes")
    assert "Nothing was sent" in connected("command", "reboot", "--device", "C01").output
    assert "--serial" in connected("command", "powerwash", "--device", "C01").output
    two = connected("command", "powerwash", "--device", "C01", "--device", "C02")
    assert "[command_too_many]" in two.output, "what would be refused is refused dry too"
    assert "[volume_invalid]" in connected("command", "volume", "--device", "C01").output
    assert rows(school, t.device_commands) == []
    refused = connected("command", "powerwash", "--device", "C01", "--yes")
    assert refused.exit_code == 2
    assert "[serial_not_typed]" in refused.output
    sent = connected("command", "reboot", "--device", "C01", "--yes")
    assert sent.exit_code == 0, sent.output
    assert [(r.kind, r.asked_by) for r in rows(school, t.device_commands)] == [("reboot", "system")]


def test_a_plan_for_what_is_not_there_names_it(connected: Run) -> None:
    unknown = connected("plan", "--org-unit", "/Guru", "--profile", "tidak-ada")
    assert (unknown.exit_code, "[profile_unknown]" in unknown.output) == (2, True)
    assert "simulasi" in unknown.output
    assert "[org_unit_unknown]" in connected("plan", "--org-unit", "/Nope", "--profile", "simulasi").output
    assert "[policy_plan_unknown]" in connected("apply", "0000").output
    assert "[policy_plan_unknown]" in connected("prove", "99").output
    assert "[policy_plan_unknown]" in connected("restore", "99").output


def test_another_worker_that_has_the_job_is_watched_to_its_end(connected: Run, school: Path) -> None:
    """The row says that somebody lives and works; it ends meanwhile."""
    import threading

    context = open_context(config.load(school))
    with context.db.write() as tx:
        other = google_jobs.enqueue(tx, SYSTEM, context.now(), "probe", {})
    claimed = google_jobs.claim(context.db, context.now(), other)
    assert claimed
    told: list[Result] = []
    thread = threading.Thread(target=lambda: told.append(connected("sync")))
    thread.start()
    until(lambda: [r for r in rows(school, t.google_jobs) if r.kind == "sync"], "its own job is in line")
    google_jobs.finish(context.db, context.now(), claimed, {})
    thread.join(60)
    assert told and told[0].exit_code == 0, told[0].output
    context.db.close()


def test_disconnecting_is_dry_until_it_is_meant(connected: Run, school: Path) -> None:
    assert "would delete" in connected("google", "disconnect").output
    assert config.load(school).managed
    assert connected("google", "disconnect", "--yes").exit_code == 0
    assert not config.load(school).managed


def test_what_google_refuses_is_told_with_what_it_means_and_the_page_where_it_is_put_right(
    bangku: Run, console: Emulator, tmp_path: Path
) -> None:
    wrong = tmp_path / "x.json"
    wrong.write_text("{}", "utf-8")
    refused = bangku("google", "connect", "--credentials", wrong, "--subject", "admin@contoh.sch.id")
    assert "https://console.cloud.google.com/iam-admin/serviceaccounts" in refused.output
    console.set(delegated_scopes=[])
    try:
        refused = bangku(
            *("google", "connect", "--credentials", console.credentials),
            *("--subject", console.subject, "--api-root", console.root),
        )
    finally:
        console.set(delegated_scopes=None)
    assert "[google_delegation]" in refused.output
    assert "Domain-wide delegation (https://admin.google.com/ac/owl/domainwidedelegation)" in refused.output


def test_a_command_beside_the_server_keeps_to_the_address_that_the_server_was_started_with(
    bangku: Run, school: Path
) -> None:
    serving = open_context(config.load(school, public_url="https://ujian.sekolah.sch.id"))
    serving.db.close()
    link = bangku("user", "add", "guru", "--name", "Bu Guru", "--role", "technician")
    assert link.output.startswith("https://ujian.sekolah.sch.id/setup/")
    kept = {row.key: row.value for row in rows_as_command(school)}
    assert kept["public_url"] == "https://ujian.sekolah.sch.id"


def rows_as_command(school: Path) -> list[Any]:
    context = open_beside(config.load(school))
    with context.db.read() as c:
        found = list(c.execute(t.meta.select()))
    context.db.close()
    return found


def test_a_device_that_stays_is_told_with_its_reason_in_words(connected: Run) -> None:
    connected("sync", "--yes")
    told = connected("move", "--device", "C01", "--to", "/Chromebook/Ruang 1")
    assert "stays: C01: already there [already_there]" in told.output


def test_telemetry_is_brought_by_a_command_and_a_scope_left_out_is_named(connected, console):
    done = connected("telemetry")
    assert done.exit_code == 0 and re.search(r"1[0-9] Chromebooks told", done.output), done.output
    console.set(delegated_scopes=["https://www.googleapis.com/auth/admin.directory.device.chromeos.readonly"])
    try:
        refused = connected("telemetry")
    finally:
        console.set(delegated_scopes=None)
    assert refused.exit_code == 1 and "telemetry.readonly" in refused.output, refused.output
