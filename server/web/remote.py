"""Where a connection comes from, also behind a proxy that speaks TLS for us on this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any


def remote_address(environ: Mapping[str, Any]) -> str | None:
    """The peer's address. Only a proxy on this very machine is believed when it names another one, and of the
    addresses it names the last: that is who spoke with it, the others are what was claimed.
    """
    peer = str(environ.get("REMOTE_ADDR") or "")
    told = str(environ.get("HTTP_X_FORWARDED_FOR") or "").rpartition(",")[2].strip()
    try:
        local = ipaddress.ip_address(peer).is_loopback
        if local and told:
            return str(ipaddress.ip_address(told))
    except ValueError:
        pass
    return peer or None
