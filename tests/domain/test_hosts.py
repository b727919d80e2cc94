"""Allowed hosts are exact."""

from __future__ import annotations

import pytest

from server.domain.hosts import covers, host_of, only_here, why_not_a_host


@pytest.mark.parametrize(
    "text",
    [
        "ujian.sekolah.sch.id",
        "ujian.sekolah.sch.id:8443",
        "10.0.0.5",
        "10.0.0.5:8410",
        "localhost:1",
        "xn--bcher-kva.id",
    ],
)
def test_exact_hosts_are_taken(text: str) -> None:
    assert why_not_a_host(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        ".sekolah.id",
        "sekolah.id.",
        "-a.id",
        "a_b.id",
        "https://sekolah.id",
        "sekolah.id/exam",
        "*.sekolah.id",
        "*",
        "user@sekolah.id",
        "sekolah .id",
        "Sekolah.id",
        "sekolah.id:",
        "sekolah.id:0",
        "sekolah.id:080",
        "sekolah.id:65536",
        "sekolah.id:x",
        "sekolah.id:٣",
        "sekölah.id",
        "256.1.1.1",
        "1.2.3",
        "[::1]",
        "::1",
        "a" * 64 + ".id",
        ".".join(["a" * 60] * 5),
    ],
)
def test_everything_else_is_refused_with_a_reason(text: str) -> None:
    assert why_not_a_host(text)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.id/x?y#z", "a.id"),
        ("https://a.id:443/", "a.id"),
        ("http://a.id:80", "a.id"),
        ("http://a.id:443", "a.id:443"),
        ("HTTPS://A.id:8443", "a.id:8443"),
        ("ftp://a.id", None),
        ("javascript:alert(1)", None),
        ("https://user@a.id", None),
        ("https://a.id:x", None),
        ("https://a.id:99999", None),
        ("https://", None),
        ("//a.id", None),
        ("", None),
    ],
)
def test_the_host_of_an_address(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_a_bare_host_is_the_schemes_own_port_alone() -> None:
    assert covers(["a.id"], "https://a.id/x")
    assert covers(["a.id"], "http://a.id:80/x")
    assert covers(["a.id:443"], "https://a.id/x")
    assert not covers(["a.id"], "https://a.id:8443/")
    assert not covers(["a.id:443"], "http://a.id/")
    assert not covers(["a.id"], "https://www.a.id/")
    assert not covers(["a.id"], "mailto:x@a.id")


@pytest.mark.parametrize(
    "address", ["http://localhost:8410", "http://127.0.0.1", "http://[::1]:8410", "http://0.0.0.0:1"]
)
def test_an_address_that_leads_to_the_computer_itself_is_told_apart(address: str) -> None:
    assert only_here(address)


@pytest.mark.parametrize(
    "address", ["https://ujian.sekolah.sch.id", "http://192.168.1.5:8410", "https://localhost.sch.id"]
)
def test_an_address_on_the_network_is_not(address: str) -> None:
    assert not only_here(address)
