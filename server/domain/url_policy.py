"""Which addresses a locked browser may open, as Chrome's two lists (the same on ChromeOS and on Linux)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.domain.errors import Invalid
from server.domain.hosts import host_of, why_not_a_host

#: "*" leaves chrome:// pages open (settings, extensions, policy, inspect: measured), so they are named.
BLOCKLIST = ("*", "chrome://*", "chrome-untrusted://*", "devtools://*")
_PORTS = {"http": 80, "https": 443}
#: The browser's own pages, which "*" does not mean (measured).
_OWN_PAGES = {"about", "chrome", "chrome-extension", "chrome-untrusted", "devtools"}


@dataclass(frozen=True, slots=True)
class UrlLists:
    """`blocked` counts unless an entry of `allowed` fits better."""

    blocked: tuple[str, ...]
    allowed: tuple[str, ...]


def url_lists(servers: Sequence[str], allowed_hosts: Iterable[str]) -> UrlLists:
    """The lists for school servers (origins) and an exam's hosts.

    Raises: Invalid (`policy_server`, `policy_host`).
    """
    allowed: list[str] = []
    for server in servers:
        host = host_of(server)
        if host is None:
            raise Invalid(
                f"policy: '{server}' is not a web address; correct the server's addresses",
                code="policy_server",
                address=server,
            )
        allowed += [e for e in allow_entries(host) if e.startswith(f"{urlsplit(server).scheme}:")]
    for host in allowed_hosts:
        allowed += allow_entries(host)
    return UrlLists(BLOCKLIST, tuple(dict.fromkeys(allowed)))


def allow_entries(host: str) -> list[str]:
    """URLAllowlist entries for one allowed host, exactly as docs/protocol.md means it.

    The dot before the name keeps subdomains out; without a port each scheme gets its own, or every port of the
    host would be open. An entry is a path prefix, so a bare host is all of its pages.
    """
    if why := why_not_a_host(host):
        raise Invalid(f"allowed host '{host}': {why}", code="policy_host", host=host)
    if ":" in host:
        return [f"http://.{host}", f"https://.{host}"]
    return [f"http://.{host}:80", f"https://.{host}:443"]


def opens(lists: UrlLists, url: str) -> bool:
    """Whether a browser under these lists opens `url`, for the forms of entry that this module writes.

    Not Chrome's whole grammar: `*`, `scheme://*` and `scheme://.host:port` are all there is here.
    """
    if any(_fits(entry, url) for entry in lists.allowed):
        return True
    return not any(_fits(entry, url) for entry in lists.blocked)


def _fits(entry: str, url: str) -> bool:
    parts = urlsplit(url)
    if entry == "*":
        return parts.scheme not in _OWN_PAGES
    wanted = urlsplit(entry)
    if parts.scheme != wanted.scheme:
        return False
    if wanted.netloc == "*":
        return True
    host, _, port = wanted.netloc.removeprefix(".").partition(":")
    return parts.hostname == host and (parts.port or _PORTS.get(parts.scheme)) == int(port)
