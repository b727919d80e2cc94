"""Accounts: made with a one-time link, changed, closed; the last administrator stays."""

from __future__ import annotations

import re

from server.services import staff

from .conftest import PASSWORD, Web


def id_of(web: Web, username: str) -> int:
    with web.context.db.read() as c:
        return int(next(s.id for s in staff.everyone(c) if s.username == username))


def test_a_new_account_gets_a_link_that_works(web: Web) -> None:
    page = (
        web.sign_in("wayan")
        .post("/staff", data={"username": "Ketut", "name": "Ketut Rai", "role": "supervisor"})
        .get_data(as_text=True)
    )
    found = re.search(r"/setup/[\w-]+", page)
    assert found
    client = web.app.test_client()
    client.post(found.group(), data={"password": PASSWORD, "again": PASSWORD})
    assert web.sign_in("ketut").get("/exams").status_code == 200


def test_wrong_fields_say_so(web: Web) -> None:
    client = web.sign_in("wayan")
    for data, words in (
        ({"username": "a b", "name": "A", "role": "proctor"}, "3 sampai 60 karakter"),
        ({"username": "sari", "name": "A", "role": "proctor"}, "sudah dipakai"),
        ({"username": "baru", "name": " ", "role": "proctor"}, "Nama belum diisi"),
        ({"username": "baru", "name": "A", "role": "raja"}, "Peran itu tidak dikenal"),
    ):
        answer = client.post("/staff", data=data)
        assert answer.status_code in {409, 422}
        assert words in answer.get_data(as_text=True)


def test_the_last_administrator_stays(web: Web) -> None:
    answer = web.sign_in("wayan").post(f"/staff/{id_of(web, 'wayan')}", data={"active": "0"})
    assert answer.status_code == 409
    assert "admin terakhir" in answer.get_data(as_text=True)


def test_closing_and_opening_again(web: Web) -> None:
    client = web.sign_in("wayan")
    sari = id_of(web, "sari")
    client.post(f"/staff/{sari}", data={"active": "0"})
    refused = web.app.test_client().post("/sign-in", data={"username": "sari", "password": PASSWORD})
    assert refused.status_code == 403
    client.post(f"/staff/{sari}", data={"active": "1"})
    assert web.sign_in("sari").get("/exams").status_code == 200
