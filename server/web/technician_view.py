"""One Chromebook in the words of the technician's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote

from flask import current_app
from flask_babel import gettext as _

from server.domain.next_act import Do
from server.domain.next_step import By, Mark, State, Step
from server.domain.readiness_rules import STEPS
from server.services import when
from server.services.device_now import DeviceNow
from server.services.school import HostSchool
from server.web import next_words, readiness_words, words

CHECK_PATH = "/check"
REASONS = 4  # more are for the readiness board


@dataclass(frozen=True, slots=True)
class StepLine:
    """`mark`: the name of its icon; `word`: its state as a word; `text`: what ticked it, or where to look."""

    name: str
    state: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """`after`: what follows a step that the server may see late."""

    place: str
    doing: list[str]
    title: str
    lines: list[str]
    steps: list[StepLine]
    after: tuple[str, list[str]] | None = None
    marks: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def view(d: DeviceNow, school: HostSchool, now: int) -> View:
    """Needs a request: it speaks its language."""
    said = _said(d, school, now)
    do = d.next.do
    following = next_words.FOLLOWING.get(do)
    return View(
        place=place(d),
        doing=_doing(d, school, now),
        title=next_words.title(do, said),
        lines=next_words.lines(do, said),
        steps=[_step(d, mark, school, now) for mark in d.next.marks],
        after=(
            (next_words.title(following, said), next_words.lines(following, said))
            if following is not None
            else None
        ),
        marks=_marks(d),
        reasons=_reasons(d) if do is Do.MEND else [],
    )


def place(d: DeviceNow) -> str:
    if d.room is None:
        return str(_("belum punya tempat"))
    if d.seat is not None:
        return str(_("%(room)s, meja %(seat)s", room=d.room, seat=d.seat))
    return str(_("%(room)s, Chromebook cadangan", room=d.room)) if d.spare else d.room


def place_in_room(d: DeviceNow) -> str:
    """The same where the room is said already."""
    if d.seat is not None:
        return str(_("meja %(seat)s", seat=d.seat))
    return str(_("Chromebook cadangan")) if d.spare else ""


def address_of(code: str) -> str:
    """The one spelling of a device's page; also how `scans` reads a code."""
    return f"/d/{quote(code, safe='')}"


def ago(at: int | None, school: HostSchool, now: int) -> str:
    """pukul 08.41 of today, else 24/11 08.41."""
    if at is None:
        return "–"
    today, said = _there(at, school, now)
    return str(_("pukul %(at)s", at=said)) if today else said


def _there(at: int, school: HostSchool, now: int) -> tuple[bool, str]:
    """Whether it is of today, and the moment in digits."""
    there = when.local(at, school.timezone)
    today = there.date() == when.local(now, school.timezone).date()
    return today, there.strftime("%H.%M" if today else "%d/%m %H.%M")


def connected_since() -> Callable[[int], int | None]:
    """When a device's open connection began. Without an edge (a test, a tool) none is open."""
    return cast(
        Callable[[int], int | None],
        current_app.extensions.get("bangku_connected_since", lambda _device_id: None),
    )


def _said(d: DeviceNow, school: HostSchool, now: int) -> dict[str, object]:
    loan = d.loan
    return {
        "label": d.label,
        "state": words.word(readiness_words.STATES, d.state),
        "place": place(d),
        "exam": d.needed_by or "–",
        "reason": d.out_reason or "–",
        "owner": loan.owner if loan is not None else "–",
        "until": current_app.jinja_env.filters["short_day"](loan.until) if loan is not None else "–",
        "unit": d.unit or "–",
        "wanted": d.wanted_unit or "–",
        "wiped": ago(d.seen.wiped_at, school, now),
        "address": current_app.extensions["bangku"].settings.public_url + CHECK_PATH,
    }


def _marks(d: DeviceNow) -> list[str]:
    """Said beside the label, whatever the next step is."""
    found = []
    if d.loan is not None:
        found.append(_("Pinjaman dari %(owner)s", owner=d.loan.owner))
        if d.loan.foreign_policies:
            found.append(_("kebijakan sekolah lain"))
    if not d.in_service:
        found.append(_("tidak dipakai dulu"))
    return [str(one) for one in found]


def _reasons(d: DeviceNow) -> list[str]:
    """What is missing, and what to do about each; the weightiest first."""
    return [
        f"{readiness_words.reason(one)} {readiness_words.step(STEPS[one.code])}"
        for one in d.reasons[:REASONS]
    ]


def _doing(d: DeviceNow, school: HostSchool, now: int) -> list[str]:
    doing = d.doing
    found = []
    if doing.since is not None:
        today, at = _there(doing.since, school, now)
        found.append(
            _("tersambung sejak pukul %(at)s", at=at) if today else _("tersambung sejak %(at)s", at=at)
        )
    elif doing.heard_at is not None:
        found.append(_("terakhir terdengar %(at)s", at=ago(doing.heard_at, school, now)))
    else:
        found.append(_("belum pernah terdengar"))
    if doing.applied is not None:
        shows = words.word(words.MODES, doing.applied)
        found.append(_("di layar: %(mode)s", mode=shows))
        if doing.behind and doing.ordered is not None:
            found.append(_("diperintah: %(mode)s", mode=words.word(words.MODES, doing.ordered)))
    if doing.battery is not None:
        power = _("baterai %(n)s%%", n=doing.battery)
        found.append(f"{power}, {_('mengisi')}" if doing.charging else power)
    return [str(one) for one in found]


def _step(d: DeviceNow, mark: Mark, school: HostSchool, now: int) -> StepLine:
    name = str(_(next_words.STEPS[mark.step]))
    text = ""
    if mark.by is not None:
        text = _tick(d, mark, mark.by, school, now)
    elif mark.state is State.NOW:
        text = _waits(d, mark.step, school, now)
    elif mark.state is State.UNKNOWN:
        text = _unseen(d, mark.step)
    return StepLine(name, str(mark.state), str(_(next_words.STATES[mark.state])), text)


def _tick(d: DeviceNow, mark: Mark, by: By, school: HostSchool, now: int) -> str:
    at = ago(mark.at, school, now)
    if by is By.REPORT and mark.after is None and d.doing.since is not None:
        return str(_(next_words.CONNECTED))
    if mark.after is not None:
        said = _(next_words.STEPS[mark.after])
        return str(_(next_words.AFTER) % {"step": said, "at": at})
    return str(_(next_words.TICKS[by]) % {"at": at, "place": place(d)})


def _waits(d: DeviceNow, step: Step, school: HostSchool, now: int) -> str:
    """A tick that the console brings is as old as the last look at it."""
    by_console = d.seen.console and step in {Step.WIFI, Step.ENROL, Step.POLICY}
    if not by_console or d.next.do is Do.ACCEPT:
        return ""
    if d.looked_at is None:
        return str(_("belum ada di daftar dari konsol"))
    return str(_("konsol terakhir dilihat %(at)s", at=ago(d.looked_at, school, now)))


def _unseen(d: DeviceNow, step: Step) -> str:
    if d.loan is not None and d.loan.foreign_policies:
        return str(_(next_words.UNSEEN_FOREIGN, owner=d.loan.owner))
    if step is Step.POLICY and d.told is not None:
        by, _at = d.told
        return str(_("Exam Browser dicentang %(who)s: kata orang, tidak terlihat server.", who=by))
    return str(_(next_words.UNSEEN[step]))
