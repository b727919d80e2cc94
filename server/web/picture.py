"""The board as the pieces of HTML that are replaced when they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import current_app, get_template_attribute, render_template

from server.domain.centre import Look
from server.domain.roles import Act, Role, may
from server.services.board_views import Board, IncidentView


def connected() -> Callable[[int], bool]:
    """Tells whether a device's proven connection is open. Without an edge (a test, a tool) none is."""
    return cast(
        Callable[[int], bool], current_app.extensions.get("bangku_connected", lambda _device_id: False)
    )


def last_look(board: Board) -> Look | None:
    """The probe's newest look at this exam's centre; None when there is no probe (a test, a tool) or none yet."""
    probe = current_app.extensions.get("bangku_probe")
    if probe is None or board.centre is None:
        return None
    return cast(Look | None, probe.last(board.exam_id, board.centre.probe_url))


def by_cause(board: Board) -> list[tuple[str, list[IncidentView]]]:
    """Incidents grouped by cause, the widest first: twelve devices without network are one thing to look at."""
    groups: dict[str, list[IncidentView]] = {}
    for incident in board.incidents:
        groups.setdefault(incident.cause, []).append(incident)
    return sorted(groups.items(), key=lambda g: -sum(len(i.seats) for i in g[1]))


def parts(board: Board, role: Role) -> dict[str, Any]:
    """`{seats: {id: html}, counts, incidents, token, centre, steps, swaps, spares, at}` as this role sees it.

    Needs an app context and a language, but no request: the live tick renders too.
    """
    seat = get_template_attribute("board/_seat.html", "seat")
    given = {"board": board, "can": lambda act: may(role, Act(act))}
    return {
        "seats": {str(s.sitting_id): str(seat(s, board)) for s in board.seats},
        "counts": render_template("board/_counts.html", **given),
        "incidents": render_template("board/_incidents.html", causes=by_cause(board), **given),
        "token": render_template("board/_token.html", **given),
        "centre": (
            render_template("board/_centre.html", look=last_look(board), **given)
            if board.centre is not None
            else ""
        ),
        "steps": render_template("board/_steps.html", **given),
        "swaps": render_template("board/_swaps.html", **given),
        "spares": render_template("board/_spares.html", **given),
        "state": str(board.state),
        "at": board.at,
    }


def token_parts(board: Board, role: Role) -> dict[str, Any]:
    """What the projector page shows."""
    return {
        "token": render_template("token/_big.html", board=board),
        # The next session has taken over the room: its projector page is the one to show.
        "follow": f"/exams/{board.followed_by}/projector" if board.followed_by else None,
        "state": str(board.state),
        "at": board.at,
    }


def changes(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Only what differs: whole parts, and single seats."""
    changed = {k: v for k, v in now.items() if k not in {"seats", "at"} and before.get(k) != v}
    known = before.get("seats", {})
    seats = {k: v for k, v in now.get("seats", {}).items() if known.get(k) != v}
    if seats:
        changed["seats"] = seats
    if changed:
        changed["at"] = now["at"]
    return changed
