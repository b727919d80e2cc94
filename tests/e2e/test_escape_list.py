"""The escape list, on a headed Chromium with the full production policy, guard and reaction together.

Keys come from xdotool, as from a keyboard; what is seen is what a person sees: the windows of the display and
its pixels. No action may *rest* anywhere but the exam for more than a second; an exit is restarted by the keeper.
The table of results is written to docs/lockdown.md's source: `--escape-report FILE`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from server.services import demo, exams, extension
from server.services.actor import SYSTEM
from server.store.tables import device_events, device_seen, incidents, sittings
from server.workspace.browser_keeper import BrowserKeeper
from server.workspace.locked_browser import BrowserSetup, LockedBrowser, find_chromium
from tests.e2e.escapes import ESCAPES, Escape
from tests.stage import ServerProcess, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(find_chromium() is None, reason="Debian's Chromium is not installed"),
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in ("Xvfb", "xdotool", "import", "compare")),
        reason="Xvfb, xdotool and ImageMagick are needed",
    ),
]

REST_MS = 1_000  # longer than this anywhere else is resting there
SETTLE_MS = 400  # within this, an effect that is coming has shown
STILL = 500  # pixels: a clock that goes on
RETURN_S = 25.0  # a browser that was closed is back by then

PAGE = """<!doctype html><html lang="id"><title>Ujian contoh</title>
<style>body{{margin:0;font:24px sans-serif}} a,button{{position:absolute;left:40px;width:300px;height:50px}}</style>
<a style="top:100px" href="{other}">situs lain</a>
<a style="top:200px" href="{other}" target="_blank">tab baru</a>
<button style="top:300px" onclick="window.open('{other}')">jendela</button>
<button style="top:400px" onclick="location='{other}'">pindah</button>
<p style="position:absolute;top:500px;left:40px">Soal 1</p></html>"""
TARGETS = {
    "@other": ("150", "115"),
    "@blank": ("150", "215"),
    "@popup": ("150", "325"),
    "@location": ("150", "425"),
}
CENTRE = ("700", "600")


class ExamSite:
    """Somebody's exam page, and another site beside it; counts who reached the other one."""

    def __init__(self) -> None:
        site = self
        self.reached = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = PAGE.format(other=f"http://localhost:{site.port}/lain").encode()
                if self.headers.get("Host", "").startswith("localhost"):
                    site.reached += 1
                    body = b"<!doctype html><title>Situs lain</title><body style='background:#c40'><h1>Situs lain"
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()


@dataclass(frozen=True)
class Result:
    escape: Escape
    effect: str  # none | shown n ms | exit, back after n ms | RESTS
    ms: int


class Screen:
    """What a person in front of it sees."""

    def __init__(self, display: str, folder: Path) -> None:
        self.env = {**os.environ, "DISPLAY": display}
        self.folder = folder

    def windows(self) -> frozenset[str]:
        """Names of the windows that are on the display."""
        out = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "."],
            env=self.env,
            capture_output=True,
            text=True,
        ).stdout.split()
        names = set()
        for window in out:
            name = subprocess.run(
                ["xdotool", "getwindowname", window], env=self.env, capture_output=True, text=True
            ).stdout.strip()
            if name:
                names.add(f"{name}#{window}" if name not in names else f"{name} twice")
        return frozenset(n.split("#")[0] if "#" in n else n for n in names) | {f"{len(names)} windows"}

    def shot(self, name: str) -> Path:
        path = self.folder / f"{name}.png"
        subprocess.run(["import", "-silent", "-window", "root", str(path)], env=self.env, check=True)
        return path

    def differs(self, one: Path, other: Path) -> int:
        """Pixels that differ by more than noise."""
        out = subprocess.run(
            ["compare", "-metric", "AE", "-fuzz", "8%", str(one), str(other), "null:"],
            capture_output=True,
            text=True,
        ).stderr.strip()
        return int(float(out.split()[0])) if out else 0

    def at_rest(self, name: str) -> Path:
        """The picture, once two in a row are alike."""

        def still() -> bool:
            return self.differs(self.shot(f"{name}-before"), self.shot(name)) <= STILL

        until(still, "the screen comes to rest")
        return self.folder / f"{name}.png"

    def do(self, escape: Escape) -> None:
        for step in escape.steps:
            args = [part for arg in step for part in TARGETS.get(arg, (arg,))]
            subprocess.run(["xdotool", *args], env=self.env, check=True)


@pytest.fixture
def stage(tmp_path):
    server = ServerProcess(tmp_path / "data")
    db, now = server.context.db, server.context.now
    made = demo.seed(db, now(), days=("2026-11-24", "2026-11-25"))
    site = ExamSite()
    profile = {
        "key": "ujian",
        "client": "web",
        "blocks": [{"name": "Ujian", "minutes": 120}],
        "lock": {"blocked_navigation": "incident"},
    }
    exam_id = exams.create(
        db, SYSTEM, now(), day_id=made.day_ids[0], slot_id=made.slot_ids[0], room_id=made.room_id, profile=profile,
        title="Ujian sekolah", start_url=f"http://{site.host}/ujian", allowed_hosts=[site.host],
    )  # fmt: skip
    exams.open_exam(db, SYSTEM, now(), exam_id)
    exams.start(db, SYSTEM, now(), exam_id)
    with db.write() as tx:  # C01's pupil is at work
        first = tx.c.execute(
            select(sittings.c.id).where(sittings.c.exam_id == exam_id).order_by(sittings.c.id)
        ).scalar()
        from server.domain.sitting import SittingState
        from server.services import desired
        from server.services import sittings as steps

        steps.move(tx, first, exam_id, SittingState.EXPECTED, SittingState.READY, now())
        steps.begin(tx, first, exam_id, SittingState.READY, now())
        desired.refresh(tx, [1], now())
    server.start()
    browser = LockedBrowser(
        BrowserSetup(
            url=server.url + "/pupil", policy_dir=tmp_path / "policy", user_data_dir=tmp_path / "profile",
            own_display=True, size=(1024, 720),
        )
    )  # fmt: skip
    assert browser.isolation.works, browser.isolation.reason
    browser.write_policy(extension.linux_policy(server.context, demo.serial(1)))
    keeper = BrowserKeeper(browser, now=server.context.now)
    keeper.start()
    try:
        yield (
            server,
            site,
            browser,
            keeper,
            Screen(str(until(lambda: browser.display, "a display")), tmp_path),
        )
    finally:
        keeper.close()
        site.close()
        server.stop()


def at_the_exam(server: ServerProcess) -> bool:
    with server.context.db.read() as c:
        seen = c.execute(select(device_seen.c.observed, device_seen.c.reported_at)).all()
    return any(s.observed["page"] == "exam" for s in seen)


def try_one(
    escape: Escape, screen: Screen, calm: Path, windows: frozenset[str], exits, patience: float = RETURN_S
) -> Result:
    """Do it and watch until the screen is the exam again."""
    before = len(exits())
    subprocess.run(["xdotool", "mousemove", *CENTRE, "click", "1"], env=screen.env, check=True)
    started = time.monotonic()
    screen.do(escape)
    last_seen_away = None
    while True:
        ms = int((time.monotonic() - started) * 1000)
        away = screen.windows() != windows
        if away or (ms < SETTLE_MS * 2 and screen.differs(calm, screen.shot("now")) > 3_000):
            last_seen_away = ms
        elif ms > SETTLE_MS and (last_seen_away is None or ms - last_seen_away > SETTLE_MS):
            if screen.differs(calm, screen.shot("now")) <= 3_000:
                break
            last_seen_away = ms
        if ms > patience * 1000:
            return Result(escape, "RESTS", ms)
    left = len(exits()) > before
    if left:
        return Result(escape, "exit, restarted", last_seen_away or 0)
    if last_seen_away is None:
        return Result(escape, "none", 0)
    return Result(escape, "undone" if last_seen_away <= REST_MS else "RESTS", last_seen_away)


def table(results: list[Result]) -> str:
    lines = ["| action | without a lock | here | ms |", "| --- | --- | --- | --- |"]
    lines += [f"| {r.escape.name} | {r.escape.effect} | {r.effect} | {r.ms or ''} |" for r in results]
    return "\n".join(lines)


def test_no_action_of_the_list_rests_anywhere_but_the_exam(stage):
    server, site, _browser, keeper, screen = stage
    until(lambda: at_the_exam(server), "C01 shows the exam")
    until(lambda: any("Ujian contoh" in name for name in screen.windows()), "the exam page is there")
    subprocess.run(["xdotool", "mousemove", *CENTRE, "click", "1"], env=screen.env, check=True)
    calm = screen.at_rest("calm")
    windows = screen.windows()
    results: list[Result] = []
    for escape in ESCAPES:
        result = try_one(escape, screen, calm, windows, lambda: keeper.exits)
        results.append(result)
        if result.effect == "RESTS":
            screen.shot(f"rests-{len(results)}")
            break
    if report := os.environ.get("ESCAPE_REPORT"):
        Path(report).write_text(table(results) + "\n", "utf-8")
    assert [r for r in results if r.effect == "RESTS"] == []
    assert len(results) == 74
    assert site.reached == 0, "no request reached the other site"
    # the extension gathers keys for half a minute before it tells of them
    until(lambda: swallowed(server)["keys_blocked"] >= 40, "the guard saw the keys")
    until(lambda: swallowed(server)["blocked"] >= 1, "a script that leads away was turned back")
    until(lambda: outstanding_events(server) == 0, "the extension delivered its record")
    with server.context.db.read() as c:
        rows = c.execute(select(incidents.c.detail).where(incidents.c.kind == "blocked")).scalars().all()
    assert len(rows) == 1, "however often, it is one thing to look at"
    assert rows[0]["count"] >= 1


def swallowed(server: ServerProcess) -> dict[str, int]:
    """What the extension put on record of all this, as far as it is here."""
    with server.context.db.read() as c:
        rows = c.execute(select(device_events.c.kind, device_events.c.data)).all()
    return {
        "keys_blocked": sum(r.data["count"] for r in rows if r.kind == "keys_blocked"),
        "blocked": sum(r.kind == "blocked" for r in rows),
    }


def outstanding_events(server: ServerProcess) -> int:
    with server.context.db.read() as c:
        return sum(r.last_seq - r.acked_seq for r in c.execute(select(device_seen)))


def test_the_stage_sees_what_happens_without_the_lock(tmp_path):
    """The same eyes, the same keys, no policy and no extension: what is seen here is what is missing above."""
    site = ExamSite()
    setup = BrowserSetup(
        url=f"http://{site.host}/ujian", policy_dir=tmp_path / "policy", user_data_dir=tmp_path / "profile",
        own_display=True, size=(1024, 720),
    )  # fmt: skip
    try:
        for name in ("ctrl+t", "ctrl+f", "click on a link to another site", "ctrl+w"):
            browser = LockedBrowser(setup)
            browser.write_policy({})
            with browser:
                screen = Screen(str(browser.display), tmp_path)
                until(
                    lambda s=screen: any("Ujian contoh" in w for w in s.windows()),
                    "the exam page is there",
                )
                calm, windows = screen.at_rest("calm"), screen.windows()
                escape = next(e for e in ESCAPES if e.name == name)
                result = try_one(escape, screen, calm, windows, list, patience=3.0)
                assert result.effect == "RESTS", f"{name} went unseen"
    finally:
        site.close()
    assert site.reached >= 1
