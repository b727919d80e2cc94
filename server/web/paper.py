"""What a sheet of stickers or cards shows, ready to be drawn: places in mm, texts that fit, QR codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from server.domain import sticker
from server.domain.hosts import only_here
from server.domain.sticker import Box, Format, Placed, Ruler
from server.services.cards import Card, Place
from server.services.stickers import Sticker
from server.web import qr
from server.web.print_text import Line, fitted
from server.web.qr import Symbol

T = TypeVar("T")
#: Wider than this a code only takes the room of the text.
QR_MOST_MM = 27.0
CARD_QR_MM = 28.0
CARD_HEIGHT_MM = 49.4  # what the sizes of a card's texts are meant for


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, its baseline's left end in mm."""

    x: float
    y: float
    line: Line
    bold: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One label or card: its code and where that stands (the dark part's corner), and its texts."""

    name: str
    box: Box
    qr: Symbol
    qr_x: float
    qr_y: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    form: Format
    number: int
    items: tuple[Item, ...]
    ruler: Ruler | None
    outlines: tuple[Box, ...] = ()


def worry(address: str) -> str | None:
    """Why a phone could not open this address: `only_here`, `http`; None when it can."""
    if only_here(address):
        return "only_here"
    return None if urlsplit(address).scheme == "https" else "http"


def sticker_sheets(
    form: Format, found: Sequence[Sticker], start: int, address: str, npsn: str, words: dict[str, str]
) -> list[Sheet]:
    """Raises: Invalid (`sticker_start`, `qr_too_long`)."""
    return _sheets(form, found, start, lambda placed: _sticker(form, placed, address, npsn, words))


def card_sheets(form: Format, found: Sequence[Card], address: str, words: dict[str, str]) -> list[Sheet]:
    """With the lines to cut along. Raises: Invalid (`qr_too_long`)."""
    sheets = _sheets(form, found, 1, lambda placed: _card(placed, address, words))
    return [Sheet(s.form, s.number, s.items, None, tuple(item.box for item in s.items)) for s in sheets]


def test_sheet(form: Format) -> Sheet:
    """Every label's outline: printed on plain paper and held against the real sheet."""
    outlines = () if form.roll else tuple(sticker.outlines(form))
    return Sheet(form, 1, (), sticker.ruler(form), outlines)


def _sheets(form: Format, found: Sequence[T], start: int, draw: Callable[[Placed[T]], Item]) -> list[Sheet]:
    ruler = None if form.roll else sticker.ruler(form)
    return [
        Sheet(form, number, tuple(draw(placed) for placed in page), ruler)
        for number, page in enumerate(sticker.pages(form, found, start), 1)
    ]


def _sticker(form: Format, placed: Placed[Sticker], address: str, npsn: str, words: dict[str, str]) -> Item:
    what, box = placed.what, placed.content
    code = qr.symbol(qr.address(address, "d", what.code), min(box.height, QR_MOST_MM))
    quiet = qr.QUIET * code.module_mm
    left, width = box.x + code.side_mm + 0.4, box.width - code.side_mm - 0.4
    tall = min(box.height * 0.42, 11.0)
    name = fitted(what.label, width, tall, 2.4, lines=2)
    small = min(3.2, box.height * 0.12)
    below = [Text(left, 0, line) for line in fitted(npsn, width, small, 1.6)] if npsn else []
    if what.borrowed:
        below += [Text(left, 0, line) for line in fitted(words["borrowed"], width, small, 1.6)]
    texts = _stacked(
        box, [*(Text(left, 0, line, bold=True) for line in name), *below], gap=min(1.2, box.height * 0.04)
    )
    middle = box.y + (box.height - code.side_mm) / 2
    return Item(what.label, placed.label, code, box.x + quiet, middle + quiet, texts)


def _card(placed: Placed[Card], address: str, words: dict[str, str]) -> Item:
    who, box = placed.what, placed.content
    code = qr.symbol(qr.address(address, "k", who.code), CARD_QR_MM)
    quiet = qr.QUIET * code.module_mm
    width = box.width - code.side_mm - 2
    lines: list[Text] = []
    scale = min(1.25, box.height / CARD_HEIGHT_MM)

    def say(text: str | None, size: float, *, bold: bool = False, faint: bool = False, most: int = 1) -> None:
        if text:
            lines.extend(
                Text(box.x, 0, line, bold, faint) for line in fitted(text, width, size * scale, 2.2, most)
            )

    say(f"{who.school} · {who.round_name}", 2.6, faint=True, most=2)
    say(who.name, 4.6, bold=True, most=2)
    say(f"{words['number']} {who.number}", 3.4, bold=True)
    say(f"{words['username']} {who.username}" if who.username else None, 3.0)
    say(f"{words['class']} {who.class_name}" if who.class_name else None, 3.0)
    for place in who.places[:2]:
        say(words["place"] % {"session": _session(place), "room": place.room}, 3.2, bold=True)
        say(words["seat"] % {"seat": place.seat}, 5.4, bold=True)
    if who.reserve:
        say(words["reserve"], 3.0, bold=True)
    texts = list(_stacked(box, lines, gap=1.8 * scale))
    right = box.x + box.width - code.side_mm
    top = box.y + (box.height - code.side_mm - 12) / 2
    under = top + code.side_mm + 2
    inner = code.side_mm - 2 * quiet
    for line in fitted(words["card_code"], inner, 2.6, 2.0):
        texts.append(Text(right + quiet, under, line, faint=True))
    for line in fitted(who.card_code, inner, 6.0, 3.0):
        texts.append(Text(right + quiet, under + line.size + 0.6, line, bold=True))
    return Item(who.name, placed.label, code, right + quiet, top + quiet, tuple(texts))


def _session(place: Place) -> str:
    return f"{place.session} ({place.starts.replace(':', '.')})" if place.starts else str(place.session)


def _stacked(box: Box, texts: Iterable[Any], gap: float) -> tuple[Text, ...]:
    """One below the other, the whole in the middle of the box; the gaps give way when it is tight."""
    texts = list(texts)
    sizes = sum(t.line.size for t in texts)
    room = max(0.0, box.height - sizes)
    gap = min(gap, room / max(1, len(texts)))
    y = box.y + max(0.0, (box.height - sizes - gap * (len(texts) - 1)) / 2)
    placed = []
    for text in texts:
        y += text.line.size * 0.8  # from a line's top to its baseline
        placed.append(Text(text.x, y, text.line, text.bold, text.faint))
        y += text.line.size * 0.2 + gap
    return tuple(placed)
