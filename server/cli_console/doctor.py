"""`bangku doctor`: what this tenant and these Chromebooks show of what nobody could prove without them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from server.cli_console.jobs import DATA_DIR, open_school


@click.command()
@DATA_DIR
@click.option("--watch", help="Serial number of a Chromebook to compare before and after its powerwash.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the two files; else the data folder.",
)
def doctor(data_dir: Path, watch: str | None, output: Path | None) -> None:
    """Gather evidence for each open line of docs/field-proof.md into one report without secrets. Changes nothing."""
    from server import config
    from server.bootstrap import open_gateway
    from server.services.context import Context
    from server.services.doctor import examine

    context = open_school(data_dir)
    context = Context(config.refreshed(context.settings), context.db, context.now)
    gateway = open_gateway(context) if context.settings.managed else None
    moment = datetime.now(UTC)
    report = examine(context, gateway, moment.isoformat(timespec="seconds"), version("bangku"), watch=watch)
    folder = output or data_dir
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"doctor-{moment:%Y%m%d-%H%M%S}"
    for ending, text in ((".json", report.as_json()), (".md", report.as_text())):
        part = folder / f"{stem}.part"
        part.write_text(text, "utf-8")
        os.replace(part, folder / f"{stem}{ending}")
    click.echo(report.as_text())
    click.echo(f"Written to {folder / stem}.md and .json; both may be sent to whoever helps you.")
