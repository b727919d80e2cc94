"""Every line of a plan has its sentence, and no sentence tells a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain import belajar, exam_policy, policy_diff, policy_safety, policy_schema
from server.domain.exam import Client
from server.domain.exam_policy import Wanted, wishes
from server.domain.policy_lines import GROUPS, LINES
from server.domain.policy_plan import Change, Op, Worry
from server.domain.policy_settings import Accessibility, Choice, Lid, Magnifier, Reenrolment, SignIn
from server.web import policy_reasons, policy_texts, policy_words
from tests.domain.tenant import schemas, wanted

from .conftest import Web


@pytest.fixture
def page(web: Web) -> Iterator[None]:
    with web.app.test_request_context("/"):
        yield


def settings_of_every_kind() -> list[Wanted]:
    helpers = set(Accessibility.model_fields) - {"menu", "magnifier"}
    found = [wanted({"variant": v}) for v in ("kiosk", "managed_guest", "user_session")]
    found.append(wanted({"variant": "managed_guest"}, attested_by="bangku@sekolah.iam.gserviceaccount.com"))
    found.append(wanted({"exam_browser_app": "b" * 32}, client=Client.EXAM_BROWSER))
    found += [wanted({"lid": v}) for v in Lid] + [wanted({"virtual_keyboard": v}) for v in Choice]
    found += [wanted({"reenrolment": v}) for v in Reenrolment] + [wanted({"sign_in": v}) for v in SignIn]
    found += [wanted({"accessibility": {"magnifier": v, "menu": v == "off"}}) for v in Magnifier]
    found += [wanted({"accessibility": dict.fromkeys(helpers, v)}) for v in Choice]
    found += [
        wanted({"powerwash_allowed": v, "guest_mode": v, "verified_mode": v, "return_message": "Ke SMP 1"})
        for v in (True, False)
    ]
    return found


def changes(want: Wanted) -> list[Change]:
    unit = policy_diff.OrgUnit("1", "/Ujian", 15)
    return list(policy_diff.make(unit, wishes(want), schemas(), [], []).changes)


def test_every_line_and_group_has_a_name() -> None:
    assert set(policy_words.TITLES) == {*LINES, "other"}
    assert set(policy_words.GROUPS) == set(GROUPS)


def test_every_change_has_its_own_sentence_without_gaps(page: None) -> None:
    told = set()
    for want in settings_of_every_kind():
        for change in changes(want):
            sentence = policy_texts.effect(change)
            assert sentence != policy_texts.title(change.line), f"{change.line} {dict(change.params)}"
            assert "%" not in sentence
            assert want.enrolment_secret not in sentence
            told.add(change.line)
    assert told == set(LINES)


def test_no_secret_is_shown(page: None) -> None:
    for want in settings_of_every_kind()[:3]:
        for change in changes(want):
            assert want.enrolment_secret not in str(policy_texts.shown(change, change.desired))
            if change.secret:
                gone = replace(change, op=Op.DELETE, current=change.desired, desired=None)
                assert want.enrolment_secret not in str(policy_texts.shown(gone, gone.current))


def test_taking_back_and_restoring_have_their_sentence(page: None) -> None:
    change = changes(wanted())[0]
    assert "dilepas" in policy_texts.effect(replace(change, op=Op.DELETE, desired=None))
    assert "sebelum rencana" in policy_texts.effect(replace(change, params={policy_diff.RESTORED: True}))


def test_every_worry_says_what_and_what_can_be_done(page: None) -> None:
    codes = set()
    for module in (belajar, exam_policy, policy_diff, policy_safety, policy_schema):
        source = Path(str(module.__file__)).read_text("utf-8")
        codes |= set(re.findall(r"_?[Ww]orry\(\s*\"([a-z_]+)\"", source)) | set(
            re.findall(r"\"(belajar_(?:not|sma|level)[a-z_]+)\"", source)
        )
    assert {"policy_root_org_unit", "policy_not_ours", "belajar_sma_guest", "policy_no_devices"} <= codes
    assert (codes | policy_safety.LIFTABLE) <= set(policy_reasons.WORRIES)
    for code in codes:
        text = policy_texts.worry_text(
            Worry(code, True, {"line": "guest_mode", "schema": "s", "fields": "f"})
        )
        assert "%(title" not in text
    assert policy_texts.may_be_allowed(Worry("policy_not_ours", True))
    assert not policy_texts.may_be_allowed(Worry("policy_exam_live", True))


def test_an_empty_list_of_who_may_sign_in_is_told_as_nobody(page: None) -> None:
    want = replace(wanted({"sign_in_groups": [], "own_domains": []}), level="")
    made = policy_diff.make(policy_diff.OrgUnit("1", "/Ujian", 1), wishes(want), schemas(), [], [])
    sign_in = next(change for change in made.changes if change.line == "sign_in")
    assert policy_texts.effect(sign_in) == policy_words.EFFECTS["sign_in:nobody"]


def test_keyboards_are_told_by_their_names_and_an_unknown_one_as_it_is(page: None) -> None:
    made = changes(wanted({"input_methods": ["xkb:us::eng", "xkb:us::ind", "xkb:de::ger"]}))
    keyboards = next(change for change in made if change.line == "input_methods")
    assert policy_texts.effect(keyboards).endswith("Inggris (AS), Indonesia (AS), xkb:de::ger.")
