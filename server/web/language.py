"""Indonesian first, English second. Message ids are the Indonesian sentences themselves."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Response, has_request_context, request

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE = "bangku_lang"
TRANSLATIONS = Path(__file__).parent / "translations"

#: A sentence (one and many, where it counts), and the sense in which a short word is meant (pgettext), if told.
Sentence = tuple[str | tuple[str, ...], str | None]


def chosen() -> str:
    """The language of this request: what was chosen, else Indonesian (a laptop's own setting says little)."""
    wanted = request.cookies.get(COOKIE) if has_request_context() else None
    return wanted if wanted in LANGUAGES else "id"


def remember(answer: Response, code: str) -> None:
    if code in LANGUAGES:
        answer.set_cookie(COOKIE, code, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)


def compile_if_needed() -> None:
    """Make the binary catalogue from the text one when it is missing or older (it is not committed)."""
    for po in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        try:
            with po.open("rb") as source:
                catalogue = read_po(source, locale=po.parent.parent.name)
            part = mo.with_suffix(".part")
            with part.open("wb") as target:
                write_mo(target, catalogue)
            part.replace(mo)
        except PermissionError:
            return  # installed read-only: the wheel carries the compiled one


def sentences() -> set[Sentence]:
    """Every sentence of the pages, in Indonesian, as gettext finds them in code and templates."""
    found: set[Sentence] = set()
    web = TRANSLATIONS.parent
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    for method, pattern in (
        ("python", "*.py"),
        ("jinja2", "templates/**/*.html"),
        ("jinja2", "templates/**/*.txt"),
    ):
        for path in web.glob(pattern):
            with path.open("rb") as file:
                found |= {(m[1], m[3]) for m in extract(method, file, keywords, options={"silent": "false"})}
    return found
