"""Where things stand on a sheet of labels: millimetres from its upper left corner, for a printer at 100 %. Pure.

Each format is a sheet that shops sell by a code. A 24-per-page sheet exists without margins too (70 × 37 mm); the one
here keeps 7 mm and more on every side, because a school's printer leaves 4 to 5 mm of any paper white.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from server.domain.errors import Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the sheet, mm."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, other: Box, slack: float = 1e-6) -> bool:
        return (
            self.x >= other.x - slack
            and self.y >= other.y - slack
            and self.x + self.width <= other.x + other.width + slack
            and self.y + self.height <= other.y + other.height + slack
        )

    def overlaps(self, other: Box, slack: float = 1e-6) -> bool:
        return (
            self.x + self.width > other.x + slack
            and other.x + other.width > self.x + slack
            and self.y + self.height > other.y + slack
            and other.y + other.height > self.y + slack
        )


@dataclass(frozen=True, slots=True)
class Format:
    """A sheet. `left`, `top`: to the first label; `across`, `down`: from one label's edge to the next one's.

    `inset`: what a label keeps white inside its edge, because paper is never fed exactly. `unprintable`: what a printer
    leaves white at the sheet's own edge.
    """

    key: str
    codes: str  # as shops write them; empty for plain paper
    sheet_width: float
    sheet_height: float
    columns: int
    rows: int
    label_width: float
    label_height: float
    left: float
    top: float
    across: float
    down: float
    inset: float
    unprintable: float

    @property
    def per_page(self) -> int:
        return self.columns * self.rows

    @property
    def roll(self) -> bool:
        """A sheet of one label, cut from a roll."""
        return self.per_page == 1

    @property
    def printable(self) -> Box:
        edge = self.unprintable
        return Box(edge, edge, self.sheet_width - 2 * edge, self.sheet_height - 2 * edge)

    def label(self, position: int) -> Box:
        """The label at a position, counted from 0 by rows as one reads."""
        row, column = divmod(position, self.columns)
        return Box(
            self.left + column * self.across, self.top + row * self.down, self.label_width, self.label_height
        )

    def content(self, position: int) -> Box:
        """What of that label may be printed on."""
        box, edge = self.label(position), self.inset
        return Box(box.x + edge, box.y + edge, box.width - 2 * edge, box.height - 2 * edge)


#: Avery L7159, J8159 and unbranded 24-up sheets: 63.5 × 33.9 mm, 2.5 mm apart.
A4_24 = Format("a4-24", "L7159 / J8159", 210, 297, 3, 8, 63.5, 33.9, 7.25, 12.9, 66.0, 33.9, 1.5, 5.0)
#: Avery L7651, J8651 and unbranded 65-up sheets: 38.1 × 21.2 mm, 2.5 mm apart.
A4_65 = Format("a4-65", "L7651 / J8651", 210, 297, 5, 13, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2, 1.0, 5.0)
#: Brother DK-22205 and its like, 62 mm without an end. 696 dots at 300 dpi (58.9 mm) of its width are printed on.
ROLL_62 = Format("roll-62", "DK-22205", 62, 29, 1, 1, 62, 29, 0, 0, 62, 29, 1.6, 1.5)
FORMATS = {one.key: one for one in (A4_24, A4_65, ROLL_62)}

#: Plain paper, cut along the lines.
CARDS_8 = Format("cards-8", "", 210, 297, 2, 4, 95, 68, 10, 12.5, 95, 68, 3.0, 5.0)
CARDS_10 = Format("cards-10", "", 210, 297, 2, 5, 95, 54.4, 10, 12.5, 95, 54.4, 2.5, 5.0)
CARD_FORMATS = {one.key: one for one in (CARDS_8, CARDS_10)}


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """One thing on one label of one sheet."""

    position: int
    label: Box
    content: Box
    what: T


def pages(form: Format, things: Sequence[T], start: int = 1) -> list[list[Placed[T]]]:
    """Each thing on a label of its own, in order; the first sheet begins at label `start` (1: an unused sheet).

    Raises: Invalid (`sticker_start`).
    """
    if not 1 <= start <= form.per_page:
        raise Invalid(
            f"start {start}: the sheet has labels 1 to {form.per_page}",
            code="sticker_start",
            most=form.per_page,
            field="start",
        )
    found: list[list[Placed[T]]] = []
    for number, what in enumerate(things, start - 1):
        page, position = divmod(number, form.per_page)
        if page == len(found):
            found.append([])
        found[page].append(Placed(position, form.label(position), form.content(position), what))
    return found


def outlines(form: Format) -> Iterator[Box]:
    """Every label of a sheet: a test print on plain paper is held against the real one."""
    return (form.label(position) for position in range(form.per_page))


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line of a known length: what it measures on paper tells the printer's scale."""

    x: float
    y: float
    length: float

    @property
    def ticks(self) -> list[tuple[float, float]]:
        """(x, height) every 10 mm, the ends and the middle taller."""
        count = round(self.length / 10)
        return [(self.x + 10 * n, 2.0 if n in (0, count / 2, count) else 1.2) for n in range(count + 1)]


def ruler(form: Format) -> Ruler:
    """Below the labels, where the sheet is thrown away; on a roll across a strip of its own."""
    if form.roll:
        return Ruler((form.sheet_width - 50) / 2, form.sheet_height / 2, 50)
    return Ruler((form.sheet_width - 100) / 2, form.sheet_height - form.unprintable - 0.6, 100)
