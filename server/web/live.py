"""Boards and projectors without reload: changed pieces leave on a tick, never one message per report."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_babel import force_locale, get_locale
from flask_login import current_user
from flask_socketio import SocketIO, join_room

from server.domain.errors import BangkuError
from server.domain.roles import Role
from server.services.board import board as read_board
from server.services.board_views import Board
from server.services.context import Context
from server.store.database import BoardChanged, News, StaffChanged
from server.web import picture
from server.web.access import on
from server.web.identity import load

log = logging.getLogger(__name__)

NAMESPACE = "/staff"
TICK_SECONDS = 0.3
LOOK_SECONDS = 2.0  # what only time changes (a device falls silent) brings no news
RECHECK_SECONDS = 5.0  # accounts closed by another process bring no news either

Parts = Callable[[Board, Role], dict[str, Any]]
PAGES: dict[str, Parts] = {"board": picture.parts, "token": picture.token_parts}


@dataclass(frozen=True, slots=True)
class View:
    """One way a page of one exam looks. Viewers with the same one share the rendering."""

    page: str
    exam_id: int
    lang: str
    role: Role

    @property
    def room(self) -> str:
        return f"{self.page}:{self.exam_id}:{self.lang}:{self.role}"


@dataclass(slots=True)
class Viewer:
    person_id: str
    staff_id: int
    view: View | None = None


class Live:
    """Who looks at what, and what they were last shown."""

    def __init__(self, app: Flask, socketio: SocketIO, context: Context) -> None:
        self.app, self.socketio, self.context = app, socketio, context
        self.viewers: dict[str, Viewer] = {}
        self.shown: dict[View, dict[str, Any]] = {}
        self.looked: dict[int, float] = {}
        self._dirty: set[int] = set()
        self._all_dirty = False
        self._changed_staff: set[int] = set()
        self._rechecked = 0.0
        self._running = False

    def hear(self, news: News) -> None:
        """Called after commit, from any thread: only note it; the tick does the work."""
        if isinstance(news, BoardChanged):
            if news.exam_ids is None:
                self._all_dirty = True
            else:
                self._dirty |= news.exam_ids
        elif isinstance(news, StaffChanged):
            self._changed_staff.add(news.staff_id)

    def arrive(self, sid: str, person_id: str, staff_id: int) -> None:
        self.viewers[sid] = Viewer(person_id, staff_id)
        if not self._running:
            self._running = True
            self.socketio.start_background_task(self._run)

    def leave(self, sid: str) -> None:
        self.viewers.pop(sid, None)
        watched = {v.view for v in self.viewers.values()}
        for view in list(self.shown):
            if view not in watched:
                del self.shown[view]

    def join(self, sid: str, view: View) -> dict[str, Any]:
        """The whole picture for a page that comes (back); from here on it gets the changes."""
        viewer = self.viewers[sid]
        parts = self._render(view, self._look(view.exam_id))
        viewer.view = view
        join_room(view.room, sid=sid, namespace=NAMESPACE)
        if view in self.shown:
            self._push(view, parts)  # those who look already must not miss what this look found
        self.shown[view] = parts
        return parts

    def tick(self) -> None:
        """One round: revoked viewers go, changed exams are shown."""
        self._revoke()
        if self._all_dirty:
            self._all_dirty = False
            self._dirty |= {view.exam_id for view in self.shown}
        dirty, self._dirty = self._dirty, set()
        now = time.monotonic()
        views = {v.view for v in self.viewers.values() if v.view is not None}
        for exam_id in {view.exam_id for view in views}:
            if exam_id not in dirty and now - self.looked.get(exam_id, 0.0) < LOOK_SECONDS:
                continue
            try:
                board = self._look(exam_id)
            except BangkuError:
                continue
            for view in views:
                if view.exam_id == exam_id:
                    self._push(view, self._render(view, board))

    def _run(self) -> None:
        while self.viewers:
            self.socketio.sleep(TICK_SECONDS)  # type: ignore[arg-type]
            try:
                self.tick()
            except Exception:  # one bad round must not leave every board standing still
                log.exception("board tick failed")
        self._running = False

    def _look(self, exam_id: int) -> Board:
        self.looked[exam_id] = time.monotonic()
        with self.app.app_context(), self.context.db.read() as c:
            return read_board(c, exam_id, self.context.now(), picture.connected())

    def _render(self, view: View, board: Board) -> dict[str, Any]:
        with self.app.app_context(), force_locale(view.lang):
            return PAGES[view.page](board, view.role)

    def _push(self, view: View, parts: dict[str, Any]) -> None:
        changed = picture.changes(self.shown.get(view, {}), parts)
        self.shown[view] = parts
        if changed:
            self.socketio.emit("changes", changed, namespace=NAMESPACE, to=view.room)

    def _revoke(self) -> None:
        """Disconnect whoever's account changed; every few seconds look at all of them."""
        changed, self._changed_staff = self._changed_staff, set()
        everyone = time.monotonic() - self._rechecked >= RECHECK_SECONDS
        if everyone:
            self._rechecked = time.monotonic()
        for sid, viewer in list(self.viewers.items()):
            if not everyone and viewer.staff_id not in changed:
                continue
            if load(self.context, viewer.person_id) is None:
                self.socketio.emit("signed_out", namespace=NAMESPACE, to=sid)
                self.leave(sid)
                self.socketio.server.disconnect(sid, namespace=NAMESPACE)  # type: ignore[attr-defined]


def attach(app: Flask, socketio: SocketIO, context: Context) -> Live:
    """Register the guarded events of /staff and listen for what changed."""
    live = Live(app, socketio, context)
    app.extensions["bangku_live"] = live
    context.db.listen(live.hear)

    @on(socketio, NAMESPACE, "connect")
    def _connect(_auth: object = None) -> bool | None:
        if request.headers.get("Origin", "").startswith("chrome-extension://"):
            return False
        live.arrive(request.sid, current_user.get_id(), current_user.staff_id)  # type: ignore[attr-defined]
        return None

    @on(socketio, NAMESPACE, "disconnect")
    def _disconnect(_reason: object = None) -> None:
        live.leave(request.sid)  # type: ignore[attr-defined]

    def join(page: str, data: object) -> dict[str, Any]:
        exam_id = data.get("exam_id") if isinstance(data, dict) else None
        if not isinstance(exam_id, int) or isinstance(exam_id, bool):
            return {"ok": False, "error": {"code": "request_bad"}}
        view = View(page, exam_id, str(get_locale() or "id"), current_user.role)
        try:
            return {"ok": True, **live.join(request.sid, view)}  # type: ignore[attr-defined]
        except BangkuError as error:
            return {"ok": False, "error": {"code": error.code}}

    @on(socketio, NAMESPACE, "join_board")
    def _join_board(data: object = None) -> dict[str, Any]:
        return join("board", data)

    @on(socketio, NAMESPACE, "join_token")
    def _join_token(data: object = None) -> dict[str, Any]:
        return join("token", data)

    return live
