"""Lists that Google gives in pages, read one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from server.workspace.gateway import Json, Page


def every(page: Callable[[str | None], Page]) -> Iterator[Json]:
    """Every item of all pages: `every(lambda token: gateway.list_devices(page_token=token))`."""
    token: str | None = None
    while True:
        got = page(token)
        yield from got.items
        token = got.next_page_token
        if not token:
            return
