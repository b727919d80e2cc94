"""The look at the centre's address, against a real host that answers, hangs, apologises or is gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from server.domain.centre import CentreState
from server.services import centre, exams
from server.services.actor import SYSTEM
from server.services.context import Context
from server.store.tables import centre_states
from server.store.tables import exams as exam_rows
from server.web.hub import Hub
from server.web.probe import Probe, look_at
from tests.centre_host import CentreHost

from .conftest import JSON, Web


@pytest.fixture
def host() -> Iterator[CentreHost]:
    made = CentreHost().up()
    yield made
    made.close()


@pytest.fixture
def reference() -> Iterator[CentreHost]:
    made = CentreHost().up()
    yield made
    made.close()


@pytest.fixture
def exam(web: Web, host: CentreHost) -> int:
    """Open, in the ministry's client, with the host's address entered."""
    made = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), made)
    centre.set_probe_url(web.context.db, SYSTEM, web.context.now(), made, host.url)
    return made


def probe(web: Web, reference: CentreHost | None = None, timeout: float = 5.0) -> Probe:
    settings = replace(web.context.settings, probe_reference_url=reference.url if reference else None)
    made = Probe(Context(settings, web.context.db, web.context.now), Hub("threading"), timeout=timeout)
    web.app.extensions["bangku_probe"] = made
    return made


def spells(web: Web) -> list[tuple[str, bool]]:
    with web.context.db.read() as c:
        rows = c.execute(select(centre_states).order_by(centre_states.c.id)).all()
    return [(r.told_by, r.to_at is None) for r in rows]


def page(web: Web, exam: int, username: str = "sari") -> str:
    text = web.sign_in(username).get(f"/exams/{exam}/board").get_data(as_text=True)
    return " ".join(text.split())


@pytest.mark.parametrize("status", [200, 204, 301, 403, 404, 405, 501])
def test_any_answer_of_the_host_itself_is_an_answer(host: CentreHost, status: int) -> None:
    host.status = status
    assert look_at(host.url)
    assert len(host.asked) == 1  # a redirect is not followed


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_apology_is_none(host: CentreHost, status: int) -> None:
    host.status = status
    assert not look_at(host.url)


def test_silence_and_refusal_are_none(host: CentreHost) -> None:
    host.hangs = True
    assert not look_at(host.url, timeout=0.2)
    host.down()
    assert not look_at(host.url)
    for odd in (
        host.url.replace("http:", "https:"),
        "http://tidak-ada.invalid/",
        "http://[",
        "http://h:99999/",
        "http:///",
        "",
    ):
        assert not look_at(odd, timeout=2)


def test_the_question_carries_nothing_of_ours(host: CentreHost) -> None:
    look_at(host.url)
    ((method, path, headers),) = host.asked
    assert (method, path) == ("HEAD", "/masuk?a=1")
    assert headers == {
        "Host": f"127.0.0.1:{host.port}",
        "Accept-Encoding": "identity",
        "User-Agent": "Bangku",
        "Connection": "close",
    }


def test_nobody_is_asked_while_no_address_was_entered(web: Web, host: CentreHost) -> None:
    made = web.make_exam(slot=2, client="exam_browser")
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), made)
    probe(web).round()
    assert host.asked == []
    assert "Alamat pusat tidak diperiksa: belum diisi." in page(web, made)


def test_two_misses_open_a_spell_and_one_answer_closes_it(web: Web, host: CentreHost, exam: int) -> None:
    looking = probe(web)
    looking.round()
    assert "Alamat pusat menjawab, diperiksa pukul" in page(web, exam)
    host.down()
    looking.round()
    assert spells(web) == []
    assert "sisi kita belum diperiksa" in page(web, exam)
    looking.round()
    looking.round()
    assert spells(web) == [("probe", True)]
    assert "Sisi kita baik" not in page(web, exam)  # nobody looked at our own side
    assert "Alamat pusat tidak menjawab sejak" in page(web, exam)
    host.up()
    looking.round()
    assert spells(web) == [("probe", False)]


def test_our_side_is_fine_only_when_a_second_address_answers(
    web: Web, host: CentreHost, reference: CentreHost, exam: int
) -> None:
    looking = probe(web, reference)
    looking.round()
    assert reference.asked == []  # no need to ask while the centre answers
    host.status = 503
    looking.round()
    looking.round()
    assert len(reference.asked) == 2
    assert "Sisi kita baik; alamat pusat tidak menjawab sejak" in page(web, exam, "made")
    reference.down()
    looking.round()
    assert "sekarang internet sekolah juga tidak" in page(web, exam)
    assert "Sisi kita baik" not in page(web, exam)


def test_without_an_internet_of_our_own_nothing_is_held_against_the_centre(
    web: Web, host: CentreHost, reference: CentreHost, exam: int
) -> None:
    host.down()
    reference.down()
    looking = probe(web, reference)
    for _ in range(3):
        looking.round()
    assert spells(web) == []
    assert "Internet sekolah tidak menjawab" in page(web, exam)


def test_a_person_who_closed_the_spell_is_not_contradicted_until_the_centre_was_back(
    web: Web, host: CentreHost, exam: int
) -> None:
    host.down()
    looking = probe(web)
    looking.round()
    looking.round()
    sari = web.sign_in("sari")
    assert sari.post(f"/exams/{exam}/centre/unreachable/end", headers=JSON).get_json() == {"ok": True}
    looking.round()
    looking.round()
    assert spells(web) == [("probe", False)]
    host.up()
    looking.round()
    host.down()
    looking.round()
    looking.round()
    assert spells(web) == [("probe", False), ("probe", True)]


def test_rooms_with_one_address_share_a_look(web: Web, host: CentreHost, exam: int) -> None:
    with web.context.db.write() as tx:  # the same session in the second room
        twin = dict(tx.c.execute(select(exam_rows).where(exam_rows.c.id == exam)).one()._mapping)
        del twin["id"]
        tx.c.execute(exam_rows.insert().values(**{**twin, "room_id": web.school.second_room_id}))
    looking = probe(web)
    looking.round()
    assert len(host.asked) == 1
    host.down()
    looking.round()
    looking.round()
    assert spells(web) == [("probe", True)] * 2


def test_looking_ends_with_the_exam(web: Web, host: CentreHost, exam: int) -> None:
    looking = probe(web)
    exams.start(web.context.db, SYSTEM, web.context.now(), exam)
    looking.round()
    exams.end(web.context.db, SYSTEM, web.context.now(), exam)
    looking.round()
    assert len(host.asked) == 1
    assert looking.last(exam, host.url) is None


def test_a_spell_told_by_a_person_stays_when_the_address_answers(
    web: Web, host: CentreHost, exam: int
) -> None:
    centre.begin(web.context.db, SYSTEM, web.context.now(), exam, CentreState.UNREACHABLE)
    probe(web).round()
    assert spells(web) == [("person", True)]
    shown = page(web, exam)
    assert "Sisi kita baik, pusat tidak bisa dipakai sejak" in shown
    assert "Alamat pusat menjawab, diperiksa pukul" in shown


SCRIPT = """
import sys
from server.web.hub import Hub, monkey_patch
monkey_patch(sys.argv[1])
import socket, time
from server.web.probe import look_at
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(5)
hub, beats, done = Hub(sys.argv[1]), [], []
def beat():
    while not done:
        beats.append(1)
        hub.sleep(0.01)
hub.spawn(beat)
hub.spawn(lambda: done.append(look_at(f"http://127.0.0.1:{silent.getsockname()[1]}/", 1.0)))
deadline = time.monotonic() + 20
while not done and time.monotonic() < deadline:
    hub.sleep(0.05)
print(done, len(beats) > 10)
"""


@pytest.mark.parametrize("mode", ["eventlet", "gevent"])
def test_others_go_on_while_the_centre_is_silent(mode: str) -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT, mode], capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "[False] True", ran.stderr[-2000:]
