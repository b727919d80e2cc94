"""The school's mode as every staff page shows it: `school_mode()` in templates, read once a request."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g
from flask_babel import gettext

from server.services.context import Context
from server.services.mode import Kind, mode
from server.web import mode_words
from server.web.texts import error_text


@dataclass(frozen=True, slots=True)
class ModeView:
    """A mode in the words of this request's language."""

    kind: Kind
    name: str
    shape: str
    meaning: str
    subject: str | None
    trouble: str

    @property
    def managed(self) -> bool:
        return self.kind is Kind.MANAGED

    @property
    def short(self) -> str:
        """The mode alone, where there is no room for more."""
        return self.name.split(" · ")[0]

    def meaning_for(self, topic: str) -> str:
        return str(gettext(mode_words.FOR[topic][self.kind]))


def init(app: Flask) -> None:
    context: Context = app.extensions["bangku"]

    def school_mode() -> ModeView:
        if "bangku_mode" not in g:
            with context.db.read() as c:
                found = mode(c, context.settings)
            g.bangku_mode = ModeView(
                kind=found.kind,
                name=gettext(mode_words.NAMES[found.kind]),
                shape=mode_words.SHAPES[found.kind],
                meaning=gettext(mode_words.MEANING[found.kind]),
                subject=found.subject,
                trouble=error_text(found.trouble, {}) if found.trouble else "",
            )
        return g.bangku_mode  # type: ignore[no-any-return]

    app.context_processor(lambda: {"school_mode": school_mode})
    app.extensions["bangku_mode"] = school_mode
