"""A Chromebook's readiness as a page, a file or a sheet of paper shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from server.domain.readiness_body import SIGNAL_WEAK_DBM
from server.domain.readiness_facts import Facts, Told
from server.services.readiness import ReadinessLine
from server.web import console_words, readiness_words, words

CLOCK_SAME_MS = 2_000  # nearer than this nobody sees a difference; the check page says so too


@dataclass(frozen=True, slots=True)
class FactView:
    """One thing that is known, or not: `source` is empty where nothing is."""

    name: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class LineView:
    line: ReadinessLine
    state: str
    icon: str
    reasons: list[str]
    step: str
    facts: list[FactView]
    trend: str

    @property
    def first(self) -> str:
        """The fact in the collapsed line: the newest sign of life."""
        return self.facts[0].source or self.facts[0].text


def view(line: ReadinessLine) -> LineView:
    return LineView(
        line=line,
        state=readiness_words.state(line.state),
        icon=readiness_words.ICONS[line.state],
        reasons=[readiness_words.reason(one) for one in line.reasons],
        step=readiness_words.step(line.step),
        facts=facts(line),
        trend=trend(line),
    )


def trend(line: ReadinessLine) -> str:
    if line.was is None or not line.trend:
        return ""
    was = readiness_words.state(line.was)
    said = (
        _("membaik; kemarin: %(was)s", was=was)
        if line.trend > 0
        else _("memburuk; kemarin: %(was)s", was=was)
    )
    return str(said)


def facts(line: ReadinessLine) -> list[FactView]:
    """What it rests on, each with who said so and when; what is not known is said."""
    known, needs = line.facts, line.needs
    ours = not (known.loan is not None and known.loan.foreign_policies)
    found = [_told(_("Terlihat menyala"), known.seen, lambda _value: _("ya"))]
    if needs.console and ours:
        found += _console(known)
    found += [
        _told(_("Wi-Fi"), known.network, lambda _value: _("tersambung")),
        _told(_("Sinyal"), known.signal, _signal),
        _battery(known),
        _told(_("Penyimpanan"), known.storage, lambda mb: _("sisa %(mb)s MB", mb=format_decimal(mb))),
        _told(_("ChromeOS"), known.os, str),
    ]
    if needs.extension and ours:
        found.append(_told(_("Ekstensi"), known.extension, str))
    found += [
        _told(_("Jam"), known.clock, _clock),
        _told(_("Sentuh, papan ketik, layar"), known.hands, _hands),
    ]
    if needs.tick or not ours or known.client is not None:
        found.append(_told(_("Exam Browser"), known.client, lambda version: version or _("terbuka")))
    return found


def _told(name: str, told: Told[Any] | None, text: Any) -> FactView:
    if told is None:
        return FactView(name, _("belum terlihat"), "")
    return FactView(name, str(text(told.value)), readiness_words.source(told))


def _console(known: Facts) -> list[FactView]:
    record = known.record
    if record is None:
        return [FactView(_("Konsol Google"), _("belum terlihat"), "")]
    read = _("dibaca %(ago)s", ago=readiness_words.ago(record.read_at))
    synced = readiness_words.ago(record.synced_at) if record.synced_at is not None else _("belum terlihat")
    end = readiness_words.day(record.update_end) if record.update_end else _("belum terlihat")
    return [
        FactView(_("Konsol Google"), f"{console_words.status(record.status)}, {record.path}", read),
        FactView(_("Kebijakan diambil"), synced, read if record.synced_at is not None else ""),
        FactView(_("Pembaruan sampai"), end, read if record.update_end else ""),
    ]


def _battery(known: Facts) -> FactView:
    if not known.has_battery:
        return FactView(_("Baterai"), _("tanpa baterai"), "")
    name = _("Baterai")
    if known.battery is None:
        return FactView(name, _("belum terlihat"), "")
    text = f"{known.battery.value}%"
    if known.charging is not None:
        text += ", " + (_("diisi") if known.charging.value else _("tidak diisi"))
    if known.health is not None and known.health.value in readiness_words.HEALTH:
        text += ", " + _(
            "kesehatan %(health)s", health=words.word(readiness_words.HEALTH, known.health.value)
        )
    return FactView(name, text, readiness_words.source(known.battery))


def _signal(dbm: int) -> str:
    if dbm < SIGNAL_WEAK_DBM:
        return str(_("lemah (%(dbm)s dBm)", dbm=dbm))
    return str(_("baik (%(dbm)s dBm)", dbm=dbm))


def _clock(ms: int) -> str:
    if abs(ms) < CLOCK_SAME_MS:
        return str(_("cocok dengan server"))
    return str(_("meleset %(seconds)s detik", seconds=format_decimal(round(abs(ms) / 1000))))


def _hands(hands: Any) -> str:
    said = [words.word(readiness_words.HANDS, one) for one in (hands.touch, hands.keyboard, hands.screen)]
    return ", ".join(said)
