"""How times, states and shapes look in templates."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask, g, request
from flask_babel import format_date, get_locale, gettext
from flask_login import current_user

from server.domain.roles import Act, may
from server.services import when
from server.services.context import Context
from server.services.school import HostSchool, host
from server.web import console_words, grade_words, language, policy_states, spare_texts, spare_words, words
from server.web.actors import who


def init(app: Flask) -> None:
    context: Context = app.extensions["bangku"]

    def school() -> HostSchool:
        if "bangku_school" not in g:
            with context.db.read() as c:
                g.bangku_school = host(c)
        return g.bangku_school  # type: ignore[no-any-return]

    def local(at: int) -> datetime:
        return when.local(at, school().timezone)

    def clock(at: int | None, seconds: bool = False) -> str:
        """08.41, or 08.41.07."""
        if at is None:
            return "–"
        return local(at).strftime("%H.%M.%S" if seconds else "%H.%M")

    def moment(at: int) -> str:
        """24/11 08.41.07"""
        return local(at).strftime("%d/%m %H.%M.%S")

    def day(text: str) -> str:
        """Selasa, 24 November 2026, from yyyy-mm-dd."""
        return str(format_date(date.fromisoformat(text), "EEEE, d MMMM y"))

    def short_day(text: str) -> str:
        return str(format_date(date.fromisoformat(text), "d MMM y"))

    def source_date(text: str) -> str:
        """2026, Nov 2026 or 24 Nov 2026: as exactly as a source is dated."""
        try:
            when = date.fromisoformat(f"{text}-01"[:10])
        except ValueError:  # a year alone, or a day that no month has
            return text
        return str(format_date(when, "d MMM y" if len(text) == 10 else "MMM y"))

    app.jinja_env.filters.update(
        clock=clock,
        moment=moment,
        day=day,
        short_day=short_day,
        source_date=source_date,
        left=left,
        say=lambda text: gettext(text),
        who=who,
        exam_state=lambda s: words.word(words.EXAM_STATES, s),
        sitting_state=lambda s: words.word(words.SITTING_STATES, s),
        moved=lambda s: words.word(words.MOVED, s),
        mode=lambda s: words.word(words.MODES, s) if s else "–",
        grade=lambda s: words.word(words.GRADES, s),
        grade_hint=lambda s: words.word(words.GRADE_HINTS, s),
        grade_why=grade_words.reason,
        role=lambda s: words.word(words.ROLES, s),
        purpose=lambda s: words.word(words.PURPOSES, s),
        console_status=console_words.status,
        cause=lambda s: words.word(words.CAUSES, s),
        swap_step=lambda s: words.word(spare_texts.STEPS, s),
        against=lambda r: spare_words.reason(r.code, r.params),
        against_short=lambda r: spare_words.reason(r.code, r.params, spare_texts.SHORT),
        lock_reason=lambda s: words.word(words.LOCK_REASONS, s),
        incident=lambda s: gettext(words.INCIDENTS[s][0]) if s in words.INCIDENTS else s,
        policy_state=lambda s: words.word(policy_states.PLAN_STATES, s),
        policy_kind=lambda s: words.word(policy_states.PLAN_KINDS, s),
        policy_outcome=lambda s: words.word(policy_states.OUTCOMES, s),
        incident_help=lambda s: gettext(words.INCIDENTS[s][1]) if s in words.INCIDENTS else "",
    )
    app.extensions["bangku_clock"] = clock
    app.extensions["bangku_moment"] = moment
    app.extensions["bangku_local"] = local

    @app.context_processor
    def _everywhere() -> dict[str, object]:
        return {
            "lang": str(get_locale() or "id"),
            "languages": language.LANGUAGES,
            "school_name": school().name,
            "zone": school().timezone,
            "zone_hours": when.ZONES.get(school().timezone, 7),
            "may": lambda act: (
                bool(current_user) and current_user.is_authenticated and may(current_user.role, Act(act))
            ),
            "here": request.full_path.rstrip("?") if request else "/",
        }


def left(ms: int | None) -> str:
    """Time left as people say it: 1:02:03 or 12:03."""
    if ms is None:
        return "–"
    seconds = max(0, ms) // 1000
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
