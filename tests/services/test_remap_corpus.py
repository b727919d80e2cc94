"""The seeded corpus of returns (`scripts/bench remap`), and that it would tell."""

from __future__ import annotations

from server.domain import remap_return
from server.services import remap_rule
from tests.services.remap_corpus import CASES, make
from tests.services.remap_play import play

SEED, STORIES = 1, 310


def test_every_case_is_there_and_a_seed_makes_the_same_stories_again():
    stories = make(SEED, STORIES)
    assert len(stories) == STORIES and len({story.case for story in stories}) >= len(CASES)
    assert [(s.case, s.steps, s.answer) for s in stories] == [
        (s.case, s.steps, s.answer) for s in make(SEED, STORIES)
    ]


def test_the_right_chromebook_is_proposed_nothing_weak_is_merged_and_all_is_undone(tmp_path):
    made = play(tmp_path, make(SEED, STORIES), SEED)
    assert made.automatic_wrong == []
    assert made.undone_differently == [] and made.undone >= made.accepted > 150
    assert made.share >= 0.99, made.wrong


def test_it_tells_when_weak_evidence_is_merged(tmp_path, monkeypatch):
    def accepts(c, now, given):
        return remap_rule.on(c) and given.opinion.device_id is not None

    monkeypatch.setattr(remap_rule, "accepts", accepts)
    made = play(tmp_path, make(SEED, len(CASES)), SEED)
    assert len(made.automatic_wrong) > 5


def test_it_tells_when_an_impostor_is_believed(tmp_path, monkeypatch):
    for truth in ("alive", "early", "rivals"):
        monkeypatch.setattr(remap_return.Return, truth, property(lambda self: 0))
    monkeypatch.setattr(remap_return.Return, "surely_reenrolled", property(lambda self: True))
    made = play(tmp_path, make(SEED, len(CASES)), SEED)
    assert made.automatic_wrong
