"""A job's progress as pages and scripts see it, and stopping it."""

from __future__ import annotations

import re

from server.domain.roles import Role
from server.services import google_jobs
from server.services.actor import Actor
from server.web import google_words

from .conftest import JSON, Web
from .test_texts import sources

WAYAN = Actor("wayan", Role.ADMIN)


def queued(web: Web, kind: str = "sync") -> int:
    with web.context.db.write() as tx:
        return google_jobs.enqueue(tx, WAYAN, web.context.now(), kind, {})


def running(web: Web, **beat: object) -> google_jobs.Job:
    job = google_jobs.claim(web.context.db, web.context.now(), queued(web))
    assert job
    google_jobs.beat(web.context.db, web.context.now(), job, **beat)  # type: ignore[arg-type]
    return job


def test_it_says_what_waits_what_runs_and_how_far(web: Web) -> None:
    client = web.sign_in("joko")
    job = queued(web)
    answer = client.get(f"/google/jobs/{job}.json", headers=JSON).get_json()
    assert (answer["state"], answer["state_text"], answer["active"]) == ("queued", "Menunggu giliran", True)
    assert answer["percent"] is None
    claimed = google_jobs.claim(web.context.db, web.context.now(), job)
    assert claimed
    google_jobs.beat(web.context.db, web.context.now(), claimed, done=30, total=40)
    answer = client.get(f"/google/jobs/{job}.json", headers=JSON).get_json()
    assert (answer["done"], answer["total"], answer["percent"]) == (30, 40, 75)
    assert answer["count_text"] == "30 dari 40"


def test_a_wait_for_googles_allowance_names_the_time_it_goes_on(web: Web) -> None:
    soon = web.context.now() + 60_000
    job = running(web, waits_until=soon)
    answer = web.sign_in("joko").get(f"/google/jobs/{job.id}.json").get_json()
    assert answer["waits_until"] == soon
    assert re.search(r"lanjut sendiri pukul \d\d\.\d\d\.\d\d", answer["waits_text"])
    long_ago = web.context.now() - 60_000
    google_jobs.finish(web.context.db, web.context.now(), job, {})
    answer = web.sign_in("joko").get(f"/google/jobs/{running(web, waits_until=long_ago).id}.json").get_json()
    assert (answer["waits_until"], answer["waits_text"]) == (None, "")


def test_the_end_is_told_in_words_of_its_code(web: Web) -> None:
    job = running(web)
    google_jobs.fail(web.context.db, web.context.now(), job, "job_crashed", {})
    answer = web.sign_in("joko").get(f"/google/jobs/{job.id}.json").get_json()
    assert (answer["state"], answer["active"], answer["code"]) == ("failed", False, "job_crashed")
    assert "log server" in answer["error_text"]


def test_the_page_works_without_scripts(web: Web) -> None:
    job = running(web, done=3, total=4)
    page = web.sign_in("wayan").get(f"/google/jobs/{job.id}?next=/devices").get_data(as_text=True)
    assert 'role="progressbar"' in page
    assert 'aria-valuenow="75"' in page
    assert "Lihat kemajuan terbaru" in page
    assert 'href="/devices"' in page
    assert "Hentikan" in page
    assert "Hentikan" not in web.sign_in("joko").get(f"/google/jobs/{job.id}").get_data(as_text=True)


def test_an_administrator_stops_it_and_is_led_back(web: Web) -> None:
    job = running(web)
    client = web.sign_in("wayan")
    answer = client.post(f"/google/jobs/{job.id}/cancel", data={"next": "/devices"})
    assert answer.headers["Location"] == "/devices"
    with web.context.db.read() as c:
        assert google_jobs.get(c, job.id).state == "cancelled"
    assert web.audit()[-1].action == "google.cancel"
    assert "Menghentikan pekerjaan" in client.get("/audit").get_data(as_text=True)
    answer = client.post(f"/google/jobs/{job.id}/cancel", headers=JSON)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "job_over")
    elsewhere = client.post(f"/google/jobs/{queued(web)}/cancel", data={"next": "https://example.org/"})
    assert elsewhere.headers["Location"] == "/"


def test_an_unknown_job_is_a_plain_404(web: Web) -> None:
    assert web.sign_in("joko").get("/google/jobs/999.json", headers=JSON).get_json()["error"]["code"] == (
        "job_unknown"
    )


def test_every_step_of_the_services_has_words() -> None:
    found = {
        code
        for name, source in sources().items()
        if name.startswith("services/")
        for code in re.findall(r"\.step\(\s*\"([a-z_]+)\"", source)
    }
    assert not found - set(google_words.STEPS), sorted(found - set(google_words.STEPS))
