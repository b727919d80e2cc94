"""Who is at the other end: the signed-in person, looked up in the database for every request and event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, has_request_context, request
from flask_login import LoginManager, current_user
from sqlalchemy import Row

from server.domain.roles import Act, Role, may
from server.services import staff
from server.services.actor import NOBODY, Actor
from server.services.context import Context


@dataclass(frozen=True, slots=True)
class Person:
    """A staff account as Flask-Login wants it. The id carries the session version the sign-in was made with."""

    staff_id: int
    username: str
    name: str
    role: Role
    version: int

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return f"{self.staff_id}.{self.version}"

    def may(self, act: Act | str) -> bool:
        return may(self.role, Act(act))


def person_of(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.id, row.username, row.name, Role(row.role), row.session_version)


def load(context_: Context, stored_id: str) -> Person | None:
    """The account a cookie stands for; None once it was closed or its password or role changed."""
    number, dot, version = stored_id.partition(".")
    if not dot or not number.isdigit():
        return None
    with context_.db.read() as c:
        row = staff.by_id(c, int(number))
    if row is None or not row.active or str(row.session_version) != version:
        return None
    return person_of(row)


def init_login(app: Flask, context_: Context) -> None:
    manager = LoginManager(app)
    manager.login_view = "auth.sign_in"
    manager.login_message = None
    manager.session_protection = "basic"  # addresses change when a laptop walks between access points
    manager.user_loader(lambda stored_id: load(context_, stored_id))


def context() -> Context:
    """The context this app was made with."""
    return cast(Context, current_app.extensions["bangku"])


def signed_in() -> bool:
    return bool(current_user and current_user.is_authenticated)


def address() -> str | None:
    return request.remote_addr if has_request_context() else None


def actor() -> Actor:
    """The present caller as the audit trail names them."""
    if not signed_in():
        return Actor(NOBODY.name, address=address())
    return Actor(current_user.username, current_user.role, address(), current_user.staff_id)
