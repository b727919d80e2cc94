"""Errors named for what happened. English here and in logs; screens translate by `code`."""

from __future__ import annotations


class BangkuError(Exception):
    """Something was refused. `code` is stable; `params` fill the sentence in any language."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, **params: object) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.params: dict[str, object] = params


class NotFound(BangkuError):
    """The named thing does not exist (or not for this person)."""

    code = "not_found"
    status = 404


class Forbidden(BangkuError):
    """The role table has no entry that lets this person do this."""

    code = "forbidden"
    status = 403


class Conflict(BangkuError):
    """The thing moved on since it was looked at, or its state does not allow this."""

    code = "conflict"
    status = 409


class IllegalTransition(Conflict):
    """A state machine has no such arrow."""

    code = "illegal_transition"


class Invalid(BangkuError):
    """Bad input that names its row, file and line, or field."""

    code = "invalid"
    status = 422
