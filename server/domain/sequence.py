"""Event numbers: what arrived without a gap from the start, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def contiguous(acked: int, arrived: Iterable[int]) -> int:
    """The highest number up to which nothing is missing, given that `acked` was it before."""
    waiting = {n for n in arrived if n > acked}
    while acked + 1 in waiting:
        acked += 1
    return acked


def gaps(arrived: Iterable[int], last: int) -> list[tuple[int, int]]:
    """Ranges (first, last) of numbers from 1 to `last` that never arrived."""
    missing: list[tuple[int, int]] = []
    expected = 1
    for n in [*sorted(n for n in set(arrived) if n <= last), last + 1]:
        if n > expected:
            missing.append((expected, n - 1))
        expected = n + 1
    return missing
