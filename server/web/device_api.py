"""The HTTP twin of the device channel (docs/protocol.md, section 7). Every message is authenticated by its MAC."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from server.domain.protocol import MAX_MESSAGE_BYTES, Refused
from server.web.device_edge import DeviceEdge
from server.web.device_http import HttpTwin
from server.web.remote import remote_address

#: An envelope's body is JSON inside JSON: quotes and backslashes may double it.
MAX_BODY = 2 * MAX_MESSAGE_BYTES + 1_000


def make_blueprint(edge: DeviceEdge) -> Blueprint:
    """The routes, bound to this process's edge."""
    twin = HttpTwin(edge)
    bp = Blueprint("device_api", __name__, url_prefix="/api/device")

    def message() -> Any:
        if (request.content_length or 0) > MAX_BODY:
            raise Refused("too_large", "message too large")
        raw = request.get_json(silent=True)
        if not isinstance(raw, dict):
            raise Refused("bad_message", "not a JSON object")
        return raw

    @bp.errorhandler(Refused)
    def _refused(refused: Refused) -> tuple[Response, int]:
        return jsonify(refused.as_message()), refused.status

    @bp.post("/hello")
    def hello() -> Response:
        return jsonify(twin.hello())

    @bp.post("/prove")
    def prove() -> Response:
        return jsonify(twin.prove(message(), remote_address(request.environ)))

    @bp.post("/report")
    def report() -> Response:
        return jsonify(twin.report(message()))

    @bp.post("/page-ticket")
    def page_ticket() -> Response:
        return jsonify(twin.page_ticket(message()))

    @bp.post("/attested")
    def attested() -> Response:
        return jsonify(twin.attested(message()))

    return bp
