"""`bangku check` on the exam profiles: everything that is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from server.check import Result, run_checks
from server.cli import main

GOOD = """\
key: ulangan
name: Ulangan
programme: Sekolah
level: null
day: null
client: web
start_url: null
allowed_hosts: []
blocks:
  - name: Ujian
    minutes: 90
    source: surat kepala sekolah
    date: 2026-11
token: {interval_minutes: 15}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "exam_profiles"
    folder.mkdir(parents=True)
    return folder


def profiles(own: Path) -> Result:
    return next(result for result in run_checks(own.parent) if result.what == "exam profiles")


def faults(own: Path) -> list[str]:
    """`file:line: message` of each, without the folder."""
    result = profiles(own)
    assert not result.ok
    assert result.hint
    return [line.strip().removeprefix(f"{own}/") for line in result.text.splitlines()[1:]]


def test_profiles_that_will_ask_for_minutes_are_named(own: Path) -> None:
    result = profiles(own)
    assert result.ok
    counted, asking = result.text.splitlines()
    assert counted == "19 valid"
    assert asking.split() == [
        "8", "profiles", "ask", "for", "minutes", "when", "an", "exam", "is", "made:",
        "anbk-sma-hari-1,", "anbk-sma-hari-2,", "anbk-smk-hari-1,", "anbk-smk-hari-2,", "google-form,",
        "tka-an-smp-hari-1,", "tka-an-smp-hari-2,", "ujian-sekolah",
    ]  # fmt: skip


def test_the_schools_own_are_read_and_stand_in(own: Path) -> None:
    (own / "ulangan.yaml").write_text(GOOD, "utf-8")
    (own / "ujian-sekolah.yaml").write_text(GOOD.replace("key: ulangan", "key: ujian-sekolah"), "utf-8")
    text = profiles(own).text
    assert "20 valid" in text
    assert "the school's own: ujian-sekolah, ulangan" in text
    assert "7 profiles ask for minutes" in text, "the corrected one asks no more"


def test_an_unknown_key_is_named_with_the_nearest_known_one(own: Path) -> None:
    (own / "ulangan.yaml").write_text(GOOD.replace("allowed_hosts: []", "allowed_host: []"), "utf-8")
    assert faults(own) == [
        "ulangan.yaml:1: allowed_hosts is missing; add it",
        "ulangan.yaml:8: allowed_host is not known; did you mean 'allowed_hosts'?",
    ]


def test_missing_minutes_are_told_at_the_part(own: Path) -> None:
    (own / "ulangan.yaml").write_text(GOOD.replace("    minutes: 90\n", ""), "utf-8")
    assert faults(own) == ["ulangan.yaml:10: blocks item 1 minutes is missing; add it"]


def test_all_faults_of_all_files_at_once_each_with_its_line(own: Path) -> None:
    (own / "ulangan.yaml").write_text(
        GOOD.replace("level: null", "level: TK")
        .replace("minutes: 90", "minutes: 900")
        .replace("date: 2026-11", "date: kemarin")
        .replace("interval_minutes", "interval"),
        "utf-8",
    )
    (own / "lain.yaml").write_text("key: lain\n  name: [\n", "utf-8")
    found = faults(own)
    assert [line.split(": ")[0] for line in found] == [
        "lain.yaml:2", "ulangan.yaml:4", "ulangan.yaml:11", "ulangan.yaml:13", "ulangan.yaml:14",
    ]  # fmt: skip
    assert "write one of" in found[1]
    assert found[2].endswith("it must be at most 600")
    assert "write 2026, 2026-04 or 2026-04-20" in found[3]
    assert "did you mean 'interval_minutes'?" in found[4]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: Ulangan", 'name: ""'),
        ("name: Ulangan", "name: 5"),
        ("name: Ulangan", f"name: {'x' * 200}"),
        ("name: Ulangan", 'name: "a\\tb"'),
        ("key: ulangan", "key: Ulangan"),
        ("level: null", "level: TK"),
        ("day: null", "day: 0"),
        ("client: web", "client: browser"),
        ("client: web", "client: exam_browser"),
        ("start_url: null", "start_url: cbt.id"),
        ("start_url: null", "start_url: https://cbt.id/"),
        ("allowed_hosts: []", 'allowed_hosts: ["*.cbt.id"]'),
        ("allowed_hosts: []", "allowed_hosts: [a b]"),
        ("allowed_hosts: []", "allowed_hosts: [999.1.1.1]"),
        ("allowed_hosts: []", "allowed_hosts: &a [*a]"),
        ("    minutes: 90", "    minutes: sembilan"),
        ("    date: 2026-11", "    date: 2026"),
        ("    date: 2026-11", "    date: nanti"),
        ("    date: 2026-11", "    minutes: 80"),
        ("token: {interval_minutes: 15}", "token: null"),
        ("token: {interval_minutes: 15}", "token: 'x"),
        ("token: {interval_minutes: 15}", "token: {interval_minutes: 15}\nsessions: {times: [7-9], source: a, date: '2026'}"),
        ("token: {interval_minutes: 15}", "token: {interval_minutes: 15}\nsources: [{text: a, date: '2026', grade: E}]"),
        ("token: {interval_minutes: 15}", "token: {interval_minutes: 15}\nharga: 5"),
    ],
)  # fmt: skip
def test_every_kind_of_fault_says_what_to_do(own: Path, old: str, new: str) -> None:
    assert old in GOOD
    (own / "ulangan.yaml").write_text(GOOD.replace(old, new), "utf-8")
    for line in faults(own):
        assert ";" in line, line


def test_a_file_that_would_be_passed_over_is_named(own: Path) -> None:
    (own / "ulangan.yml").write_text(GOOD, "utf-8")
    result = profiles(own)
    assert not result.ok
    assert result.text == f"{own / 'ulangan.yml'}: not read; name it ulangan.yaml"


def test_the_command_fails_on_a_faulty_profile_and_says_where(own: Path) -> None:
    good = CliRunner().invoke(main, ["check", "--data-dir", str(own.parent)])
    assert "ok      exam profiles: 19 valid" in good.output
    (own / "ulangan.yaml").write_text(GOOD.replace("name: Ulangan", "nama: Ulangan"), "utf-8")
    bad = CliRunner().invoke(main, ["check", "--data-dir", str(own.parent)])
    assert bad.exit_code == 1
    assert f"{own / 'ulangan.yaml'}:2: nama is not known; did you mean 'name'?" in bad.output
    assert "→" in bad.output
