"""Why an identity has its grade is said on a Chromebook's page and at its seat; codes of returns have words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from server.domain.remap import Kind, Strength, Weight
from server.domain.return_steps import STEPS, Why
from server.domain.roles import Role
from server.services import admission, board
from server.services.actor import Actor
from server.services.grades import Grade
from server.simulated_installation import Installation
from server.web import grade_words, picture, remap_words
from tests.knocks import Door

SERVER = Path(__file__).resolve().parents[2] / "server"


def test_page_and_seat_say_why(web):
    now = web.context.now()
    client = web.sign_in("joko")
    assert "Belum pernah tersambung ke Bangku." in client.get("/devices/1").get_data(as_text=True)
    door, old, new = Door(web.context.db, now), Installation(), Installation()
    door.knock(now, old, "5CD0001DEMO")
    assert "Tahu rahasia sekolah" in client.get("/devices/1").get_data(as_text=True)
    waiting = door.knock(now, new, "5CD0001DEMO")
    admission.admit(web.context.db, Actor("joko"), now, waiting.enrolment_id)
    page = client.get("/devices/1").get_data(as_text=True)
    for said in (
        "joko menjaminnya pada",
        "diganti pemasangan baru",
        "Dikembalikan ke tempat semula oleh joko",
    ):
        assert said in page
    web.start()
    with web.context.db.read() as c, web.app.test_request_context():
        seats = picture.parts(board.board(c, web.exam, now), Role.PROCTOR)["seats"].values()
    assert any("joko menjaminnya pada" in seat for seat in seats)


@pytest.mark.parametrize("code", sorted(grade_words.REASONS))
def test_every_reason_can_be_filled(web, code):
    with web.app.test_request_context():
        said = grade_words.title(
            Grade("managed", code, {"at": 1, "since": 1, "who": "joko", "serial": "5CD1"})
        )
    assert said and "%" not in said


def test_every_code_of_a_return_has_words():
    """What the rules say, read from their source."""
    said: set[str] = set()
    for name in ("remap_rules.py", "remap_who.py"):
        tree = ast.parse((SERVER / "domain" / name).read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in {
                "_for",
                "_against",
                "_neutral",
                "Evidence",
            }:
                said |= (
                    {n.value for n in ast.walk(call.args[0]) if isinstance(n, ast.Constant)}
                    if call.args
                    else set()
                )
    codes = {code for code in said if isinstance(code, str) and re.fullmatch(r"[a-z_]+", code)}
    assert codes and codes <= set(remap_words.EVIDENCE), codes - set(remap_words.EVIDENCE)
    for table, values in (
        (remap_words.KINDS, Kind), (remap_words.STRENGTHS, Strength), (remap_words.WEIGHTS, Weight),
        (remap_words.WHY_AWAY, Why),
    ):  # fmt: skip
        assert set(map(str, values)) == set(table)
    assert {step for some in STEPS.values() for step in some} <= set(remap_words.STEPS)
