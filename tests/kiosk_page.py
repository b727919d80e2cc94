"""Which of a driven browser's pages is the kiosk's."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

#: What the kiosk shows: a server's page, or one of the extension's own.
SHOWN = ("http:", "https:", "chrome-extension:")


def kiosk_page(browser: BrowserContext) -> Page:
    """The one page the extension leaves open.

    The first in the list need not be it: Playwright also lists pages that never were a tab (the browser itself
    counts one), the blank one it starts with, and for a moment those that the extension has just closed.
    """
    return min(browser.pages, key=_unlikely)


def _unlikely(page: Page) -> tuple[bool, bool, bool]:
    return (page.is_closed(), page.url.startswith("chrome-error:"), not page.url.startswith(SHOWN))
