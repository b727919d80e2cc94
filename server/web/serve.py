"""Listening: our own socket, because the frameworks' defaults stop at a few hundred devices.

Measured beforehand (docs/decisions.md): eventlet's listen backlog of 50 made the last of 500 devices wait 14 s, and
its `max_size` of 1,024 silently never served the devices beyond it.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from typing import Any

from server.services.context import Context
from server.web.hub import Hub

log = logging.getLogger(__name__)

BACKLOG = 4096
MAX_CONNECTIONS = 100_000
GC_GENERATION_0 = 50_000  # the cyclic collector is a third of a check-in storm's cost at its default


def run(app: Any, context: Context, hub: Hub) -> None:
    """Serve until SIGTERM or Ctrl+C."""
    _raise_descriptor_limit()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_GENERATION_0, 10, 10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = socket.socket()
    if os.name == "posix":  # elsewhere it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((context.settings.host, context.settings.port))
    listener.listen(BACKLOG)
    try:
        if hub.mode == "gevent":
            from gevent.pywsgi import WSGIServer

            WSGIServer(listener, app, log=None, error_log=log).serve_forever()
        elif hub.mode == "threading":
            _serve_threads(app, context, listener)
        else:
            import eventlet.wsgi

            # No access log: addresses of pages and devices are nobody's business after the exam.
            eventlet.wsgi.server(listener, app, max_size=MAX_CONNECTIONS, log_output=False, debug=False)
    except KeyboardInterrupt:
        pass


def _serve_threads(app: Any, context: Context, listener: socket.socket) -> None:
    """No green threads at all: for one room (three threads a device), where neither library can be had."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no access log here either
    settings = context.settings
    make_server(settings.host, settings.port, app, threaded=True, fd=listener.fileno()).serve_forever()


def _raise_descriptor_limit() -> None:
    """A device is one or two descriptors; many systems give a process 1,024."""
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        wanted = hard if hard != resource.RLIM_INFINITY else 65_536
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            log.warning("open files stay limited to %s", soft)
