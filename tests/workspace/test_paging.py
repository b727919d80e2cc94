"""Every page is read, once, in order."""

from __future__ import annotations

from server.workspace.gateway import Page
from server.workspace.paging import every


def test_pages_are_followed_to_the_last():
    pages = {None: Page(({"n": 1}, {"n": 2}), "b"), "b": Page((), "c"), "c": Page(({"n": 3},))}
    asked = []

    def page(token: str | None) -> Page:
        asked.append(token)
        return pages[token]

    assert [item["n"] for item in every(page)] == [1, 2, 3]
    assert asked == [None, "b", "c"]
