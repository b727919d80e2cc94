"""Live boards: only what changed is sent, and a revoked sign-in does not outlive its revocation."""

from __future__ import annotations

from typing import Any

from server.domain.roles import Role
from server.services import exams, seats, staff
from server.services.actor import SYSTEM
from server.web.live import Live

from .conftest import Web


def open_board(web: Web, username: str = "sari") -> tuple[Any, dict[str, Any]]:
    socket = web.socketio.test_client(web.app, namespace="/staff", flask_test_client=web.sign_in(username))
    answer = socket.emit("join_board", {"exam_id": web.exam}, namespace="/staff", callback=True)
    assert answer["ok"]
    return socket, answer


def live(web: Web) -> Live:
    found: Live = web.app.extensions["bangku_live"]
    return found


def changes(web: Web, socket: Any) -> list[dict[str, Any]]:
    live(web).tick()
    return [m["args"][0] for m in socket.get_received("/staff") if m["name"] == "changes"]


def seen(web: Web, socket: Any) -> dict[str, Any]:
    """All changes since, the background tick's own included."""
    merged: dict[str, Any] = {}
    for change in changes(web, socket):
        merged.setdefault("seats", {}).update(change.pop("seats", {}))
        merged.update(change)
    return merged


def test_only_the_changed_seat_is_sent(web: Web) -> None:
    web.start()
    socket, whole = open_board(web)
    assert len(whole["seats"]) == 13
    seen(web, socket)
    chosen = web.sittings()["3"]
    seats.lock(web.context.db, SYSTEM, web.context.now(), [chosen], "Sebentar.")
    change = seen(web, socket)
    assert set(change["seats"]) == {str(chosen)}
    assert "is-locked" in change["seats"][str(chosen)]
    assert "token" not in change
    assert seen(web, socket) == {}


def test_an_exam_that_starts_shows_its_token_without_reload(web: Web) -> None:
    exams.open_exam(web.context.db, SYSTEM, web.context.now(), web.exam)
    socket, _ = open_board(web)
    seen(web, socket)
    exams.start(web.context.db, SYSTEM, web.context.now(), web.exam)
    change = seen(web, socket)
    assert change["state"] == "running"
    assert 'class="token"' in change["token"]
    assert "steps/pause" in change["steps"]


def test_a_supervisors_board_carries_no_buttons(web: Web) -> None:
    web.start()
    _, whole = open_board(web, "made")
    assert "steps/pause" not in whole["steps"]
    assert "token/release" not in whole["token"]


def test_the_projector_gets_the_token_and_nothing_else(web: Web) -> None:
    web.start()
    socket = web.socketio.test_client(web.app, namespace="/staff", flask_test_client=web.sign_in("made"))
    answer = socket.emit("join_token", {"exam_id": web.exam}, namespace="/staff", callback=True)
    assert set(answer) == {
        "ok",
        "token",
        "state",
        "at",
        "follow",
    }  # follow: where the next session shows its own
    assert "Adi" not in answer["token"]


def test_a_changed_role_disconnects_and_refuses_at_once(web: Web) -> None:
    socket, _ = open_board(web, "sari")
    with web.context.db.read() as c:
        sari = next(s for s in staff.everyone(c) if s.username == "sari")
    staff.change(web.context.db, SYSTEM, web.context.now(), sari.id, role=Role.TECHNICIAN)
    answer = socket.emit("join_board", {"exam_id": web.exam}, namespace="/staff", callback=True)
    assert answer == {"ok": False, "error": {"code": "forbidden"}}
    live(web).tick()
    assert not socket.is_connected("/staff")
    assert live(web).viewers == {}


def test_nonsense_is_refused(web: Web) -> None:
    socket, _ = open_board(web)
    for data in (None, {}, {"exam_id": "1"}, {"exam_id": True}, [1]):
        answer = socket.emit("join_board", data, namespace="/staff", callback=True)
        assert answer["error"]["code"] == "request_bad"
    answer = socket.emit("join_board", {"exam_id": 999}, namespace="/staff", callback=True)
    assert answer["error"]["code"] == "exam_unknown"


def test_who_leaves_is_forgotten(web: Web) -> None:
    socket, _ = open_board(web)
    socket.disconnect("/staff")
    assert live(web).viewers == {}
    assert live(web).shown == {}


def test_each_viewer_has_the_page_in_their_language(web: Web) -> None:
    web.start()
    client = web.sign_in("sari")
    client.get("/language/en")
    socket = web.socketio.test_client(web.app, namespace="/staff", flask_test_client=client)
    answer = socket.emit("join_board", {"exam_id": web.exam}, namespace="/staff", callback=True)
    assert "Pause everyone" in answer["steps"]
