"""The spare on the board: what a scanner read, taking a swap back, and the steps under the ministry's client."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from server.domain.errors import Invalid, NotFound
from server.domain.scan import What
from server.domain.spare import Step
from server.services import exam_rows, scans, seat_finder, spares, swap_list, swap_undo
from server.services.seat_finder import SeatFound
from server.web import picture, spare_words
from server.web.identity import actor, context

bp = Blueprint("swap_acts", __name__)

CODE_MAX = 400


@bp.post("/exams/<int:exam_id>/scan.json")
def scan(exam_id: int) -> ResponseReturnValue:
    """JSON `{text}` → `{ok, what: "device" | "card", label?, seat, ready?, takeable?, reasons?}`.

    `seat`: `{sitting_id, seat, name}` of whom the card is, or who sits at this device in this exam; else null.
    """
    order = request.get_json(silent=True)
    text = order.get("text") if isinstance(order, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > CODE_MAX:
        raise Invalid("text: a scanned code is needed", code="code_unreadable", field="text")
    c = context()
    found = scans.find(c.db, text)
    with c.db.read() as reading:
        exam = exam_rows.get(reading, exam_id)
        if found.what is What.CARD:
            return jsonify(ok=True, what="card", seat=_seat(seat_finder.of_card(reading, exam_id, found.id)))
        return jsonify(
            ok=True,
            what="device",
            label=found.name,
            seat=_seat(seat_finder.of_device(reading, exam_id, found.id)),
            **_spare(reading, exam, found.id),
        )


@bp.post("/exams/<int:exam_id>/swaps/<int:swap_id>/undo")
def undo(exam_id: int, swap_id: int) -> ResponseReturnValue:
    """Within a minute, counted by the server."""
    c = context()
    _raise_if_not_here(exam_id, swap_id)
    swap_undo.undo(c.db, actor(), c.now(), swap_id)
    return jsonify(ok=True)


@bp.post("/exams/<int:exam_id>/swaps/<int:swap_id>/steps/<step>")
def step(exam_id: int, swap_id: int, step: str) -> ResponseReturnValue:
    """JSON `{done: bool}`: a step of the checklist was done, or was ticked by mistake."""
    if step not in {str(s) for s in Step}:
        raise NotFound(f"step {step}: not known", code="step_unknown")
    order = request.get_json(silent=True)
    done = order.get("done") if isinstance(order, dict) else None
    if not isinstance(done, bool):
        raise Invalid("done: true or false is needed", code="request_bad", field="done")
    c = context()
    _raise_if_not_here(exam_id, swap_id)
    swap_list.tick(c.db, actor(), c.now(), swap_id, Step(step), done=done)
    return jsonify(ok=True)


def _raise_if_not_here(exam_id: int, swap_id: int) -> None:
    with context().db.read() as c:
        exam_rows.get(c, exam_id)
        if swap_undo.get(c, swap_id).exam_id != exam_id:
            raise NotFound(f"swap {swap_id}: not of exam {exam_id}", code="swap_unknown")


def _seat(found: SeatFound | None) -> dict[str, Any] | None:
    return {"sitting_id": found.sitting_id, "seat": found.seat, "name": found.name} if found else None


def _spare(c: Connection, exam: Any, device_id: int) -> dict[str, Any]:
    seen = spares.look(c, exam, context().now(), picture.connected(), [device_id], thorough=True)[device_id]
    return {
        "ready": not seen.reasons,
        "takeable": seen.takeable,
        "reasons": [spare_words.reason(r.code, r.params) for r in seen.reasons],
    }
