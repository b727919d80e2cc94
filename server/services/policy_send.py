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
from server.domain.policy_plan import Change, Json, Resolved
from server.services import policy_make, policy_masks, policy_read, policy_sight
from server.services.google_work import Work
from server.services.policy_items import OPEN, Item, done, item_errors, items, mark
from server.workspace.gateway import GoogleError

#: Where a person sees, and sets, the same values.
SETTINGS_PAGE = "https://admin.google.com/ac/chrome/settings"
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
        self.before = policy_read.from_snapshot(before) if before is not None else None
        self._snapshot = before
        self._made: list[Change] | None = None
        self._unseen: list[Item] = []
        self.ended: GoogleError | None = None

    def send_all(self) -> None:
        """Every open change ends as done or failed. Raises: Stopped, and what reading raises."""
        sent = [item for item in self._open() if item.outcome == "sent"]
        if sent:
            left = self._settle(sent)
            with self.work.context.db.write() as tx:
                mark(tx, self.work.now, left, "pending")
        ready = self._unmoved(self._open())
        calls = batches([change for _, change in ready])
        by_key = {change.key: (item, change) for item, change in ready}
        for number, batch in enumerate(calls):
            self.work.step("policy_sending", number, len(calls))
            self._send(batch, [by_key[change.key] for change in batch.changes])
        self.work.step("policy_looking", len(calls), len(calls))
        self._look_again()

    def _look_again(self) -> None:
        """What Google took and did not show yet: what it filled in beside it is Bangku's as well."""
        if not self._unseen or self.ended is not None:
            return
        try:
            found = policy_sight.values(
                self.work, self.row.org_unit_id, {item.change.schema for item in self._unseen}
            )
        except GoogleError:
            return  # everything is applied; only what Google filled in beside it stays nobody's
        self._done_as_found([item for item in self._unseen if self._arrived(item, found)], found)

    def _open(self) -> list[Item]:
        with self.work.context.db.read() as c:
            return [item for item in items(c, self.row.id) if item.outcome in OPEN]

    def _settle(self, sent: Sequence[Item]) -> list[Item]:
        """Which of the changes that had left have arrived? Those are done; the rest, after patience, is returned.

        A value that was created brings what Google fills in beside it: read back, it is Bangku's too and goes with it.
        """
        left = list(sent)
        for look in range(LOOKS):
            if not left:
                break
            if look:
                self.work.wait(LOOK_SECONDS)
            names = {item.change.schema for item in left}
            found = policy_read.resolved(self.work.gateway, self.row.org_unit_id, names)
            self._done_as_found([item for item in left if self._arrived(item, found)], found)
            left = [item for item in left if not self._arrived(item, found)]
        return left

    def _arrived(self, item: Item, found: Iterable[Resolved]) -> bool:
        return policy_masks.arrived(item.change, own_values(found), self.key)

    def _done_as_found(self, here: Sequence[Item], found: Sequence[Resolved]) -> None:
        pairs = [(item, policy_masks.as_found(item.change, own_values(found))) for item in here]
        self._done(pairs, found)

    def _done(self, pairs: Sequence[tuple[Item, Change]], found: Sequence[Resolved] = ()) -> None:
        with self.work.context.db.write() as tx:
            done(tx, self.work.now, self.row.org_unit_id, pairs, before=self.before, read_back=found)

    def _unmoved(self, waiting: Sequence[Item]) -> list[tuple[Item, Change]]:
        """What may be sent, with real values. The rest fails: the console or the secret moved since it was shown."""
        if not waiting:
            return []
        found = policy_sight.values(self.work, self.row.org_unit_id, {item.change.schema for item in waiting})
        own = own_values(found)
        here = [item for item in waiting if self._arrived(item, found)]
        ready: list[tuple[Item, Change]] = []
        moved: list[Item] = []
        lost: list[Item] = []
        for item in waiting:
            change = item.change
            if item in here:
                continue
            there = policy_masks.fits(change, own.get((change.schema, change.app_id)), self.key)
            if not _same_or_none(there, change.current):
                moved.append(item)
            elif (real := self._real(change)) is None:
                lost.append(item)
            else:
                ready.append((item, real))
        self._done_as_found(here, found)
        with self.work.context.db.write() as tx:
            mark(tx, self.work.now, moved, "failed", "policy_item_moved", page=SETTINGS_PAGE)
            mark(tx, self.work.now, lost, "failed", "policy_secret_changed")
        return ready

    def _send(self, batch: Batch, pairs: list[tuple[Item, Change]]) -> None:
        some = [item for item, _ in pairs]
        if self.ended is not None:
            with self.work.context.db.write() as tx:
                mark(tx, self.work.now, some, "failed", _code(self.ended), not_sent=True, **_said(self.ended))
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
        try:
            left = {item.id for item in self._settle(some)}
        except GoogleError as error:
            self._unknown(some, error)
        else:
            self._done(
                [pair for pair in pairs if pair[0].id in left]
            )  # Google took it; a proof tells if it shows

    def _refused(self, batch: Batch, pairs: list[tuple[Item, Change]], error: GoogleError) -> None:
        """Google takes a call whole or not at all: name the bad ones and send the good ones again."""
        some = [item for item, _ in pairs]
        if error.passing or error.code in ENDS_ALL or _unit_gone(error):
            self.ended = error
            self._look_after(some, error)
            return
        bad = item_errors(list(map(dict, error.details)))
        named = [(i, c) for i, c in pairs if (c.schema, c.app_id) in bad]
        if not named and len(pairs) > 1:
            half = len(pairs) // 2
            for part in (pairs[:half], pairs[half:]):
                self._send(_part(batch, part), part)
            return
        refused = named or pairs
        if batch.call is Call.INHERIT:
            # Refused may mean taken back already, by an earlier try whose answer was lost.
            left = {item.id for item in self._settle([item for item, _ in refused])}
            refused = [pair for pair in refused if pair[0].id in left]
        with self.work.context.db.write() as tx:
            for item, change in refused:
                said = bad.get((change.schema, change.app_id)) or str(error)
                mark(
                    tx,
                    self.work.now,
                    [item],
                    "failed",
                    "policy_item_refused",
                    said=said[:300],
                    page=SETTINGS_PAGE,
                )
        good = [pair for pair in pairs if pair not in named]
        if named and good:
            self._send(_part(batch, good), good)

    def _look_after(self, some: Sequence[Item], error: GoogleError) -> None:
        """No clear answer came: what can be read back as arrived is done, the rest failed with what was said."""
        try:
            left = self._settle(some)
        except GoogleError as unreadable:
            self._unknown(some, unreadable)
            return
        with self.work.context.db.write() as tx:
            mark(tx, self.work.now, left, "failed", _code(error), **_said(error))

    def _unknown(self, some: Sequence[Item], error: GoogleError) -> None:
        """Sent, and not to be read back: looked up when the plan is applied again."""
        self.ended = error
        mine = {item.id for item in some}
        left = [item for item in self._open() if item.id in mine]
        with self.work.context.db.write() as tx:
            mark(tx, self.work.now, left, "failed", "policy_outcome_unknown", **_said(error))

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


def _unit_gone(error: GoogleError) -> bool:
    return error.code == "google_not_found" and error.params.get("kind") == "org_unit"


def _code(error: GoogleError) -> str:
    return "org_unit_gone" if _unit_gone(error) else error.code


def _said(error: GoogleError) -> dict[str, str]:
    return {name: str(value)[:300] for name, value in error.params.items()}
