"""Putting it all together: the only file that knows everyone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from server.config import Settings, refreshed
from server.domain.errors import BangkuError, Conflict
from server.services import desired, secrets
from server.services.actor import Actor
from server.services.context import Context
from server.services.meta import get_meta, set_meta
from server.services.school import school_npsn
from server.store.database import Database
from server.store.migrate import upgrade
from server.workspace.school_key import ensure_key

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.web.device_edge import DeviceEdge
    from server.web.hub import Hub
    from server.workspace.gateway import Gateway

SWEEP_SECONDS = 1.0
LOOK_SECONDS = 1.0  # between two small pieces of the look at readiness
CONNECT_SECONDS = 90.0
KEEP_SECONDS = 1.0  # between two looks whether the worker lives


def open_context(settings: Settings) -> Context:
    """Open the database, bring it up to date, and make what every school has exactly once."""
    db = Database(settings.database_url)
    upgrade(db)
    with db.write() as tx:
        desired.ensure_epoch(tx)
        now = Context(settings, db).now()
        secrets.ensure_secret(tx, now)
        if get_meta(tx.c, "public_url") != settings.public_url:
            set_meta(tx, "public_url", settings.public_url)
            # The address is part of every document: a moved server orders it anew, not at the next act.
            desired.refresh_all(tx, now)
        # The setting serves until the school is entered; from then on what the administrator entered stands.
        own = school_npsn(tx.c) or settings.school_npsn
        if own:
            set_meta(tx, "school_npsn", own)
    ensure_key(settings.data_dir)
    return Context(settings, db)


def open_beside(settings: Settings) -> Context:
    """A process beside the server, such as the worker: the address is the one that the server serves.

    `serve` may have been given another than the settings hold; opened like a server, this process would order every
    device to its own, and plan policy for it.
    """
    db = Database(settings.database_url)
    upgrade(db)
    with db.read() as c:
        served = get_meta(c, "public_url")
    if served is None:  # nothing has been served from this folder yet
        db.close()
        return open_context(settings)
    return Context(replace(settings, public_url=served), db)


def build(context: Context) -> tuple[Any, DeviceEdge, Hub]:
    """(WSGI app, device edge, hub), wired and not yet serving. Call after `hub.monkey_patch()`."""
    from server.web.app import create_app
    from server.web.device_sockets import attach_device_edge
    from server.web.hub import Hub

    hub = Hub(context.settings.async_mode)
    app, socketio = create_app(context)
    app.extensions["bangku_connect"] = partial(connect_apart, context)
    edge = attach_device_edge(app, socketio, context, hub)
    return app, edge, hub


def open_gateway(context: Context, wait: Callable[[float], None] = time.sleep) -> Gateway:
    """The console of this school. `wait` is how to spend a pause that the allowance of calls asks for.

    Raises: Conflict (`google_not_connected`), GoogleError (`google_credentials`).
    """
    from server.services.google_budget import DatabaseBudget
    from server.workspace.google_api import Account, GoogleApi

    settings = refreshed(context.settings)  # connected, perhaps, since this process began
    if not settings.managed:
        raise Conflict(
            "Google console: not connected; connect it with 'bangku google connect'",
            code="google_not_connected",
        )
    account = Account(settings.google_credentials, settings.google_subject, settings.google_api_root)
    return GoogleApi(account, DatabaseBudget(context.db, context.now), wait)


def connect_apart(
    context: Context, who: Actor, credentials: bytes, subject: str, api_root: str | None
) -> None:
    """`google_account.connect` in a process of its own: nothing there is patched, and no device waits for Google.

    The key goes in through a pipe, never through the arguments or a file. Raises: BangkuError with the code and
    parameters of what was refused.
    """
    asked = {
        "who": asdict(who),
        "subject": subject,
        "api_root": api_root,
        "key": credentials.decode("latin-1"),
    }
    with tempfile.TemporaryFile() as answer:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "server.cli", "google", "connect", "--asked"),
                *("--data-dir", str(context.settings.data_dir)),
            ],
            stdin=subprocess.PIPE,
            stdout=answer,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        deadline = time.monotonic() + CONNECT_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)  # yields where it is patched
        if process.poll() is None:
            process.kill()
            process.wait()
            raise BangkuError("Google console: no answer in time; try again", code="google_unavailable")
        answer.seek(0)
        said = json.loads(answer.read() or b"{}")
    if not said.get("ok"):
        raise BangkuError(
            "Google console: not connected", code=said.get("code", "failed"), **said.get("params", {})
        )


def serve(context: Context) -> None:
    """Serve until told to stop: pages, sockets, the sweep once a second, the look at the centre, the worker."""
    from server.services import readiness_look
    from server.services.mode import Kind, mode
    from server.services.sweep import sweep
    from server.web.probe import Probe
    from server.web.serve import run
    from server.worker_keeper import WorkerKeeper

    at = readiness_look.Round()

    def kind(c: Connection) -> Kind:
        return mode(c, context.settings).kind

    def look() -> None:
        hub.run(readiness_look.look, context.db, context.now(), at, kind)

    app, edge, hub = build(context)
    edge.start()
    hub.every(
        SWEEP_SECONDS,
        lambda: sweep(context.db, context.now(), edge.connected, edge.lost, edge.listening_since()),
    )
    hub.every(LOOK_SECONDS, look)
    probe = app.extensions["bangku_probe"] = Probe(context, hub, every=context.settings.probe_seconds)
    probe.start()
    keeper = WorkerKeeper(context.settings)
    hub.every(KEEP_SECONDS, keeper.look)
    try:
        run(app, context, hub)
    finally:
        keeper.stop()
