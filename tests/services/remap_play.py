"""A corpus of returns played through the real services: a SQLite file, the enroller, the intake, the console's sync by
the production adapter against the emulated console. Then each opinion is held against the story's own answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from server import config
from server.bootstrap import open_context
from server.domain.protocol import Refused
from server.domain.remap import Strength, Weight
from server.services import console_sync, demo, not_returned, remap_again, remap_rule, remaps
from server.services.context import Context
from server.services.remap_views import RemapView
from server.simulated_installation import Installation
from server.store import tables as t
from server.workspace.emulator import device_side
from server.workspace.emulator.app import Emulator
from tests.console_school import DAYS, EARLY, JOKO, WAYAN, ConsoleSchool, plug_in
from tests.knocks import Door
from tests.services.remap_corpus import HOME, LATE_SYNC, OTHER, SYNC, Step, Story

UNITS = (HOME, OTHER, "/Ujian")


@dataclass
class Figures:
    """What came of a corpus."""

    seed: int
    stories: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    automatic: int = 0
    automatic_wrong: list[str] = field(default_factory=list)
    accepted: int = 0
    undone: int = 0
    undone_differently: list[str] = field(default_factory=list)
    cases: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        return self.right / self.stories if self.stories else 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "stories": self.stories,
            "right": self.right,
            "right_share": round(self.share, 4),
            "automatic": self.automatic,
            "automatic_on_weak_evidence": len(self.automatic_wrong),
            "accepted": self.accepted,
            "undone_exactly": self.undone,
            "undone_differently": len(self.undone_differently),
            "wrong": self.wrong,
            "cases": dict(sorted(self.cases.items())),
        }


def play(folder: Path, stories: Sequence[Story], seed: int) -> Figures:
    """Everything that happens, in the order of its moments, with the console asked twice; then every answer."""
    with _school(folder, stories) as school:
        return _Play(school, stories, seed).run()


class _Play:
    def __init__(self, school: ConsoleSchool, stories: Sequence[Story], seed: int) -> None:
        self.school, self.db, self.stories = school, school.db, stories
        self.made = Figures(seed, len(stories), cases=Counter(s.case for s in stories))
        self.door = Door(self.db, school.now)
        self.keys: dict[tuple[int, str], Installation] = {}
        self.lives: dict[int, tuple[Story, str]] = {}  # enrolment → whose key
        self.records = {story.number: f"record-{story.number}" for story in stories}
        self.first = dict(self.records)
        rows = school.all(select(t.devices.c.label, t.devices.c.id))
        self.ids = {row.label: row.id for row in rows}
        self.by_rule: list[tuple[int, Story, Any]] = []

    def run(self) -> Figures:
        steps = sorted(
            (
                (step.at, story.number, i, story, step)
                for story in self.stories
                for i, step in enumerate(story.steps)
            ),
            key=lambda one: one[:3],
        )
        self._until(steps, SYNC)
        self._rule("before the console was asked")
        self._sync(SYNC)
        self._rule("after the sync")
        self._accept_odd()
        self._rule("after the odd was accepted")
        self._until(steps, LATE_SYNC)
        self._sync(LATE_SYNC)
        self._accept_odd()
        self._rule("after the late sync")
        self._answers()
        self._by_hand()
        self._undo_the_rest()
        return self.made

    # --- what happens ------------------------------------------------------------------------------------

    def _until(self, steps: list[Any], moment: int) -> None:
        while steps and steps[0][0] < moment:
            at, _, _, story, step = steps.pop(0)
            self.school.now = EARLY + at
            getattr(self, f"_{step.act}")(story, step)

    def _knock(self, story: Story, step: Step) -> None:
        name = step.given["key"]
        here = self.keys.setdefault((story.number, name), Installation())
        outcome = self.door.knock(self.school.now, here, step.given.get("serial", story.said))
        expected = step.given.get("refused")
        if isinstance(outcome, Refused):
            assert outcome.code == expected, (story.case, outcome.code, expected)
            return
        assert expected is None, (story.case, "was to be refused", expected)
        self.lives[outcome.enrolment_id] = (story, name)
        if name == "old":
            assert outcome.standing == "live", story.case
            self.door.report(self.school.now, here)

    def _hear(self, story: Story, step: Step) -> None:
        self.door.report(self.school.now, self.keys[story.number, step.given["key"]])

    def _enrol(self, story: Story, step: Step) -> None:
        given, world = step.given, self.school.emulator.world
        record = self.records[story.number]
        at = (EARLY + given["at"]) / 1000
        serial = given.get("serial")
        self.school.emulator.set(devices={"device_id": "new" if given["new"] else "same"})
        with world.changing() as state:
            devices = state["devices"]
            was = dict(devices[record])
            device_side.powerwash(world, record, at)
            new = device_side.enrol(world, record, at, serial=serial)
            now = devices[new]
            for name in ("annotatedAssetId", "annotatedLocation", "annotatedUser", "notes"):
                if given["lost"]:
                    now.pop(name, None)
                elif name in was:
                    now[name] = was[name]
            if "asset" in given:
                now["annotatedAssetId"] = given["asset"]
            if given.get("mac") == "same":
                now["macAddress"] = was["macAddress"]
            if given["unit"]:
                now["orgUnitId"] = world.find_org_unit(given["unit"])
            now |= {"status": given.get("status", "ACTIVE"), "bootMode": given.get("boot_mode", "Verified")}
            if given["old"] == "gone":
                devices.pop(record), state["device_side"].pop(record)
            elif given["old"] == "deprovisioned":
                devices[record]["status"] = "DEPROVISIONED"
        self.records[story.number] = new

    def _deprovision(self, story: Story, step: Step) -> None:
        with self.school.emulator.world.changing() as state:
            state["devices"][self.records[story.number]] |= {
                "status": "DEPROVISIONED",
                "lastDeprovisionTimestamp": device_side.instant((EARLY + step.given["at"]) / 1000),
            }

    def _gone(self, story: Story, step: Step) -> None:
        with self.school.emulator.world.changing() as state:
            state["devices"].pop(self.records[story.number])
            state["device_side"].pop(self.records[story.number])

    def _wipe_order(self, story: Story, step: Step) -> None:
        with self.db.write() as tx:
            tx.insert(
                t.device_commands, console_id=self.records[story.number], device_id=self.ids[story.label],
                serial=story.said, kind=step.given["kind"], payload={}, state="done", asked_by="wayan",
                created_at=self.school.now, sent_at=self.school.now, ended_at=self.school.now,
            )  # fmt: skip

    # --- the console -------------------------------------------------------------------------------------

    def _sync(self, at: int) -> None:
        self.school.now = EARLY + at
        self.job = console_sync.order(
            self.db, WAYAN, self.school.now, full=True, accept=console_sync.ORDINARY
        )
        self.school.work(60)
        job = self.school.job(self.job)
        assert job.state == "done", (job.code, job.code_params)

    def _accept_odd(self) -> None:
        self.school.now += 10 * 60_000
        job = self.school.job(self.job)
        if job.result and job.result["odd"]:
            console_sync.accept(self.db, WAYAN, self.school.now, self.job, job.result["digest"])

    # --- the rule ----------------------------------------------------------------------------------------

    def _rule(self, moment: str) -> None:
        """Let the school's rule decide what it may; half of what it accepted is undone at once."""
        self.school.now += 60_000
        before = self._states(self.stories)
        remap_rule.turn(self.db, WAYAN, self.school.now, True)
        remap_again.look_again(self.db, self.school.now)
        remap_rule.turn(self.db, WAYAN, self.school.now, False)
        rows = self.school.all(
            select(t.remaps).where(t.remaps.c.how == "rule", t.remaps.c.decided_at == self.school.now)
        )
        for i, row in enumerate(rows):
            story, key = self._whose(row)
            self.made.automatic += 1
            self.made.accepted += 1
            if not story.answer.strong or key != story.answer.key:
                self.made.automatic_wrong.append(f"{moment}: {story.case} ({story.label}, key {key})")
            view = self._view(row.id)
            self._judge(story, view)
            kept = (row.id, story, before[story.number])
            if i % 2:
                self.by_rule.append(kept)
            else:
                self._undo(*kept)

    def _whose(self, row: Any) -> tuple[Story, str | None]:
        if row.enrolment_id is not None:
            return self.lives[row.enrolment_id]
        story = next(
            s for s in self.stories if row.console_id in (self.records[s.number], self.first[s.number])
        )
        return story, None

    # --- answers -----------------------------------------------------------------------------------------

    def _answers(self) -> None:
        """Every story that the rule did not decide."""
        self.judged: dict[int, list[str]] = getattr(self, "judged", {})
        away = self._away()
        for story in self.stories:
            row = self._question(story)
            if story.number not in self.judged:
                if not story.answer.kinds:
                    self.judged[story.number] = ["something was proposed"] if row is not None else []
                elif row is None:
                    self.judged[story.number] = ["nothing was proposed"]
                else:
                    self._judge(story, self._view(row.id))
            if story.answer.away is not None and away.get(story.label) != story.answer.away:
                self.judged[story.number].append(f"away: {away.get(story.label)}")
        self.made.right = sum(not found for found in self.judged.values())
        self.made.wrong = [
            f"{story.case} ({story.label}): {'; '.join(found)}"
            for story in self.stories
            if (found := self.judged[story.number])
        ]

    def _judge(self, story: Story, view: RemapView) -> None:
        """Hold an opinion against the answer; the words of what differs."""
        self.judged = getattr(self, "judged", {})
        answer, found = story.answer, list[str]()
        if (view.label == story.label) != answer.device or (not answer.device and view.label is not None):
            found.append(f"device {view.label}")
        if view.kind not in answer.kinds:
            found.append(f"kind {view.kind}")
        if (view.strength is Strength.STRONG) != answer.strong:
            codes = [f"{e.code}{dict(e.params)}" for e in view.evidence if e.weight is not Weight.FOR]
            found.append(f"strength {view.strength} {codes}")
        if answer.against and not any(e.weight is Weight.AGAINST for e in view.evidence):
            found.append("nothing said against it")
        if answer.device:
            found += self._given_back(story, view)
        self.judged[story.number] = found

    def _given_back(self, story: Story, view: RemapView) -> Iterator[str]:
        """Place, org unit and annotations are what the Chromebook had."""
        gives = view.proposal
        if (gives.room, gives.seat) != ("Gudang", str(story.number)):
            yield f"place {gives.room} {gives.seat}"
        if view.console_id is None:
            return
        if gives.org_unit_path != story.answer.unit:
            yield f"org unit {gives.org_unit_path}"
        if gives.annotated_location != f"Lemari {story.number}":
            yield f"location {gives.annotated_location!r}"

    def _question(self, story: Story) -> Any:
        """The newest proposal that the answer is about."""
        records = (self.first[story.number], self.records[story.number])
        lives = [i for i, (whose, key) in self.lives.items() if whose is story and key == story.answer.key]
        every = [i for i, (whose, _) in self.lives.items() if whose is story]
        if not story.answer.kinds:
            where = t.remaps.c.enrolment_id.in_(every) | t.remaps.c.console_id.in_(records)
        elif story.answer.key is not None:
            where = t.remaps.c.enrolment_id.in_(lives)
        else:
            where = t.remaps.c.enrolment_id.is_(None) & t.remaps.c.console_id.in_(records)
        rows = self.school.all(select(t.remaps).where(where).order_by(t.remaps.c.id.desc()).limit(1))
        return rows[0] if rows else None

    def _away(self) -> dict[str, str]:
        with self.db.read() as c:
            return {one.label: str(one.why) for one in not_returned.listed(c, self.school.now)}

    def _view(self, remap_id: int) -> RemapView:
        with self.db.read() as c:
            return remaps.get(c, remap_id)

    # --- accepting and undoing ---------------------------------------------------------------------------

    def _by_hand(self) -> None:
        """A person with the sticker accepts what is true and sends away what is not; both are undone."""
        for story in self.stories:
            row = self._question(story) if story.answer.kinds else None
            if row is None or row.state != "open":
                continue
            self.school.now += 1_000
            before = self._state(story)
            if story.answer.give:
                remaps.accept(
                    self.db, JOKO, self.school.now, row.id, self._view(row.id).digest, "scan",
                    device_id=self.ids[story.label],
                )  # fmt: skip
                self.made.accepted += 1
                self._check(story)
                if row.enrolment_id is None and story.new_serial:
                    self._arrives(story)
            else:
                remaps.reject(self.db, JOKO, self.school.now, row.id)
            self.school.now += 1_000
            self._undo(row.id, story, before)

    def _arrives(self, story: Story) -> None:
        """After a new mainboard was accepted the machine knocks again, and is let in."""
        here = self.keys[story.number, "new"]
        outcome = self.door.knock(self.school.now, here, story.new_serial)
        if isinstance(outcome, Refused) or outcome.standing != "live":
            self.made.wrong.append(f"{story.case} ({story.label}): not let in after its number was accepted")

    def _check(self, story: Story) -> None:
        """One device, one life, one open serial number, one record."""
        device_id = self.ids[story.label]
        for table, where in (
            (t.enrolments, t.enrolments.c.standing == "live"),
            (t.device_serials, t.device_serials.c.to_at.is_(None)),
            (t.console_devices, t.console_devices.c.gone_at.is_(None)),
        ):
            count = self.school.all(
                select(func.count()).select_from(table).where(table.c.device_id == device_id, where)
            )
            if count[0][0] > 1:
                self.made.wrong.append(f"{story.case} ({story.label}): {count[0][0]} rows of {table.name}")

    def _undo(self, remap_id: int, story: Story, before: Any) -> None:
        self.school.now += 1_000
        remaps.undo(self.db, JOKO, self.school.now, remap_id)
        after = self._state(story)
        differs = [f"{k}: {before[k]} -> {after[k]}" for k in before if before[k] != after[k]]
        if differs:
            self.made.undone_differently.append(f"{story.case} ({story.label}): {differs}")
        else:
            self.made.undone += 1

    def _undo_the_rest(self) -> None:
        for remap_id, story, before in reversed(self.by_rule):
            self._undo(remap_id, story, before)

    def _state(self, story: Story) -> dict[str, Any]:
        return self._states([story])[story.number]

    def _states(self, stories: Sequence[Story]) -> dict[int, dict[str, Any]]:
        """Everything of these stories' Chromebooks that a decision may touch: story → what → rows."""
        found: dict[int, dict[str, Any]] = {s.number: {"questions": []} for s in stories}
        by_device = {self.ids[s.label]: s.number for s in stories}
        by_record = {key: s.number for s in stories for key in (self.first[s.number], self.records[s.number])}
        by_life = {i: s.number for i, (s, _) in self.lives.items() if s.number in found}

        def put(what: str, number: int | None, row: Any) -> None:
            if number is not None:
                found[number].setdefault(what, []).append(row)

        life, record = t.enrolments.c, t.console_devices.c
        lives = select(
            life.id, life.device_id, life.standing, life.grade, life.ended_at, life.end_reason, life.vouched_by,
            life.console_id, life.org_unit_path,
        )  # fmt: skip
        for row in self.school.all(lives.where(life.device_id.in_(by_device)).order_by(life.id)):
            put("lives" if row.id in by_life else "later lives", by_device[row.device_id], tuple(row))
        for table, what in (
            (t.device_serials, "serials"),
            (t.device_places, "places"),
            (t.device_desired, "doc"),
        ):
            for row in self.school.all(select(table).where(table.c.device_id.in_(by_device))):
                kept = row.doc if what == "doc" else tuple(row)
                put(what, by_device[row.device_id], kept)
        for row in self.school.all(
            select(record.console_id, record.device_id).where(record.console_id.in_(by_record))
        ):
            put("records", by_record[row.console_id], tuple(row))
        for row in self.school.all(
            select(t.incidents.c.id, t.incidents.c.kind, t.incidents.c.device_id).where(
                t.incidents.c.closed_at.is_(None)
            )
        ):
            put("incidents", by_device.get(row.device_id), tuple(row))
        for row in self.school.all(select(t.remaps).where(t.remaps.c.state == "open")):
            number = by_life.get(row.enrolment_id) or by_record.get(row.console_id)
            put("questions", number, str(row.enrolment_id or row.console_id))
        for one in found.values():
            one["questions"].sort()
            # a key that came with an accepted serial number: it ends with that, and leaves its name behind
            one["later lives"] = [row for row in one.get("later lives", []) if row[2] == "live"]
        return found


@contextmanager
def _school(folder: Path, stories: Sequence[Story]) -> Iterator[ConsoleSchool]:
    """Both sides, with each story's Chromebook at a place of its own and, where it is known there, in the console."""
    data = folder / "data"
    context = open_context(config.load(data, async_mode="threading", school_npsn=demo.NPSN))
    made = demo.seed(context.db, EARLY, days=DAYS)
    with context.db.write() as tx:
        room = tx.insert(t.rooms, school_id=1, name="Gudang", columns=20)
        for story in stories:
            seat = tx.insert(t.seats, room_id=room, label=str(story.number), row=story.number, column=1)
            for label in (
                (story.label, story.other) if story.twin or "neighbour" in story.case else (story.label,)
            ):
                device = tx.insert(
                    t.devices, label=label, model="Chromebook 11", spare=False, created_at=EARLY
                )
                if story.listed is not None:
                    tx.insert(t.device_serials, device_id=device, serial=story.listed, from_at=EARLY)
                if label == story.label:
                    tx.insert(t.device_places, device_id=device, room_id=room, seat_id=seat, from_at=EARLY)
            if any(s.given.get("asset") == story.other for s in story.steps):
                tx.insert(t.devices, label=story.other, model="Chromebook 11", spare=False, created_at=EARLY)
    context.db.close()
    seed = {
        "domain": "smp-contoh.sch.id",
        "admins": [{"email": "admin@smp-contoh.sch.id"}],
        "org_units": list(UNITS),
        "devices": [
            {
                "serial": story.console if story.listed is not None else f"none {story.number}",
                "org_unit": HOME, "device_id": f"record-{story.number}", "asset_id": f"INV-{story.number}",
                "location": f"Lemari {story.number}", "more": story.more,
            }
            for story in stories
            if story.console is not None
        ],
        "settings": {"quota": {"scale": 1.0, "off": ["all"]}, "policy_delay": [0, 0]},
    }  # fmt: skip
    emulator = Emulator(folder / "console", seed)
    with emulator.world.changing() as state:  # placeholders are not told apart, so a seed cannot have two
        for story in stories:
            if story.listed is None and story.console is not None:
                state["devices"][f"record-{story.number}"]["serialNumber"] = story.console
    with emulator:
        settings = plug_in(data, emulator)
        db = open_context(settings).db
        school = ConsoleSchool(Context(settings, db), emulator, room, made.day_ids, made.slot_ids, EARLY)
        school.context = Context(settings, db, school.clock)
        try:
            school.sync()
            yield school
        finally:
            db.close()
