"""The set-up checklist: what a new school does in which order, and where."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.setup import SeveralInvalid
from server.services import setup_steps
from server.services.setup_steps import Step
from server.web.errors import note
from server.web.identity import context
from server.web.texts import error_text
from server.web.words import N_, word

bp = Blueprint("setup", __name__)

TITLES: dict[str, str] = {
    "school": N_("Sekolah"),
    "rooms": N_("Ruang"),
    "rounds": N_("Pelaksanaan"),
    "devices": N_("Daftar perangkat"),
    "participants": N_("Peserta"),
    "exams": N_("Ujian"),
}
HELP: dict[str, str] = {
    "school": N_("NPSN, nama, jenjang, dan zona waktu; juga sekolah yang menumpang."),
    "rooms": N_("Tiap ruang dengan mejanya, seperti nomor di atas meja."),
    "rounds": N_("Apa yang diadakan, pada tanggal berapa, dan sesi mulai pukul berapa."),
    "devices": N_("Chromebook dengan stiker dan nomor serinya."),
    "participants": N_("Daftar peserta dari berkas XLSX, dengan sesi, ruang, dan meja."),
    "exams": N_("Satu ujian untuk tiap hari, sesi, dan ruang."),
}
DONE: dict[str, str] = {
    "rooms": N_("%(n)s ruang, %(seats)s meja"),
    "rounds": N_("%(n)s pelaksanaan"),
    "devices": N_("%(n)s perangkat"),
    "participants": N_("%(n)s peserta terdaftar"),
    "exams": N_("%(n)s ujian"),
}
PAGES = {
    "school": "setup_school.page",
    "rooms": "setup_rooms.page",
    "rounds": "setup_rounds.page",
    "devices": "devices.index",
    "participants": "roster.page",
    "exams": "exams.new",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as the checklist shows it."""

    key: str
    number: int
    title: str
    help: str
    state: str
    done: bool
    next: bool
    url: str


@bp.get("/setup")
def page() -> ResponseReturnValue:
    return show("setup/page.html")


def show(template: str, status: int = 200, **values: object) -> ResponseReturnValue:
    """A set-up page with the checklist on top."""
    steps = views()
    upcoming = next((s for s in steps if s.next), None)
    done = request.args.get("done") if request.method == "GET" else None
    return render_template(template, steps=steps, upcoming=upcoming, done=done, **values), status


def refusal(error: BangkuError) -> dict[str, str]:
    """The sentence for each field; what belongs to none is under `form`. Writes the audit line."""
    note(error.code)
    problems = error.problems if isinstance(error, SeveralInvalid) else [error]
    return {str(p.params.get("field", "form")): error_text(p.code, p.params) for p in problems}


def views() -> tuple[StepView, ...]:
    return _views(_steps())


def missing_views() -> tuple[StepView, ...]:
    """What an exam cannot be made without and is not there yet."""
    found = _steps()
    wanted = {step.key for step in setup_steps.missing(found)}
    return tuple(view for view in _views(found) if view.key in wanted)


def _steps() -> tuple[Step, ...]:
    with context().db.read() as c:
        return setup_steps.steps(c)


def _views(found: tuple[Step, ...]) -> tuple[StepView, ...]:
    upcoming = setup_steps.next_step(found)
    return tuple(
        StepView(
            key=step.key,
            number=n,
            title=word(TITLES, step.key),
            help=word(HELP, step.key),
            state=state_words(step),
            done=step.done,
            next=step == upcoming,
            # made exams are looked at; before there is one, the first is made
            url=url_for("exams.index" if step.key == "exams" and step.done else PAGES[step.key]),
        )
        for n, step in enumerate(found, 1)
    )


def state_words(step: Step) -> str:
    """How far a step has come, in words."""
    if step.done:
        if step.key == "school":
            return step.name
        return str(gettext(DONE[step.key]) % {"n": step.count, "seats": step.seats})
    if step.blocked_by is not None:
        return str(_("sesudah langkah %(step)s", step=word(TITLES, step.blocked_by)))
    return str(_("belum ada"))
