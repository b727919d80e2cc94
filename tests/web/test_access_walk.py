"""Every route and every socket event × every role and nobody: allowed only where the table says so."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.domain.roles import Act, Role, may
from server.services import staff
from server.services.actor import SYSTEM
from server.services.demo import CAST
from server.web.access_table import EVENTS, ROUTES, Door

from .conftest import JSON, Web

USERS = {role: username for username, (_, role) in CAST.items()}
REFUSED = {"forbidden", "sign_in_needed"}


def test_every_route_has_an_entry_and_every_entry_a_route(web: Web) -> None:
    assert {rule.endpoint for rule in web.app.url_map.iter_rules()} == set(ROUTES)


def test_every_event_has_an_entry_and_every_entry_an_event(web: Web) -> None:
    assert events(web) == set(EVENTS)


def events(web: Web) -> set[tuple[str, str]]:
    from server.web.device_sockets import EVENTS as DEVICE_EVENTS

    server = web.socketio.server
    found = {(ns, event) for ns, handlers in server.handlers.items() for event in handlers}
    for namespace in server.namespace_handlers:
        # a namespace object of its own names its events itself
        found |= {(namespace, event) for event in ("connect", "disconnect", *DEVICE_EVENTS)}
    return found


def test_routes_by_role(web: Web) -> None:
    assert set(USERS) == set(Role)
    spare, _ = staff.create(
        web.context.db, SYSTEM, web.context.now(), username="cadangan", name="Cadangan", role=Role.TECHNICIAN
    )
    cookies = {role: session_of(web.sign_in(username)) for role, username in USERS.items()}
    values: dict[str, Any] = {
        "exam_id": web.exam,
        "job_id": 999,
        "swap_id": 999,
        "plan_id": 999,
        "console_id": "none",
        "staff_id": spare,
        "device_id": 1,
        "enrolment_id": 999,
        "school_id": 999,
        "room_id": web.school.second_room_id,
        "round_id": web.school.round_id,
        "step": "open",
        "act": "absent",
        "kind": "token_awaited",
        "move_id": 999,
        "remap_id": 999,
        "loan_id": 999,
        "command_id": 999,
        "token": "none",
        "code": "id",
        "code_id": 999,
        "filename": "css/bangku.css",
    }
    walked = 0
    for rule in web.app.url_map.iter_rules():
        path = "/" + rule.rule.lstrip("/")
        for name in rule.arguments:
            path = re.sub(rf"<(?:\w+:)?{name}>", str(values[name]), path)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answers = {
                who: ask(web, cookie, method, path) for who, cookie in [*cookies.items(), (None, None)]
            }
            entry = ROUTES[rule.endpoint]
            for who, (status, code) in answers.items():
                walked += 1
                told = f"{method} {path} as {who}: {status} {code}"
                assert status < 500, told
                if isinstance(entry, Door):
                    assert code not in REFUSED or entry is not Door.PUBLIC, told
                elif who is None:
                    assert (status, code) == (401, "sign_in_needed"), told
                elif may(who, entry):
                    assert code not in REFUSED, told
                else:
                    assert (status, code) == (403, "forbidden"), told
    assert walked > 200


def ask(web: Web, cookie: str | None, method: str, path: str) -> tuple[int, str | None]:
    client = web.app.test_client()
    if cookie is not None:
        client.set_cookie("bangku_staff", cookie)
    body: dict[str, Any] = {"json": {}} if "/seats/" in path or "/incidents/" in path else {"data": {}}
    answer = client.open(path, method=method, headers=JSON, **(body if method == "POST" else {}))
    given = answer.get_json(silent=True) if answer.is_json else None
    error = (given or {}).get("error") if isinstance(given, dict) else None
    return answer.status_code, error.get("code") if isinstance(error, dict) else None


def session_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("bangku_staff")
    assert cookie is not None
    return cookie.value


def test_a_page_without_an_entry_is_refused_to_everyone(web: Web) -> None:
    assert web.app.url_map  # the routes are made before the first request, so this one is added by hand
    web.app._got_first_request = False
    web.app.add_url_rule("/unlisted", "unlisted", lambda: "seen")
    for client in (web.app.test_client(), web.sign_in("wayan")):
        answer = client.get("/unlisted", headers=JSON)
        assert answer.status_code == 403
        assert b"seen" not in answer.data


def test_a_refusal_of_a_signed_in_person_is_in_the_trail(web: Web) -> None:
    assert web.sign_in("made").get("/staff").status_code == 403
    line = web.audit()[-1]
    assert (line.actor, line.action, line.object, line.outcome) == (
        "made",
        "access.refused",
        "staff_admin.page",
        "refused",
    )


def test_nobody_is_led_to_the_sign_in_and_back(web: Web) -> None:
    answer = web.app.test_client().get(f"/exams/{web.exam}/board?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in?next=/exams/{web.exam}/board?x%3D1"


@pytest.mark.parametrize("role", [None, *Role])
def test_events_by_role(web: Web, role: Role | None) -> None:
    client = web.app.test_client() if role is None else web.sign_in(USERS[role])
    socket = web.socketio.test_client(web.app, namespace="/staff", flask_test_client=client)
    assert socket.is_connected("/staff") == (role is not None)
    if role is None:
        return
    for (namespace, event), entry in EVENTS.items():
        if namespace != "/staff" or event in {"connect", "disconnect"}:
            continue
        assert isinstance(entry, Act)
        answer = socket.emit(event, {"exam_id": web.exam}, namespace="/staff", callback=True)
        assert answer["ok"] == may(role, entry), f"{event} as {role}"
        if not may(role, entry):
            assert answer["error"]["code"] == "forbidden"
            assert web.audit()[-1].object == f"/staff {event}"


def test_an_extension_page_cannot_use_a_staff_cookie_on_the_staff_socket(web: Web) -> None:
    socket = web.socketio.test_client(
        web.app,
        namespace="/staff",
        flask_test_client=web.sign_in("sari"),
        headers={"Origin": "chrome-extension://abcdefghijklmnopabcdefghijklmnop"},
    )
    assert not socket.is_connected("/staff")
