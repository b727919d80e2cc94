"""A QR code as the path of an inline SVG: no image file, no script, no style."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4  # modules of white around it, as the standard asks


@dataclass(frozen=True, slots=True)
class QrPath:
    """`size` is the side of the view box, quiet zone included; `d` draws the dark modules."""

    size: int
    d: str


def qr_path(text: str) -> QrPath:
    """The dark modules, row by row, as runs."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    runs = []
    for y, row in enumerate(code.get_matrix()):
        x = 0
        while x < len(row):
            width = 0
            while x + width < len(row) and row[x + width]:
                width += 1
            if width:
                runs.append(f"M{x + QUIET} {y + QUIET}h{width}v1h-{width}z")
            x += width or 1
    return QrPath(len(code.get_matrix()) + 2 * QUIET, "".join(runs))
