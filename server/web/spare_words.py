"""What speaks against a Chromebook, said in the language of the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext

from server.domain.readiness import Readiness, Reason
from server.web import readiness_words
from server.web.spare_texts import REASONS


def reason(code: str, params: Mapping[str, Any], table: Mapping[str, str] = REASONS) -> str:
    """One thing that speaks against a Chromebook, as a part of a sentence."""
    words = dict(params)
    if words.get("since") is not None:
        words["since"] = current_app.extensions["bangku_clock"](words["since"])
    if code == "spare_out_of_service" and not words.get("why"):
        words["why"] = gettext("alasannya tidak dicatat")
    if code in table:
        return str(gettext(table[code], **words))
    # One of the readiness board: a whole sentence there, a part of one here.
    return readiness_words.reason(Reason(code, Readiness.NOT_READY, words)).rstrip(".")


def reasons(given: Iterable[Mapping[str, Any]]) -> list[str]:
    """Those of an error's `reasons`, in order."""
    return [reason(str(r["code"]), {k: v for k, v in r.items() if k != "code"}) for r in given]
