"""Exam profiles: what they are made of, and every reason why one is refused."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from server.domain.exam import Client
from server.domain.profile import ExamProfile, Level
from server.domain.profile_problems import problems

TKA_SMP: dict[str, Any] = {
    "key": "tka-smp-1",
    "name": "TKA SMP hari 1",
    "programme": "TKA",
    "level": "SMP",
    "day": 1,
    "client": "exam_browser",
    "start_url": None,
    "allowed_hosts": [],
    "blocks": [
        {"name": "Latihan", "minutes": 10, "source": "a newspaper", "date": "2026-02", "uncertain": True},
        {"name": "Matematika", "minutes": None},
    ],
    "bandwidth": {"mbps": 16, "per_clients": 40, "source": "a school's page", "date": "2026"},
    "sources": [{"text": "a ministry page", "date": "2026-01-19", "grade": "A"}],
}

SCHOOL: dict[str, Any] = {
    "key": "ujian",
    "name": "Ujian",
    "programme": "Sekolah",
    "level": None,
    "day": None,
    "client": "web",
    "start_url": "https://cbt.sekolah.sch.id/masuk",
    "allowed_hosts": ["cbt.sekolah.sch.id"],
    "blocks": [{"name": "Ujian", "minutes": 90, "source": "the school", "date": "2026"}],
    "token": {"interval_minutes": 15},
}


def changed(base: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    copy = deepcopy(base)
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def codes(raw: object) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(p.code, p.path) for p in problems(raw)]


@pytest.mark.parametrize("raw", [TKA_SMP, SCHOOL])
def test_a_good_profile_has_no_problems_and_survives_being_stored(raw: dict[str, Any]) -> None:
    assert problems(raw) == []
    profile = ExamProfile.read(raw)
    stored = json.loads(json.dumps(profile.as_dict()))
    assert ExamProfile.read(stored) == profile
    assert problems(stored) == []


def test_values_are_typed() -> None:
    profile = ExamProfile.read(TKA_SMP)
    assert profile.client is Client.EXAM_BROWSER
    assert profile.level is Level.SMP
    assert profile.lock.report_interval_ms == 10_000
    assert profile.lock.allow_clipboard is False
    with pytest.raises(ValidationError):
        profile.name = "other"  # type: ignore[misc]


def test_what_the_operator_must_enter_is_told() -> None:
    assert ExamProfile.read(TKA_SMP).asks_minutes == ("Matematika",)
    assert ExamProfile.read(TKA_SMP).asks_address is False, "the ministry's client knows where to go"
    assert ExamProfile.read(changed(SCHOOL, ("start_url",), None)).asks_address is True
    assert ExamProfile.read(SCHOOL).asks_address is False


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("key",), "Ujian Sekolah", "wrong_form"),
        (("key",), "ujian-", "wrong_form"),
        (("name",), "", "text_blank"),
        (("name",), " Ujian", "text_blank"),
        (("name",), "Ujian\nlagi", "text_control"),
        (("name",), "x" * 161, "wrong_length"),
        (("name",), 5, "wrong_type"),
        (("level",), "TK", "not_one_of"),
        (("day",), 0, "out_of_range"),
        (("client",), "browser", "not_one_of"),
        (("blocks",), [], "wrong_length"),
        (("blocks",), {}, "wrong_type"),
        (("blocks", 0, "minutes"), 0, "out_of_range"),
        (("blocks", 0, "minutes"), -5, "out_of_range"),
        (("blocks", 0, "minutes"), 601, "out_of_range"),
        (("blocks", 0, "minutes"), "75", "wrong_type"),
        (("blocks", 0, "minutes"), True, "wrong_type"),
        (("blocks", 0, "minutes"), 7.5, "wrong_type"),
        (("blocks", 0, "date"), "kemarin", "wrong_form"),
        (("blocks", 0, "date"), "2026-13", "wrong_form"),
        (("blocks", 0, "date"), 2026, "wrong_type"),
        (("start_url",), "cbt.sekolah.sch.id", "start_url_invalid"),
        (("start_url",), "javascript:alert(1)", "start_url_invalid"),
        (("allowed_hosts", 0), "https://cbt.sekolah.sch.id", "host_invalid"),
        (("token", "interval_minutes"), 0, "out_of_range"),
    ],
)
def test_a_bad_value_is_named_with_its_place(path: tuple[str | int, ...], value: object, code: str) -> None:
    assert (code, path) in codes(changed(SCHOOL, path, value))


@pytest.mark.parametrize("interval", [4_999, 20_001])
def test_the_report_interval_keeps_to_the_protocol(interval: int) -> None:
    assert codes({**SCHOOL, "lock": {"report_interval_ms": interval}}) == [
        ("out_of_range", ("lock", "report_interval_ms"))
    ]


def test_unknown_keys_are_refused_at_every_depth_with_a_near_name() -> None:
    raw = {
        **SCHOOL,
        "allowed_host": [],
        "lock": {"clipboard": True},
        "blocks": [{**SCHOOL["blocks"][0], "minute": 1}],
    }
    found = {p.path: p for p in problems(raw)}
    assert {p.code for p in found.values()} == {"unknown_key"}
    assert "'allowed_hosts'" in found["allowed_host",].message
    assert "'allow_clipboard'" in found["lock", "clipboard"].message
    assert "'minutes'" in found["blocks", 0, "minute"].message


def test_all_missing_fields_are_told_at_once() -> None:
    missing = {path[0] for code, path in codes({}) if code == "missing"}
    assert missing == {
        "key", "name", "programme", "level", "day", "client", "blocks", "start_url", "allowed_hosts",
    }  # fmt: skip


@pytest.mark.parametrize("raw", [None, [], "text", 5])
def test_something_else_altogether_is_one_problem(raw: object) -> None:
    assert codes(raw) == [("wrong_type", ())]


def test_every_reason_is_told_at_once_shapes_and_rules_together() -> None:
    raw = changed(SCHOOL, ("blocks", 0), {"name": "Ujian", "minutes": 90})
    raw["allowed_hosts"] = ["lain.id", "*.id"]
    raw["level"] = "TK"
    del raw["token"]
    assert set(codes(raw)) == {
        ("not_one_of", ("level",)),
        ("host_invalid", ("allowed_hosts", 1)),
        ("number_without_source", ("blocks", 0, "source")),
        ("number_without_source", ("blocks", 0, "date")),
        ("token_missing", ("token",)),
        ("start_host_not_allowed", ("allowed_hosts",)),
    }


def test_minutes_that_nobody_found_need_no_source() -> None:
    assert problems(changed(SCHOOL, ("blocks", 0), {"name": "Ujian", "minutes": None})) == []


def test_the_start_page_must_be_on_an_allowed_host_port_included() -> None:
    assert problems(changed(SCHOOL, ("allowed_hosts",), ["cbt.sekolah.sch.id:443"])) == []
    assert codes(changed(SCHOOL, ("allowed_hosts",), ["cbt.sekolah.sch.id:8443"])) == [
        ("start_host_not_allowed", ("allowed_hosts",))
    ]


def test_the_practice_page_needs_no_host() -> None:
    assert problems({**SCHOOL, "start_url": "practice", "allowed_hosts": []}) == []


def test_pages_and_tokens_of_the_exam_browser_belong_to_the_centre() -> None:
    raw = {
        **TKA_SMP,
        "start_url": "https://a.id",
        "allowed_hosts": ["a.id"],
        "token": {"interval_minutes": 15},
    }
    assert codes(raw) == [
        ("not_for_exam_browser", ("start_url",)),
        ("not_for_exam_browser", ("allowed_hosts",)),
        ("not_for_exam_browser", ("token",)),
    ]


def test_a_number_is_asked_for_when_nobody_found_it_or_it_is_uncertain() -> None:
    uncertain, missing = ExamProfile.read(TKA_SMP).blocks
    assert (uncertain.asked, missing.asked) == (True, True)
    assert ExamProfile.read(SCHOOL).blocks[0].asked is False


@pytest.mark.parametrize(
    ("level", "school", "differs"),
    [
        ("SMP", "SMP", False),
        ("SMP", "SD", True),
        ("SMK", "SMA", True),
        (None, "SD", False),
        ("SMP", "SLB", False),  # its pupils sit the exam of the level they equal
        ("SMP", "MTs", False),  # no word on it: no hint
        ("SMP", "", False),
    ],
)
def test_another_level_than_the_schools_is_known(level: str | None, school: str, differs: bool) -> None:
    assert ExamProfile.read({**TKA_SMP, "level": level}).for_another_level(school) is differs


def test_announced_sessions_have_a_source_and_times() -> None:
    times = {"times": ["07:30-09:30"], "source": "a newspaper", "date": "2025"}
    assert problems({**TKA_SMP, "sessions": times}) == []
    assert codes({**TKA_SMP, "sessions": {"times": ["7.30"], "date": "2025"}}) == [
        ("wrong_form", ("sessions", "times", 0)),
        ("missing", ("sessions", "source")),
    ]


def test_messages_say_what_to_do() -> None:
    (problem,) = problems(changed(SCHOOL, ("blocks", 0, "minutes"), 0))
    assert problem.message == "blocks item 1 minutes is 0; it must be at least 1"
