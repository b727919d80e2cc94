"""What the board's buttons and keys do to seats. Every answer lists what became of each seat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, cast

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from server.domain import scan
from server.domain.errors import Invalid, NotFound
from server.domain.sitting import SittingState
from server.services import (
    admission,
    exam_list,
    exam_rows,
    incidents,
    moves,
    reserves,
    scans,
    seats,
    spares,
    swaps,
)
from server.services.actor import Actor
from server.services.context import Context
from server.services.each_seat import Outcome
from server.services.spares import SpareView
from server.web import picture, spare_texts, spare_words
from server.web.identity import actor, context
from server.web.texts import error_text

bp = Blueprint("seat_acts", __name__)

Act = Callable[[Context, Actor, list[int], dict[str, Any]], list[Outcome]]

ACTS: dict[str, Act] = {
    "lock": lambda c, who, ids, o: seats.lock(c.db, who, c.now(), ids, _text(o), _number(o, required=False)),
    "unlock": lambda c, who, ids, o: seats.unlock(c.db, who, c.now(), ids),
    "message": lambda c, who, ids, o: seats.message(c.db, who, c.now(), ids, _text(o)),
    "clear-message": lambda c, who, ids, o: seats.clear_message(c.db, who, c.now(), ids),
    "extra-time": lambda c, who, ids, o: seats.extra_time(c.db, who, c.now(), ids, _number(o) or 0),
    "pause": lambda c, who, ids, o: seats.pause(c.db, who, c.now(), ids),
    "resume": lambda c, who, ids, o: seats.resume(c.db, who, c.now(), ids),
    "finish": lambda c, who, ids, o: seats.finish(c.db, who, c.now(), ids),
    "reset": lambda c, who, ids, o: seats.reset(c.db, who, c.now(), ids),
    "absent": lambda c, who, ids, o: seats.absent(c.db, who, c.now(), ids),
    "expected": lambda c, who, ids, o: seats.expected(c.db, who, c.now(), ids),
    "place": lambda c, who, ids, o: _place(c, who, _one(ids), o),
    "borrow": lambda c, who, ids, o: swaps.borrow(c.db, who, c.now(), _one(ids)),
    "release-device": lambda c, who, ids, o: swaps.release(c.db, who, c.now(), ids),
    "move": lambda c, who, ids, o: moves.move_to(c.db, who, c.now(), ids, _exam(o)),
    "susulan": lambda c, who, ids, o: moves.to_susulan(c.db, who, c.now(), ids),
    "reserve": lambda c, who, ids, o: _reserve(c, who, _one(ids), _word(o, "reserve")),
    "tell": lambda c, who, ids, o: seats.tell(c.db, who, c.now(), ids, _state(o)),
}


@bp.post("/exams/<int:exam_id>/seats/<act>")
def act(exam_id: int, act: str) -> ResponseReturnValue:
    """JSON `{sitting_ids, text?, minutes?, state?, device?, sure?, to?, reserve?}` →
    `{ok, outcomes: [{sitting_id, seat, ok, code, text, reasons?}]}`. `reasons`: with `sure` it is done all the same."""
    if act not in ACTS:
        raise NotFound(f"seat act {act}: not known", code="page_unknown")
    order = _order()
    ids = order.get("sitting_ids")
    if not isinstance(ids, list) or not all(isinstance(i, int) and not isinstance(i, bool) for i in ids):
        raise Invalid("sitting_ids: a list of numbers is needed", code="request_bad")
    if not ids:
        raise Invalid("sitting_ids: empty", code="nobody_chosen")
    c = context()
    labels = _labels(c, exam_id)
    if not set(ids) <= labels.keys():
        raise NotFound(f"exam {exam_id}: a seat that is not of this exam", code="seat_unknown_here")
    return _answer(ACTS[act](c, actor(), ids, order), labels)


@bp.get("/exams/<int:exam_id>/choices.json")
def choices(exam_id: int) -> ResponseReturnValue:
    """What an act on a seat can choose from now: spares, other sessions, reserves."""
    c = context()
    with c.db.read() as reading:
        exam = exam_rows.get(reading, exam_id)
        return jsonify(
            ok=True,
            device=[
                [s.label, _spare_line(s)]
                for s in spares.of_room(reading, exam, c.now(), picture.connected())
                if s.takeable
            ],
            to=[[row.id, f"{row.title} · {_short_day(row.date)}"] for row in moves.targets(reading, exam_id)],
            reserve=[
                [row.number, f"{row.number} · {row.name}"] for row in reserves.available(reading, exam_id)
            ],
        )


def _spare_line(spare: SpareView) -> str:
    """C15 – baterai 12%"""
    said = [spare_words.reason(r.code, r.params, spare_texts.SHORT) for r in spare.reasons]
    return f"{spare.label} – {', '.join(said) or (_('siap') if spare.seen else _('tidak terlihat'))}"


def _short_day(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "d MMM y"))


@bp.post("/exams/<int:exam_id>/all-started")
def all_started(exam_id: int) -> ResponseReturnValue:
    c = context()
    labels = _labels(c, exam_id)
    return _answer(seats.whole_room_started(c.db, actor(), c.now(), exam_id), labels)


@bp.post("/exams/<int:exam_id>/incidents/close")
def close_incidents(exam_id: int) -> ResponseReturnValue:
    """JSON `{ids}`: a person has seen to these."""
    ids = _order().get("ids")
    if not isinstance(ids, list) or not all(isinstance(i, int) for i in ids):
        raise Invalid("ids: a list of numbers is needed", code="request_bad")
    c = context()
    for incident_id in ids:
        incidents.close(c.db, actor(), c.now(), incident_id)
    return jsonify(ok=True)


@bp.post("/exams/<int:exam_id>/newcomers/<int:enrolment_id>/admit")
def admit(exam_id: int, enrolment_id: int) -> ResponseReturnValue:
    """A person looked at the sticker and vouches for a device whose key is not known."""
    c = context()
    admission.admit(c.db, actor(), c.now(), enrolment_id)
    return jsonify(ok=True)


def _answer(outcomes: list[Outcome], labels: dict[int, str]) -> ResponseReturnValue:
    return jsonify(
        ok=all(o.ok for o in outcomes),
        outcomes=[
            {
                "sitting_id": o.sitting_id,
                "seat": labels.get(o.sitting_id, "?"),
                "ok": o.ok,
                "code": o.code,
                **_why(o),
            }
            for o in outcomes
        ],
    )


def _why(outcome: Outcome) -> dict[str, Any]:
    """The sentence of a refusal; what speaks against a Chromebook also one by one."""
    if outcome.code is None:
        return {"text": None}
    if "reasons" not in outcome.params:
        return {"text": error_text(outcome.code, outcome.params)}
    said = spare_words.reasons(cast(list[dict[str, Any]], outcome.params["reasons"]))
    return {"text": error_text(outcome.code, {**outcome.params, "reasons": "; ".join(said)}), "reasons": said}


def _order() -> dict[str, Any]:
    order = request.get_json(silent=True)
    if not isinstance(order, dict):
        raise Invalid("body: a JSON object is needed", code="request_bad")
    return order


def _labels(c: Context, exam_id: int) -> dict[int, str]:
    with c.db.read() as reading:
        exam_rows.get(reading, exam_id)
        return exam_list.seat_labels(reading, exam_id)


def _text(order: dict[str, Any]) -> str:
    text = order.get("text")
    return text.strip() if isinstance(text, str) else ""


def _number(order: dict[str, Any], *, required: bool = True) -> int | None:
    value = order.get("minutes")
    if value is None and not required:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid("minutes: a whole number is needed", code="minutes_invalid", field="minutes", most=240)
    return value


def _one(ids: list[int]) -> int:
    if len(ids) != 1:
        raise Invalid("sitting_ids: one seat at a time", code="one_seat_only")
    return ids[0]


def _word(order: dict[str, Any], name: str) -> str:
    value = order.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise Invalid(f"{name}: empty or too long", code="choice_missing", field=name)
    return value.strip()


def _exam(order: dict[str, Any]) -> int:
    value = str(order.get("to") or "")
    if not (value.isascii() and value.isdigit()):
        raise Invalid("to: an exam is needed", code="choice_missing", field="to")
    return int(value)


def _place(c: Context, who: Actor, sitting_id: int, order: dict[str, Any]) -> list[Outcome]:
    """The device as typed, or as a scanner typed it."""
    said = scan.read(text := _word(order, "device"))
    scanned = said is not None and said.mark is not None
    label = scans.find(c.db, text).name if scanned else said.name if said is not None else text
    sure = order.get("sure") is True
    return swaps.place(c.db, who, c.now(), sitting_id, label, sure=sure, connected=picture.connected())


def _reserve(c: Context, who: Actor, sitting_id: int, number: str) -> list[Outcome]:
    reserves.activate(c.db, who, c.now(), sitting_id, number)
    return [Outcome(sitting_id, True)]


def _state(order: dict[str, Any]) -> SittingState:
    try:
        return SittingState(str(order.get("state")))
    except ValueError as error:
        raise Invalid("state: not known", code="status_not_tellable", field="state") from error
