"""What the school's mode is called, and what it means for the page one looks at."""

from __future__ import annotations

from server.services.mode import Kind
from server.web.words import N_

NAMES: dict[Kind, str] = {
    Kind.MANAGED: N_("Terkelola · konsol Google tersambung"),
    Kind.LOCAL: N_("Kebijakan lokal · tanpa konsol Google"),
    Kind.OBSERVED: N_("Diamati · tanpa hak konsol"),
}

#: The shape beside the word: full, half, empty.
SHAPES: dict[Kind, str] = {Kind.MANAGED: "●", Kind.LOCAL: "◐", Kind.OBSERVED: "○"}

MEANING: dict[Kind, str] = {
    Kind.MANAGED: N_(
        "Bangku bisa membaca daftar Chromebook, menyusun dan menerapkan kebijakan, memindahkan perangkat, dan mengirim "
        "perintah lewat konsol Google sekolah. Semuanya ditunjukkan dulu sebelum dilakukan."
    ),
    Kind.LOCAL: N_(
        "Perangkat yang memakai ekstensi Bangku (misalnya PC Linux di lab) dikunci oleh kebijakan yang dipasang tanpa "
        "Google, dan tampil langsung di papan. Bangku tidak mengubah apa pun di konsol Google."
    ),
    Kind.OBSERVED: N_(
        "Bangku tidak bisa mengubah pengaturan Chromebook. Yang tetap ada: daftar perangkat, meja, Chromebook "
        "cadangan, token, kejadian, dan cetakan. Yang tidak diketahui: apa yang terjadi di layar peserta, kecuali "
        "dicatat orang."
    ),
}

#: By what a page is about: what the mode means for exactly that.
FOR: dict[str, dict[Kind, str]] = {
    "policy": {
        Kind.MANAGED: N_(
            "Rencana dibuat dari pengaturan sekarang di Google; tanpa “Terapkan” tidak ada yang berubah."
        ),
        Kind.LOCAL: N_("Kebijakan untuk PC Linux dibuat dengan perintah di server; lihat di bawah."),
        Kind.OBSERVED: N_(
            "Bangku tidak bisa mengatur Chromebook ini. Di bawah tertulis apa yang dilakukan sebagai gantinya."
        ),
    },
    "devices": {
        Kind.MANAGED: N_("Daftar ini diambil dari konsol Google; label, ruang, dan meja diisi di sini."),
        Kind.LOCAL: N_("Daftar ini diisi dari berkas; konsol Google tidak dibaca."),
        Kind.OBSERVED: N_("Daftar ini diisi dari berkas; keadaan di konsol Google tidak diketahui."),
    },
    "readiness": {
        Kind.MANAGED: N_(
            "Menurut laporan Chromebook sendiri, konsol Google, halaman cek, dan petugas; sumbernya tertulis."
        ),
        Kind.LOCAL: N_(
            "Menurut laporan perangkat, halaman cek, dan petugas; konsol Google tidak tersambung, jadi enrol dan "
            "kebijakannya di sana tidak diketahui."
        ),
        Kind.OBSERVED: N_(
            "Menurut laporan sendiri di halaman cek dan centang petugas. Yang tidak diketahui: enrol, kebijakan, dan "
            "unit organisasi. Siap berarti seorang petugas sudah melihat Exam Browser terbuka."
        ),
    },
    "moves": {
        Kind.MANAGED: N_("Perangkat dipindahkan di konsol Google, dibaca ulang, dan bisa dikembalikan."),
        Kind.LOCAL: N_("Tanpa konsol Google tidak ada unit organisasi, jadi tidak ada yang dipindahkan."),
        Kind.OBSERVED: N_(
            "Memindahkan perangkat hanya bisa dilakukan pengelola domainnya, bukan dari Bangku."
        ),
    },
    "commands": {
        Kind.MANAGED: N_("Perintah dikirim lewat konsol Google dan diikuti sampai ada hasilnya."),
        Kind.LOCAL: N_("Tanpa konsol Google, perintah dilakukan langsung di perangkatnya."),
        Kind.OBSERVED: N_("Perintah jarak jauh tidak ada; lakukan langsung di perangkatnya."),
    },
}
