"""A demo school with its cast and one exam, and the app in front of it, on a real SQLite file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIO

from server import config
from server.bootstrap import build, open_context
from server.services import demo, exam_list, exams
from server.services.actor import SYSTEM
from server.services.context import Context
from server.store import tables as t

PASSWORD = "bangku kayu jati"
JSON = {"Accept": "application/json"}


@dataclass
class Web:
    """Everything a web test asks for. `exam` is a draft in our own client."""

    context: Context
    app: Flask
    socketio: SocketIO
    school: demo.DemoSchool
    exam: int

    def sign_in(self, username: str) -> FlaskClient:
        client = self.app.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    def start(self) -> None:
        exams.open_exam(self.context.db, SYSTEM, self.context.now(), self.exam)
        exams.start(self.context.db, SYSTEM, self.context.now(), self.exam)

    def make_exam(self, *, slot: int = 1, client: str = "web") -> int:
        profile = exam_list.profiles(self.context.settings.data_dir)["simulasi"].as_dict()
        if client != "web":
            profile |= {"client": client, "token": None}
        return exams.create(
            self.context.db,
            SYSTEM,
            self.context.now(),
            day_id=self.school.day_ids[0],
            slot_id=self.school.slot_ids[slot - 1],
            room_id=self.school.room_id,
            profile=profile,
            title=f"Simulasi {client}",
            start_url="practice" if client == "web" else None,
            allowed_hosts=[],
        )

    def sittings(self, exam: int | None = None) -> dict[str, int]:
        """seat label → sitting id"""
        with self.context.db.read() as c:
            return {label: key for key, label in exam_list.seat_labels(c, exam or self.exam).items()}

    def audit(self) -> list[Any]:
        with self.context.db.read() as c:
            return list(c.execute(t.audit.select().order_by(t.audit.c.id)))


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, demo.DemoSchool]:
    """The demo school once: migrating and hashing passwords for every test would be most of their time."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    context = open_context(config.load(folder, async_mode="threading", school_npsn=demo.NPSN))
    school = demo.seed(context.db, context.now(), days=("2026-11-24", "2026-11-25"))
    demo.set_passwords(context.db, context.now(), dict.fromkeys(demo.CAST, PASSWORD))
    context.db.close()
    return folder, school


@pytest.fixture
def make_web(tmp_path: Path, seeded: tuple[Path, demo.DemoSchool]) -> Iterator[Callable[..., Web]]:
    folder, school = seeded
    opened: list[Context] = []

    def make(*, csrf: bool = False) -> Web:
        shutil.copytree(folder, tmp_path / "data")
        context = open_context(config.load(tmp_path / "data", async_mode="threading", school_npsn=demo.NPSN))
        opened.append(context)
        app, _edge, _hub = build(context)
        app.config["WTF_CSRF_ENABLED"] = csrf
        web = Web(context, app, app.extensions["socketio"], school, 0)
        web.exam = web.make_exam()
        return web

    yield make
    for context in opened:
        context.db.close()


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    return make_web()
