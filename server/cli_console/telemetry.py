"""`bangku telemetry`: what Chromebooks reported to Google, brought to the readiness board."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from server.cli_console.jobs import DATA_DIR, PROBLEMS, carry_out, end, error_sentence, open_school


@click.command()
@DATA_DIR
def telemetry(data_dir: Path) -> None:
    """Fetch battery, free storage and Wi-Fi signal of each Chromebook from the console. Changes nothing there."""
    from server.services import telemetry_take
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    job = carry_out(context, telemetry_take.order(context.db, SYSTEM, context.now()))
    end(job)
    result = job.result or {}
    if code := result.get("not_allowed"):
        click.echo(f"bangku: {error_sentence(code, {})}", err=True)
        click.echo(f"scope that gives telemetry: {result['scope']}", err=True)
        sys.exit(PROBLEMS)
    click.echo(f"{result['telemetry']} Chromebooks told, {result['silent']} have not yet")
