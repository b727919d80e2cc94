"""Writing to the console what returning Chromebooks are given back: look, write down, send, read back, say how it ended.

As with moves, the intent is a row before a call leaves, and only what was read back counts as done. After a crash the
next worker reads what the rows marked `sent` became. A record that is not as it was shown is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.domain.errors import BangkuError
from server.domain.remap_change import ANNOTATED, same
from server.services import loans, remap_timing
from server.services import remap_rows as rows
from server.services.device_sight import bare
from server.services.google_work import Stopped, Work
from server.services.remap_rows import Item
from server.store.database import Database
from server.workspace.gateway import MOVE_MAX, GoogleError

Json = dict[str, Any]

#: Reads lag behind writes: how long to look again before believing that something is not as expected.
PATIENCE_SECONDS = (1, 2, 4, 8, 15)
#: Refusals that speak of this record or this org unit; any other stops the whole job.
OF_THE_ITEM = frozenset({"google_invalid", "google_not_found", "google_conflict"})
ONE = ",".join(("deviceId", "serialNumber", "status", "orgUnitId", "orgUnitPath", *ANNOTATED))
#: The console had it already; nothing was written.
ALREADY = "remap_already"


def run(work: Work) -> Json:
    """All that is open, of every remap. Every item ends as done or with a code, or waits for an exam to be over."""
    db = work.context.db
    touched: dict[int, Item] = {}
    while items := [i for i in rows.open_items(db) if i.id not in touched]:
        touched |= {item.id: item for item in items}
        writer = _Writer(work)
        try:
            writer.go(items)
        except Stopped:
            writer.close(items, "remap_cancelled")
            raise
        except BangkuError as error:
            writer.close(items, error.code)
            raise
        writer.tell(items)
    return _summary(work, list(touched.values()))


def _summary(work: Work, items: Sequence[Item]) -> Json:
    done = rows.again(work.context.db, items, "done")
    failed = rows.again(work.context.db, items, "failed")
    waits = rows.again(work.context.db, items, "pending")
    return {
        "remaps": len({item.remap_id for item in items}),
        "written": len(done),
        "not_written": len(failed),
        "waiting": len(waits),
    }


@dataclass(slots=True)
class _Writer:
    work: Work
    records: dict[str, Json | None] = field(
        default_factory=dict
    )  # what was last read; None: Google has it not
    units: dict[str, str] = field(default_factory=dict)  # path, casefolded → id
    refused: dict[int, str] = field(default_factory=dict)  # item → code of Google's refusal
    done: int = 0
    total: int = 0

    @property
    def db(self) -> Database:
        return self.work.context.db

    def go(self, items: Sequence[Item]) -> None:
        self.total = len(items)
        items = self._destinations(self._ours(items))
        sent = [item for item in items if item.outcome == "sent"]
        if sent:  # a crash: they may be there or not; what is not is looked at as if it had never left
            self.work.patiently(self._read_back, sent, PATIENCE_SECONDS)
            rows.back_to_pending(self.db, rows.again(self.db, sent, "sent"))
        self._look_first(rows.again(self.db, items, "pending"))
        for attempt in range(2):
            self._send(self._allowed(rows.again(self.db, items, "pending")))
            silent = self.work.patiently(
                self._read_back, rows.again(self.db, items, "sent"), PATIENCE_SECONDS
            )
            if not silent or attempt:
                break
            rows.back_to_pending(self.db, silent)
        self.close(rows.again(self.db, items, "sent"), "remap_silent")

    def close(self, items: Sequence[Item], code: str) -> None:
        """End what is still open with a code; what may have arrived is asked for once more where it may be."""
        sent = rows.again(self.db, items, "sent")
        if sent and code != "remap_silent":
            try:
                self._read_back(sent)
            except (GoogleError, Stopped):
                pass  # each says below that it was sent and not proved
        now = self.work.now
        for item in rows.again(self.db, items, "sent"):
            unproved = "remap_silent" if code == "remap_silent" else "remap_unproved"
            rows.fail(self.db, now, [item], self.refused.get(item.id, unproved))
        left = [item for item in rows.again(self.db, items, "pending") if not item.waits]
        rows.fail(self.db, now, left, code)
        if code != "remap_silent":
            self.tell(items)

    def tell(self, items: Sequence[Item]) -> None:
        rows.tell(self.db, self.work.job.by, self.work.now, items)

    def _ours(self, items: Sequence[Item]) -> list[Item]:
        """Without what belongs to Chromebooks that carry another school's policies, lent in since this was decided."""
        with self.db.read() as c:
            borrowed = loans.not_ours(c)
        left = [item for item in items if item.device_id in borrowed and item.outcome == "pending"]
        rows.fail(self.db, self.work.now, left, "device_borrowed")
        return [item for item in items if item not in left]

    # --- looking -----------------------------------------------------------------------------------------

    def _destinations(self, items: Sequence[Item]) -> list[Item]:
        """The org units that records go to; one that is gone ends its items here."""
        for path in sorted({item.after for item in items if item.is_unit}):
            self.work.step("remap_looking", self.done, self.total)
            try:
                unit = self.work.gateway.get_org_unit(path)
            except GoogleError as error:
                if error.code not in OF_THE_ITEM:
                    raise
                gone = [i for i in items if i.is_unit and i.after == path]
                rows.fail(self.db, self.work.now, gone, "org_unit_gone")
                items = [i for i in items if i not in gone]
            else:
                self.units[path.casefold()] = bare(unit.get("orgUnitId"))
        return list(items)

    def _look_first(self, items: Sequence[Item]) -> None:
        """What each record holds now. A field that is not as it was shown is somebody's, and stays."""
        odd_ids = {item.id for item in self.work.patiently(self._odd, items, PATIENCE_SECONDS)}
        for console_id in dict.fromkeys(item.console_id for item in items):
            here = [item for item in items if item.console_id == console_id and item.id in odd_ids]
            there = [item for item in here if self._holds(item, item.after)]
            for item in there:
                self._arrived([item], None if item.code == rows.RESENT else ALREADY)
            code = "remap_record_gone" if self.records.get(console_id) is None else "remap_drifted"
            rows.fail(self.db, self.work.now, [item for item in here if item not in there], code)

    def _odd(self, items: Sequence[Item]) -> list[Item]:
        self._read(items, "remap_looking")
        return [item for item in items if not self._holds(item, item.before)]

    def _read(self, items: Sequence[Item], step: str) -> None:
        for console_id in dict.fromkeys(item.console_id for item in items):
            self.work.step(step, self.done, self.total)
            try:
                self.records[console_id] = self.work.gateway.get_device(console_id, fields=ONE)
            except GoogleError as error:
                if error.code != "google_not_found":
                    raise
                self.records[console_id] = None

    def _holds(self, item: Item, value: str) -> bool:
        record = self.records.get(item.console_id)
        if record is None:
            return False
        if item.is_unit and (unit_id := self.units.get(value.casefold())) is not None:
            return bare(record.get("orgUnitId")) == unit_id
        return same(item.field, str(record.get(item.field) or ""), value)

    def _allowed(self, items: Sequence[Item]) -> list[Item]:
        """Without the moves that the exams of today forbid: those stay open and go on when the exams are over."""
        free: list[Item] = []
        for item in items:
            with self.db.read() as c:
                code = remap_timing.why_not_now(c, self.work.now, item)
            if code is None:
                free.append(item)
            else:
                rows.wait(self.db, self.work.now, [item], code)
        return free

    # --- sending and reading back ------------------------------------------------------------------------

    def _send(self, items: Sequence[Item]) -> None:
        texts = [item for item in items if not item.is_unit]
        for console_id in dict.fromkeys(item.console_id for item in texts):
            self._call([i for i in texts if i.console_id == console_id], self._patch)
        moves = [item for item in items if item.is_unit]
        for path in dict.fromkeys(item.after for item in moves):
            there = [item for item in moves if item.after == path]
            for start in range(0, len(there), MOVE_MAX):
                self._call(there[start : start + MOVE_MAX], self._move)

    def _patch(self, items: Sequence[Item]) -> None:
        """All fields of one record."""
        self.work.gateway.patch_device(items[0].console_id, {item.field: item.after for item in items})

    def _move(self, items: Sequence[Item]) -> None:
        """Many records to one org unit."""
        self.work.gateway.move_devices_to_ou([item.console_id for item in items], items[0].after)

    def _call(self, items: Sequence[Item], send: Callable[[Sequence[Item]], None]) -> None:
        self.work.step("remap_writing", self.done, self.total)
        items = rows.sending(self.db, self.work.now, items)
        if not items:
            return
        try:
            send(items)
        except GoogleError as error:
            # Written or not: reading back tells. The code stands for those that were not.
            self.refused |= {item.id: error.code for item in items}
            if not error.passing and error.code not in OF_THE_ITEM and error.params.get("sent") != "unknown":
                raise
        else:
            for item in items:
                self.refused.pop(item.id, None)

    def _read_back(self, items: Sequence[Item]) -> list[Item]:
        """Those that do not hold what was sent yet; the others end as done."""
        self._read(items, "remap_proving")
        for console_id in dict.fromkeys(item.console_id for item in items):
            some = [i for i in items if i.console_id == console_id and self._holds(i, i.after)]
            if some:
                self._arrived(some)
        return [item for item in items if not self._holds(item, item.after)]

    def _arrived(self, items: Sequence[Item], code: str | None = None) -> None:
        rows.arrived(self.db, self.work.now, items, self.units, code)
        self.done += len(items)
