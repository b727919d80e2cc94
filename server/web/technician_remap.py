"""A Chromebook that came back, on the technician's page: in short, and how far giving it its place back is."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from server.domain.errors import BangkuError
from server.domain.remap import Kind, Strength, Weight
from server.domain.scan import What
from server.services import scans
from server.services.device_return import Return
from server.services.remap_views import RemapView
from server.web.identity import context
from server.web.technician_view import address_of
from server.web.words import N_

KINDS: dict[Kind, str] = {
    Kind.WIPED: N_("Kembali sesudah powerwash"),
    Kind.REENROLLED: N_("Dienrol ulang"),
    Kind.TWO_RECORDS: N_("Punya dua catatan di konsol"),
    Kind.BOARD_SWAPPED: N_("Nomor serinya lain: papan induk diganti?"),
    Kind.SERIAL_CHANGED: N_("Nomor serinya berubah di konsol"),
    Kind.WRONG_UNIT: N_("Kembali, tetapi di unit organisasi lain"),
    Kind.NEWCOMER: N_("Kunci baru yang belum dikenal konsol"),
}
STRENGTHS: dict[Strength, str] = {
    Strength.STRONG: N_("bukti kuat"),
    Strength.MEDIUM: N_("bukti sedang: cocokkan stikernya"),
    Strength.WEAK: N_("bukti lemah: periksa baik-baik"),
}
#: So long the page goes on telling that all has been given back.
TOLD_MS = 15 * 60_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """One remap in short. `choose`: no single candidate; opening the page by its sticker says which one it is."""

    id: int
    digest: str
    kind: str
    strength: str
    weak: bool
    serial: str
    speaks: str
    against: int
    choose: bool


def waiting(view: RemapView) -> Waiting:
    count = [evidence.weight for evidence in view.evidence]
    good, bad = count.count(Weight.FOR), count.count(Weight.AGAINST)
    return Waiting(
        id=view.id,
        digest=view.digest,
        kind=str(_(KINDS[view.kind])),
        strength=str(_(STRENGTHS[view.strength])),
        weak=view.strength is Strength.WEAK,
        serial=view.serial or "–",
        speaks=", ".join(
            (
                str(ngettext("%(num)s hal mendukung", "%(num)s hal mendukung", good)),
                str(ngettext("%(num)s menentang", "%(num)s menentang", bad)),
            )
        ),
        against=bad,
        choose=view.device_id is None,
    )


def how(device_id: int, code: str) -> str:
    """`scan` only when the code that opened the page carries this school's mark for this very device."""
    try:
        found = scans.find(context().db, address_of(code))
    except BangkuError:
        return "typed"
    return "scan" if found.scanned and found.what is What.DEVICE and found.id == device_id else "typed"


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
