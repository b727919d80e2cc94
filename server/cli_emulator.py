"""`bangku console-emulator`: a Google console on this machine, to try things on."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click


@click.command("console-emulator")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/console"),
    show_default=True,
    help="Folder of its state and of the service account's key file; not the school's data folder.",
)
@click.option(
    "--seed",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="YAML of the school it starts with; without it the demo school. Not read again once there is a state.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8420, show_default=True)
@click.option("--fresh", is_flag=True, help="Forget its earlier state first.")
@click.option(
    "--luck", type=int, default=1, show_default=True, help="Seed of everything that happens by chance."
)
@click.option("--for-seconds", type=click.FloatRange(0), help="Stop by itself.")
def console_emulator(
    data_dir: Path, seed: Path | None, port: int, fresh: bool, luck: int, for_seconds: float | None
) -> None:
    """A Google console that runs here: same paths, same checks, and faults on request."""
    from server.workspace.emulator.app import CONTROL_FILE, STATE_FILE, Emulator

    if fresh:
        (data_dir / STATE_FILE).unlink(missing_ok=True)
    try:
        emulator = Emulator(data_dir, seed, seed=luck, port=port)
    except OSError as error:
        raise click.ClickException(
            f"port {port}: {error.strerror or error}; end what listens there, or choose another with --port"
        ) from error
    with emulator:
        devices = len(emulator.world.state["devices"])
        lines = [
            f"Emulated Google console of {emulator.world.state['customer']['customerDomain']}, {devices} devices",
            f"  address      {emulator.root}",
            f"  key file     {emulator.credentials}",
            f"  acts for     {emulator.subject}",
            f"  control key  in {data_dir / CONTROL_FILE}, for {emulator.root}/_emulator/",
            "Ctrl+C stops it; its state stays.",
        ]
        click.echo("\n".join(lines))
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # its state is written on the way out
        try:
            threading.Event().wait(for_seconds)
        except KeyboardInterrupt:
            pass
