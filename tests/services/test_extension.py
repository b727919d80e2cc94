"""The policy of a lab PC follows what the exams of the day allow."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from server.services import demo, exams, extension, secrets
from server.services.context import Context
from tests.services.conftest import PROFILE, SARI
from tests.services.room import run


@pytest.fixture
def policy(school, tmp_path):
    with school.db.write() as tx:
        secrets.ensure_secret(tx, school.now)
    settings = SimpleNamespace(
        addresses=("http://127.0.0.1:8410",), public_url="http://127.0.0.1:8410", data_dir=tmp_path
    )
    return lambda: extension.linux_policy(Context(settings, school.db, lambda: school.now), demo.serial(1))


def allowing(school, allowed: bool, **where: object) -> int:
    return school.make_exam(profile={**PROFILE, "lock": {"allow_clipboard": allowed}}, **where)


def clipboard_open(policy: dict[str, object]) -> bool:
    return "DefaultClipboardSetting" not in policy


def test_pages_may_use_the_clipboard_only_when_every_coming_exam_allows_it(school, policy):
    assert not clipboard_open(policy())  # the fixture's exam says nothing of it
    run(school)
    exams.end(school.db, SARI, school.now, school.exam)
    assert not clipboard_open(policy())  # none to come
    allowing(school, True, day_id=school.made.day_ids[1])
    assert clipboard_open(policy())
    strict = allowing(school, False, day_id=school.made.day_ids[1], slot_id=school.made.slot_ids[1])
    assert not clipboard_open(policy())
    exams.open_exam(school.db, SARI, school.now, strict)
    exams.start(school.db, SARI, school.now, strict)
    exams.end(school.db, SARI, school.now, strict)
    assert clipboard_open(policy())


def test_an_exam_in_the_ministrys_client_has_no_say_in_it(school, policy):
    run(school)
    exams.end(school.db, SARI, school.now, school.exam)
    allowing(school, True, day_id=school.made.day_ids[1])
    school.make_exam(
        profile={**PROFILE, "client": "exam_browser"},
        day_id=school.made.day_ids[1],
        slot_id=school.made.slot_ids[1],
        start_url=None,
    )
    assert clipboard_open(policy())
