"""Choosing a profile: which there are, in the order people look for them, and where each fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from server.domain.exam import Client
from server.domain.profile import ExamProfile, Level


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme with its profiles, by level and day: those for the school's level, and those for another."""

    name: str
    profiles: tuple[ExamProfile, ...]
    of_other_levels: tuple[ExamProfile, ...]


def by_programme(found: dict[str, ExamProfile], school_level: str) -> tuple[Programme, ...]:
    """What a school can hold by itself comes first, then the national programmes by name."""
    groups: dict[str, list[ExamProfile]] = {}
    for profile in found.values():
        groups.setdefault(profile.programme, []).append(profile)
    order = sorted(groups, key=lambda name: (all(p.client is not Client.WEB for p in groups[name]), name))
    return tuple(_programme(name, sorted(groups[name], key=_place), school_level) for name in order)


def days_for(profile: ExamProfile, days: Sequence[Row[Any]]) -> tuple[Row[Any], ...]:
    """The days on which an exam of this profile may be: its own number in each round.

    A round without that number offers all its days: a catch-up may hold the second day alone, as its first.
    """
    if profile.day is None:
        return tuple(days)
    with_it = {day.round_id for day in days if day.number == profile.day}
    return tuple(day for day in days if day.number == profile.day or day.round_id not in with_it)


def _programme(name: str, profiles: Sequence[ExamProfile], school_level: str) -> Programme:
    other = tuple(p for p in profiles if p.for_another_level(school_level))
    return Programme(name, tuple(p for p in profiles if p not in other), other)


def _place(profile: ExamProfile) -> tuple[int, int, str]:
    level = -1 if profile.level is None else list(Level).index(profile.level)
    return level, profile.day or 0, profile.name
