"""`scripts/bench`: how long until an order is applied, and how long a room needs to come back."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shlex
import sys
from typing import Any

import click

from tests.bench import console, remap
from tests.bench.measure import Figure, Plan, locks, storms

WHAT = """\
lock   from posting the lock (what the board's button posts) to the ack of the report in which a device names the
       lock as applied; the server sends that ack after its commit. All devices are in working sittings, connected,
       reporting every 10 s, with one board open. All seats at once, and one seat after another. Aim: p95 <= 1,000 ms.
storm  from the first connect to the ack of each device's first report: all connect in the same moment, prove
       themselves, are welcomed, report. 'Keys known': the server was restarted too, as after a power cut. 'First
       contact': no key was ever seen. Aim: the last within 2,000 ms, no failures.
failed counts devices refused, cut, timed out or, looked up in the database afterwards, not stored as applied.
cpu    user + system time of the server, and of the processes that play the devices, for one order or storm."""

MODES = click.Choice(["eventlet", "gevent", "threading"])


@click.group(help=__doc__, invoke_without_command=True)
@click.option("--async-mode", "modes", multiple=True, type=MODES, help="Again for more than one.")
@click.option("--lock-devices", default=200, help="Devices in working sittings.")
@click.option("--storm-devices", default=500, help="Devices that connect at once.")
@click.option("--rounds", default=3, help="Locks of the whole room.")
@click.option("--singles", default=40, help="Locks of one seat.")
@click.option("--processes", default=2, help="Processes that play the devices.")
@click.option("--only", type=click.Choice(["lock", "storm"]), help="Only one of the two.")
@click.option(
    "--reference-client", is_flag=True, help="Devices on python-socketio's client, which costs twice as much."
)
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
@click.pass_context
def main(
    ctx: click.Context, modes: tuple[str, ...], lock_devices: int, storm_devices: int, rounds: int, singles: int, processes: int,
    only: str | None, reference_client: bool, as_json: bool,
) -> None:  # fmt: skip
    if ctx.invoked_subcommand is not None:
        return
    machine = _machine()
    runs: dict[str, list[Figure]] = {}
    for mode in modes or ("eventlet",):
        plan = Plan(mode, lock_devices, rounds, singles, storm_devices, processes, not reference_client)
        runs[mode] = [
            *(locks(plan) if only != "storm" else []),
            *(storms(plan) if only != "lock" else []),
        ]
    command = shlex.join(["scripts/bench", *sys.argv[1:]])
    if as_json:
        figures = [{"async_mode": mode, **one.as_dict()} for mode, some in runs.items() for one in some]
        click.echo(json.dumps({"command": command, "machine": machine, "figures": figures}, indent=2))
    else:
        click.echo("\n".join(_table(command, machine, runs)))
    if any(one.failures for some in runs.values() for one in some):
        sys.exit(1)


@main.command("console", help=console.__doc__)
@click.option("--devices", default=10_000, help="Chromebooks in the console.")
@click.option("--moved", default=5_000, help="How many of them are moved; 0 for none.")
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
def measure_console(devices: int, moved: int, as_json: bool) -> None:
    machine = _machine()
    rows = console.measure(devices, moved)
    command = shlex.join(["scripts/bench", *sys.argv[1:]])
    if as_json:
        figures = [one.as_dict() for one in rows]
        click.echo(json.dumps({"command": command, "machine": machine, "figures": figures}, indent=2))
    else:
        said = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
        click.echo("\n".join([console.WHAT, "", f"$ {command}", said, "", *console.table(rows)]))
    if any(one.failures for one in rows):
        sys.exit(1)


@main.command("remap", help=remap.__doc__)
@click.option("--stories", default=310, help="Stories in each corpus.")
@click.option(
    "--seed", "seeds", multiple=True, type=int, help="Again for more than one; 1 when none is given."
)
@click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
def measure_remap(stories: int, seeds: tuple[int, ...], as_json: bool) -> None:
    machine = _machine()
    rows = [remap.measure(seed, stories) for seed in seeds or (1,)]
    command = shlex.join(["scripts/bench", *sys.argv[1:]])
    if as_json:
        figures = [one.as_dict() for one in rows]
        click.echo(json.dumps({"command": command, "machine": machine, "figures": figures}, indent=2))
    else:
        said = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
        click.echo("\n".join([remap.WHAT, "", f"$ {command}", said, "", *remap.table(rows)]))
    if not all(one.good for one in rows):
        sys.exit(1)


def _machine() -> dict[str, Any]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": dt.date.today().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": load,
    }


def _table(command: str, machine: dict[str, Any], runs: dict[str, list[Figure]]) -> list[str]:
    lines = [
        WHAT,
        "",
        f"$ {command}",
        " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items()),
        "",
        f"{'mode':10}{'measured':28}{'devices':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'failed':>8}"
        f"{'server cpu':>12}{'devices cpu':>13}",
    ]
    for mode, some in runs.items():
        for one in some:
            q = one.quantiles()
            cpu = f"{one.server_cpu_ms:,.0f} ms" if one.server_cpu_ms is not None else "?"
            lines.append(
                f"{mode:10}{one.name:28}{one.devices:>8}{q['p50']:>9,.0f}{q['p95']:>9,.0f}{q['max']:>9,.0f}"
                f"{one.failures:>8}{cpu:>12}{f'{one.devices_cpu_ms:,.0f} ms':>13}"
            )
            for error, count in one.notes.get("errors", {}).items():
                lines.append(f"{'':10}  {count} × {error}")
    return [*lines, "", *_ratios(runs)]


def _ratios(runs: dict[str, list[Figure]]) -> list[str]:
    lines = []
    for mode, some in runs.items():
        by = {one.name: one for one in some}
        together, single = by.get("lock, all seats at once"), by.get("lock, one seat at a time")
        if together and single:
            ratio = together.quantiles()["p50"] / single.quantiles()["p50"]
            lines.append(
                f"{mode}: a whole room's median is {ratio:.1f} x that of one seat, for {together.devices} x the devices"
            )
        for name in ("storm, keys known", "storm, first contact"):
            if (one := by.get(name)) and one.server_cpu_ms:
                share = one.devices_cpu_ms / (one.devices_cpu_ms + one.server_cpu_ms)
                lines.append(
                    f"{mode}: {name}: {one.server_cpu_ms / one.devices:.2f} ms server CPU a device; "
                    f"the simulation's share of all CPU is {share:.0%}"
                )
    first, *others = runs.items()
    for mode, some in others:
        for one, other in zip(first[1], some, strict=True):
            if one.server_cpu_ms and other.server_cpu_ms:
                ratio = other.server_cpu_ms / one.server_cpu_ms
                lines.append(f"{one.name}: {mode} needs {ratio:.2f} x the server CPU of {first[0]}")
    return lines


if __name__ == "__main__":
    main()
