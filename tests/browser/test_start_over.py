"""A page that lost one of its files on the way does not stand there for ever: it starts over by itself."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from server.services import demo, exams
from server.services.actor import SYSTEM
from tests.e2e.room import PASSWORD, sign_in
from tests.stage import ServerProcess, until

pytestmark = pytest.mark.browser

PROFILE = {"key": "latihan", "client": "web", "blocks": [{"name": "Literasi", "minutes": 30}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ServerProcess(tmp_path_factory.mktemp("start_over"))
    db, now = server.context.db, server.context.now()
    school = demo.seed(db, now, days=("2026-11-24", "2026-11-25"))
    demo.set_passwords(db, now, dict.fromkeys(demo.CAST, PASSWORD))
    exam = exams.create(
        db,
        SYSTEM,
        now,
        day_id=school.day_ids[0],
        slot_id=school.slot_ids[0],
        room_id=school.room_id,
        profile=PROFILE,
        title="Latihan",
        start_url="practice",
        allowed_hosts=[],
    )
    exams.open_exam(db, SYSTEM, now, exam)
    server.start()
    try:
        yield server, exam
    finally:
        server.stop()
        db.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(service_workers="block")
    yield context.new_page()
    context.close()


def lose(page, pattern: str) -> None:
    """This file comes to nothing until the page asks whether the server is there.

    Losing its first request alone is not enough: Chromium looks ahead in the page and, where that early request fails
    before its element is read, asks once more by itself and the page never knew of a loss.
    """

    asked = []

    def answer(route) -> None:
        if route.request.method == "HEAD":
            asked.append(route.request.url)
        if not asked and fnmatch(route.request.url, pattern):
            route.abort("aborted")
        else:
            route.fallback()

    page.route("**/*", answer)


@pytest.mark.parametrize("file", ["js/pupil.js", "js/practice_store.js"])
def test_a_pupils_page_whose_script_got_lost_starts_over(server, page, file) -> None:
    """What Chrome does to files that are on their way when it installs the extension."""
    lose(page, f"**/static/{file}")
    page.goto(f"{server[0].url}/pupil")
    # drawn by the script alone: the way in by card
    page.wait_for_selector("#card-way:visible")


def test_a_page_that_lost_its_style_sheet_starts_over(server, page) -> None:
    loads = []
    page.on("load", lambda _: loads.append(page.url))
    lose(page, "**/static/css/pupil.css")
    page.goto(f"{server[0].url}/pupil")
    until(lambda: page.wait_for_timeout(100) or len(loads) == 2, "it is loaded anew")
    page.wait_for_function("document.styleSheets.length > 0")


def test_it_waits_for_the_server_before_it_starts_over(server, page) -> None:
    lose(page, "**/static/js/pupil_live.js")
    asked = []
    away = [True]

    def answer(route) -> None:
        if route.request.method == "HEAD":
            asked.append(route.request.url)
        if route.request.method == "HEAD" and away[0]:
            route.abort("connectionrefused")
        else:
            route.fallback()

    page.route("**/pupil", answer)
    loads = []
    page.on("load", lambda _: loads.append(page.url))
    page.goto(f"{server[0].url}/pupil")
    until(lambda: page.wait_for_timeout(100) or len(asked) >= 2, "the page asks for the server")
    assert len(loads) == 1, "the page went away without the server"
    assert page.locator("[data-page=connecting]").is_visible()
    away[0] = False
    page.wait_for_selector("#card-way:visible")


def test_a_board_and_a_projector_start_over_too(server, page) -> None:
    here, exam = server
    sign_in(page, here.url, "sari")
    lose(page, "**/static/js/live.js")
    page.goto(f"{here.url}/exams/{exam}/board")
    page.wait_for_selector("#live[data-state=on]")
    lose(page, "**/static/js/projector.js")
    page.goto(f"{here.url}/exams/{exam}/projector")
    shown = page.locator("#clock").inner_text()
    until(
        lambda: page.wait_for_timeout(200) or page.locator("#clock").inner_text() != shown,
        "the projector's clock goes on",
    )


def test_only_the_very_script_that_the_policy_names_may_stand_inside_a_page(server, page) -> None:
    page.goto(f"{server[0].url}/pupil")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'globalThis.foreign = 1';"
        " document.head.append(s); }"
    )
    assert page.evaluate("globalThis.foreign === undefined")
