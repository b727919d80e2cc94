"""Default deny: one table of routes, one of socket events. What has no entry is refused.

Flask's `before_request` does not guard Socket.IO handlers, so events have their own table and their own guard,
which looks the person up afresh each time: a sign-in that was revoked does not outlive the revocation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, redirect, request, url_for
from flask_login import current_user
from flask_socketio import SocketIO
from flask_wtf.csrf import CSRFProtect

from server.domain.errors import Forbidden
from server.domain.roles import Act, may
from server.services import audit
from server.web.access_table import CHECK, DEVICE, EVENTS, PUPIL, ROUTES, Door
from server.web.errors import answer, wants_json
from server.web.identity import actor, context, signed_in


class Door(Enum):
    """Entries that ask for something other than a staff role."""

    PUBLIC = "public"
    PUPIL = "pupil"  # the pupil's own session, checked by the pupil pages
    DEVICE = "device"  # a device's proof, checked by the device channel


PUBLIC, PUPIL, DEVICE = Door.PUBLIC, Door.PUPIL, Door.DEVICE

#: endpoint → who may. The whole of it.
ROUTES: dict[str, Act | Door] = {
    "static": PUBLIC,
    "health": PUBLIC,
    "language": PUBLIC,
    "ext_files.update_manifest": PUBLIC,
    "ext_files.package": PUBLIC,
    "auth.sign_in": PUBLIC,
    "auth.sign_in_post": PUBLIC,
    "auth.setup": PUBLIC,
    "auth.setup_post": PUBLIC,
    "auth.sign_out": Act.OWN_ACCOUNT,
    "exams.home": Act.VIEW_EXAMS,
    "exams.index": Act.VIEW_EXAMS,
    "exams.export": Act.VIEW_EXAMS,
    "exams.new": Act.CREATE_EXAM,
    "exams.create": Act.CREATE_EXAM,
    "exams.step": Act.RUN_EXAM,
    "day.page": Act.RUN_EXAM,
    "day.plan": Act.RUN_EXAM,
    "day.change": Act.RUN_EXAM,
    "day.shift": Act.RUN_EXAM,
    "day.charge_list": Act.RUN_EXAM,
    "day.susulan_list": Act.VIEW_BOARD,
    "board.page": Act.VIEW_BOARD,
    "board.snapshot": Act.VIEW_BOARD,
    "board.export": Act.VIEW_BOARD,
    "seat_acts.act": Act.CONTROL_SEAT,
    "seat_acts.all_started": Act.CONTROL_SEAT,
    "seat_acts.choices": Act.CONTROL_SEAT,
    "seat_acts.close_incidents": Act.CONTROL_SEAT,
    "seat_acts.admit": Act.ADMIT_DEVICE,
    "swap_acts.scan": Act.CONTROL_SEAT,
    "swap_acts.undo": Act.CONTROL_SEAT,
    "swap_acts.step": Act.CONTROL_SEAT,
    "minutes_page.page": Act.VIEW_BOARD,
    "minutes_page.export": Act.VIEW_BOARD,
    "ledger_page.page": Act.VIEW_LEDGER,
    "ledger_page.export": Act.VIEW_LEDGER,
    "ledger_page.api": Act.VIEW_LEDGER,
    "token.projector": Act.VIEW_TOKEN,
    "token.print_page": Act.VIEW_TOKEN,
    "token.release": Act.RELEASE_TOKEN,
    "token.copy": Act.RELEASE_TOKEN,
    "centre_page.begin": Act.RUN_EXAM,
    "centre_page.end": Act.RUN_EXAM,
    "centre_page.address": Act.RUN_EXAM,
    "roster.page": Act.IMPORT_ROSTER,
    "roster.preview": Act.IMPORT_ROSTER,
    "roster.confirm": Act.IMPORT_ROSTER,
    "roster.template": Act.IMPORT_ROSTER,
    "roster.columns": Act.IMPORT_ROSTER,
    "roster.result": Act.IMPORT_ROSTER,
    "devices.index": Act.VIEW_DEVICES,
    "devices.export": Act.VIEW_DEVICES,
    "devices.service": Act.MANAGE_DEVICES,
    "devices_one.page": Act.VIEW_DEVICES,
    "devices_one.export": Act.VIEW_DEVICES,
    "devices_sync.page": Act.VIEW_DEVICES,
    "devices_sync.export": Act.VIEW_DEVICES,
    "devices_sync.order": Act.MANAGE_DEVICES,
    "devices_sync.accept": Act.MANAGE_DEVICES,
    "devices_sync.unlabelled": Act.VIEW_DEVICES,
    "devices_sync.unlabelled_export": Act.VIEW_DEVICES,
    "devices_sync.label": Act.MANAGE_DEVICES,
    "devices.page": Act.MANAGE_DEVICES,
    "devices.preview": Act.MANAGE_DEVICES,
    "devices.columns": Act.MANAGE_DEVICES,
    "devices.confirm": Act.MANAGE_DEVICES,
    "devices.result": Act.MANAGE_DEVICES,
    "devices.template": Act.MANAGE_DEVICES,
    "setup.page": Act.MANAGE_SETUP,
    "setup_school.page": Act.MANAGE_SETUP,
    "setup_school.save": Act.MANAGE_SETUP,
    "setup_school.add_guest": Act.MANAGE_SETUP,
    "setup_school.remove_guest": Act.MANAGE_SETUP,
    "setup_rooms.page": Act.MANAGE_SETUP,
    "setup_rooms.export": Act.MANAGE_SETUP,
    "setup_rooms.create": Act.MANAGE_SETUP,
    "setup_rooms.edit": Act.MANAGE_SETUP,
    "setup_rooms.change": Act.MANAGE_SETUP,
    "setup_rooms.remove": Act.MANAGE_SETUP,
    "setup_rounds.page": Act.MANAGE_SETUP,
    "setup_rounds.export": Act.MANAGE_SETUP,
    "setup_rounds.create": Act.MANAGE_SETUP,
    "setup_rounds.edit": Act.MANAGE_SETUP,
    "setup_rounds.change": Act.MANAGE_SETUP,
    "setup_rounds.remove": Act.MANAGE_SETUP,
    "setup_policy.page": Act.MANAGE_SETUP,
    "setup_policy.save": Act.MANAGE_SETUP,
    "staff_admin.page": Act.MANAGE_STAFF,
    "staff_admin.create": Act.MANAGE_STAFF,
    "staff_admin.change": Act.MANAGE_STAFF,
    "staff_admin.link": Act.MANAGE_STAFF,
    "staff_admin.export": Act.MANAGE_STAFF,
    "policy.index": Act.MANAGE_CONSOLE,
    "policy.export": Act.MANAGE_CONSOLE,
    "policy.make": Act.MANAGE_CONSOLE,
    "policy.making": Act.MANAGE_CONSOLE,
    "policy.plan": Act.MANAGE_CONSOLE,
    "policy.plan_export": Act.MANAGE_CONSOLE,
    "policy.allow": Act.MANAGE_CONSOLE,
    "policy.apply": Act.MANAGE_CONSOLE,
    "policy.prove": Act.MANAGE_CONSOLE,
    "policy.restore": Act.MANAGE_CONSOLE,
    "device_moves.index": Act.MANAGE_DEVICES,
    "device_moves.days": Act.MANAGE_DEVICES,
    "device_moves.plan": Act.MANAGE_DEVICES,
    "device_moves.page": Act.MANAGE_DEVICES,
    "device_moves.export": Act.MANAGE_DEVICES,
    "device_moves.order": Act.MANAGE_DEVICES,
    "device_moves.home": Act.MANAGE_DEVICES,
    "device_moves.go_on": Act.MANAGE_DEVICES,
    "exam_units.page": Act.MANAGE_CONSOLE,
    "exam_units.plan": Act.MANAGE_CONSOLE,
    "exam_units.order": Act.MANAGE_CONSOLE,
    "exam_units.export": Act.MANAGE_CONSOLE,
    "device_orders.page": Act.MANAGE_DEVICES,
    "device_orders.export": Act.MANAGE_DEVICES,
    "device_orders.ask": Act.MANAGE_DEVICES,
    "device_orders.confirm": Act.MANAGE_DEVICES,
    "device_orders.withdraw": Act.MANAGE_DEVICES,
    "google_connect.page": Act.MANAGE_CONSOLE,
    "google_connect.connect": Act.MANAGE_CONSOLE,
    "google_connect.probe": Act.MANAGE_CONSOLE,
    "google_connect.disconnect": Act.MANAGE_CONSOLE,
    "google_jobs.page": Act.VIEW_DEVICES,
    "google_jobs.progress": Act.VIEW_DEVICES,
    "google_jobs.cancel": Act.MANAGE_CONSOLE,
    "audit.page": Act.VIEW_AUDIT,
    "audit.export": Act.VIEW_AUDIT,
    "pupil.page": PUPIL,
    "pupil.enter": PUPIL,
    "pupil.enter_post": PUPIL,
    "pupil.card": PUPIL,
    "pupil.card_post": PUPIL,
    "pupil.state": PUPIL,
    "pupil.arrived": PUPIL,
    "pupil.confirm": PUPIL,
    "pupil.not_me": PUPIL,
    "pupil.token": PUPIL,
    "pupil.finish": PUPIL,
    "pupil.practice_page": PUPIL,
    "pupil.questions": PUPIL,
    "pupil.answers": PUPIL,
    "pupil.answers_post": PUPIL,
    "pupil.service_worker": PUPIL,
    "device_api.hello": DEVICE,
    "device_api.prove": DEVICE,
    "device_api.report": DEVICE,
    "device_api.page_ticket": DEVICE,
}

#: (namespace, event) → who may. `connect` of /staff asks only for a signed-in person: each event asks again.
EVENTS: dict[tuple[str, str], Act | Door] = {
    ("/staff", "connect"): Act.OWN_ACCOUNT,
    ("/staff", "disconnect"): PUBLIC,
    ("/staff", "join_board"): Act.VIEW_BOARD,
    ("/staff", "join_token"): Act.VIEW_TOKEN,
    # The device edge refuses by itself whatever is not proved.
    ("/device", "connect"): DEVICE,
    ("/device", "disconnect"): DEVICE,
    ("/device", "prove"): DEVICE,
    ("/device", "report"): DEVICE,
    ("/device", "page_ticket"): DEVICE,
}


def allowed(entry: Act | Door | None) -> bool:
    """Whether the present caller passes this entry of a table."""
    if entry is None:
        return False
    if isinstance(entry, Door):
        return True
    return signed_in() and may(current_user.role, entry)


def guard_routes(app: Flask, csrf: CSRFProtect) -> None:
    """Refuse, before any view runs, what the table does not allow; then what lacks the page's CSRF token.

    Pupils' pages, check pages and devices have proofs of their own, which no foreign form can send.
    """

    @app.before_request
    def _guard() -> Any:
        endpoint = request.endpoint
        if endpoint is None:
            return None  # 404 and 405 speak for themselves
        entry = ROUTES.get(endpoint)
        if allowed(entry):
            if entry not in {PUPIL, DEVICE, CHECK} and app.config["WTF_CSRF_ENABLED"]:
                csrf.protect()
            return None
        if not signed_in() and isinstance(entry, Act):
            return _sign_in_first()
        refuse(endpoint)
        raise Forbidden(f"{endpoint}: not for this role", code="forbidden")


def _sign_in_first() -> Any:
    """A page leads to the sign-in and back; a script is told so."""
    if wants_json():
        return answer("sign_in_needed", 401)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target))


def on(socketio: SocketIO, namespace: str, event: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a guarded event handler. Refused callers get `{ok: false, error}`, and are refused at connect."""

    def wrap(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def guarded(*args: Any) -> Any:
            if not allowed(EVENTS.get((namespace, event))):
                if signed_in():
                    refuse(f"{namespace} {event}")
                if event == "connect":
                    return False
                return {"ok": False, "error": {"code": "forbidden"}}
            return handler(*args)

        socketio.on_event(event, guarded, namespace=namespace)
        return guarded

    return wrap


def refuse(what: str) -> None:
    """One audit line for a signed-in person who was refused; strangers are not worth a line each."""
    if signed_in():
        c = context()
        audit.refused(c.db, actor(), "access.refused", what[:120], c.now(), "forbidden")
