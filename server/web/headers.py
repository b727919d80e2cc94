"""Headers that every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

from server.web.start_over import CSP_SOURCE

CSP = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' {CSP_SOURCE}",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def init(app: Flask) -> None:
    @app.after_request
    def _headers(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", CSP)
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        answer.headers.setdefault("X-Frame-Options", "DENY")
        if answer.headers.get("Content-Type"):
            answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        if request.endpoint != "static" and "Cache-Control" not in answer.headers:
            # Names and tokens: nothing of a page stays on a shared laptop after signing out.
            answer.headers["Cache-Control"] = "no-store"
        return answer
