"""A Chromebook of another school: whose it is, until when it stays, and what must be left alone on it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.errors import Invalid
from server.domain.school_day import is_day

OWNER_MOST = 160
SAID_MOST = 200  # a note, or the condition at the return


@dataclass(frozen=True, slots=True)
class Loan:
    """`until`: the last day it may stay, yyyy-mm-dd. `foreign_policies`: its policies are its owner's, so its record
    in a console is never changed from here. `overdue`: that day is over."""

    device_id: int
    owner: str
    until: str
    foreign_policies: bool
    overdue: bool


def overdue(until: str, today: str) -> bool:
    """Both yyyy-mm-dd, at the school. The last day itself is not over yet."""
    return until < today


def day_problem(until: str, today: str) -> list[Invalid]:
    """Why an end of a loan does not do, if so: it is no date, or already over."""
    if not is_day(until):
        return [
            Invalid(f"until '{until}': not a date such as {today}", code="loan_until_invalid", field="until")
        ]
    if overdue(until, today):
        return [Invalid(f"until {until}: is over; today is {today}", code="loan_until_over", field="until")]
    return []
