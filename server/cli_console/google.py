"""`bangku google …`: connecting the school's console, whether it works, and taking it away again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from server.cli_console.jobs import DATA_DIR, PROBLEMS, carry_out, end, english, error_sentence, open_school


@click.group()
def google() -> None:
    """The connection to the school's Google console."""


@google.command("connect")
@DATA_DIR
@click.option(
    "--credentials",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON key of the service account.",
)
@click.option("--subject", help="Administrator the service account acts for.")
@click.option("--api-root", help="Address of an emulated console; leave it out for Google itself.")
@click.option(
    "--asked", is_flag=True, hidden=True, help="For the server: everything as JSON on standard input."
)
def connect(
    data_dir: Path, credentials: Path | None, subject: str | None, api_root: str | None, asked: bool
) -> None:
    """Try the key with one cheap call, then keep it. Nothing is stored before Google has accepted it."""
    from server.services.actor import SYSTEM

    if asked:
        _connect_for_server(data_dir)
        return
    if credentials is None or subject is None:
        raise click.UsageError("--credentials and --subject are needed")
    made = _connect(data_dir, SYSTEM, credentials.read_bytes(), subject, api_root)
    click.echo(f"connected: {made.account} acts for {made.subject}")
    click.echo(f"customer {made.customer or 'not readable'}, domain {made.domain or 'not readable'}")
    click.echo("The file may be deleted here now. Next: 'bangku google status'.")


@google.command("status")
@DATA_DIR
@click.option("--no-try", is_flag=True, help="Only what is known here; ask Google nothing.")
def status(data_dir: Path, no_try: bool) -> None:
    """Which mode this school is in, and whether each feature of the console works."""
    from server import config
    from server.services import google_probe
    from server.services.actor import SYSTEM
    from server.services.mode import mode
    from server.web import google_words, mode_words

    context = open_school(data_dir)
    settings = config.refreshed(context.settings)
    with context.db.read() as c:
        found = mode(c, context.settings)
    click.echo(f"{english(mode_words.NAMES[found.kind])}")
    click.echo(english(mode_words.MEANING[found.kind]))
    if not found.managed:
        click.echo("Scopes to delegate before 'bangku google connect':")
        for scope in sorted(set(google_probe.scopes().values())):
            click.echo(f"  {scope}")
        return
    click.echo(f"acts for {found.subject}; client id {google_probe.client_id(settings) or 'unreadable'}")
    if settings.google_api_root:
        click.echo(f"emulated console at {settings.google_api_root}, not Google")
    if no_try:
        return
    job = carry_out(context, google_probe.start(context.db, SYSTEM, context.now()))
    end(job)
    lines: list[dict[str, Any]] = (job.result or {})["features"]
    for line in lines:
        name, purpose = google_words.FEATURES[line["feature"]]
        word = "ok     " if line["ok"] else "REFUSED"
        click.echo(f"{word} {english(name)}: {english(purpose)}")
        if not line["ok"]:
            click.echo(f"        {error_sentence(line['code'], line['params'])}")
            click.echo(f"        scope: {google_probe.scopes(every=True)[line['feature']]}")
            if page := line["params"].get("page"):
                click.echo(f"        put right at {page}")
    if not all(line["ok"] for line in lines):
        sys.exit(PROBLEMS)


@google.command("disconnect")
@DATA_DIR
@click.option("--yes", is_flag=True, help="Really; without it only says what would happen.")
def disconnect(data_dir: Path, yes: bool) -> None:
    """Delete the key from this machine. What was applied in the console stays in force there."""
    from server import config
    from server.services import google_account
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    if not yes:
        subject = config.refreshed(context.settings).google_subject
        click.echo(f"would delete the key that acts for {subject or 'nobody: not connected'}")
        click.echo("Policies in force stay in force in the console: restore them first. To do it: --yes")
        return
    google_account.disconnect(context, SYSTEM)
    click.echo("disconnected; the key is deleted from this machine")


def _connect(data_dir: Path, who: Any, credentials: bytes, subject: str, api_root: str | None) -> Any:
    from server.bootstrap import open_gateway
    from server.services import google_account

    return google_account.connect(
        open_school(data_dir), open_gateway, who, credentials=credentials, subject=subject, api_root=api_root
    )


def _connect_for_server(data_dir: Path) -> None:
    """The server asks in a process apart (`bootstrap.connect_apart`): one JSON in, one out."""
    from server.domain.errors import BangkuError
    from server.domain.roles import Role
    from server.services.actor import Actor

    asked = json.load(sys.stdin)
    role = asked["who"].pop("role")
    who = Actor(role=Role(role) if role else None, **asked["who"])
    try:
        _connect(data_dir, who, asked["key"].encode("latin-1"), asked["subject"], asked["api_root"])
    except BangkuError as error:
        click.echo(json.dumps({"ok": False, "code": error.code, "params": error.params}, default=str))
    else:
        click.echo('{"ok": true}')
