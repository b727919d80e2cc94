"""Participants' cards, and what scanning one opens."""

from __future__ import annotations

import re

from server.services import cards

from .conftest import JSON, Web


def test_an_exams_cards_say_who_where_and_the_code(web: Web) -> None:
    page = web.sign_in("sari").get(f"/cards/sheets?exam={web.exam}&format=cards-10").get_data(as_text=True)
    names = re.findall(r'<g data-name="([^"]+)">', page)
    assert names[:2] == ["Adi Pratama", "Bunga Pratama"] and len(names) == 13
    card = cards.of_exam(web.context.db, web.exam)[0]
    for said in (card.name, f"No. {card.number}", "Sesi 1 (07.30) · Ruang 1", "Meja 1", card.card_code):
        assert f">{said}</text>" in page
    assert page.count('<svg class="sheet"') == 2


def test_a_line_between_two_cards_is_dashed_once(web: Web) -> None:
    """A rectangle's bottom runs from right to left: its dashes filled the gaps of the next one's top."""
    page = web.sign_in("sari").get(f"/cards/sheets?exam={web.exam}&format=cards-10").get_data(as_text=True)
    drawn = re.findall(r'<path d="([^"]+)"[^>]*stroke-dasharray', page)
    assert drawn and all(
        re.fullmatch(r"M[\d. ]+h[\d.]+m-.+h[\d.]+M[\d. ]+v[\d.]+m.+v[\d.]+", d) for d in drawn
    )
    assert not re.search(r"<rect[^>]*stroke-dasharray", page)


def test_a_rounds_cards_and_the_choice(web: Web) -> None:
    client = web.sign_in("sari")
    page = client.get(f"/cards?exam={web.exam}").get_data(as_text=True)
    assert "Simulasi web" in page and "kata sandi dari pusat tidak disimpan" in page
    page = client.get(f"/cards/sheets?round={web.school.round_id}").get_data(as_text=True)
    assert page.count("<g data-name=") == 26
    assert client.get("/cards/sheets?round=99").status_code == 404
    assert client.get("/cards/sheets").status_code == 404


def test_a_scanned_card_opens_the_board_at_its_seat(web: Web) -> None:
    card = cards.of_exam(web.context.db, web.exam)[6]
    for path in (f"/k/{card.code}", f"/K/{card.code.upper()}"):
        answer = web.sign_in("sari").get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/exams/{web.exam}/board#seat-7")


def test_a_card_is_useless_without_signing_in(web: Web) -> None:
    card = cards.of_exam(web.context.db, web.exam)[6]
    answer = web.app.test_client().get(f"/k/{card.code}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in?next=/k/{card.code}"
    assert card.name not in answer.get_data(as_text=True)


def test_a_made_up_or_altered_card_opens_nothing(web: Web) -> None:
    card = cards.of_exam(web.context.db, web.exam)[6]
    client = web.sign_in("sari")
    other = card.code.replace(str(card.registration_id), str(card.registration_id + 1), 1)
    for code in (other, str(card.registration_id), "x", "../etc", "7.AAAAAA"):
        answer = client.get(f"/k/{code}", headers=JSON)
        assert answer.status_code == 404, code
        assert answer.json["error"]["code"] in {"card_unknown", "code_unreadable", "page_unknown"}


def test_a_technician_sees_no_pupil(web: Web) -> None:
    card = cards.of_exam(web.context.db, web.exam)[6]
    client = web.sign_in("joko")
    assert client.get(f"/k/{card.code}").status_code == 403
    assert client.get("/cards").status_code == 403
