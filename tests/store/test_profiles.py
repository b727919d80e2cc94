"""Profile files: read with line numbers, refused with every reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.domain.errors import BangkuError
from server.store.profiles import ProfileInvalid, load_profiles, profile_dir, read_profile

GOOD = """\
key: ujian
name: Ujian
programme: Sekolah
level: null
day: null
client: web
start_url: null
allowed_hosts: []
blocks:
  - name: Ujian
    minutes: 90
    source: sekolah
    date: 2026-11-24
token: {interval_minutes: 15}
"""


def put(folder: Path, text: str, name: str = "ujian.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def found(file: Path) -> list[tuple[int, str]]:
    profile, reasons = read_profile(file)
    assert profile is None
    assert all(reason.file == str(file) for reason in reasons)
    return [(reason.line, reason.code) for reason in reasons]


def test_the_profiles_that_come_with_bangku_load() -> None:
    profiles = load_profiles()
    assert {"simulasi", "ujian-sekolah"} <= set(profiles)
    assert profiles["simulasi"].start_url == "practice"
    assert profiles["ujian-sekolah"].asks_address
    assert profile_dir().name == "exam_profiles"


def test_dates_stay_as_they_were_written(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    assert load_profiles(tmp_path)["ujian"].blocks[0].date == "2026-11-24"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    put(tmp_path, "\ufeff" + GOOD)
    assert load_profiles(tmp_path)["ujian"].name == "Ujian"


def test_every_reason_comes_with_its_line(tmp_path: Path) -> None:
    file = put(
        tmp_path,
        """\
key: lain
name: Ujian
nama: Ujian
level: TK
day: null
client: web
start_url: null
allowed_hosts:
  - cbt.id
  - https://cbt.id
blocks:
  - name: Satu
    minutes: 0
    source: sekolah
    date: 2026
  - name: Dua
    minutes: 45
    minutes: 50
    date: 2026-11
token: {interval_minutes: 15}
""",
    )
    assert found(file) == [
        (1, "missing"),  # programme: the line of what should hold it
        (1, "key_is_not_file_name"),
        (3, "unknown_key"),
        (4, "not_one_of"),
        (10, "host_invalid"),
        (13, "out_of_range"),
        (15, "wrong_type"),
        (16, "number_without_source"),
        (18, "duplicate_key"),
    ]


def test_one_error_tells_the_reasons_of_all_files(tmp_path: Path) -> None:
    put(tmp_path, GOOD)
    put(tmp_path, GOOD.replace("minutes: 90", "minutes: banyak"), "a.yaml")
    put(tmp_path, "key: [", "b.yaml")
    with pytest.raises(ProfileInvalid) as caught:
        load_profiles(tmp_path)
    error = caught.value
    assert error.code == "profile_invalid"
    assert [(Path(r.file).name, r.line, r.code) for r in error.reasons] == [
        ("a.yaml", 1, "key_is_not_file_name"),
        ("a.yaml", 11, "wrong_type"),
        ("b.yaml", 1, "yaml_syntax"),
    ]
    for reason in error.reasons:
        assert f"{reason.file}:{reason.line}: {reason.message}" in str(error)
    assert error.params["count"] == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wrong_type"),
        ("# nothing\n", "wrong_type"),
        ("- a\n- b\n", "wrong_type"),
        ("a: 'x\n", "yaml_syntax"),
        ("a: 1\n---\nb: 2\n", "yaml_syntax"),
        ("a: 1\n\tb: 2\n", "yaml_syntax"),
        ("a: \x07\n", "yaml_syntax"),
        ("[" * 3_000, "yaml_syntax"),
        ("name: !!python/object/apply:os.getcwd []\n", "wrong_type"),
        ("name: !boo x\n", "yaml_value"),
        ("blocks: &b [*b]\n", "yaml_alias"),
    ],
)
def test_files_that_are_something_else_are_named(tmp_path: Path, text: str, code: str) -> None:
    assert code in [c for _, c in found(put(tmp_path, text))]


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ujian.yaml"
    file.write_bytes(GOOD.encode("utf-16"))
    assert found(file) == [(1, "not_utf8")]


def test_the_schools_own_profile_stands_in_for_the_one_that_came(tmp_path: Path) -> None:
    came, own = tmp_path / "came", tmp_path / "own"
    came.mkdir()
    own.mkdir()
    put(came, GOOD)
    put(own, GOOD.replace("minutes: 90", "minutes: 100"))
    put(own, GOOD.replace("key: ujian", "key: ulangan"), "ulangan.yaml")
    profiles = load_profiles(came, own)
    assert profiles["ujian"].blocks[0].minutes == 100
    assert set(profiles) == {"ujian", "ulangan"}
    assert set(load_profiles(came, tmp_path / "not made")) == {"ujian"}


def test_a_folder_without_profiles_is_named(tmp_path: Path) -> None:
    with pytest.raises(BangkuError) as caught:
        load_profiles(tmp_path)
    assert caught.value.code == "profiles_missing"
    assert str(tmp_path) in str(caught.value)
