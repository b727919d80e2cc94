"""The seat ledger in words: why a row began and ended, and the answer to "who was it then" in one sentence."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from server.domain.seating import Answer, Row, Standing
from server.services import when
from server.services.seat_ledger import Filter
from server.web.words import N_, word

BEGAN: dict[str, str] = {
    "opened": N_("check-in dibuka"),
    "handed_over": N_("Chromebook mejanya bebas"),
    "swapped": N_("ganti Chromebook"),
    "placed": N_("diberi Chromebook"),
    "moved": N_("pindah dari sesi lain"),
    "reserve": N_("peserta cadangan"),
    "borrowed_laptop": N_("laptop pinjaman"),
    "swap_undone": N_("pergantian dibatalkan"),
    "aside": N_("mejanya sudah ditempati"),
}

ENDED: dict[str, str] = {
    "handed_over": N_("mendapat Chromebook mejanya"),
    "swapped": N_("ganti Chromebook"),
    "placed": N_("mendapat Chromebook"),
    "moved": N_("peserta pindah"),
    "replaced": N_("diganti peserta cadangan"),
    "released": N_("dilepas petugas"),
    "next_session": N_("dipakai sesi berikut"),
    "given_on": N_("dipakai peserta lain"),
    "exam_ended": N_("ujian berakhir"),
    "swap_undone": N_("pergantian dibatalkan"),
    "aside": N_("mejanya sudah ditempati"),
}
SAID_MOST = 3


def began(row: Row) -> str:
    return word(BEGAN, row.began)


def ended(row: Row) -> str:
    return word(ENDED, row.ended) if row.ended else ""


def place(row: Row) -> str:
    """Meja 7, or a place beside it."""
    if row.seat is not None:
        return str(_("meja %(seat)s", seat=row.seat))
    if row.planned_seat is not None:
        return str(_("meja tambahan (rencana: meja %(seat)s)", seat=row.planned_seat))
    return str(_("meja tambahan"))


def device(row: Row) -> str:
    if row.device is not None:
        return str(_("Chromebook %(label)s", label=row.device))
    return str(_("laptop pinjaman") if row.laptop else _("belum ada Chromebook"))


def sentence(wanted: Filter, answer: Answer, zone: str) -> str:
    """The answer, its subject first: Meja 7 di Ruang 1, 24/11/2026 08.41.00 WIB: …"""
    subject = _subject(wanted)
    time = f"{when.local(answer.at, zone):%d/%m/%Y %H.%M.%S} {zone}"
    if answer.rows:
        told = [_one(row, answer.at, with_place=not wanted.seat) for row in answer.rows[:SAID_MOST]]
        more = len(answer.rows) - len(told)
        said = "; ".join(told)
        if more:
            said = str(_("%(first)s; dan %(n)s lagi", first=said, n=more))
        return f"{subject}, {time}: {said}."
    said = str(_("tidak ada yang tercatat."))
    if answer.before is not None and answer.before.to_at is not None:
        said += " " + _(
            "Terakhir %(who)s, sampai %(time)s.",
            who=_who(answer.before),
            time=_moment(answer.before.to_at),
        )
    if answer.after is not None:
        said += " " + _(
            "Berikutnya %(who)s, dari %(time)s.", who=_who(answer.after), time=_moment(answer.after.from_at)
        )
    return f"{subject}, {time}: {said}"


def _subject(wanted: Filter) -> str:
    if wanted.seat:
        if wanted.room:
            return str(_("Meja %(seat)s di %(room)s", seat=wanted.seat, room=wanted.room))
        return str(_("Meja %(seat)s", seat=wanted.seat))
    if wanted.device:
        return str(_("Chromebook %(label)s", label=wanted.device))
    return (
        str(_("Peserta “%(text)s”", text=wanted.person)) if wanted.person else wanted.room or str(_("Semua"))
    )


def _one(row: Row, at: int, *, with_place: bool) -> str:
    who = _who(row)
    if with_place:
        who = f"{who}, {place(row)} – {row.room}"
    elif row.seat is None:
        who = f"{who}, {place(row)}"
    standing = row.standing(at)
    if standing is Standing.ABSENT:
        return str(_("disiapkan untuk %(who)s, yang tercatat tidak hadir", who=who))
    if standing is Standing.WAITING:
        return str(_("%(who)s, menunggu Chromebook", who=who))
    if standing is Standing.DONE:
        return str(
            _(
                "%(who)s sudah selesai di sini sejak %(time)s; %(device)s masih untuknya",
                who=who,
                time=_moment(row.left_at or at),
                device=device(row),
            )
        )
    said = f"{who}, {device(row)}"
    return str(_("%(said)s, mengerjakan", said=said)) if standing is Standing.WORKING else said


def _who(row: Row) -> str:
    return f"{row.name} ({row.number})"


def _moment(at: int) -> str:
    return str(current_app.extensions["bangku_moment"](at))
