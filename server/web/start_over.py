"""The one script that stands inside a page: it must be there when no other file came (static/js/start_over.js)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from flask import Flask
from markupsafe import Markup

_TEXT = (Path(__file__).parent / "static" / "js" / "start_over.js").read_text(encoding="utf-8")
#: What the content security policy must name so that this very text runs, and no other.
CSP_SOURCE = f"'sha256-{b64encode(sha256(_TEXT.encode()).digest()).decode()}'"


def init(app: Flask) -> None:
    """Pages that live by their script write `{{ start_over }}` first in their head."""
    app.jinja_env.globals["start_over"] = Markup(f"<script>{_TEXT}</script>")  # noqa: S704  # a file of ours
