"""The commands that speak with the Google console. Dry run is the default; what changes anything asks for a digest."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

import click

from server.cli_console.devices import command, move, sync
from server.cli_console.doctor import doctor
from server.cli_console.google import google
from server.cli_console.jobs import DATA_DIR
from server.cli_console.policy import apply, plan, prove, restore
from server.cli_console.telemetry import telemetry


def add_commands(main: click.Group) -> None:
    """Put these commands beside the others."""
    for each in (worker, google, sync, telemetry, plan, apply, prove, restore, move, command, doctor):
        main.add_command(each)


@click.command()
@DATA_DIR
@click.option("--attached", is_flag=True, hidden=True, help="End when standard input closes.")
def worker(data_dir: Path, attached: bool) -> None:
    """Do the queued work with the Google console until told to stop. `serve` starts one by itself."""
    from server.bootstrap import open_beside, open_gateway
    from server.config import load
    from server.worker import run_forever

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s worker %(levelname)s %(message)s")
    logging.getLogger("server").setLevel(logging.INFO)
    if attached:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    run_forever(open_beside(load(data_dir)), open_gateway)


def _end_with_parent() -> None:
    """The server that started us is gone. Work is stored step by step, so stopping anywhere is safe."""
    sys.stdin.buffer.read()
    os._exit(0)
