"""Who may do what: the one table. No entry, no access."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    PROCTOR = "proctor"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"


class Act(StrEnum):
    """A kind of act or view. Routes, socket events and buttons all name one of these."""

    VIEW_EXAMS = "view_exams"
    CREATE_EXAM = "create_exam"
    RUN_EXAM = "run_exam"  # open, start, pause, end
    VIEW_BOARD = "view_board"
    CONTROL_SEAT = "control_seat"  # lock, message, extra time, finish, reset, told status
    RELEASE_TOKEN = "release_token"  # noqa: S105 - the name of an act
    VIEW_TOKEN = "view_token"  # noqa: S105
    IMPORT_ROSTER = "import_roster"
    MANAGE_STAFF = "manage_staff"
    MANAGE_SETUP = "manage_setup"  # school, rooms, rounds
    VIEW_AUDIT = "view_audit"
    ADMIT_DEVICE = "admit_device"  # accept a quarantined newcomer; accept, reject or undo a remap
    CHECK_DEVICE = "check_device"  # tick what was seen on a Chromebook, hand out a check code
    PRINT_CARDS = "print_cards"  # participants' cards carry their codes
    VIEW_LEDGER = "view_ledger"  # who sat where: pupils' names
    VIEW_DEVICES = "view_devices"
    MANAGE_DEVICES = "manage_devices"  # import, in and out of service
    MANAGE_CONSOLE = "manage_console"  # connect Google; plan, apply and restore policy; stop its work
    OWN_ACCOUNT = "own_account"


_EVERYONE = frozenset(Role)

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.VIEW_EXAMS: _EVERYONE,
    Act.CREATE_EXAM: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.RUN_EXAM: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.VIEW_BOARD: frozenset({Role.ADMIN, Role.PROCTOR, Role.SUPERVISOR}),
    Act.CONTROL_SEAT: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.RELEASE_TOKEN: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.VIEW_TOKEN: frozenset({Role.ADMIN, Role.PROCTOR, Role.SUPERVISOR}),
    Act.IMPORT_ROSTER: frozenset({Role.ADMIN}),
    Act.MANAGE_STAFF: frozenset({Role.ADMIN}),
    Act.MANAGE_SETUP: frozenset({Role.ADMIN}),
    Act.VIEW_AUDIT: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.ADMIT_DEVICE: frozenset({Role.ADMIN, Role.PROCTOR, Role.TECHNICIAN}),
    Act.CHECK_DEVICE: frozenset({Role.ADMIN, Role.PROCTOR, Role.TECHNICIAN}),
    Act.PRINT_CARDS: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.VIEW_LEDGER: frozenset({Role.ADMIN, Role.PROCTOR}),
    Act.VIEW_DEVICES: frozenset({Role.ADMIN, Role.PROCTOR, Role.TECHNICIAN}),
    Act.MANAGE_DEVICES: frozenset({Role.ADMIN, Role.TECHNICIAN}),
    Act.MANAGE_CONSOLE: frozenset({Role.ADMIN}),
    Act.OWN_ACCOUNT: _EVERYONE,
}


def may(role: Role, act: Act) -> bool:
    """True when the table has an entry for this role and act."""
    return role in ALLOWED.get(act, frozenset())
