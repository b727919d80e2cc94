"""The `bangku` command. Imports happen inside commands: `serve` must patch the standard library first."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_console import add_commands
from server.cli_console.jobs import DATA_DIR
from server.cli_emulator import console_emulator

if TYPE_CHECKING:
    from server.config import Settings
    from server.services.context import Context


class _Main(click.Group):
    """Refusals end in one sentence and exit code 2, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from sqlalchemy.exc import DatabaseError

        from server.domain.errors import BangkuError

        try:
            return super().invoke(ctx)
        except DatabaseError as error:
            click.echo(
                f"bangku: database: {error.orig}; 'bangku check' says more, and serve's log the whole of it "
                "[database_fault]",
                err=True,
            )
            ctx.exit(2)
        except BangkuError as error:
            click.echo(f"bangku: {error} [{error.code}]", err=True)
            if error.code.startswith("google_"):
                from server.cli_console.jobs import meaning

                click.echo(f"  {meaning(error.code, error.params)}", err=True)
            ctx.exit(2)


@click.group(cls=_Main)
@click.version_option(package_name="bangku")
def main() -> None:
    """Calm exam days on school Chromebooks."""


main.add_command(console_emulator)


def _settings(data_dir: Path, **overrides: object) -> Settings:
    from server.config import load

    return load(data_dir, **overrides)


def _context(settings: Settings) -> Context:
    """For a command beside the server: with the address that the server serves."""
    from server.bootstrap import open_beside

    return open_beside(settings)


@main.command()
@DATA_DIR
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--public-url", help="The address Chromebooks dial, e.g. https://ujian.sekolah.sch.id.")
@click.option("--async-mode", type=click.Choice(["eventlet", "gevent"]), help="Event loop.")
@click.option("--dev", is_flag=True, default=None, help="Refuse unknown protocol fields.")
def serve(data_dir: Path, **options: object) -> None:
    """Run the school server."""
    from server.web.hub import monkey_patch

    settings = _settings(data_dir, **options)
    monkey_patch(settings.async_mode)
    from server.bootstrap import open_context
    from server.bootstrap import serve as run
    from server.services.staff import first_link

    context = open_context(settings)
    token = first_link(context.db, context.now())
    click.echo(f"Bangku listens on {settings.host}:{settings.port}, address {settings.public_url}")
    if token is not None:
        click.echo(
            "No administrator yet. Open this link once to make one (it works for 7 days or until the next start):"
        )
        click.echo(f"  {settings.public_url}/setup/{token}")
    sys.stdout.flush()
    run(context)


@main.command()
@DATA_DIR
def check(data_dir: Path) -> None:
    """Check settings, database, key, extension and profiles; say what to do about each problem."""
    from server.check import run_checks

    failures = 0
    for result in run_checks(data_dir):
        click.echo(f"{'ok     ' if result.ok else 'PROBLEM'} {result.what}: {result.text}")
        if not result.ok:
            failures += 1
            click.echo(f"        → {result.hint} [{result.code}]")
    if failures:
        click.echo(f"{failures} problem(s) found.")
        sys.exit(1)


@main.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Folder of the demo school, apart from a real one.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8410, show_default=True, help="Port to listen on."
)
@click.option("--fresh", is_flag=True, help="Forget an earlier demo first.")
@click.option(
    "--for-seconds", type=click.IntRange(0), help="Stop by itself after the room has been up so long."
)
@click.option("--no-browser", is_flag=True, help="Without the locked Chromium.")
def demo(data_dir: Path, port: int, fresh: bool, for_seconds: int | None, no_browser: bool) -> None:
    """A whole demo school: server, simulated room, and one really locked Chromium."""
    from server.demo import run_demo

    sys.exit(run_demo(data_dir, port, fresh=fresh, for_seconds=for_seconds, browser=not no_browser))


@main.command()
@DATA_DIR
@click.option("--devices", type=click.IntRange(1, 500), default=13, show_default=True, help="How many.")
@click.option("--skip", multiple=True, help="Sticker labels to leave out (they are real).")
@click.option("--seconds", type=click.IntRange(1), help="Stop after so long.")
@click.option("--calm", is_flag=True, help="No low batteries, no lost focus, no network cuts.")
def simulate(data_dir: Path, devices: int, skip: tuple[str, ...], seconds: int | None, calm: bool) -> None:
    """A room of simulated Chromebooks that speak the real protocol to this data folder's server."""
    from server.demo import simulate_room

    simulate_room(_settings(data_dir), devices, set(skip), seconds, calm=calm)


@main.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@DATA_DIR
@click.argument("username")
@click.option("--name", required=True, help="As shown on pages and in the audit trail.")
@click.option(
    "--role",
    type=click.Choice(["admin", "proctor", "supervisor", "technician"]),
    required=True,
    help="What the account may do.",
)
def user_add(data_dir: Path, username: str, name: str, role: str) -> None:
    """Make an account and print its one-time set-up link."""
    from server.domain.roles import Role
    from server.services import staff
    from server.services.actor import SYSTEM

    context = _context(_settings(data_dir))
    _, token = staff.create(context.db, SYSTEM, context.now(), username=username, name=name, role=Role(role))
    click.echo(f"{context.settings.public_url}/setup/{token}")


@user.command("link")
@DATA_DIR
@click.argument("username")
def user_link(data_dir: Path, username: str) -> None:
    """Print a new one-time link for a forgotten password."""
    from server.domain.errors import NotFound
    from server.services import staff
    from server.services.actor import SYSTEM

    context = _context(_settings(data_dir))
    with context.db.read() as c:
        row = next((s for s in staff.everyone(c) if s.username == username), None)
    if row is None:
        raise NotFound(f"user {username}: not known; see 'bangku user list'", code="staff_unknown")
    click.echo(
        f"{context.settings.public_url}/setup/{staff.new_link(context.db, SYSTEM, context.now(), row.id)}"
    )


@user.command("list")
@DATA_DIR
def user_list(data_dir: Path) -> None:
    """List accounts."""
    from server.services import staff

    context = _context(_settings(data_dir))
    with context.db.read() as c:
        for row in staff.everyone(c):
            state = "active" if row.active else "closed"
            click.echo(f"{row.username:20} {row.role:12} {state:7} {row.name}")


@main.command("pack-ext")
@DATA_DIR
@click.option(
    "--backup",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write an encrypted copy of the key here.",
)
def pack_ext(data_dir: Path, backup: Path | None) -> None:
    """Pack the extension as CRX3 with the school's own key (made on first use, never replaced)."""
    from server.services.extension import write_crx

    settings = _settings(data_dir)
    path, packed = write_crx(settings.data_dir)
    click.echo(f"{path} (id {packed.id}, version {packed.version})")
    if backup is not None:
        from server.workspace.school_key import backup_key

        passphrase = click.prompt("Passphrase for the copy", hide_input=True, confirmation_prompt=True)
        backup_key(settings.data_dir, backup, passphrase)
        click.echo(
            f"{backup}: keep it away from this machine; who has it and the passphrase can change the extension"
        )


@main.command("restore-key")
@DATA_DIR
@click.argument("backup", type=click.Path(path_type=Path, dir_okay=False))
def restore_key(data_dir: Path, backup: Path) -> None:
    """Put the school's key back from its encrypted copy, on a new machine. A different key there is never replaced."""
    from server.workspace.school_key import key_path
    from server.workspace.school_key import restore_key as restore

    restore(data_dir, backup, click.prompt("Passphrase of the copy", hide_input=True))
    click.echo(
        f"{key_path(data_dir)}: the school's key is back; extensions packed here are the same one again"
    )


@main.group()
def policy() -> None:
    """Managed policy."""


@policy.command("linux")
@DATA_DIR
@click.option("--serial", required=True, help="Serial number in the inventory of the machine this is for.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output."
)
def policy_linux(data_dir: Path, serial: str, output: Path | None) -> None:
    """The lock policy as Chromium's managed JSON. It holds the enrolment secret: treat it as one."""
    from server.services.extension import linux_policy

    settings = _settings(data_dir)
    text = json.dumps(linux_policy(_context(settings), serial), indent=2, sort_keys=True) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    output.touch(0o600)
    output.chmod(0o600)  # before the secret is in it
    output.write_text(text, "utf-8")
    click.echo(
        f"{output}: put it in /etc/chromium/policies/managed/ of that machine, readable by the account that runs "
        "Chromium there (a policy it cannot read locks nothing) and by nobody else"
    )


add_commands(main)

if __name__ == "__main__":
    main()
