"""Text that must fit a place on paper. Nothing here knows the printer's font, so widths are estimated on the wide side,
and a line that is still too long is squeezed to the width it has (`textLength`) rather than cut."""

from __future__ import annotations

from dataclasses import dataclass

#: Widths of a character in parts of the font size, for an ordinary bold sans serif.
_NARROW, _DIGIT, _LOWER, _UPPER = 0.34, 0.60, 0.60, 0.74
_THIN = frozenset("ijltfI.,:;|!'()[]- ")


@dataclass(frozen=True, slots=True)
class Line:
    """`squeeze`: the width it must be given, mm; None where it fits by itself."""

    text: str
    size: float
    squeeze: float | None


def wide(text: str) -> float:
    """Estimated width in parts of the font size."""
    return sum(
        _NARROW if c in _THIN else _DIGIT if c.isdigit() else _LOWER if c.islower() else _UPPER for c in text
    )


def fitted(text: str, width: float, size: float, least: float, lines: int = 1) -> list[Line]:
    """The text in at most so many lines, as large as fits between `least` and `size` (mm)."""
    text = " ".join(text.split())
    best = [text]
    if lines > 1 and wide(text) * size > width:
        best = _two(text)
    fits = min(size, *(width / max(wide(line), 0.01) for line in best))
    shown = max(least, fits)
    return [Line(line, shown, width if wide(line) * shown > width + 1e-6 else None) for line in best]


def _two(text: str) -> list[str]:
    """Broken where both halves come out most alike: at a space, after a dash, else in the middle."""
    places = [n for n, c in enumerate(text) if c == " " and 0 < n < len(text) - 1]
    places = places or [n + 1 for n, c in enumerate(text) if c in "-/_." and 0 < n < len(text) - 1]
    places = places or ([len(text) // 2] if len(text) > 8 else [])
    if not places:
        return [text]
    at = min(places, key=lambda n: max(wide(text[:n]), wide(text[n:])))
    return [text[:at].strip(), text[at:].strip()]
