"""Where a device connects from: its own address, also behind the TLS proxy of this machine; never what it claims."""

from __future__ import annotations

import pytest

from server.web.remote import remote_address


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.20.30.7", None, "10.20.30.7"),
        ("10.20.30.7", "192.168.1.1", "10.20.30.7"),
        ("127.0.0.1", "10.20.30.7", "10.20.30.7"),
        ("127.0.0.1", "1.2.3.4, 10.20.30.7", "10.20.30.7"),
        ("::1", "fd00::7", "fd00::7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", None, None),
    ],
)
def test_who_is_believed(peer, forwarded, address):
    environ = {"REMOTE_ADDR": peer} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    assert remote_address(environ) == address
