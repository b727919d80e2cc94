"""Hosts a pupil may reach: exact names, as docs/protocol.md has them in `allowed_hosts`."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, ip_address
from urllib.parse import urlsplit

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
HOST_MAX = 253


def why_not_a_host(text: str) -> str | None:
    """What is wrong with an allowed host, in words; None when it is `host` or `host:port`, exact and lower case.

    IPv6 literals are refused: the device compares text, and one address has many spellings.
    """
    if "://" in text or "/" in text:
        return "write the host alone, without 'https://' and without a path"
    if "*" in text:
        return "wildcards are not possible; list each host"
    if "@" in text or any(c.isspace() for c in text):
        return "not a host name"
    if text != text.lower():
        return "write it in lower case"
    name, colon, port = text.partition(":")
    if colon and not (port.isascii() and port.isdigit() and port[0] != "0" and int(port) <= 65_535):
        return "the port must be a number from 1 to 65535"
    if not name or len(name) > HOST_MAX or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        return "not a host name (letters a-z, digits, dots and dashes; write other letters as xn--…)"
    if re.fullmatch(r"[\d.]+", name):
        try:
            IPv4Address(name)
        except AddressValueError:
            return "not an IPv4 address"
    return None


def host_of(url: str) -> str | None:
    """`host` or `host:port` of a web address, without the scheme's own port; None when it is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return None
    own = {"http": 80, "https": 443}[parts.scheme]
    return parts.hostname if port in {None, own} else f"{parts.hostname}:{port}"


def covers(allowed: list[str] | tuple[str, ...], url: str) -> bool:
    """True when the page at `url` is on one of the allowed hosts (a bare host is the scheme's own port)."""
    host = host_of(url)
    if host is None:
        return False
    with_port = host if ":" in host else f"{host}:{443 if url.startswith('https:') else 80}"
    return host in allowed or with_port in allowed


def only_here(address: str) -> bool:
    """True for an address that leads nowhere but to the computer that opens it."""
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified
