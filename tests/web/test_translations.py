"""English is complete: every sentence of the pages has a translation with the same places to fill."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from flask_babel import ngettext

from server.web import language

from .conftest import Web

PO = language.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def forms(words: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """A counted sentence has a form for one and one for many; the header's id is empty."""
    return (words,) if isinstance(words, str) else tuple(words)


def test_every_sentence_has_its_english_and_no_other() -> None:
    with PO.open("rb") as file:
        english = {(m.id, m.context): forms(m.string) for m in read_po(file) if m.id}
    assert set(english) == language.sentences(), "run scripts/translations"
    assert not [sentence for sentence, words in english.items() if not all(w.strip() for w in words)]


def test_translations_keep_the_places_to_fill() -> None:
    with PO.open("rb") as file:
        for message in read_po(file):
            for one, english in zip(forms(message.id), forms(message.string), strict=True):
                assert sorted(PLACES.findall(one)) == sorted(PLACES.findall(english))


def test_the_language_is_switched_by_a_link_and_kept(web: Web) -> None:
    client = web.app.test_client()
    assert "Masuk petugas" in client.get("/sign-in").get_data(as_text=True)
    answer = client.get("/language/en?next=/sign-in")
    assert answer.headers["Location"] == "/sign-in"
    assert "Staff sign-in" in client.get("/sign-in").get_data(as_text=True)
    client.get("/language/xx")
    assert "Staff sign-in" in client.get("/sign-in").get_data(as_text=True)
    client.get("/language/id")
    assert "Masuk petugas" in client.get("/sign-in").get_data(as_text=True)


TEMPLATES = language.TRANSLATIONS.parent / "templates"
ON_BUTTON = re.compile(r'(?:<button[^>]*>\s*(?:\{%[^%]*%\})?\{\{ |act\("\w+", "\w*", )_\("([^"]+)"\)')
HEADING = re.compile(r'<(?:dt|th)[^>]*>\{\{ _\("([^"]+)"\)')


def test_a_word_on_a_button_is_not_a_heading_as_well_unless_each_sense_is_told() -> None:
    """Indonesian says both with one word ("Mulai": start, started); English needs two (pgettext)."""
    pages = [page.read_text(encoding="utf-8") for page in TEMPLATES.rglob("*.html")]
    buttons = {word for page in pages for word in ON_BUTTON.findall(page)}
    headings = {word for page in pages for word in HEADING.findall(page)}
    assert buttons and headings
    assert not buttons & headings


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/check", ">Continue</button>"),
        ("/check", 'id="touch-start">Start</button>'),
        ("/t/", ">Start</a>"),
        ("/t/", ">Devices</a>"),
        ("/devices", ">Devices</h1>"),
        ("/ledger", ">Exam</label>"),
        ("/ledger", ">Participant</label>"),
        ("/cards", ">Exam</label>"),
        ("/exams/{exam}/board", "<h2>Exam <span"),
        ("/exams/{exam}/board", ">Move to another session<"),
    ],
)
def test_a_short_word_has_the_english_of_its_place(web: Web, page: str, words: str) -> None:
    client = web.sign_in("wayan")
    client.get("/language/en")
    assert words in client.get(page.format(exam=web.exam)).get_data(as_text=True)


@pytest.mark.parametrize(("count", "said"), [(1, "1 sheet"), (2, "2 sheets")])
def test_english_counts_one_and_many(web: Web, count: int, said: str) -> None:
    with web.app.test_request_context(headers={"Cookie": f"{language.COOKIE}=en"}):
        assert ngettext("%(num)s lembar", "%(num)s lembar", count) == said
