"""Every code that can be refused has a sentence, and every act in the trail a name."""

from __future__ import annotations

import re
from pathlib import Path

from server.domain.desired import Mode
from server.domain.exam import ExamState, Purpose
from server.domain.incident import CAUSES as INCIDENT_CAUSES
from server.domain.incident import Cause
from server.domain.roles import Act, Role
from server.domain.sitting import SittingState
from server.web import move_words, remap_console_words, sheet_texts, texts, words
from server.web.access_table import ROUTES

SERVER = Path(texts.__file__).resolve().parent.parent
#: Only ever seen by a device, whose protocol names them (docs/protocol.md), or on the command line.
NOT_ON_A_SCREEN = {
    "domain/protocol",
    "web/device_",
    "workspace/",
    "domain/profile_problems",
    "store/yaml_lines",
    "check.py",
    "demo.py",
    "demo_console.py",
    "services/doctor",
    "simulated_",
}


def sources() -> dict[str, str]:
    return {
        p.relative_to(SERVER).as_posix(): p.read_text("utf-8")
        for p in SERVER.rglob("*.py")
        if "_bundled" not in p.parts and "migrations" not in p.parts
    }


def test_every_code_has_a_sentence() -> None:
    missing = {}
    for name, source in sources().items():
        if any(part in name for part in NOT_ON_A_SCREEN):
            continue
        for code in re.findall(r"\bcode\s*=\s*\"([a-z0-9_]+)\"", source):
            # of one device of a move, of one order, or of one field that is given back
            if code in move_words.REASONS or code in remap_console_words.REASONS:
                continue
            if code not in texts.ERRORS and code not in sheet_texts.SHEET_PROBLEMS:
                missing[code] = name
    assert not missing, sorted(missing)


def test_every_problem_of_a_sheet_has_a_sentence() -> None:
    found = set()
    for name, source in sources().items():
        if not re.search(r"(roster|inventory|sheet)[a-z_]*\.py$", name):
            continue
        found |= set(re.findall(r"(?:wrong|doubled)\([^\"]+\"[a-z_]+\", \"([a-z_]+)\"", source))
        found |= set(re.findall(r"wrong\([a-z]+, \"([a-z_]+)\"", source))
        found |= set(
            re.findall(
                r"Problem\(\s*[^,]+,\s*[^,]+(?:, _, _ in what if n in HELD\))?,\s*\"([a-z_]+)\"", source
            )
        )
    assert {"number_doubled", "serial_taken", "label_doubled", "cell_empty", "column_missing"} <= found
    missing = found - set(sheet_texts.SHEET_PROBLEMS)
    assert not missing, sorted(missing)


def test_every_act_in_the_trail_has_a_name() -> None:
    found = set()
    for source in sources().values():
        found |= set(
            re.findall(
                r"\"((?:staff|exam|seat|token|roster|incident|block|hold|pupil|device|access|secret|setup)\.[a-z_]+)\"",
                source,
            )
        )
    # names of routes look alike, and the trail's names of columns and files do too
    missing = found - set(words.ACTIONS) - set(ROUTES) - {"staff.id", "secret.key", "setup.cfg"}
    assert not missing, sorted(missing)


def test_every_post_that_can_be_refused_has_a_name() -> None:
    posts = {
        "create",
        "step",
        "act",
        "all_started",
        "close_incidents",
        "admit",
        "preview",
        "confirm",
        "columns",
        "service",
        "change",
        "link",
        "save",
        "remove",
        "add_guest",
        "remove_guest",
    }
    staff = {e for e, entry in ROUTES.items() if isinstance(entry, Act) and e.split(".")[-1] in posts}
    assert not staff - set(words.ACTIONS)


def test_every_state_and_role_has_a_word() -> None:
    for table, values in (
        (words.EXAM_STATES, ExamState),
        (words.SITTING_STATES, SittingState),
        (words.MODES, Mode),
        (words.ROLES, Role),
        (words.PURPOSES, Purpose),
        (words.CAUSES, Cause),
    ):
        assert set(table) == {str(v) for v in values}
    assert set(words.INCIDENTS) >= set(INCIDENT_CAUSES)


def test_a_sentence_never_fails_for_want_of_a_parameter() -> None:
    from flask import Flask
    from flask_babel import Babel

    app = Flask("texts")
    Babel(app, default_locale="id")
    with app.test_request_context():
        for code in texts.ERRORS:
            assert texts.error_text(code, {})
