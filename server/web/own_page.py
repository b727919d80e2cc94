"""Pages that are not the staff's talk in JSON with a header of their own, which is what CSRF tokens are for.

A post carries a header that no foreign form can send, and a cookie that no foreign page can use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from server.domain.errors import BangkuError, Forbidden, Invalid
from server.web.identity import context

PAGE_HEADER = "X-Bangku-Page"
BODY_MAX_BYTES = 512 * 1024  # the largest batch of answers, with room
TOLD = frozenset({"seconds", "left", "field"})

Say = Callable[[str, Mapping[str, object]], str]


def protect(bp: Blueprint, say: Say) -> None:
    """Every post of this blueprint comes from a script of our own page; refusals are JSON, in the words of `say`."""

    @bp.before_request
    def _own_page_only() -> None:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return
        origin = request.headers.get("Origin")
        ours = (
            origin is None
            or origin in context().settings.addresses
            or urlsplit(origin).netloc == request.host
        )
        if not ours or request.headers.get(PAGE_HEADER) != "1" or not request.is_json:
            raise Forbidden("page: the request does not come from a page of this server", code="csrf")
        if (request.content_length or 0) > BODY_MAX_BYTES:
            raise Invalid("page: the message is too large", code="too_large")

    @bp.errorhandler(BangkuError)
    def _refused(error: BangkuError) -> ResponseReturnValue:
        shown = {k: v for k, v in error.params.items() if k in TOLD}
        return jsonify(
            ok=False, code=error.code, message=say(error.code, error.params), **shown
        ), error.status

    @bp.errorhandler(HTTPException)
    def _unreadable(error: HTTPException) -> ResponseReturnValue:
        return jsonify(ok=False, code="request_bad", message=say("request_bad", {})), error.code or 400


def body() -> dict[str, Any]:
    """The JSON object that was posted. Raises: Invalid (`request_bad`)."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Invalid("page: the message is not a JSON object", code="request_bad")
    return given


def text(name: str) -> str:
    """A field of the body, neither empty nor long, of whole characters. Raises: Invalid (`request_bad`)."""
    value = body().get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or _broken(value):
        raise Invalid(f"{name}: empty, too long, or half a character in it", code="request_bad", field=name)
    return value


def _broken(value: str) -> bool:
    """Half of a pair, which JSON can name and no database can keep."""
    return any("\ud800" <= letter <= "\udfff" for letter in value)
