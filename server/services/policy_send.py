"""Sending the open changes of a plan, call by call, with an outcome for each.

Before a call its rows say `sent`; after it they say what became of them. Rows that still say `sent` when a worker takes
a plan up again are looked up in the console. Nothing is sent over a value that moved since the plan was shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row

from server.domain.policy_batches import Batch, Call, batches
from server.domain.policy_diff import own_values, same
from server.domain.policy_plan import Change, Json, Op, Resolved
from server.services import policy_make, policy_masks, policy_read
from server.services.google_work import Work
from server.services.policy_items import OPEN, Item, done, item_errors, items, mark
from server.workspace.gateway import GoogleError

#: After these nothing further is tried: each call would meet the same.
ENDS_ALL = frozenset(
    {
        *("google_unavailable", "google_quota", "google_credentials", "google_subject", "google_delegation"),
        *("google_scope", "google_clock", "google_api_disabled", "google_forbidden"),
    }
)
#: How often, and how long apart, a value that should be there is looked for: the console may show older ones.
LOOKS, LOOK_SECONDS = 4, 5.0


class Sender:
    """One plan being applied. `before`: for a way back, the snapshot it leads to."""

    def __init__(self, work: Work, row: Row[Any], before: Json | None) -> None:
        self.work = work
        self.row = row
        self.key: str = work.context.settings.secret_key
        self.before = policy_read.from_snapshot(before)[1] if before is not None else None
        self._snapshot = before
        self._made: list[Change] | None = None
        self.ended: GoogleError | None = None

    def send_all(self) -> None:
        """Every open change ends as done or failed. Raises: Stopped, and what reading raises."""
        waiting = self._items()
        if any(item.outcome == "sent" for item in waiting):
            self._settle([item for item in waiting if item.outcome == "sent"])
            waiting = self._items()
        ready = self._unmoved(waiting)
        calls = batches([change for _, change in ready])
        by_key = {change.key: (item, change) for item, change in ready}
        for number, batch in enumerate(calls):
            self.work.step("policy_sending", number, len(calls))
            self._send(batch, [by_key[change.key] for change in batch.changes])
        self.work.step("policy_looking", len(calls), len(calls))
        self._own_what_came()

    def _items(self) -> list[Item]:
        with self.work.context.db.read() as c:
            return [item for item in items(c, self.row.id) if item.outcome in OPEN]

    def _read(self, some: Iterable[Item]) -> list[Resolved]:
        names = {item.change.schema for item in some}
        return policy_read.resolved(self.work.gateway, self.row.org_unit_id, names)

    def _settle(self, sent: Sequence[Item]) -> None:
        """After a crash: which of the changes that had left have arrived?"""
        left = list(sent)
        for look in range(LOOKS):
            found = self._read(left)
            here = [item for item in left if self._arrived(item.change, own_values(found))]
            with self.work.context.db.write() as tx:
                pairs = [(item, self._real(item.change) or item.change) for item in here]
                done(tx, self.work.now, self.row.org_unit_id, pairs, before=self.before, read_back=found)
            left = [item for item in left if item not in here]
            if not left or look == LOOKS - 1:
                break
            self.work.wait(LOOK_SECONDS)
        with self.work.context.db.write() as tx:
            mark(tx, self.work.now, left, "pending")

    def _unmoved(self, waiting: Sequence[Item]) -> list[tuple[Item, Change]]:
        """What may be sent, with real values. The rest fails: the console or the secret moved since it was shown."""
        own = own_values(self._read(waiting)) if waiting else {}
        ready: list[tuple[Item, Change]] = []
        moved: list[Item] = []
        lost: list[Item] = []
        here: list[Item] = []
        for item in waiting:
            change = item.change
            there = policy_masks.fits(change, own.get((change.schema, change.app_id)), self.key)
            real = self._real(change)
            if self._arrived(change, own):
                here.append(item)
            elif not _same_or_none(there, change.current):
                moved.append(item)
            elif real is None:
                lost.append(item)
            else:
                ready.append((item, real))
        with self.work.context.db.write() as tx:
            done(
                tx,
                self.work.now,
                self.row.org_unit_id,
                [(item, self._real(item.change) or item.change) for item in here],
                before=self.before,
            )
            mark(tx, self.work.now, moved, "failed", "policy_item_moved")
            mark(tx, self.work.now, lost, "failed", "policy_secret_changed")
        return ready

    def _send(self, batch: Batch, pairs: list[tuple[Item, Change]]) -> None:
        some = [item for item, _ in pairs]
        if self.ended is not None:
            with self.work.context.db.write() as tx:
                mark(tx, self.work.now, some, "failed", self.ended.code, not_sent=True)
            return
        with self.work.context.db.write() as tx:
            mark(tx, self.work.now, some, "sent")
        requests = batch.requests(self.row.org_unit_id)
        try:
            if batch.call is Call.MODIFY:
                self.work.gateway.batch_modify_policies(requests)
            else:
                self.work.gateway.batch_inherit_policies(requests)
        except GoogleError as error:
            self._refused(batch, pairs, error)
            return
        with self.work.context.db.write() as tx:
            done(tx, self.work.now, self.row.org_unit_id, pairs, before=self.before)

    def _refused(self, batch: Batch, pairs: list[tuple[Item, Change]], error: GoogleError) -> None:
        """Google takes a call whole or not at all: name the bad ones and send the good ones again."""
        if error.passing or error.code in ENDS_ALL:
            self.ended = error
            self._look_after(pairs, error)
            return
        if error.params.get("sent") == "unknown":  # a call that was repeated may find its own work done
            self._look_after(pairs, error)
            return
        bad = item_errors(list(map(dict, error.details)))
        named = [(i, c) for i, c in pairs if (c.schema, c.app_id) in bad]
        if not named and len(pairs) > 1:
            half = len(pairs) // 2
            for part in (pairs[:half], pairs[half:]):
                self._send(_part(batch, part), part)
            return
        with self.work.context.db.write() as tx:
            for item, change in named or pairs:
                said = bad.get((change.schema, change.app_id)) or str(error)
                mark(tx, self.work.now, [item], "failed", "policy_item_refused", said=said[:300])
        good = [pair for pair in pairs if pair not in named]
        if named and good:
            self._send(_part(batch, good), good)

    def _look_after(self, pairs: list[tuple[Item, Change]], error: GoogleError) -> None:
        """No clear answer came: what can be read back as arrived is done, the rest failed with what was said."""
        code = error.code
        try:
            self._settle([item for item, _ in pairs])
        except GoogleError:
            code = "policy_outcome_unknown"  # looked up when the plan is applied again
        mine = {item.id for item, _ in pairs}
        with self.work.context.db.write() as tx:
            left = [item for item in items(tx.c, self.row.id) if item.outcome in OPEN and item.id in mine]
            mark(tx, self.work.now, left, "failed", code, **_said(error))

    def _own_what_came(self) -> None:
        """A value that was created brings what Google fills in beside it: that is Bangku's too, and goes with it."""
        if self.before is not None or self.ended is not None:
            return
        with self.work.context.db.read() as c:
            made = [i for i in items(c, self.row.id) if i.outcome == "done" and i.change.op is Op.CREATE]
        if not made:
            return
        try:
            found = self._read(made)
            pairs = [(item, real) for item in made if (real := self._real(item.change)) is not None]
        except GoogleError:
            return  # everything is applied; only what Google filled in beside it stays nobody's
        with self.work.context.db.write() as tx:
            done(tx, self.work.now, self.row.org_unit_id, pairs, before=None, read_back=found)

    def _arrived(self, change: Change, own: dict[tuple[str, str | None], Json]) -> bool:
        there = policy_masks.fits(change, own.get((change.schema, change.app_id)), self.key)
        if change.op is Op.DELETE:
            return there is None
        wanted = change.desired or {}
        return there is not None and all(same(there.get(n), wanted.get(n)) for n in self._visible(change))

    def _visible(self, change: Change) -> list[str]:
        """Acknowledgements are said along with a value and never read back."""
        return [name for name in change.fields if not name.startswith("ackNotice")]

    def _real(self, change: Change) -> Change | None:
        if not change.secret or change.desired is None:
            return change
        if self._made is None:
            self._made = policy_make.real_values(
                self.work.context, self.work.gateway, self.row, self._snapshot
            )
        return policy_masks.unmasked(change, self._made, self.key)


def _part(batch: Batch, pairs: Sequence[tuple[Item, Change]]) -> Batch:
    return Batch(batch.call, batch.namespace, tuple(change for _, change in pairs))


def _same_or_none(a: Json | None, b: Json | None) -> bool:
    return a is b is None or (a is not None and b is not None and same(a, b))


def _said(error: GoogleError) -> dict[str, str]:
    return {name: str(value)[:300] for name, value in error.params.items()}
