"""A Chromebook that came back, on the technician's page: in short, and how far giving it its place back is."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from server.domain.errors import BangkuError
from server.domain.remap import Evidence, Weight
from server.domain.scan import What
from server.services import scans
from server.services.device_return import Return
from server.services.remap_views import RemapView
from server.web import remap_words, words
from server.web.identity import context
from server.web.technician_view import address_of

#: So long the page goes on telling that all has been given back.
TOLD_MS = 15 * 60_000


#: So many things that speak for it are named; what speaks against it is named whole, and that a pupil is at it.
GOOD = 2
WEIGHTY = {"seated"}
_ALIVE = Evidence("old_key_alive", Weight.AGAINST)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One remap in short. `evidence`: (weight, its word, sentence), what speaks against it first; `more`: so many more
    are on its own page; `choose`: no single candidate; opening the page by its sticker says which one it is."""

    id: int
    digest: str
    kind: str
    strength: str
    serial: str
    evidence: list[tuple[str, str, str]]
    more: int
    choose: bool


def waiting(view: RemapView, connected: bool = False) -> Waiting:
    """`connected`: the Chromebook that we know has an open connection, whatever its last report says."""
    all_ = [_ALIVE if connected and one.code == "old_key_silent" else one for one in view.evidence]
    against = [one for one in all_ if one.weight is Weight.AGAINST]
    weighty = [one for one in all_ if one.code in WEIGHTY]
    speaks_for = [one for one in all_ if one.weight is Weight.FOR]
    shown = [*against, *weighty, *speaks_for[:GOOD]]
    return Waiting(
        id=view.id,
        digest=view.digest,
        kind=words.word(remap_words.KINDS, view.kind),
        strength=words.word(remap_words.STRENGTHS, view.strength),
        serial=view.serial or "–",
        evidence=[
            (str(one.weight), words.word(remap_words.WEIGHTS, one.weight), remap_words.evidence(one))
            for one in shown
        ],
        more=len(all_) - len(shown),
        choose=view.device_id is None,
    )


def how(device_id: int, code: str, typed: bool) -> str:
    """`scan` only when the code that opened the page carries this school's mark for this very device; `typed`: the label
    was looked for on the start page."""
    try:
        found = scans.find(context().db, address_of(code))
    except BangkuError:
        return "opened"
    if found.what is not What.DEVICE or found.id != device_id:
        return "opened"
    return "scan" if found.scanned else "typed" if typed else "opened"


def undoable(back: Return | None, now: int) -> int | None:
    """The acceptance that the page offers to take back: a recent one. Whether that may be is looked at then."""
    return back.remap_id if back is not None and now - back.decided_at <= TOLD_MS else None


def progress(back: Return | None, now: int) -> str:
    """What became of the newest acceptance; empty when it is old news."""
    if back is None or back.all == 0:
        return ""
    if back.open:
        if back.waits:
            return str(_("Konsol ditulis sesudah ujian hari ini selesai."))
        return str(_("Menulis ke konsol: %(done)s dari %(all)s.", done=back.done, all=back.all))
    if now - back.decided_at > TOLD_MS:
        return ""
    if back.failed:
        return str(_("%(n)s isian belum bisa ditulis ke konsol; lihat rinciannya.", n=back.failed))
    return str(_("Konsol sudah sesuai lagi."))
