"""What a school may be called and how a room's seats lie: the rules behind the set-up pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from server.domain.errors import Invalid

#: `\d{8}`; P (PKBM, SKB) and K (LKP) take the first place of schools outside the formal track.
NPSN = re.compile(r"[0-9]{8}|[KP][0-9]{7}")
LEVELS = ("SD", "MI", "SMP", "MTs", "SMA", "MA", "SMK", "MAK", "SLB", "PKBM")
TIMEZONES = ("WIB", "WITA", "WIT")
MAX_SEATS = 200
MAX_COLUMNS = 20
LABEL_LENGTH = 10
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[.:]([0-5][0-9])")


class SeveralInvalid(Invalid):
    """Everything that is wrong with one form: a page shows each beside its field, `code` is the first one's."""

    def __init__(self, problems: list[Invalid]) -> None:
        first = problems[0]
        super().__init__("; ".join(str(p) for p in problems), code=first.code, **first.params)
        self.problems = problems


def raise_if_any(problems: Iterable[Invalid]) -> None:
    found = list(problems)
    if found:
        raise SeveralInvalid(found)


@dataclass(frozen=True, slots=True)
class SeatPlace:
    """A seat's label and where it stands, counted from 1 at the front left."""

    label: str
    row: int
    column: int


def tidy(text: str) -> str:
    """One line without doubled spaces: the same name typed twice is the same name."""
    return " ".join(text.split())


def text_problem(text: str, field: str, most: int) -> list[Invalid]:
    """Why a required name does not do, if so."""
    if not text:
        return [Invalid(f"{field}: empty", code="field_missing", field=field)]
    if len(text) > most:
        return [Invalid(f"{field}: longer than {most} characters", code="field_long", field=field, most=most)]
    return []


def npsn_problem(npsn: str, field: str = "npsn") -> list[Invalid]:
    if NPSN.fullmatch(npsn):
        return []
    return [
        Invalid(
            f"npsn '{npsn}': 8 digits, or K or P and 7 digits", code="npsn_invalid", field=field, value=npsn
        )
    ]


def choice_problem(value: str, field: str, choices: Iterable[str]) -> list[Invalid]:
    if value in choices:
        return []
    return [Invalid(f"{field} '{value}': not one of the choices", code="exam_choice_missing", field=field)]


def clock(text: str) -> str | None:
    """hh:mm from what people type: 7.30, 07:30. None when it is no time of day."""
    found = _CLOCK.fullmatch(text.strip())
    return f"{int(found[1]):02d}:{found[2]}" if found else None


def numbered(count: int) -> list[str]:
    """Seat labels 1..count."""
    return [str(n) for n in range(1, count + 1)]


def labels_of(text: str) -> list[str]:
    """Labels from a list as people type it: commas, semicolons, spaces or new lines between them."""
    return [label for label in re.split(r"[\s,;]+", text) if label]


def lay_out(labels: list[str], columns: int) -> list[SeatPlace]:
    """Seats in rows from the front left, each label once.

    Raises: SeveralInvalid (`seats_missing`, `seats_too_many`, `columns_invalid`, `seat_label_long`, `seat_label_twice`).
    """
    problems: list[Invalid] = []
    if not 1 <= columns <= MAX_COLUMNS:
        problems.append(
            Invalid(
                f"columns {columns}: 1 to {MAX_COLUMNS}",
                code="columns_invalid",
                field="columns",
                most=MAX_COLUMNS,
            )
        )
    problems += _label_problems(labels)
    raise_if_any(problems)
    return [SeatPlace(label, n // columns + 1, n % columns + 1) for n, label in enumerate(labels)]


def _label_problems(labels: list[str]) -> list[Invalid]:
    """The first thing wrong with a list of labels, if any."""
    count = len(labels)
    if not labels:
        return [Invalid("seats: none", code="seats_missing", field="count", most=MAX_SEATS)]
    if count > MAX_SEATS:
        told = f"seats: {count}, at most {MAX_SEATS}"
        return [Invalid(told, code="seats_too_many", field="count", count=count, most=MAX_SEATS)]
    seen: set[str] = set()
    for label in labels:
        if len(label) > LABEL_LENGTH:
            told = f"seat '{label}': longer than {LABEL_LENGTH} characters"
            return [Invalid(told, code="seat_label_long", field="labels", label=label, most=LABEL_LENGTH)]
        if label.lower() in seen:  # a sheet of participants finds 3A and 3a alike
            told = f"seat '{label}': twice in one room"
            return [Invalid(told, code="seat_label_twice", field="labels", label=label)]
        seen.add(label.lower())
    return []
