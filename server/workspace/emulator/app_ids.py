"""How an app is named: `chrome:<32 letters>`, `web:<address>`, `android:<package>`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_CHROME = re.compile(r"chrome:[a-p]{32}")
_ANDROID = re.compile(r"android:[A-Za-z]\w*(\.\w+)+")


def app_id_complaint(app_id: str) -> str:
    """Empty when it is one of the three.

    Assumed: `web:` takes http and https, a bare private address too. Nobody outside Google knows, and a school with a
    server on its own network hangs on it (docs/field-proof.md).
    """
    if _CHROME.fullmatch(app_id) or _ANDROID.fullmatch(app_id):
        return ""
    kind, _, address = app_id.partition(":")
    parts = urlsplit(address)
    if kind == "web" and parts.scheme in ("http", "https") and parts.hostname:
        return ""
    return f"Invalid app_id {app_id!r}."
