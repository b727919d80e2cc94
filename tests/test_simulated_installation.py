"""A simulated Chromebook that is switched off and on again is the same one to the server."""

from __future__ import annotations

from server.services import demo
from server.simulated_installation import Installation
from tests.simulated import device, wait
from tests.stage import ServerProcess


def test_a_simulated_chromebook_that_starts_again_is_no_newcomer_and_goes_on_counting(tmp_path):
    server = ServerProcess(tmp_path / "school")
    demo.seed(server.context.db, server.context.now(), days=("2026-11-24", "2026-11-25"))
    file = tmp_path / "C01.json"
    server.start()
    try:
        first = device(server.context, 1, installation=Installation.of(file))
        wait(first.connect())
        wait(first.report())
        first.record("focus_lost")
        wait(first.report())
        wait(first.cut())

        again = device(server.context, 1, installation=Installation.of(file))
        wait(again.connect())
        assert (again.welcome["standing"], again.welcome["grade"]) == ("live", "bound")
        assert again.here.seq == again.welcome["acked_seq"] == 2
        wait(again.cut())
    finally:
        server.stop()
