"""The policy settings as fields of a form: names on screen, kinds and choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.web.words import N_


class Kind(StrEnum):
    TEXT = "text"
    LONG = "long"
    LINES = "lines"  # one entry a line
    NUMBER = "number"
    YES_NO = "yes_no"
    MAYBE = "maybe"  # yes, no, or left as it is
    CHOICE = "choice"
    CHOICE_OR_NONE = "choice_or_none"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Field:
    """`name` as in `domain.policy_settings`, dotted."""

    name: str
    kind: Kind
    label: str
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str
    fields: tuple[Field, ...]


_CHOICE = {"user": N_("menurut pemakai"), "off": N_("mati"), "on": N_("menyala")}
_MAGNIFIER = {
    "user": N_("menurut pemakai"),
    "off": N_("mati"),
    "full_screen": N_("menyala, seluruh layar"),
    "docked": N_("menyala, sebagian layar"),
}

GROUPS: tuple[Group, ...] = (
    Group(
        "exam",
        N_("Ujian"),
        (
            Field(
                "variant",
                Kind.CHOICE,
                N_("Ujian web berjalan di"),
                N_("Aplikasi kios paling aman. Sesi akun mengunci akun, bukan Chromebook."),
                choices={
                    "kiosk": N_("aplikasi kios"),
                    "managed_guest": N_("sesi tamu terkelola"),
                    "user_session": N_("sesi akun peserta"),
                },
            ),
            Field(
                "exam_browser_app",
                Kind.TEXT,
                N_("Nomor aplikasi Exam Browser"),
                N_(
                    "Diberikan kementerian kepada sekolah; Bangku tidak menebaknya. Kosongkan bila belum ada."
                ),
            ),
            Field(
                "exam_browser_hosts",
                Kind.LINES,
                N_("Situs yang dibuka Exam Browser"),
                N_(
                    "Satu per baris, tanpa https://. Tanpa isi, konsol tidak memblokir situs pada hari Exam Browser."
                ),
            ),
            Field(
                "addresses",
                Kind.LINES,
                N_("Alamat server sekolah"),
                N_("Satu per baris, yang utama di atas. Tanpa isi, dipakai alamat dari pengaturan server."),
            ),
        ),
    ),
    Group(
        "power",
        N_("Daya"),
        (
            Field("keep_awake", Kind.YES_NO, N_("Layar tidak redup dan Chromebook tidak tidur")),
            Field(
                "lid",
                Kind.CHOICE,
                N_("Saat layar ditutup"),
                choices={
                    "nothing": N_("tidak terjadi apa-apa"),
                    "suspend": N_("Chromebook tidur"),
                    "shutdown": N_("Chromebook mati"),
                },
            ),
        ),
    ),
    Group(
        "input",
        N_("Papan ketik & aksesibilitas"),
        (
            Field(
                "input_methods",
                Kind.LINES,
                N_("Jenis papan ketik"),
                N_("Satu per baris, seperti xkb:us::ind."),
            ),
            Field("virtual_keyboard", Kind.CHOICE, N_("Papan ketik layar"), choices=_CHOICE),
            Field("accessibility.menu", Kind.MAYBE, N_("Menu aksesibilitas")),
            Field("accessibility.spoken_feedback", Kind.CHOICE_OR_NONE, N_("Pembaca layar"), choices=_CHOICE),
            Field(
                "accessibility.select_to_speak",
                Kind.CHOICE_OR_NONE,
                N_("Pilih untuk dibacakan"),
                choices=_CHOICE,
            ),
            Field("accessibility.dictation", Kind.CHOICE_OR_NONE, N_("Dikte suara"), choices=_CHOICE),
            Field("accessibility.high_contrast", Kind.CHOICE_OR_NONE, N_("Kontras tinggi"), choices=_CHOICE),
            Field("accessibility.magnifier", Kind.CHOICE_OR_NONE, N_("Kaca pembesar"), choices=_MAGNIFIER),
            Field("accessibility.large_cursor", Kind.CHOICE_OR_NONE, N_("Kursor besar"), choices=_CHOICE),
            Field("accessibility.sticky_keys", Kind.CHOICE_OR_NONE, N_("Tombol lengket"), choices=_CHOICE),
            Field("accessibility.autoclick", Kind.CHOICE_OR_NONE, N_("Klik otomatis"), choices=_CHOICE),
            Field("accessibility.mono_audio", Kind.CHOICE_OR_NONE, N_("Suara mono"), choices=_CHOICE),
            Field(
                "accessibility.caret_highlight",
                Kind.CHOICE_OR_NONE,
                N_("Sorot tempat mengetik"),
                choices=_CHOICE,
            ),
            Field("accessibility.cursor_highlight", Kind.CHOICE_OR_NONE, N_("Sorot kursor"), choices=_CHOICE),
            Field(
                "accessibility.focus_highlight",
                Kind.CHOICE_OR_NONE,
                N_("Sorot yang terpilih"),
                choices=_CHOICE,
            ),
            Field(
                "accessibility.shortcuts", Kind.CHOICE_OR_NONE, N_("Pintasan aksesibilitas"), choices=_CHOICE
            ),
        ),
    ),
    Group(
        "device",
        N_("Perangkat"),
        (
            Field(
                "reenrolment",
                Kind.CHOICE,
                N_("Setelah powerwash"),
                N_("Otomatis: Chromebook kembali ke sekolah dengan sendirinya."),
                choices={
                    "auto": N_("enrol ulang otomatis"),
                    "manual": N_("enrol ulang dengan akun"),
                    "none": N_("tidak kembali"),
                },
            ),
            Field("powerwash_allowed", Kind.YES_NO, N_("Pemakai boleh powerwash")),
            Field("verified_mode", Kind.YES_NO, N_("Hanya mode terverifikasi")),
            Field(
                "verified_services",
                Kind.LINES,
                N_("Akun layanan yang boleh memeriksa perangkat"),
                N_("Satu per baris. Milik Bangku ikut dengan sendirinya bila bukti perangkat dinyalakan."),
            ),
            Field(
                "return_message",
                Kind.LONG,
                N_("Pesan pada Chromebook yang dinonaktifkan"),
                N_("Misalnya alamat sekolah dan nomor telepon."),
            ),
        ),
    ),
    Group(
        "sign_in",
        N_("Masuk"),
        (
            Field("guest_mode", Kind.YES_NO, N_("Boleh dipakai sebagai tamu")),
            Field(
                "sign_in",
                Kind.CHOICE,
                N_("Yang boleh masuk"),
                choices={
                    "nobody": N_("tidak seorang pun"),
                    "listed": N_("hanya akun di bawah ini"),
                    "anyone": N_("akun Google apa pun"),
                },
            ),
            Field(
                "sign_in_groups",
                Kind.SEVERAL,
                N_("Akun belajar.id"),
                choices={
                    "pupils": N_("peserta didik"),
                    "teachers": N_("guru"),
                    "staff": N_("kepala sekolah dan operator"),
                    "office": N_("dinas dan kementerian"),
                },
            ),
            Field("own_domains", Kind.LINES, N_("Domain sekolah sendiri"), N_("Satu per baris, tanpa @.")),
        ),
    ),
    Group(
        "updates",
        N_("Pembaruan & laporan"),
        (
            Field("pause_updates", Kind.YES_NO, N_("Jeda pembaruan selama masa ujian")),
            Field(
                "pause_days",
                Kind.NUMBER,
                N_("Lama jeda (hari)"),
                N_("Untuk pengingat; jeda tidak berakhir sendiri."),
            ),
            Field("reporting", Kind.YES_NO, N_("Konsol menerima laporan perangkat (bukan siapa pemakainya)")),
        ),
    ),
    Group(
        "guard",
        N_("Pengaman"),
        (
            Field("max_devices", Kind.NUMBER, N_("Paling banyak perangkat dalam satu rencana")),
            Field("two_people", Kind.YES_NO, N_("Perintah yang menghapus perlu orang kedua")),
        ),
    ),
)

#: What is wrong with a field, by the kind of mistake.
MISTAKES: dict[str, str] = {
    "app_id": N_(
        "“%(app)s” bukan nomor aplikasi: isi 32 huruf a sampai p, atau android:… atau web:https://…"
    ),
    "domain_invalid": N_("“%(domain)s” bukan domain. Tulis seperti sekolah.sch.id, tanpa @."),
    "address_invalid": N_("“%(address)s” bukan alamat server. Tulis seperti https://ujian.sekolah.sch.id."),
    "host_invalid": N_("“%(host)s” bukan nama situs. Tulis tanpa https://, misalnya ujian.sekolah.sch.id."),
    "input_method": N_("“%(method)s” bukan nama papan ketik. Tulis seperti xkb:us::ind."),
    "too_short": N_("Isi sedikitnya satu."),
    "too_long": N_("Terlalu banyak isi; paling banyak %(max_length)s."),
    "string_too_long": N_("Terlalu panjang; paling banyak %(max_length)s huruf."),
    "greater_than_equal": N_("Isi sedikitnya %(ge)s."),
    "less_than_equal": N_("Isi paling banyak %(le)s."),
    "int_type": N_("Isi dengan angka."),
    "enum": N_("Pilih salah satu."),
    "text_control": N_("Ada huruf yang tidak dapat disimpan. Ketik ulang."),
    "other": N_("Isian ini belum benar. Periksa sekali lagi."),
}
