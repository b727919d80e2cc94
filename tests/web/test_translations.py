"""English is complete: every sentence of the pages has a translation with the same places to fill."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from server.web import language

from .conftest import Web

PO = language.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def test_every_sentence_has_its_english_and_no_other() -> None:
    with PO.open("rb") as file:
        english = {str(m.id): str(m.string) for m in read_po(file) if m.id}
    assert set(english) == set(language.sentences()), "run scripts/translations"
    assert not [sentence for sentence, words in english.items() if not words.strip()]


def test_translations_keep_the_places_to_fill() -> None:
    with PO.open("rb") as file:
        for message in read_po(file):
            if message.id:
                assert sorted(PLACES.findall(str(message.id))) == sorted(PLACES.findall(str(message.string)))


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
