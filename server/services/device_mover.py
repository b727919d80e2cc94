"""Carrying a move out: look first, send 50 at a time, read back, try the silent ones once more, say how each ended.

What is about to be sent is written down before it leaves. After a crash the next worker therefore knows which
devices may have moved, reads where they are, and goes on from there: sending a device to one place twice does no
harm, and what was read is the only thing that counts as moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.device_move import Seen, before_sending, chunks
from server.domain.errors import BangkuError
from server.services import device_move_rows as rows
from server.services import device_sight, exam_day_moves, loans
from server.services.device_move_rows import MoveItem
from server.services.google_work import Stopped, Work
from server.workspace.gateway import GoogleError

Json = dict[str, Any]

#: Reads lag behind writes: how long to look again before believing that a device did not move.
PATIENCE_SECONDS = (1, 2, 4, 8, 15, 30)
#: More silent devices than this in one move are not tried one by one: something else is wrong.
SINGLES_MAX = 100
#: Refusals that speak of these devices or this org unit; any other stops the whole move.
OF_THE_ITEMS = frozenset({"google_invalid", "google_not_found", "google_conflict"})


def run(work: Work) -> Json:
    """Go on with the move of this job from where its rows stand. Every device ends as done or with a code."""
    move_id = int(work.job.params["move_id"])
    db = work.context.db
    if rows.is_moving(db, move_id):
        mover = _Mover(work, move_id, rows.is_home(db, move_id))
        try:
            mover.go()
        except Stopped:
            mover.close("move_cancelled")
            raise
        except BangkuError as error:
            mover.close(error.code)
            raise  # each device has its code; the job says why the whole stopped
    return rows.summary(db, move_id)


@dataclass(slots=True)
class _Mover:
    work: Work
    move_id: int
    home: bool
    paths: dict[str, str] = field(default_factory=dict)  # destination → its path now
    seen: dict[str, Seen | None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # console id → code of Google's refusal

    def go(self) -> None:
        self._step("move_looking")
        self._find_destinations()
        sent = self._items("sent")
        if sent:  # after a crash: they may have moved or not; what did not is sent again
            self.work.patiently(self._read_back, sent, PATIENCE_SECONDS)
            rows.back_to_pending(self.work.context.db, self._items("sent"))
        self._raise_if_not_today()
        self._look_first()
        for some in chunks(self._items("pending")):
            self._send(some)
        self.work.patiently(self._read_back, self._items("sent"), PATIENCE_SECONDS)
        for some in chunks([i for i in self._items("sent") if i.console_id in self.refused]):
            self._send(some)
        silent = self._items("sent")
        for item in silent[:SINGLES_MAX]:
            self._send([item])
        self.work.patiently(self._read_back, silent, PATIENCE_SECONDS)
        self.close("move_silent")

    def close(self, code: str) -> None:
        """End what is still open, each with a code, and the move with them. Asks Google once more where it may."""
        db, sent_code = self.work.context.db, "move_silent"
        if code != "move_silent":
            sent_code = "move_unproved"
            try:
                self._read_back(self._items("sent"))
            except (GoogleError, Stopped):
                pass  # said per device below: sent, and not proved
        now = self.work.now
        for item in self._items("sent"):
            known = self.refused.get(item.console_id, sent_code)
            rows.fail(db, now, [item], known if sent_code == "move_silent" else sent_code)
        rows.fail(db, now, self._items("pending"), code)
        rows.finish(db, self.work.job.by, now, self.move_id)

    # --- looking -----------------------------------------------------------------------------------------

    def _find_destinations(self) -> None:
        """Where each org unit stands now: names change, ids do not. One that is gone ends its devices here."""
        open_items = [*self._items("pending"), *self._items("sent")]
        for unit_id in sorted({item.to_org_unit_id for item in open_items}):
            try:
                self.paths[unit_id] = str(self.work.gateway.get_org_unit(f"id:{unit_id}")["orgUnitPath"])
            except GoogleError as error:
                if error.code not in OF_THE_ITEMS:
                    raise
                gone = [item for item in open_items if item.to_org_unit_id == unit_id]
                rows.fail(self.work.context.db, self.work.now, gone, "org_unit_gone")

    def _raise_if_not_today(self) -> None:
        """A job may be taken up on another day than it was ordered on."""
        items = self._items("pending")
        if not items:
            return
        units = {unit for i in items for unit in (i.from_org_unit_id, i.to_org_unit_id)}
        with self.work.context.db.read() as c:
            rooms = exam_day_moves.rooms_of(c, [i.device_id for i in items if i.device_id], units)
            reason = rows.late_reason(c, self.move_id)
            exam_day_moves.raise_if_not_now(c, self.work.now, rooms, reason)

    def _look_first(self) -> None:
        """Where each device is now. One that is not where the plan says is left alone, and that is said."""
        with self.work.context.db.read() as c:
            borrowed = loans.not_ours(c)  # lent in since the plan was made
        rows.fail(
            self.work.context.db,
            self.work.now,
            [item for item in self._items("pending") if item.device_id in borrowed],
            "device_borrowed",
        )
        odd = self.work.patiently(self._odd, self._items("pending"), PATIENCE_SECONDS)
        for item in odd:
            code = self._judge(item)
            if code == "already_there":
                self._arrived([item], code)
            elif code is not None:
                rows.fail(self.work.context.db, self.work.now, [item], code)

    def _odd(self, items: Sequence[MoveItem]) -> list[MoveItem]:
        """Look; which of these are not where the plan says."""
        self.seen |= device_sight.look(
            self.work,
            items,
            lambda item: (item.from_org_unit_id, item.from_path),
            ask_missing=True,
            step="move_looking",
        )
        return [item for item in items if self._judge(item) is not None]

    def _judge(self, item: MoveItem) -> str | None:
        seen = self.seen.get(item.console_id)
        return before_sending(item.from_org_unit_id, item.to_org_unit_id, seen, home=self.home)

    # --- sending and reading back ------------------------------------------------------------------------

    def _send(self, items: Sequence[MoveItem]) -> None:
        self._step("move_sending")
        rows.sending(self.work.context.db, self.work.now, items)
        ids = [item.console_id for item in items]
        try:
            self.work.gateway.move_devices_to_ou(ids, self.paths[items[0].to_org_unit_id])
        except GoogleError as error:
            if not error.passing and error.code not in OF_THE_ITEMS:
                raise
            # Moved or not: reading back tells. The code stands for those that did not.
            self.refused |= dict.fromkeys(ids, error.code)
        else:
            for key in ids:
                self.refused.pop(key, None)

    def _read_back(self, items: Sequence[MoveItem]) -> list[MoveItem]:
        """Those not in their org unit yet; the others end as done."""
        items = [item for item in items if item.to_org_unit_id in self.paths]
        seen = device_sight.look(
            self.work,
            items,
            lambda item: (item.to_org_unit_id, self.paths[item.to_org_unit_id]),
            ask_missing=False,
            step="move_proving",
        )
        there: list[MoveItem] = []
        not_yet: list[MoveItem] = []
        for item in items:
            at = seen.get(item.console_id)
            (there if at is not None and at.org_unit_id == item.to_org_unit_id else not_yet).append(item)
        self._arrived(there)
        return not_yet

    def _arrived(self, items: Sequence[MoveItem], code: str | None = None) -> None:
        by_unit: dict[str, list[MoveItem]] = {}
        for item in items:
            by_unit.setdefault(item.to_org_unit_id, []).append(item)
        for unit_id, some in by_unit.items():
            rows.arrived(self.work.context.db, self.work.now, self.move_id, some, self.paths[unit_id], code)

    def _items(self, outcome: str) -> list[MoveItem]:
        return rows.items(self.work.context.db, self.move_id, outcome)

    def _step(self, code: str) -> None:
        with self.work.context.db.read() as c:
            counted = rows.tally(c, self.move_id)
        ended = counted.get("done", 0) + counted.get("failed", 0)
        self.work.step(code, ended, sum(counted.values()))
