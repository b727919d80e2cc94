"""The table of national school accounts."""

from __future__ import annotations

import pytest

from server.domain.belajar import TABLE, BelajarGroup, allowlist, notes

PUPILS = (BelajarGroup.PUPILS,)


def test_every_row_says_where_it_was_read_and_when() -> None:
    assert all(row.source and row.date for row in TABLE)
    assert len({row.domain for row in TABLE}) == len(TABLE)


def test_a_schools_pupils_teachers_and_staff_have_their_own_domains() -> None:
    everyone = allowlist("SD", BelajarGroup)
    assert everyone[:3] == ("*@sd.belajar.id", "*@guru.sd.belajar.id", "*@admin.sd.belajar.id")
    assert "*@belajar.id" in everyone
    assert not any("smp" in entry for entry in everyone)


@pytest.mark.parametrize("level", ["SLB", "PAUD", "KESETARAAN"])
def test_where_the_ministrys_chromebook_list_is_silent_it_is_said(level: str) -> None:
    assert notes(level, PUPILS) == ("belajar_not_listed",)
    assert allowlist(level, PUPILS) == (f"*@{level.lower()}.belajar.id",)


def test_sma_carries_the_note_on_guest_mode() -> None:
    assert notes("SMA", PUPILS) == ("belajar_sma_guest",)
    assert notes("SMP", PUPILS) == ()


def test_a_level_that_is_not_in_the_table_lets_nobody_in_by_guess() -> None:
    assert allowlist("MI", PUPILS) == ()
    assert "belajar_level_unknown" in notes("MI", PUPILS)


def test_a_community_school_has_the_domain_of_equivalence_programmes() -> None:
    assert allowlist("PKBM", PUPILS) == ("*@kesetaraan.belajar.id",)
