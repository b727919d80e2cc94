"""Signing in: no default password, one-time links, limits per name and address, and revocation at once."""

from __future__ import annotations

import re
from collections.abc import Callable

from server.domain.roles import Role
from server.services import staff
from server.services.actor import SYSTEM
from server.web import start_over

from .conftest import JSON, PASSWORD, Web


def test_a_wrong_password_does_not_blame_and_tells_nothing(web: Web) -> None:
    client = web.app.test_client()
    wrong = client.post("/sign-in", data={"username": "sari", "password": "salah sekali"})
    unknown = client.post("/sign-in", data={"username": "siapa", "password": "salah sekali"})
    assert wrong.status_code == unknown.status_code == 403
    for answer in (wrong, unknown):
        assert "belum cocok" in answer.get_data(as_text=True)
    assert web.audit()[-1].code == "sign_in_refused"


def test_failures_are_limited_per_name_and_address_and_others_go_on(web: Web) -> None:
    client = web.app.test_client()
    answers = [
        client.post("/sign-in", data={"username": "sari", "password": "x"}).status_code for _ in range(9)
    ]
    assert answers == [403] * 8 + [429]
    assert "Terlalu banyak percobaan" in client.post(
        "/sign-in", data={"username": "sari", "password": PASSWORD}
    ).get_data(as_text=True)
    assert web.sign_in("made").get("/exams").status_code == 200


def test_the_right_password_is_never_counted(web: Web) -> None:
    for _ in range(12):
        web.sign_in("sari")


def test_signing_in_never_leads_to_another_site(web: Web) -> None:
    for target in ("//jahat.example/", "https://jahat.example/", "/\\jahat.example", "javascript:alert(1)"):
        answer = web.app.test_client().post(
            "/sign-in", query_string={"next": target}, data={"username": "sari", "password": PASSWORD}
        )
        assert answer.headers["Location"] == "/", target
    answer = web.app.test_client().post(
        "/sign-in?next=/staff", data={"username": "sari", "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/staff"


def test_a_link_sets_a_password_once(web: Web) -> None:
    now = web.context.now()
    _, token = staff.create(
        web.context.db, SYSTEM, now, username="ketut", name="Ketut Rai", role=Role.PROCTOR
    )
    client = web.app.test_client()
    assert "Ketut Rai" in client.get(f"/setup/{token}").get_data(as_text=True)
    short = client.post(f"/setup/{token}", data={"password": "pendek", "again": "pendek"})
    assert short.status_code == 422
    assert "sedikitnya 10" in short.get_data(as_text=True)
    differs = client.post(f"/setup/{token}", data={"password": PASSWORD, "again": PASSWORD + "x"})
    assert "belum sama" in differs.get_data(as_text=True)
    done = client.post(f"/setup/{token}", data={"password": PASSWORD, "again": PASSWORD})
    assert "Silakan masuk" in done.get_data(as_text=True)
    assert client.get(f"/setup/{token}").status_code == 404
    assert client.post(f"/setup/{token}", data={"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert web.sign_in("ketut").get("/exams").status_code == 200


def test_a_closed_account_is_out_at_its_next_request(web: Web) -> None:
    client = web.sign_in("made")
    assert client.get("/exams").status_code == 200
    with web.context.db.read() as c:
        made = next(s for s in staff.everyone(c) if s.username == "made")
    staff.change(web.context.db, SYSTEM, web.context.now(), made.id, active=False)
    assert client.get("/exams", headers=JSON).status_code == 401


def test_signing_out_is_a_post_and_is_written_down(web: Web) -> None:
    client = web.sign_in("sari")
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 302
    assert client.get("/exams", headers=JSON).status_code == 401
    assert web.audit()[-1].action == "staff.sign_out"


def test_a_post_without_its_csrf_token_changes_nothing(make_web: Callable[..., Web]) -> None:
    web = make_web(csrf=True)
    client = web.app.test_client()
    assert client.post("/sign-in", data={"username": "sari", "password": PASSWORD}).status_code == 400
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    signed = client.post("/sign-in", data={"username": "sari", "password": PASSWORD, "csrf_token": token})
    assert signed.status_code == 302
    refused = client.post(f"/exams/{web.exam}/steps/open", headers=JSON)
    assert refused.status_code == 400
    assert refused.get_json()["error"]["code"] == "csrf"
    line = web.audit()[-1]
    assert (line.actor, line.action, line.code) == ("sari", "exams.step", "csrf")
    page = client.get("/exams").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    done = client.post(f"/exams/{web.exam}/steps/open", headers={**JSON, "X-CSRFToken": token})
    assert done.get_json() == {"ok": True}


def test_every_page_carries_its_headers_and_errors_tell_no_secrets(web: Web) -> None:
    client = web.sign_in("wayan")
    for path in ("/sign-in", "/exams", "/nope", "/health"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"

    def broken() -> str:
        raise RuntimeError("rahasia")

    web.app.view_functions["health"] = broken
    answer = client.get("/health")
    assert answer.status_code == 500
    assert "rahasia" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_no_page_has_inline_script_or_style_but_the_one_that_starts_it_over(web: Web) -> None:
    client = web.sign_in("wayan")
    for path in (
        "/exams",
        f"/exams/{web.exam}/board",
        f"/exams/{web.exam}/projector",
        "/staff",
        "/participants",
    ):
        answer = client.get(path)
        (script,) = re.findall(r"script-src ([^;]*)", answer.headers["Content-Security-Policy"])
        assert script == f"'self' {start_over.CSP_SOURCE}"
        page = answer.get_data(as_text=True).replace(str(web.app.jinja_env.globals["start_over"]), "")
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert " onclick=" not in page, path
        for tag in page.split("<script")[1:]:
            assert "src=" in tag.split(">")[0] or 'type="application/json"' in tag.split(">")[0], path
