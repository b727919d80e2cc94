"""The profiles that come with Bangku: the numbers are those that were read, each with where and when."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.domain.exam import Client
from server.domain.profile import ExamProfile
from server.domain.profile_problems import SHAPES
from server.store.profiles import load_profiles

ROOT = Path(__file__).resolve().parent.parent
PROFILES = load_profiles()

LATIHAN, LITERASI, NUMERASI = "Latihan", "Literasi Membaca", "Numerasi"
KARAKTER, SULINGJAR = "Survei Karakter", "Survei Lingkungan Belajar"
MATEMATIKA, BAHASA = "Matematika dan Numerasi", "Bahasa Indonesia dan Literasi"
#: A second opinion, written by hand: every part of every profile. None: nobody published it.
MINUTES: dict[str, list[tuple[str, int | None]]] = {
    "simulasi": [("Latihan bagian 1", 5), ("Latihan bagian 2", 10)],
    "ujian-sekolah": [("Ujian", None)],
    "google-form": [("Ujian", None)],
    "anbk-sd-hari-1": [(LATIHAN, 15), (LITERASI, 75), (KARAKTER, 30)],
    "anbk-sd-hari-2": [(LATIHAN, 15), (NUMERASI, 75), (SULINGJAR, 40)],
    "anbk-smp-hari-1": [(LATIHAN, 10), (LITERASI, 90), (KARAKTER, 30)],
    "anbk-smp-hari-2": [(LATIHAN, 10), (NUMERASI, 90), (SULINGJAR, 30)],
    "anbk-sma-hari-1": [(LATIHAN, None), (LITERASI, None), (KARAKTER, None)],
    "anbk-sma-hari-2": [(LATIHAN, None), (NUMERASI, None), (SULINGJAR, None)],
    "anbk-smk-hari-1": [(LATIHAN, None), (LITERASI, None), (KARAKTER, None)],
    "anbk-smk-hari-2": [(LATIHAN, None), (NUMERASI, None), (SULINGJAR, None)],
    "tka-an-sd-hari-1": [(LATIHAN, 10), (MATEMATIKA, 75), (KARAKTER, 20)],
    "tka-an-sd-hari-2": [(LATIHAN, 10), (BAHASA, 75), (SULINGJAR, 20)],
    "tka-an-smp-hari-1": [(LATIHAN, None), (MATEMATIKA, None), (KARAKTER, None)],
    "tka-an-smp-hari-2": [(LATIHAN, None), (BAHASA, None), (SULINGJAR, None)],
    "tka-sma-hari-1": [(LATIHAN, 10), ("Bahasa Indonesia", 45), ("Matematika", 50), ("Bahasa Inggris", 45)],
    "tka-sma-hari-2": [(LATIHAN, 10), ("Mata pelajaran pilihan 1", 60), ("Mata pelajaran pilihan 2", 60)],
    "tka-smk-hari-1": [(LATIHAN, 10), ("Bahasa Indonesia", 45), ("Matematika", 50), ("Bahasa Inggris", 45)],
    "tka-smk-hari-2": [(LATIHAN, 10), ("Mata pelajaran pilihan 1", 60), ("Mata pelajaran pilihan 2", 60)],
}
SESSIONS = {
    "anbk-sd-hari-1": ["07:30-09:30", "10:30-12:30", "13:30-15:30"],
    "anbk-sd-hari-2": ["07:30-09:40", "10:40-12:50", "13:50-16:00"],
    "anbk-smp-hari-1": ["07:30-09:40", "10:40-12:50", "14:20-16:30"],
    "anbk-smp-hari-2": ["07:30-09:40", "10:40-12:50", "14:20-16:30"],
    "tka-sma-hari-1": ["07:30-10:00", "10:30-13:00", "14:00-16:30"],
    "tka-sma-hari-2": ["07:30-09:40", "10:10-12:20", "13:30-15:40"],
    "tka-smk-hari-1": ["07:30-10:00", "10:30-13:00", "14:00-16:30"],
    "tka-smk-hari-2": ["07:30-09:40", "10:10-12:20", "13:30-15:40"],
}
YEAR = {"anbk-sd": "2025", "anbk-smp": "2022", "tka-an-sd": "2026", "tka-sma": "2025", "tka-smk": "2025"}
OURS = {"simulasi", "ujian-sekolah", "google-form"}
NATIONAL = sorted(set(MINUTES) - OURS)


@pytest.mark.parametrize("key", sorted(MINUTES))
def test_the_minutes_are_those_that_were_read(key: str) -> None:
    assert [(block.name, block.minutes) for block in PROFILES[key].blocks] == MINUTES[key]


def test_every_profile_that_comes_is_in_the_table() -> None:
    assert set(PROFILES) == set(MINUTES)


@pytest.mark.parametrize("key", sorted(MINUTES))
def test_every_number_says_where_and_when_it_was_read(key: str) -> None:
    profile = PROFILES[key]
    for block in profile.blocks:
        assert block.minutes is None or (block.source and block.date), block.name
    for rule in (profile.bandwidth, profile.sessions):
        assert rule is None or (rule.source and rule.date)
    if profile.token is not None:
        assert any("token" in source.text for source in profile.sources)


@pytest.mark.parametrize("key", NATIONAL)
def test_a_national_exam_runs_in_the_ministrys_client_and_nothing_of_the_centre_is_guessed(key: str) -> None:
    profile = PROFILES[key]
    assert profile.client is Client.EXAM_BROWSER
    assert (profile.start_url, profile.allowed_hosts, profile.token) == (None, [], None)
    assert profile.key == f"{key.rsplit('-hari-')[0]}-hari-{profile.day}"
    assert str(profile.level).lower() in key.split("-")
    assert profile.sources


@pytest.mark.parametrize("key", NATIONAL)
def test_every_number_of_the_press_is_to_be_confirmed(key: str) -> None:
    profile = PROFILES[key]
    assert all(block.asked for block in profile.blocks)
    for block in profile.blocks:
        if block.minutes is not None:
            assert block.date is not None
            assert block.date.startswith(YEAR[key.rsplit("-hari-")[0]])


def test_announced_sessions_are_as_long_as_their_parts() -> None:
    assert {key: p.sessions.times for key, p in PROFILES.items() if p.sessions} == SESSIONS
    for key, times in SESSIONS.items():
        for span in times:
            (h, m), (to_h, to_m) = (part.split(":") for part in span.split("-"))
            long = (int(to_h) - int(h)) * 60 + int(to_m) - int(m)
            assert long == sum(minutes or 0 for _, minutes in MINUTES[key]), key


@pytest.mark.parametrize("key", NATIONAL)
def test_bandwidth_is_the_programmes_own_rule(key: str) -> None:
    rule = PROFILES[key].bandwidth
    assert rule is not None
    assert (rule.mbps, rule.per_clients) == ((12, 15) if key.startswith("anbk") else (16, 40))


def test_a_form_may_reach_its_own_host_alone() -> None:
    form = PROFILES["google-form"]
    assert form.client is Client.WEB
    assert form.asks_address
    assert form.allowed_hosts == ["docs.google.com"]


def test_the_page_on_profiles_names_every_field_and_every_file() -> None:
    page = (ROOT / "docs" / "exam-profiles.md").read_text("utf-8")
    told = set(re.findall(r"`([a-z_]+)`", page))
    fields = set(ExamProfile.model_fields).union(*(shape.model_fields for shape in SHAPES.values()))
    assert not fields - told
    files = set(re.findall(r"`([a-z-]+-hari-)1`", page))
    assert files == {key[:-1] for key in NATIONAL}
