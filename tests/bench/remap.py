"""`scripts/bench remap`: stories of Chromebooks that come back, each with its right answer by construction.

They are played through the real services on a SQLite file, with the emulated console behind the production adapter.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import remap_corpus, remap_play
from tests.services.remap_play import Figures

#: What the issue asks for.
RIGHT_LEAST = 0.99

WHAT = """\
right      the newest proposal names the right Chromebook (or nobody), what happened to it, how sure that is, its place,
           org unit and annotations; and who never came back is listed with the reason. Aim: 99 %.
automatic  what the school's rule accepted by itself, switched on for a moment before the console was asked, after each
           sync and after a person took over what was odd. On weak evidence: aim 0.
undone     every acceptance, by the rule or by hand, taken back and compared row by row with the state before it."""


@dataclass(frozen=True, slots=True)
class Measured:
    figures: Figures
    seconds: float

    @property
    def good(self) -> bool:
        made = self.figures
        return (
            made.share >= RIGHT_LEAST
            and not made.automatic_wrong
            and not made.undone_differently
            and made.undone >= made.accepted
        )

    def as_dict(self) -> dict[str, Any]:
        return {**self.figures.as_dict(), "seconds": round(self.seconds, 1)}


def measure(seed: int, stories: int) -> Measured:
    """One corpus from end to end."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bangku-bench-") as folder:
        figures = remap_play.play(Path(folder), remap_corpus.make(seed, stories), seed)
    return Measured(figures, time.monotonic() - began)


def table(rows: list[Measured]) -> list[str]:
    lines = [
        f"{'seed':>6}{'stories':>9}{'right':>8}{'share':>9}{'automatic':>11}{'on weak':>9}{'accepted':>10}"
        f"{'undone':>8}{'differs':>9}{'seconds':>9}"
    ]
    for row in rows:
        made = row.figures
        lines.append(
            f"{made.seed:>6}{made.stories:>9}{made.right:>8}{made.share:>9.2%}{made.automatic:>11}"
            f"{len(made.automatic_wrong):>9}{made.accepted:>10}{made.undone:>8}{len(made.undone_differently):>9}"
            f"{row.seconds:>9.1f}"
        )
        for name in ("wrong", "automatic_wrong", "undone_differently"):
            lines += [f"{'':8}{name.replace('_', ' ')}: {one[:200]}" for one in getattr(made, name)]
    cases = sum((row.figures.cases for row in rows), start=type(rows[0].figures.cases)())
    return [*lines, "", *(f"{count:>6}  {case}" for case, count in sorted(cases.items()))]
