"""A real server and its administrator's page, signed in; nothing on it may break."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.services import demo
from tests.stage import ServerProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "bangku kayu jati"


@contextmanager
def admin_page(
    folder: Path, furnish: Callable[[Any], None] = lambda context: None, patience_ms: int = 30_000
) -> Iterator[Any]:
    """`furnish(context)` fills the school before the server starts. Skips where there is no Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    server = ServerProcess(folder, async_mode=os.environ.get("BANGKU_ASYNC_MODE", "eventlet"))
    furnish(server.context)
    demo.set_passwords(server.context.db, server.context.now(), dict.fromkeys(demo.CAST, PASSWORD))
    server.start()
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            made = browser.new_page(viewport={"width": 1024, "height": 720}, locale="id-ID")
            made.set_default_timeout(patience_ms)
            broken: list[str] = []
            made.on("pageerror", lambda error: broken.append(str(error)))
            made.on("console", lambda m: broken.append(m.text) if "Content Security" in m.text else None)
            made.goto(f"{server.url}/sign-in")
            made.fill("#username", "wayan")
            made.fill("#password", PASSWORD)
            made.keyboard.press("Enter")
            made.wait_for_url(f"{server.url}/exams")
            yield made
            browser.close()
            assert broken == []
    finally:
        server.stop()
