"""Text that must fit a place on paper. Nothing here knows the printer's font, so widths are estimated on the wide side,
and a line that is still too long is squeezed to the width it has (`textLength`) rather than cut."""

from __future__ import annotations

from dataclasses import dataclass

#: Widths of a character in parts of the font size, for the widest bold sans serif a page may fall back to.
_NARROW, _DIGIT, _LOWER, _UPPER, _WIDE = 0.46, 0.70, 0.69, 0.80, 1.11
_THIN = frozenset("ijltfI.,:;|!'()[]- ")
_BROAD = frozenset("MWmw@%—")
#: Two lines only where they come out this much larger than one.
_WORTH = 1.35


@dataclass(frozen=True, slots=True)
class Line:
    """`squeeze`: the width it must be given, mm; None where it fits by itself."""

    text: str
    size: float
    squeeze: float | None


def wide(text: str) -> float:
    """Estimated width in parts of the font size."""
    return sum(
        _NARROW
        if c in _THIN
        else _WIDE
        if c in _BROAD
        else _DIGIT
        if c.isdigit()
        else _LOWER
        if c.islower()
        else _UPPER
        for c in text
    )


def fitted(text: str, width: float, size: float, least: float, lines: int = 1) -> list[Line]:
    """The text in at most so many lines, as large as fits between `least` and `size` (mm)."""
    text = " ".join(text.split())
    best, fits = [text], _size([text], width, size)
    if lines > 1 and fits < size:
        halves = _two(text)
        if _size(halves, width, size) >= _WORTH * fits:
            best, fits = halves, _size(halves, width, size)
    shown = max(least, fits)
    return [Line(line, shown, width if wide(line) * shown > width + 1e-6 else None) for line in best]


def _size(lines: list[str], width: float, most: float) -> float:
    return min(most, *(width / max(wide(line), 0.01) for line in lines))


def _two(text: str) -> list[str]:
    """Broken where both halves come out most alike: at a space, after a dash, else in the middle."""
    places = [n for n, c in enumerate(text) if c == " " and 0 < n < len(text) - 1]
    places = places or [n + 1 for n, c in enumerate(text) if c in "-/_." and 0 < n < len(text) - 1]
    places = places or ([len(text) // 2] if len(text) > 8 else [])
    if not places:
        return [text]
    at = min(places, key=lambda n: max(wide(text[:n]), wide(text[n:])))
    return [text[:at].strip(), text[at:].strip()]
