"""The quick way to undo a mask gives what the plain way gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.web.unmask import apply_mask

masks = st.lists(st.integers(0, 255), min_size=4, max_size=4)


@given(st.binary(max_size=700), masks, st.integers(0, 9), st.one_of(st.none(), st.integers(0, 700)))
def test_every_byte_meets_the_mask_byte_of_its_place_in_the_frame(data, mask, offset, length):
    part = data if length is None else data[:length]
    plain = bytes(byte ^ mask[(offset + i) % 4] for i, byte in enumerate(part))
    assert apply_mask(data, mask, length, offset) == plain
    assert apply_mask(data, tuple(mask), length, offset) == plain
    assert apply_mask(data, bytes(mask), length, offset) == plain


@given(st.binary(max_size=300), masks)
def test_masking_twice_is_nothing(data, mask):
    assert apply_mask(apply_mask(data, mask), mask) == data


def test_eventlet_uses_it_and_understands_it_the_same_way():
    """What its own loop gives for the arguments it calls with, so that a changed library shows here."""
    import subprocess
    import sys

    script = (
        "from eventlet.websocket import RFC6455WebSocket as W\n"
        "cases = [(b'hello world', [1, 2, 3, 4], 11, 3), (b'', [9, 9, 9, 9], 0, 0),"
        " (bytes(range(256)), [7, 0, 255, 1], 256, 6)]\n"
        "plain = [W._apply_mask(d, m, length=n, offset=o) for d, m, n, o in cases]\n"
        "from server.web.hub import monkey_patch\n"
        "from server.web.unmask import apply_mask\n"
        "monkey_patch('eventlet')\n"
        "assert W._apply_mask is apply_mask\n"
        "assert plain == [W._apply_mask(d, m, length=n, offset=o) for d, m, n, o in cases]\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-1500:]
