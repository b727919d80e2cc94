"""QR codes as SVG paths: the smallest symbol, with modules as large as the place allows.

DENSO WAVE, who made the code, asks for 4 printer dots a module or more: 0.17 mm at 600 dpi, 0.33 mm at 300 dpi, 0.5 mm
on a thermal printer of 200 dpi (qrcode.com, "Point for setting the module size"); its ordinary scanners read 0.25 mm.
So 0.4 mm is the least here, 0.5 mm is what is looked for, and a module is whole dots of 300 dpi, so that no column of
it comes out wider than its neighbour. 4 modules of white belong around every symbol.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from urllib.parse import quote

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

from server.domain.errors import Invalid

LEAST_MM, WANTED_MM = 0.4, 0.5
QUIET = 4
DOT_MM = 25.4 / 300
#: How much of the symbol may be lost and it still reads: 25, 15, 7 %.
LEVELS = {"Q": ERROR_CORRECT_Q, "M": ERROR_CORRECT_M, "L": ERROR_CORRECT_L}
#: Tried in this order: stickers get scratched, so size is given up before the last of the redundancy.
WAYS = (("Q", WANTED_MM), ("M", WANTED_MM), ("M", LEAST_MM), ("L", LEAST_MM))


@dataclass(frozen=True, slots=True)
class Symbol:
    """`modules` a side, without the white around; `side_mm` with it. `path`: in modules, from the symbol's corner."""

    text: str
    level: str
    modules: int
    module_mm: float
    path: str

    @property
    def side_mm(self) -> float:
        return (self.modules + 2 * QUIET) * self.module_mm


def address(base: str, what: str, code: str) -> str:
    """`<address>/d/<code>` in the capitals that a QR code stores in 5.5 bits each instead of 8.

    Scheme and host read alike in any case, the path by our own routes. A code that is not plain ASCII keeps its own.
    """
    if not code.isascii():
        return f"{base}/{what}/{quote(code, safe='')}"
    return f"{base}/{what}/{quote(code, safe='')}".upper()


def symbol(text: str, side_mm: float) -> Symbol:
    """The symbol for a square of this side, white included.

    Raises: Invalid (`qr_too_long`) when its modules would be finer than 0.4 mm.
    """
    for level, least in WAYS:
        fit = _made(text, level, side_mm)
        if fit is not None and fit.module_mm >= least:
            return fit
    raise Invalid(
        f"'{text}': too long for a QR code of {side_mm:.1f} mm; use a larger label or a shorter address",
        code="qr_too_long",
        text=text,
        length=len(text),
    )


def _made(text: str, level: str, side_mm: float) -> Symbol | None:
    code = qrcode.QRCode(error_correction=LEVELS[level], border=0)
    code.add_data(text, optimize=0)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError):
        return None
    rows = code.get_matrix()
    dots = math.floor(side_mm / (len(rows) + 2 * QUIET) / DOT_MM + 1e-9)
    return Symbol(text, level, len(rows), dots * DOT_MM, _path(rows))


def _path(rows: list[list[bool]]) -> str:
    """Each run of dark modules of a row as one rectangle."""
    parts = []
    for y, row in enumerate(rows):
        for run in re.finditer("1+", "".join("1" if dark else "0" for dark in row)):
            width = run.end() - run.start()
            parts.append(f"M{run.start()} {y}h{width}v1h-{width}z")
    return "".join(parts)
