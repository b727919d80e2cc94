"""`bangku sync`, `move` and `command`: what concerns the Chromebooks themselves. All of it is shown before it is done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_console.jobs import DATA_DIR, PROBLEMS, carry_out, end, in_english, open_school, table
from server.cli_console.policy import org_unit

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from server.services.context import Context
    from server.services.device_moves import Move

SYNC_LINES = 60


@click.command()
@DATA_DIR
@click.option("--full", is_flag=True, help="All devices, so that gone ones are seen too.")
@click.option("--yes", is_flag=True, help="Take over what is not odd; odd things still wait for --accept.")
@click.option(
    "--accept", metavar="DIGEST", help="Take over what the sync with this digest showed, odd things too."
)
def sync(data_dir: Path, full: bool, yes: bool, accept: str | None) -> None:
    """Copy the list of devices from the console. Without --yes or --accept nothing of ours changes."""
    from server.services import console_sync, google_jobs
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    if accept is not None:
        with context.db.read() as c:
            found = [j for j in google_jobs.newest(c, "sync") if (j.result or {}).get("digest") == accept]
        if not found:
            raise click.BadParameter(f"no sync showed the digest {accept}; sync again", param_hint="--accept")
        result = console_sync.accept(context.db, SYSTEM, context.now(), found[0].id, accept)
        click.echo(f"taken over: {_counts(result)}; {result['devices_made']} new devices here")
        _tell_refused(result)
        return
    wanted = console_sync.ORDINARY if yes else None
    job = carry_out(context, console_sync.order(context.db, SYSTEM, context.now(), full=full, accept=wanted))
    end(job)
    result = job.result or {}
    lines = result["lines"]
    table(
        ("what", "which", "change", "before", "now", ""),
        [
            (
                "org unit" if x["what"] == "org_unit" else "device",
                x.get("serial") or x["id"],
                x["kind"],
                x["before"],
                x["after"],
                "odd" if x["odd"] else "",
            )
            for x in lines[:SYNC_LINES]
        ],
    )
    if more := max(0, len(lines) - SYNC_LINES) + result["left_out"]:
        click.echo(f"… and {more} more")
    click.echo(f"{result['fetched']} read, {result['same']} as known; {_counts(result)}")
    _tell_refused(result)
    if yes and len(lines) > result["odd"]:
        click.echo("taken over: all of it that is not odd")
    waits = result["odd"] if yes else sum(1 for _ in lines)
    if waits:
        what = f"{result['odd']} odd, not taken over" if yes else "nothing was taken over"
        click.echo(f"{what}. To take over all of it: bangku sync --accept {result['digest']}")
        if yes:
            sys.exit(PROBLEMS)


def _counts(result: dict[str, Any]) -> str:
    """`3 new, 2 moved`: the numbers that are not zero."""
    named = ("new", "moved", "serial", "status", "changed", "gone", "back", "enrolled")
    units = {"units_renamed": "org unit(s) renamed", "units_vanished": "org unit(s) vanished"}
    told = [f"{result[k]} {units.get(k, k)}" for k in (*named, *units) if result.get(k)]
    return ", ".join(told) or "nothing new"


def _tell_refused(result: dict[str, Any]) -> None:
    for serial in result.get("serials_refused") or ():
        click.echo(f"not linked, its serial number belongs to another device here: {serial}", err=True)


@click.command()
@DATA_DIR
@click.option("--room", help="All Chromebooks of this room.")
@click.option("--device", "labels", multiple=True, metavar="LABEL", help="This Chromebook; may be repeated.")
@click.option("--to", "path", metavar="PATH", help="Org unit to move them to, such as '/Ujian/Ruang 1'.")
@click.option(
    "--home", is_flag=True, help="Plan the way home of the newest move that is still out, or of --move."
)
@click.option("--move", "move_id", type=int, help="Number of the move to bring home.")
@click.option("--reboot", is_flag=True, help="Restart each device once it is there.")
@click.option(
    "--apply", "digest", metavar="DIGEST", help="Carry out the plan that was shown with this digest."
)
@click.option("--reason", default="", help="Why on the exam's own day, where that is needed.")
def move(
    data_dir: Path,
    room: str | None,
    labels: tuple[str, ...],
    path: str | None,
    home: bool,
    move_id: int | None,
    reboot: bool,
    digest: str | None,
    reason: str,
) -> None:
    """Plan a move of devices to an exam's org unit, or home again; carry it out with --apply DIGEST."""
    from server.services import device_moves
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    if digest is not None:
        job = carry_out(
            context, device_moves.order(context.db, SYSTEM, context.now(), digest, late_reason=reason)
        )
        end(job)
        _moved(job.result or {})
        return
    if home:
        move_id = move_id or _newest_out(context)
        made = device_moves.plan_home(context.db, SYSTEM, context.now(), move_id, reboot=reboot)
    elif path is None or not (room or labels):
        raise click.UsageError(
            "say who and where: --room or --device, and --to; or --home; or --apply DIGEST"
        )
    else:
        unit = org_unit(context, path)
        with context.db.read() as c:
            room_id = _room(c, room) if room else None
            ids = [_device(c, label).id for label in labels]
        made = device_moves.plan(
            context.db,
            SYSTEM,
            context.now(),
            org_unit_id=unit,
            room_id=room_id,
            device_ids=ids,
            reboot=reboot,
        )
    _show_move(made)


def _show_move(made: Move) -> None:
    plan = made.plan
    table(("device", "from", "to"), [(i.label, i.from_path, i.to_path) for i in plan.items])
    for left in plan.left:
        click.echo(f"stays: {left.label}: {_why(left.code)}")
    click.echo(
        f"{len(plan.items)} to move in {plan.calls} call(s){', restarted afterwards' if plan.reboot else ''}"
    )
    if plan.items:
        click.echo(f"Nothing moved. To do it: bangku move --apply {made.digest}")
    if any(left.refused for left in plan.left):
        sys.exit(PROBLEMS)


def _moved(result: dict[str, Any]) -> None:
    click.echo(f"{result['done']} moved and read back (move {result['move_id']})")
    for code, count in result["failed"].items():
        click.echo(f"{count} not moved: {_why(code)}")
    if result["failed"]:
        sys.exit(PROBLEMS)


KINDS = ("reboot", "screenshot", "volume", "wipe_users", "powerwash", "disable", "enable", "deprovision")


@click.command()
@DATA_DIR
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--device", "labels", multiple=True, required=True, metavar="LABEL", help="May be repeated.")
@click.option(
    "--serial",
    "serials",
    multiple=True,
    help="Serial number as it stands on the case; needed for what cannot be undone.",
)
@click.option("--volume", type=click.IntRange(0, 100), help="For 'volume'.")
@click.option("--reason", help="For 'deprovision': retiring, same_model, other_model or not_required.")
@click.option("--yes", is_flag=True, help="Really; without it only says what would be sent.")
def command(
    data_dir: Path,
    kind: str,
    labels: tuple[str, ...],
    serials: tuple[str, ...],
    volume: int | None,
    reason: str | None,
    yes: bool,
) -> None:
    """Order something of Chromebooks through the console and follow it."""
    from server.domain.device_command import DESTRUCTIVE
    from server.services import device_commands, google_jobs
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    with context.db.read() as c:
        devices = [_device(c, label) for label in labels]
    payload = {"volume": volume} if volume is not None else {"reason": reason} if reason else {}
    if not yes:
        with context.db.read() as c:
            device_commands.dry(
                c, context.now(), kind=kind, device_ids=[d.id for d in devices], payload=payload
            )
        table(("device", "command"), [(d.label, kind) for d in devices])
        needs = " and --serial of each" if kind in DESTRUCTIVE and not serials else ""
        click.echo(f"Nothing was sent. To do it: the same again with --yes{needs}")
        return
    made = device_commands.ask(
        context.db,
        SYSTEM,
        context.now(),
        kind=kind,
        device_ids=[d.id for d in devices],
        payload=payload,
        serials_typed=serials,
    )
    with context.db.read() as c:
        waiting = [j for j in google_jobs.newest(c, "commands", limit=1) if j.active]
    if waiting:
        end(carry_out(context, waiting[0].id))
    with context.db.read() as c:
        rows = [device_commands.get(c, command_id) for command_id in made]
    named = {d.id: d.label for d in devices}
    table(
        ("device", "command", "state", "why"),
        [(named[r.device_id], r.kind, r.state, _why(r.code, r.code_params) if r.code else "") for r in rows],
    )
    if any(r.state == "asked" for r in rows):
        click.echo("Waits for a second person, who confirms it on the device's page.")
    elif any(r.state in ("queued", "sent", "acked") for r in rows):
        click.echo("Under way: the worker follows it, and the device's page shows how it ends.")
    if any(r.state in ("failed", "ignored", "expired", "cancelled", "unknown") for r in rows):
        sys.exit(PROBLEMS)


def _why(code: str, params: dict[str, Any] | None = None) -> str:
    """One device's code in the words of the pages."""
    from server.web import move_words

    with in_english():
        return f"{move_words.reason(code, params)} [{code}]"


# --- names as a person writes them -----------------------------------------------------------------------


def _room(c: Connection, name: str) -> int:
    from sqlalchemy import select

    from server.domain.errors import NotFound
    from server.store.tables import rooms

    found = c.execute(select(rooms.c.id).where(rooms.c.name == name)).scalar()
    if found is None:
        raise NotFound(f"room {name}: not known; write its name as on the pages", code="room_unknown")
    return int(found)


def _device(c: Connection, label: str) -> Row[Any]:
    from server.domain.errors import NotFound
    from server.store.tables import devices

    found = c.execute(devices.select().where(devices.c.label == label)).first()
    if found is None:
        raise NotFound(f"device {label}: not in the list; write its sticker", code="device_not_listed")
    return found


def _newest_out(context: Context) -> int:
    from sqlalchemy import select

    from server.domain.errors import NotFound
    from server.store.tables import device_moves as moves

    out = ("moving", "done", "partly", "failed")
    with context.db.read() as c:
        found = c.execute(
            select(moves.c.id)
            .where(moves.c.purpose == "exam", moves.c.state.in_(out))
            .order_by(moves.c.id.desc())
            .limit(1)
        ).scalar()
    if found is None:
        raise NotFound("move: nothing is out; there is nothing to bring home", code="move_unknown")
    return int(found)
