"""The next step in words: what it is called, and what to press, one short sentence a line."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from server.domain.next_act import Do
from server.domain.next_step import By, State, Step
from server.web.words import N_

STEPS: dict[Step, str] = {
    Step.WIFI: N_("Wi-Fi"),
    Step.ENROL: N_("Enrol"),
    Step.POLICY: N_("Kebijakan"),
    Step.CHECK_IN: N_("Check-in"),
    Step.SEAT: N_("Tempat"),
}

STATES: dict[State, str] = {
    State.DONE: N_("sudah"),
    State.NOW: N_("sekarang"),
    State.LATER: N_("nanti"),
    State.UNKNOWN: N_("tidak diketahui"),
}

#: What ticked a step. The server saw it; nobody said it.
TICKS: dict[By, str] = {
    By.REPORT: N_("laporannya sampai %(at)s"),
    By.NEWCOMER: N_("menyambung sebagai pemasangan baru %(at)s"),
    By.PAGE: N_("halaman cek dibuka di sana %(at)s"),
    By.ENROLLED: N_("konsol: dienrol %(at)s"),
    By.SYNCED: N_("konsol: mengambil kebijakan %(at)s"),
    By.PLACE: N_("%(place)s"),
}
AFTER = N_("pasti sudah: %(step)s terlihat %(at)s")
CONNECTED = N_("tersambung sekarang")

#: What cannot be seen from here, and where to look for it.
UNSEEN: dict[Step, str] = {
    Step.ENROL: N_(
        "Tidak terlihat tanpa konsol. Lihat layar masuk: di bawah harus tertulis “dikelola oleh …”."
    ),
    Step.POLICY: N_(
        "Tidak terlihat tanpa konsol. Lihat menu Aplikasi di layar masuk: aplikasi ujiannya harus ada."
    ),
}
UNSEEN_FOREIGN = N_("Tidak terlihat dari sini: kebijakannya milik %(owner)s.")

LEFT_BY_WIFI = N_("Jangan masuk dengan akun apa pun.")
BROKEN_IN = N_(
    "Sudah terlanjur masuk dengan akun lain? Tekan Ctrl + Alt + Shift + R (powerwash), lalu ulangi."
)
ASKED_TO = N_("Kalau diminta, tekan Enrol manual (Enroll manually) dan masuk dengan akun enrol sekolah.")

#: Title, and the sentences.
DO: dict[Do, tuple[str, tuple[str, ...]]] = {
    Do.ACCEPT: (
        N_("Pastikan: apakah ini %(label)s?"),
        (
            N_("Cocokkan label di stikernya dengan %(label)s."),
            N_("Cocok? Tekan Terima. Tempat dan riwayatnya kembali."),
        ),
    ),
    Do.HANDS_OFF: (
        N_("Jangan disentuh"),
        (
            N_("Peserta di “%(exam)s” masih memerlukannya."),
            N_("Mengganti Chromebook dilakukan proktor, dari papan di laptopnya."),
        ),
    ),
    Do.DELIVER: (
        N_("Biarkan menyala: isinya belum diambil semua"),
        (
            N_("Peserta di “%(exam)s” sudah selesai di sini atau lanjut di Chromebook lain."),
            N_("Sambungkan pengisi daya dan Wi-Fi, lalu biarkan menyala: isinya terkirim sendiri."),
            N_("Jangan powerwash sebelum itu. Tidak mau menyala? Tanyakan dulu kepada proktor."),
        ),
    ),
    Do.REPAIR: (
        N_("Tidak dipakai dulu"),
        (N_("Alasan: %(reason)s"), N_("Perbaiki. Kalau sudah baik, tekan Pakai lagi.")),
    ),
    Do.GIVE_BACK: (
        N_("Kembalikan kepada pemiliknya"),
        (
            N_("Dipinjam dari %(owner)s sampai %(until)s."),
            N_("Serahkan, lalu catat di Perangkat pinjaman."),
        ),
    ),
    Do.ENABLE: (
        N_("Minta admin mengaktifkannya"),
        (
            N_("Perangkat ini dinonaktifkan di konsol Google."),
            N_("Jangan powerwash: itu tidak membukanya."),
        ),
    ),
    Do.MOVE_UNIT: (
        N_("Pindahkan unit organisasinya"),
        (
            N_("Sekarang di %(unit)s, seharusnya di %(wanted)s."),
            N_("Minta admin memindahkannya, atau buka Pindahkan perangkat."),
            N_("Sesudah itu mulai ulang Chromebook di layar masuk."),
        ),
    ),
    Do.JOIN_WIFI: (
        N_("Sambungkan ke Wi-Fi"),
        (
            N_("Sambungkan pengisi daya dan nyalakan Chromebook."),
            N_("Tekan jam di pojok kanan bawah, lalu Wi-Fi."),
            N_("Pilih Wi-Fi ujian sekolah dan ketik kata sandinya."),
            LEFT_BY_WIFI,
        ),
    ),
    Do.COME_BACK: (
        N_("Sambungkan lagi ke Wi-Fi"),
        (
            N_("Isinya dihapus (powerwash) %(wiped)s; sejak itu belum terlihat."),
            N_("Nyalakan. Di layar selamat datang, tekan Mulai (Get started)."),
            N_("Pilih Wi-Fi ujian sekolah, lalu tunggu: enrol berjalan sendiri."),
            ASKED_TO,
            LEFT_BY_WIFI,
        ),
    ),
    Do.ENROL: (
        N_("Enrol ke sekolah"),
        (
            N_("Di layar masuk yang masih baru, tekan Ctrl + Alt + E."),
            N_("Masuk dengan akun enrol sekolah; tanyakan kepada admin."),
            N_("Tunggu sampai tertulis bahwa perangkat sudah terdaftar."),
            BROKEN_IN,
        ),
    ),
    Do.ENROL_AGAIN: (
        N_("Enrol ulang dengan akun"),
        (
            N_("Perangkat ini dilepas dari konsol: enrol tidak berjalan sendiri."),
            N_("Di layar masuk, tekan Ctrl + Alt + Shift + R (powerwash)."),
            N_("Sambungkan Wi-Fi, lalu tekan Ctrl + Alt + E."),
            N_("Masuk dengan akun enrol sekolah yang boleh mengenrol ulang."),
        ),
    ),
    Do.WAIT_POLICY: (
        N_("Tunggu kebijakan sekolah"),
        (
            N_("Biarkan menyala dan tersambung: biasanya beberapa menit, paling lama sekitar satu jam."),
            N_("Ingin lebih cepat? Mulai ulang Chromebook di layar masuk."),
        ),
    ),
    Do.CHECK_IN: (
        N_("Check-in ke Bangku"),
        (
            N_("Mulai ulang Chromebook: halaman Bangku terbuka sendiri."),
            N_("Tidak terbuka? Di layar masuk tekan Aplikasi (Apps), lalu Bangku."),
            N_("Tunggu sampai label %(label)s tampil di layarnya."),
        ),
    ),
    Do.CHECK_PAGE: (
        N_("Buka halaman cek di Chromebook"),
        (
            N_("Nyalakan, tekan jam di pojok kanan bawah, dan sambungkan Wi-Fi sekolah."),
            N_("Buka %(address)s di Chromebook itu."),
            N_("Ketik kode dari tombol Kode halaman cek."),
            N_("Pindai stikernya di sana, atau ketik %(label)s."),
        ),
    ),
    Do.GIVE_HOME: (
        N_("Beri ruang dan meja"),
        (
            N_("Chromebook ini belum punya tempat."),
            N_("Isi ruang dan mejanya di daftar perangkat, lalu impor lagi."),
        ),
    ),
    Do.MEND: (N_("%(state)s: lihat sebabnya"), (N_("Semua langkah sudah terlihat; ini yang masih kurang:"),)),
    Do.PUT: (
        N_("Siap: taruh di tempatnya"),
        (N_("%(place)s."), N_("Tutup layarnya dan sambungkan pengisi daya.")),
    ),
}

#: The list of a room: what the Chromebooks of a group wait for.
GROUPS: dict[Do, str] = {
    Do.ACCEPT: N_("Pastikan dan terima"),
    Do.HANDS_OFF: N_("Sedang dipakai peserta"),
    Do.DELIVER: N_("Isinya belum diambil"),
    Do.REPAIR: N_("Tidak dipakai dulu"),
    Do.GIVE_BACK: N_("Kembalikan kepada pemilik"),
    Do.ENABLE: N_("Dinonaktifkan di konsol"),
    Do.MOVE_UNIT: N_("Unit organisasi salah"),
    Do.JOIN_WIFI: N_("Sambungkan ke Wi-Fi"),
    Do.COME_BACK: N_("Belum kembali sesudah powerwash"),
    Do.ENROL: N_("Enrol"),
    Do.ENROL_AGAIN: N_("Enrol ulang dengan akun"),
    Do.WAIT_POLICY: N_("Tunggu kebijakan"),
    Do.CHECK_IN: N_("Check-in"),
    Do.CHECK_PAGE: N_("Buka halaman cek"),
    Do.GIVE_HOME: N_("Belum punya tempat"),
    Do.MEND: N_("Masih ada yang kurang"),
    Do.PUT: N_("Siap"),
}

#: What comes after a step that the server may see late: so that nobody stands and waits.
FOLLOWING: dict[Do, Do] = {
    Do.JOIN_WIFI: Do.ENROL,
    Do.ENROL: Do.WAIT_POLICY,
    Do.ENROL_AGAIN: Do.WAIT_POLICY,
    Do.WAIT_POLICY: Do.CHECK_IN,
}


def title(do: Do, said: Mapping[str, object]) -> str:
    return str(gettext(DO[do][0]) % said)


def lines(do: Do, said: Mapping[str, object]) -> list[str]:
    return [str(gettext(line) % said) for line in DO[do][1]]
