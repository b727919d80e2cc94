"""Socket.IO as the engine of the device edge.

Registered on the python-socketio server itself: Flask-SocketIO would build a request context for every event
(about 130 µs each, measured beforehand), which a report does not need.
"""

from __future__ import annotations

import time
from typing import Any

import socketio as python_socketio
from flask import Flask
from flask_socketio import SocketIO

from server.domain.protocol import NAMESPACE
from server.services.context import Context
from server.web.device_api import make_blueprint
from server.web.device_edge import DeviceEdge
from server.web.device_link import Connection
from server.web.hub import Hub
from server.web.remote import remote_address

#: What the access walk finds: the events an engine takes from a device. All of them ask for its proof.
EVENTS = ("prove", "report", "page_ticket", "attested", "here")
ACCEPTED_WITHIN = 500  # hundredths of a second: as long as a device has for its proof


class _Link:
    def __init__(self, server: Any, sid: str, address: str | None) -> None:
        self._server, self._sid, self.address = server, sid, address

    def send(self, event: str, message: dict[str, object]) -> None:
        self._server.emit(event, message, to=self._sid, namespace=NAMESPACE)

    def close(self) -> None:
        self._server.disconnect(self._sid, namespace=NAMESPACE)

    def unanswered_ms(self) -> int:
        """How long the oldest ping has waited for its answer; 0: none waits."""
        engine_sid = self._server.manager.eio_sid_from_sid(self._sid, NAMESPACE)
        socket = self._server.eio.sockets.get(engine_sid)
        asked = getattr(socket, "last_ping", None)
        return 0 if asked is None else max(0, round((time.time() - asked) * 1000))


class DeviceNamespace(python_socketio.Namespace):  # type: ignore[misc]
    """Every event goes to the edge, known or not: the edge is what refuses."""

    def __init__(self, edge: DeviceEdge) -> None:
        super().__init__(NAMESPACE)
        self.edge = edge
        self.connections: dict[str, Connection] = {}

    def trigger_event(self, event: str, sid: str, *args: Any) -> Any:
        if event == "connect":
            address = remote_address(args[0]) if args else None
            opened = self.connections[sid] = self.edge.accept(_Link(self.server, sid, address))
            # hello must follow the acceptance of the namespace, which is sent when this returns
            self.edge.hub.spawn(self._hello, sid, opened)
            return None
        connection = self.connections.get(sid)
        if event == "disconnect":
            self.connections.pop(sid, None)
            if connection is not None:
                self.edge.closed(connection)
        elif connection is not None:
            self.edge.message(connection, event, args[0] if args else None)
        return None

    def _hello(self, sid: str, connection: Connection) -> None:
        for _ in range(ACCEPTED_WITHIN):
            if sid not in self.connections:
                return
            if self.server.manager.is_connected(sid, NAMESPACE):
                self.edge.greet(connection)
                return
            self.edge.hub.sleep(0.01)  # with real threads this one may run before the acceptance


def attach_device_edge(app: Flask, socketio: SocketIO, context: Context, hub: Hub) -> DeviceEdge:
    """Plug the edge into the app's Socket.IO server and its HTTP twin into the app."""
    edge = DeviceEdge(context, hub)
    socketio.server.register_namespace(DeviceNamespace(edge))  # type: ignore[attr-defined]
    twin = make_blueprint(edge)
    app.extensions["bangku_csrf"].exempt(twin)  # no cookie is involved; every message carries its own MAC
    app.register_blueprint(twin)
    app.extensions["bangku_connected"] = edge.connected
    app.extensions["bangku_connected_since"] = edge.connected_since
    return edge
