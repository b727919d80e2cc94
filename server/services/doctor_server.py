"""Looks at this server's own address: where it points, and whether a browser would trust it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from server.domain.field_claims import Finding
from server.services.doctor_look import Evidence, Look, Looks

SECONDS = 5.0


def is_private(host: str | None) -> bool:
    """True when every address of the host is private: a LAN, or this machine."""
    if host is None:
        return False
    try:
        found = socket.getaddrinfo(host.rpartition(":")[0] or host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ip_address(str(info[4][0]).partition("%")[0]).is_private for info in found)


def certificate(look: Look) -> Evidence:
    url = look.context.settings.public_url
    parts = urlsplit(url)
    if parts.scheme != "https":
        return Evidence(Finding.OPEN, f"{url} has no certificate")
    try:
        issuer = _issuer(parts.hostname or "", parts.port or 443)
    except ssl.SSLCertVerificationError as error:
        return Evidence(
            Finding.OPEN,
            f"{url}: not trusted by this machine's own list ({error.verify_message}): a school's own authority, or "
            "a fault. A Chromebook needs that authority by policy",
            {"reason": error.verify_message},
        )
    except OSError as error:
        return Evidence(Finding.UNREACHABLE, f"{url}: {error}")
    return Evidence(
        Finding.FOR,
        f"{url}: trusted by this machine's own list, issued by {issuer}: no own authority is needed",
        {"issuer": issuer},
    )


LOOKS: Mapping[str, Looks] = {"certificate": certificate}


def _issuer(host: str, port: int) -> str:
    """Raises: SSLCertVerificationError, OSError."""
    with (
        socket.create_connection((host, port), timeout=SECONDS) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as tls,
    ):
        names: Any = (tls.getpeercert() or {}).get("issuer", ())
    said = {key: value for part in names for key, value in part}
    return str(said.get("organizationName") or said.get("commonName") or "?")
