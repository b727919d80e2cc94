"""What is printed is read again: every code of every sheet, drawn by a real Chromium, by a decoder that is not ours.

300 dots to the inch is what a modest printer puts on paper; 160 to the inch, turned, blurred and grey is what the video
picture of a phone's camera (1,920 points across) gets of it from 30 cm away.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from server.bootstrap import build
from server.domain.sticker import CARD_FORMATS, FORMATS, Box, Format
from server.services import cards, demo, exam_list, exams, inventory
from server.services.actor import SYSTEM
from server.services.loan_acts import LentIn
from tests.browser.admin_page import CHROMIUM, PASSWORD
from tests.stage import ServerProcess
from tests.test_house import ROOT

pytestmark = pytest.mark.browser

zxingcpp = pytest.importorskip("zxingcpp")
images = pytest.importorskip("PIL.Image")

PRINT_DPI, CAMERA_DPI, CSS_DPI = 300, 160, 96
#: A long name and a port of its own: the codes are as dense as they get in a real school.
LONG = "https://bangku.smkn2-tasikmalaya.sch.id:8410"
ODD_LABELS = ("Chromebook Aula 12", "LAB-2-CHROMEBOOK-017", "é-1", "W" * 20)


@dataclass
class Stage:
    """A signed-in page of a real server. `sheets` shows a page of prints as a server of another address makes it."""

    page: Any
    server: ServerProcess
    school: demo.DemoSchool
    client: Any

    def show(self, path: str) -> None:
        self.page.goto(f"{self.server.url}{path}")

    def sheets(self, path: str) -> None:
        """As `LONG` would print it, drawn with this server's style sheets."""
        html = self.client.get(path, base_url=LONG).get_data(as_text=True)
        assert '<svg class="sheet"' in html, html[-600:]
        where = f"{self.server.url}/printed"
        self.page.route(
            where, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
        )
        self.page.goto(where)
        self.page.unroute(where)

    def pictures(self) -> list[Any]:
        """Every sheet as a printer of 300 dpi draws it."""
        drawn = self.page.locator("svg.sheet")
        return [
            images.open(io.BytesIO(drawn.nth(n).screenshot(animations="disabled"))).convert("L")
            for n in range(drawn.count())
        ]

    def meant(self) -> list[list[str]]:
        """What each sheet's codes are meant to say, in the order they stand."""
        return self.page.evaluate(
            "[...document.querySelectorAll('svg.sheet')].map("
            "s => [...s.querySelectorAll('[data-qr]')].map(g => g.dataset.qr))"
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    server = ServerProcess(tmp_path_factory.mktemp("paper"))
    c = server.context
    school = demo.seed(c.db, c.now(), days=("2026-11-24", "2026-11-25"))
    demo.set_passwords(c.db, c.now(), dict.fromkeys(demo.CAST, PASSWORD))
    for n, label in enumerate((*ODD_LABELS, *(f"P-{n:02d}" for n in range(1, 55)))):
        owner = f"SMP Negeri {n % 3 + 1}"
        inventory.lend_in(c.db, SYSTEM, c.now(), LentIn(label, owner, "2099-11-30"))
    app, _edge, _hub = build(
        replace(c, settings=replace(c.settings, public_url=LONG, async_mode="threading"))
    )
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    signed = client.post("/sign-in", data={"username": "wayan", "password": PASSWORD}, base_url=LONG)
    assert signed.status_code == 302
    server.start()
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_context(
                viewport={"width": 1024, "height": 1200},
                device_scale_factor=PRINT_DPI / CSS_DPI,
                locale="id-ID",
            ).new_page()
            page.goto(f"{server.url}/sign-in")
            page.fill("#username", "wayan")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{server.url}/exams")
            yield Stage(page, server, school, client)
            browser.close()
    finally:
        server.stop()


def path_of(stage: Stage, key: str) -> tuple[str, Format, int]:
    """The print page of a format, the format, and how many it prints from which label on."""
    if key in FORMATS:
        return f"/stickers/sheets?format={key}&start=6", FORMATS[key], 0 if FORMATS[key].roll else 5
    return f"/cards/sheets?round={stage.school.round_id}&format={key}", CARD_FORMATS[key], 0


def decoded(picture: Any) -> dict[str, Box]:
    """Text of every code in a picture → where it is, mm at 300 dpi."""
    mm = 25.4 / PRINT_DPI
    found = {}
    for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        xs, ys = [p.x * mm for p in corners], [p.y * mm for p in corners]
        found[code.text] = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return found


@pytest.mark.parametrize("key", [*FORMATS, *CARD_FORMATS])
def test_every_code_is_read_from_the_print_and_by_a_phone(stage: Stage, key: str) -> None:
    path, form, first = path_of(stage, key)
    stage.sheets(path)
    meant, pictures = stage.meant(), stage.pictures()
    texts = [text for sheet in meant for text in sheet]
    assert len(texts) == len(set(texts)) == (73 if key in FORMATS else 26)
    assert all(text.upper().startswith(LONG.upper()) for text in texts)
    position = first
    shaky = random.Random(7)
    for sheet, picture in zip(meant, pictures, strict=True):
        read = decoded(picture)
        assert set(read) == set(sheet)
        for text in sheet:
            assert read[text].inside(form.content(position), slack=0.3), text
            assert by_phone(picture, form.label(position), shaky) == text
            position = (position + 1) % form.per_page


def by_phone(picture: Any, label: Box, shaky: random.Random) -> str | None:
    """One label as a camera sees it: smaller, turned, not sharp, in bad light, on something dark."""
    filters = pytest.importorskip("PIL.ImageFilter")
    dots = PRINT_DPI / 25.4
    cut = picture.crop(
        tuple(round(v * dots) for v in (label.x, label.y, label.x + label.width, label.y + label.height))
    )
    small = cut.resize(tuple(round(side * CAMERA_DPI / PRINT_DPI) for side in cut.size), images.LANCZOS)
    lid = images.new("L", (small.width + 60, small.height + 60), 60)
    lid.paste(small.point(lambda v: 70 + v * 130 // 255), (30, 30))
    seen = lid.rotate(shaky.uniform(-8, 8), images.BICUBIC, expand=True, fillcolor=60)
    seen = seen.filter(filters.GaussianBlur(0.7))
    found = zxingcpp.read_barcodes(seen, formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if len(found) == 1 else None


@pytest.mark.parametrize("key", [*FORMATS, *CARD_FORMATS])
def test_texts_stay_on_their_label_and_off_the_code(stage: Stage, key: str) -> None:
    path, form, first = path_of(stage, key)
    stage.sheets(path)
    groups = stage.page.evaluate(
        """[...document.querySelectorAll('svg.sheet g[data-name]')].map(g => {
             const box = (e) => { const b = e.getBBox(); return [b.x, b.y, b.width, b.height]; };
             const ctm = g.querySelector('[data-qr]').transform.baseVal.consolidate().matrix;
             const q = g.querySelector('path').getBBox();
             return {name: g.dataset.name, texts: [...g.querySelectorAll('text')].map(box),
                     qr: [ctm.e, ctm.f, q.width * ctm.a, q.height * ctm.d]};
           })"""
    )
    assert groups
    for n, group in enumerate(groups):
        content, code = form.content((first + n) % form.per_page), Box(*group["qr"])
        assert code.inside(content)
        for text in group["texts"]:
            box = Box(*text)
            assert box.x >= content.x - 0.7, group["name"]  # a J may hang over to the left
            assert box.x + box.width <= content.x + content.width + 0.2, group["name"]
            assert box.inside(form.label((first + n) % form.per_page), slack=0.4), group["name"]
            assert not box.overlaps(code), group["name"]


@pytest.mark.parametrize("key", [*FORMATS, *CARD_FORMATS])
def test_the_printer_gets_one_page_a_sheet_of_the_sheets_size(stage: Stage, key: str) -> None:
    path, form, _first = path_of(stage, key)
    stage.sheets(path)
    count = stage.page.locator("svg.sheet").count()
    pdf = stage.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == count
    (size,) = set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf))
    width, height = (float(v) * 25.4 / 72 for v in size.split()[2:])
    assert (width, height) == (
        pytest.approx(form.sheet_width, abs=0.3),
        pytest.approx(form.sheet_height, abs=0.3),
    )


def test_a_scanned_card_chooses_its_seat_on_the_board(stage: Stage) -> None:
    c = stage.server.context
    profile = exam_list.profiles(c.settings.data_dir)["simulasi"].as_dict()
    exam = exams.create(
        c.db, SYSTEM, c.now(), day_id=stage.school.day_ids[0], slot_id=stage.school.slot_ids[0],
        room_id=stage.school.room_id, profile=profile, title="Simulasi", start_url="practice", allowed_hosts=[],
    )  # fmt: skip
    card = cards.of_exam(c.db, exam)[6]
    stage.show(f"/K/{card.code}")
    chosen = stage.page.locator('.desk[aria-selected="true"]')
    chosen.wait_for()
    assert chosen.get_attribute("data-seat") == "7"
    assert card.name in chosen.inner_text()


@pytest.mark.parametrize(
    "path",
    [
        "/stickers",
        "/stickers/sheets?format=a4-65",
        "/stickers/sheets?format=a4-24&test=1",
        "/cards",
        "/cards/sheets?round=1",
        "/devices/borrowed",
        "/devices/borrowed/return",
        "/devices",
    ],
)
def test_nothing_serious_stands_in_the_way_of_a_screen_reader(stage: Stage, path: str) -> None:
    axe = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed")
    broken: list[str] = []
    stage.page.on("console", lambda m: broken.append(m.text) if m.type == "error" else None)
    stage.show(path)
    stage.page.evaluate(axe.read_text("utf-8"))
    found = stage.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (v["id"], [n["html"][:160] for n in v["nodes"]][:3])
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
    ]
    assert serious == [], json.dumps(serious, indent=1)
    assert broken == []
