"""Stories of Chromebooks that come back, each with its right answer by construction: made from a seed, nothing is asked.

A story is a list of things that happen at moments: a key is heard, a key knocks, the console enrols a machine. What the
console was told late, odd spelling, clocks that differ and impostors are mixed in. The answer is written down where the
story is made, from what really happened; the rules are not consulted.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
#: Moments of a corpus, ms after its beginning: when the console is asked.
FIRST_SYNC, SYNC, LATE_SYNC = 0, 6 * DAY, 7 * DAY
HOME, OTHER = "/Lab", "/Kantor"
PLACEHOLDERS = ("Default string", "To be filled by O.E.M.", "0123456789", "", "None")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. `act`: hear, knock, enrol, deprovision, gone, wipe_order."""

    at: int
    act: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is right in the end. `kinds` empty: nothing may be proposed. `key`: whose proposal it is; None: a record's."""

    kinds: frozenset[str]
    key: str | None = "new"
    device: bool = True  # the story's own device; False: nobody
    strong: bool = False  # sure enough for the rule, once the console has told
    against: bool = False  # something must be said against it
    unit: str = HOME
    give: bool = True  # the person at the sticker would accept it
    away: str | None = None  # why it counts as not come back


@dataclass(slots=True)
class Story:
    number: int
    case: str
    steps: list[Step] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: Answer(frozenset()))
    listed: str | None = None  # serial number as our list has it; None: none
    console: str | None = None  # as the console has it at first; None: not in the console
    said: str = ""  # as the machine says it
    new_serial: str = ""
    more: dict[str, Any] = field(default_factory=dict)  # further fields of the first console record
    twin: bool = False  # another device of ours is listed under the same serial number

    @property
    def label(self) -> str:
        return f"R{self.number:03d}"

    @property
    def other(self) -> str:
        return f"N{self.number:03d}"  # a neighbour of the story, where it needs one


class _Maker:
    """Random choices of one story."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self.rng, self.n = rng, number
        self.serial = f"5CD{number:03d}{rng.choice('KLMNPQRS')}{rng.randrange(10_000):04d}"
        self.skew = rng.choice((0, 0, 0, rng.randint(-90_000, 90_000)))  # Google's clock against ours
        self.first = FIRST_SYNC + rng.randint(10 * MINUTE, HOUR)
        self.last = rng.randint(DAY, 3 * DAY)  # last word of the earlier life
        self.enrolled = self.last + rng.randint(30 * MINUTE, 20 * HOUR)
        self.knock = self.enrolled + rng.randint(4 * MINUTE, 40 * MINUTE)
        self.late = rng.random() < 0.2  # the console tells of it only at the later sync

    def noisy(self, text: str) -> str:
        pick = self.rng.random()
        if pick < 0.1:
            return text.lower()
        if pick < 0.2:
            return f" {text} "
        if pick < 0.25:
            return f"{text.swapcase()} "
        return text

    def story(self, case: str, **given: Any) -> Story:
        texts = {"listed": self.noisy(self.serial), "console": self.noisy(self.serial), "said": self.serial}
        story = Story(self.n, case, **{**texts, **given})
        story.steps += [Step(self.first, "knock", {"key": "old"}), Step(self.last, "hear", {"key": "old"})]
        if self.rng.random() < 0.5:
            story.steps.append(Step(self.rng.randrange(self.first + 1, self.last), "hear", {"key": "old"}))
        return story

    def tells(self) -> int:
        """When the console can be seen to know of it."""
        return SYNC + HOUR if self.late else self.enrolled

    def enrol(self, **given: Any) -> Step:
        lost = given.pop("lost", self.rng.random() < 0.5)
        said = {"at": self.enrolled + self.skew, "lost": lost, "new": False, "old": "stays", "unit": None}
        return Step(self.tells(), "enrol", {**said, **given})

    def come(self, story: Story, *, twice: bool = True) -> None:
        """The new key knocks, and again before the console is asked: a device does not give up."""
        story.steps.append(Step(self.knock, "knock", {"key": "new"}))
        if twice and self.rng.random() < 0.5:
            story.steps.append(Step(self.knock + self.rng.randint(1, 30) * MINUTE, "knock", {"key": "new"}))


def _wiped(m: _Maker) -> Story:
    s = m.story("powerwash, same record")
    s.steps.append(m.enrol())
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), strong=True)
    return s


def _quick(m: _Maker) -> Story:
    """So quick, or with such a clock, that times alone do not say which came first."""
    m.skew = m.rng.choice((-8, -6, 5, 7)) * MINUTE
    m.enrolled = m.last + m.rng.randint(3, 5) * MINUTE
    m.knock = m.enrolled + m.rng.randint(1, 4) * MINUTE
    # a clock that is ahead makes the key look early: that is said against it
    s = m.story("powerwash within minutes, clocks differ")
    s.steps.append(m.enrol())
    m.come(s, twice=False)
    early = m.knock < m.enrolled + m.skew - 2 * MINUTE
    sure = m.enrolled + m.skew - m.last > 2 * MINUTE and not early
    s.answer = Answer(frozenset({"newcomer"} if early else {"wiped"}), strong=sure, against=early)
    return s


def _reenrolled(m: _Maker) -> Story:
    new, old = m.rng.choice(((True, "gone"), (True, "deprovisioned"), (False, "stays")))
    s = m.story("let go and enrolled again" if not new else f"new record, the old one {old}")
    if not new or old == "deprovisioned":
        s.steps.append(Step(m.tells() - 1, "deprovision", {"at": m.last + 10 * MINUTE + m.skew}))
    s.steps.append(m.enrol(new=new, old=old))
    m.come(s)
    s.answer = Answer(frozenset({"reenrolled"}), strong=True)
    return s


def _two_records(m: _Maker) -> Story:
    s = m.story("two live records")
    s.steps.append(m.enrol(new=True, old="stays"))
    m.come(s)
    s.answer = Answer(frozenset({"two_records"}))
    return s


def _board(m: _Maker) -> Story:
    both = m.rng.random() < 0.5
    s = m.story("mainboard swapped")
    s.new_serial = f"7XB{m.n:03d}{m.rng.randrange(10_000):04d}"
    asset, mac = (True, True) if both else m.rng.choice(((True, False), (False, True)))
    unit = OTHER if m.rng.random() < 0.3 else None
    given = {"asset": s.label if asset else "", "mac": "same" if mac else "other", "unit": unit}
    s.steps.append(
        m.enrol(new=True, old=m.rng.choice(("stays", "gone")), serial=s.new_serial, lost=True, **given)
    )
    s.steps.append(
        Step(m.knock, "knock", {"key": "new", "serial": s.new_serial, "refused": "unknown_device"})
    )
    s.answer = Answer(frozenset({"board_swapped"}), key=None)
    return s


def _flex(m: _Maker) -> Story:
    mac = f"A4{m.n:04X}{m.rng.randrange(0x1000000):06X}"
    s = m.story("CloudReady became Flex", listed=mac, console=mac, said=mac)
    s.more = {"macAddress": mac.lower(), "chromeOsType": "chromeOsFlex"}
    s.new_serial = f"FLX{m.n:03d}{m.rng.randrange(10_000):04d}"
    s.steps.append(m.enrol(new=True, serial=s.new_serial, mac="same", asset=s.label, lost=True))
    s.steps.append(
        Step(m.knock, "knock", {"key": "new", "serial": s.new_serial, "refused": "unknown_device"})
    )
    s.answer = Answer(frozenset({"serial_changed"}), key=None)
    return s


def _wrong_unit(m: _Maker) -> Story:
    new = m.rng.random() < 0.3
    s = m.story("enrolled into another org unit")
    s.steps.append(m.enrol(unit=OTHER, new=new, old="gone" if new else "stays"))
    m.come(s)
    s.answer = Answer(frozenset({"wrong_unit"}), strong=True)
    return s


def _unit_only(m: _Maker) -> Story:
    """No policy of ours there, so no key comes: the console alone tells."""
    m.late = False
    s = m.story("enrolled into another org unit, silent")
    s.steps.append(m.enrol(unit=OTHER))
    s.answer = Answer(frozenset({"wrong_unit"}), key=None, strong=True, away="no_contact")
    return s


def _never(m: _Maker) -> Story:
    how = m.rng.choice(("wiped", "deprovisioned", "record_gone"))
    s = m.story(f"never came back: {how}")
    if how == "wiped":
        s.steps.append(Step(m.last + HOUR, "wipe_order", {"kind": "powerwash"}))
    elif how == "deprovisioned":
        s.steps.append(Step(m.last + HOUR, "deprovision", {"at": m.last + HOUR}))
    else:
        s.steps.append(Step(m.last + HOUR, "gone", {}))
    s.answer = Answer(frozenset(), away=how)
    return s


def _ordered_wipe(m: _Maker) -> Story:
    """Its users were wiped from here: the key is gone, and nothing was enrolled."""
    s = m.story("our order took its key")
    s.steps.append(Step(m.enrolled, "wipe_order", {"kind": "wipe_users"}))
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}))
    return s


def _unknown_to_console(m: _Maker) -> Story:
    s = m.story("the console does not know it", console=None)
    m.come(s)
    s.answer = Answer(frozenset({"newcomer"}))
    return s


def _impostor_alive(m: _Maker) -> Story:
    s = m.story("impostor beside the living key")
    s.steps.append(Step(m.knock, "knock", {"key": "laptop"}))
    s.steps += [Step(m.knock + n * MINUTE, "hear", {"key": "old"}) for n in (1, 7)]
    s.answer = Answer(frozenset({"newcomer"}), key="laptop", against=True, give=False)
    return s


def _impostor_quiet(m: _Maker) -> Story:
    """At night, with the real one in the cupboard; sometimes the real one speaks again next morning."""
    s = m.story("impostor while the real one is off")
    s.steps.append(Step(m.knock, "knock", {"key": "laptop"}))
    if m.rng.random() < 0.5:
        s.steps.append(Step(SYNC + 2 * HOUR, "hear", {"key": "old"}))
    s.answer = Answer(frozenset({"newcomer"}), key="laptop", against=True, give=False)
    return s


def _impostor_early(m: _Maker) -> Story:
    """It knocked before the wipe that would explain it; the real one comes after."""
    s = m.story("impostor before a real wipe")
    s.steps.append(Step(m.last + 5 * MINUTE, "knock", {"key": "laptop"}))
    s.steps.append(m.enrol())
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), strong=True)
    return s


def _impostor_race(m: _Maker) -> Story:
    """Both came after a real wipe: nobody but a person can say which is which."""
    s = m.story("impostor and the real one after a wipe")
    s.steps.append(m.enrol())
    s.steps.append(Step(m.knock + m.rng.choice((-2, 2)) * MINUTE, "knock", {"key": "laptop"}))
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), against=True)
    return s


def _twice(m: _Maker) -> Story:
    s = m.story("wiped twice before anybody looked")
    s.steps.append(Step(m.enrolled + 10 * MINUTE, "knock", {"key": "lost"}))
    m.enrolled += m.rng.randint(2, 9) * HOUR
    m.knock = m.enrolled + 15 * MINUTE
    s.steps.append(m.enrol())
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), strong=True)
    return s


def _placeholder(m: _Maker) -> Story:
    text = m.rng.choice(PLACEHOLDERS)
    s = m.story("no serial number", listed=None, console=text or None, said=text)
    s.steps = [Step(m.knock, "knock", {"key": "new", "refused": "unknown_device"})]
    s.answer = Answer(frozenset())
    return s


def _doubled(m: _Maker) -> Story:
    """Two of ours are listed under one number: a person must tell them apart first."""
    s = m.story("listed twice", twin=True)
    s.steps = [Step(m.knock, "knock", {"key": "new", "refused": "unknown_device"})]
    s.answer = Answer(
        frozenset({"newcomer", "board_swapped"}), key=None, device=False, against=True, give=False
    )
    return s


def _elsewhere(m: _Maker) -> Story:
    """Two changes at once: wiped, and the asset id now names a neighbour."""
    s = m.story("the asset id names another one")
    s.steps.append(m.enrol(asset=s.other))
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), against=True)
    return s


def _disabled(m: _Maker) -> Story:
    s = m.story("reported lost, and back")
    s.steps.append(m.enrol(status="DISABLED"))
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), against=True)
    return s


def _developer(m: _Maker) -> Story:
    s = m.story("back in developer mode")
    s.steps.append(m.enrol(boot_mode="Dev"))
    m.come(s)
    s.answer = Answer(frozenset({"wiped"}), against=True)
    return s


CASES: tuple[tuple[Callable[[_Maker], Story], int], ...] = (
    (_wiped, 16), (_quick, 6), (_reenrolled, 12), (_two_records, 6), (_board, 8), (_flex, 5), (_wrong_unit, 8),
    (_unit_only, 3), (_never, 6), (_ordered_wipe, 4), (_unknown_to_console, 4), (_impostor_alive, 6),
    (_impostor_quiet, 6), (_impostor_early, 4), (_impostor_race, 4), (_twice, 5), (_placeholder, 3), (_doubled, 3),
    (_elsewhere, 3), (_disabled, 2), (_developer, 2),
)  # fmt: skip


def make(seed: int, count: int) -> list[Story]:
    """So many stories, every case among them when there are enough."""
    rng = random.Random(seed)
    makers = [case for case, _ in CASES]
    weights = [weight for _, weight in CASES]
    chosen = (makers + rng.choices(makers, weights, k=max(0, count - len(makers))))[:count]
    rng.shuffle(chosen)
    return [case(_Maker(n, rng)) for n, case in enumerate(chosen, 1)]
