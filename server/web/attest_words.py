"""What the proof of a Chromebook is called on screen: states, codes, incidents and acts.

Nobody is blamed: a Chromebook whose proof failed may have nothing wrong with it, and its pupil certainly has not.
"""

from __future__ import annotations


def N_(text: str) -> str:
    return text


ATTEST_STATES: dict[str, str] = {
    "asked": N_("sedang ditanya"),
    "answered": N_("menunggu jawaban Google"),
    "verified": N_("terbukti"),
    "refused": N_("belum dijamin Google"),
    "unavailable": N_("belum bisa diperiksa"),
    "silent": N_("tidak menjawab"),
    "never": N_("belum ditanya"),
}

#: A shape beside the word.
MARKS = {"verified": "✓", "refused": "✕", "unavailable": "?", "silent": "…", "never": "–"}

#: What a state means, and what to do.
ATTEST_MEANINGS: dict[str, str] = {
    "verified": N_(
        "Google menjamin: inilah Chromebook itu, dalam mode terverifikasi. Tidak ada yang perlu dilakukan."
    ),
    "refused": N_(
        "Google melihat jawabannya dan tidak menjamin. Ujian berjalan terus; sesudah sesi, lihat sebabnya di halaman "
        "Chromebook itu."
    ),
    "unavailable": N_(
        "Google atau Chromebook-nya belum bisa ditanya. Tidak berarti apa-apa tentang Chromebook itu; ditanya lagi dua "
        "menit kemudian."
    ),
    "silent": N_(
        "Chromebook itu terhubung tetapi dua belas menit tidak menjawab. Ujian berjalan terus; mulai ulang "
        "Chromebook-nya sesudah sesi."
    ),
    "never": N_("Ditanya begitu terhubung."),
}

#: Why, and what to do, by the code of a question.
ATTEST_ERRORS: dict[str, str] = {
    "attest_no_console": N_("Sambungkan konsol Google lebih dahulu: Google-lah yang menjamin Chromebook."),
    "attest_unsupported": N_(
        "Peramban ini tidak bisa membuktikan perangkatnya (hanya Chromebook dengan ekstensi dari kebijakan yang bisa)."
    ),
    "attest_not_allowed": N_(
        "Kebijakan Chromebook belum mengizinkan ekstensi membuktikan perangkat. Buat dan terapkan rencana kebijakan."
    ),
    "attest_failed": N_("Chromebook gagal membuat buktinya; biasanya karena internetnya. Ditanya lagi."),
    "attest_late": N_("Jawabannya datang sesudah satu menit; ditanya lagi."),
    "attest_off": N_("Bukti perangkat dimatikan."),
    "attest_silent": N_("Tidak ada jawaban dari Chromebook. Periksa sambungannya; mulai ulang sesudah sesi."),
    "attest_customer": N_("Google menjamin Chromebook ini, tetapi ia terdaftar di sekolah lain."),
    "attest_mismatch": N_(
        "Menurut Google ini Chromebook lain daripada yang dikatakannya. Cocokkan stiker dengan nomor seri di badannya."
    ),
    "attest_developer_mode": N_(
        "Chromebook ini dalam mode pengembang. Kembalikan ke mode terverifikasi (powerwash), lalu enrol ulang."
    ),
    "attest_key": N_(
        "Chromebook ini tidak punya kunci dalam chip-nya (misalnya ChromeOS Flex), jadi tidak bisa dijamin."
    ),
    "attest_no_identity": N_(
        "Google menjamin Chromebook ini tetapi tidak boleh menyebut yang mana. Terapkan rencana kebijakan, supaya akun "
        "layanan Bangku terdaftar dengan akses penuh."
    ),
    "attest_no_record": N_(
        "Chromebook ini belum ada di daftar dari konsol. Ambil daftar perangkat, lalu tunggu."
    ),
    "attest_not_attested": N_(
        "Google tidak menjamin Chromebook ini: mungkin terdaftar di domain lain, atau dalam mode pengembang."
    ),
    "attest_not_kiosk": N_(
        "Menurut Google sesi di Chromebook ini bukan sesi kios. Mulai ulang Chromebook-nya."
    ),
    "attest_nonsense": N_(
        "Jawabannya bukan bukti. Mulai ulang Chromebook-nya; bila terulang, minta teknisi melihatnya."
    ),
}

#: Kind → (name, what to do), as `words.INCIDENTS`.
ATTEST_INCIDENTS: dict[str, tuple[str, str]] = {
    "attest_refused": (
        N_("Google belum menjamin perangkat ini"),
        N_("Ujian berjalan terus. Sesudah sesi, teknisi melihat halaman perangkat ini."),
    ),
    "attest_mismatch": (
        N_("perangkat ini ternyata Chromebook lain"),
        N_("Cocokkan stiker dengan nomor seri di badannya; teknisi memutuskan."),
    ),
    "attest_silent": (
        N_("perangkat tidak menjawab permintaan bukti"),
        N_("Ujian berjalan terus. Mulai ulang Chromebook-nya sesudah sesi."),
    ),
    "attest_unavailable": (
        N_("bukti perangkat sedang tidak bisa diminta"),
        N_("Tidak ada ujian yang terganggu; biasanya pulih sendiri. Periksa internet bila lama."),
    ),
}

ATTEST_ACTIONS: dict[str, str] = {
    "device.attest": N_("Bukti perangkat"),
    "attestation.on": N_("Menyalakan bukti perangkat"),
    "attestation.off": N_("Mematikan bukti perangkat"),
    "google.attest": N_("Meminta bukti perangkat kepada Google"),
}
