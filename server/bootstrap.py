"""Putting it all together: the only file that knows everyone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from server.config import Settings, refreshed
from server.domain.errors import Conflict
from server.services import desired, secrets
from server.services.context import Context
from server.services.meta import get_meta, set_meta
from server.services.school import school_npsn
from server.store.database import Database
from server.store.migrate import upgrade
from server.workspace.school_key import ensure_key

if TYPE_CHECKING:
    from server.web.device_edge import DeviceEdge
    from server.web.hub import Hub
    from server.workspace.gateway import Gateway

SWEEP_SECONDS = 1.0
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


def build(context: Context) -> tuple[Any, DeviceEdge, Hub]:
    """(WSGI app, device edge, hub), wired and not yet serving. Call after `hub.monkey_patch()`."""
    from server.web.app import create_app
    from server.web.device_sockets import attach_device_edge
    from server.web.hub import Hub

    hub = Hub(context.settings.async_mode)
    app, socketio = create_app(context)
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


def serve(context: Context) -> None:
    """Serve until told to stop: pages, sockets, the sweep once a second, the look at the centre, the worker."""
    from server.services.sweep import sweep
    from server.web.probe import Probe
    from server.web.serve import run
    from server.worker_keeper import WorkerKeeper

    app, edge, hub = build(context)
    hub.every(SWEEP_SECONDS, lambda: sweep(context.db, context.now(), edge.connected))
    probe = app.extensions["bangku_probe"] = Probe(context, hub, every=context.settings.probe_seconds)
    probe.start()
    keeper = WorkerKeeper(context.settings)
    hub.every(KEEP_SECONDS, keeper.look)
    try:
        run(app, context, hub)
    finally:
        keeper.stop()
