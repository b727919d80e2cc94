"""`bangku plan`, `apply`, `prove` and `restore`: the policy of an exam's org unit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli_console.jobs import (
    DATA_DIR,
    PROBLEMS,
    carry_out,
    end,
    english,
    error_sentence,
    in_english,
    open_school,
    table,
)

if TYPE_CHECKING:
    from server.services.context import Context
    from server.services.policy_views import PlanView


@click.command()
@DATA_DIR
@click.option("--org-unit", "path", required=True, metavar="PATH", help="Such as '/Ujian/Ruang 1'.")
@click.option(
    "--profile", "profile_key", required=True, metavar="KEY", help="Exam profile the plan is made from."
)
@click.option("--values", is_flag=True, help="Also what each setting is now and would become.")
def plan(data_dir: Path, path: str, profile_key: str, values: bool) -> None:
    """Show what would change in an org unit for an exam. Nothing changes; 'apply' takes the digest."""
    from server.domain.errors import NotFound
    from server.services import exam_list, policy_orders
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    known = exam_list.profiles(context.settings.data_dir)
    if profile_key not in known:
        raise NotFound(
            f"profile {profile_key}: not known; known are {', '.join(sorted(known))}", code="profile_unknown"
        )
    unit = org_unit(context, path)
    job = carry_out(
        context,
        policy_orders.make(context.db, SYSTEM, context.now(), org_unit_id=unit, profile_key=profile_key),
    )
    end(job)
    _show(_view(context, (job.result or {})["plan_id"]), values=values)


@click.command()
@DATA_DIR
@click.argument("digest")
@click.option("--allow", "allowed", multiple=True, metavar="CODE", help="Lift this refusal; needs --reason.")
@click.option("--reason", default="", help="Why, kept in the audit trail.")
def apply(data_dir: Path, digest: str, allowed: tuple[str, ...], reason: str) -> None:
    """Apply exactly the plan that was shown with this digest."""
    from server.services import policy_orders, policy_plans, policy_views
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    with context.db.read() as c:
        plan_id = policy_views.by_digest(c, digest)
    for code in allowed:
        policy_orders.allow(context.db, SYSTEM, context.now(), plan_id, code, reason)
    job_id = policy_orders.apply(context.db, SYSTEM, context.now(), plan_id, digest)
    wait = policy_plans.forecast(context.db, context.now, plan_id)
    click.echo(f"about {wait} s with what is in line; Google allows 30 policy writes a minute")
    job = carry_out(context, job_id)
    end(job)
    found = _view(context, plan_id)
    _tell_outcomes(found)
    click.echo(f"Whether it is in force: bangku prove {plan_id}. The way back: bangku restore {plan_id}")
    if found.line.state != "applied":
        sys.exit(PROBLEMS)


@click.command()
@DATA_DIR
@click.argument("plan_id", metavar="PLAN", type=int)
def prove(data_dir: Path, plan_id: int) -> None:
    """Read back what a plan set, and say on which Chromebooks it is in force. Changes nothing."""
    from server.services import policy_orders
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    end(carry_out(context, policy_orders.prove(context.db, SYSTEM, context.now(), plan_id)))
    proof = _view(context, plan_id).line.proof or {}
    late = proof.get("late") or []
    click.echo(f"in force on {proof.get('in_force')} of {proof.get('devices')}")
    different = proof.get("different") or []
    for key in different:
        click.echo(f"no longer as it was applied: {key.rstrip('|')}")
    for device in late:
        since = device.get("since")
        when = (
            f"last fetched policy {_moment(context, since)}" if since is not None else "never fetched policy"
        )
        click.echo(f"not yet: {device.get('label') or device.get('serial')} ({when})")
    if late or different:
        sys.exit(PROBLEMS)


@click.command()
@DATA_DIR
@click.argument("plan_id", metavar="PLAN", type=int)
@click.option("--values", is_flag=True, help="Also what each setting is now and would become.")
def restore(data_dir: Path, plan_id: int, values: bool) -> None:
    """Plan the way back to what was there before a plan was applied. Nothing changes; 'apply' takes the digest."""
    from server.services import policy_orders
    from server.services.actor import SYSTEM

    context = open_school(data_dir)
    job = carry_out(context, policy_orders.restore(context.db, SYSTEM, context.now(), plan_id))
    end(job)
    _show(_view(context, (job.result or {})["plan_id"]), values=values)


def org_unit(context: Context, path: str) -> str:
    """The id of the org unit with this path. Raises: NotFound (`org_unit_unknown`)."""
    from sqlalchemy import select

    from server.domain.errors import NotFound
    from server.store.tables import console_org_units as units

    with context.db.read() as c:
        found = c.execute(
            select(units.c.org_unit_id).where(units.c.path == path, units.c.gone_at.is_(None))
        ).scalar()
    if found is None:
        raise NotFound(f"org unit {path}: not in the last sync; 'bangku sync' first", code="org_unit_unknown")
    return str(found)


def _view(context: Context, plan_id: int) -> PlanView:
    from server.services import policy_views

    with context.db.read() as c:
        return policy_views.view(c, plan_id)


def _show(found: PlanView, *, values: bool) -> None:
    from server.web import policy_states, policy_texts, policy_words

    line = found.line
    click.echo(
        f"plan {line.id} for {line.org_unit_path}, {line.device_count} Chromebook(s), digest {found.digest}"
    )
    with in_english():
        for group, lines in found.groups:
            click.echo(f"\n{english(policy_words.GROUPS.get(group, group))}")
            for item in lines:
                change = item.change
                sign = policy_states.OPS[str(change.op)][1]
                title, effect = policy_texts.title(change.line), policy_texts.effect(change)
                click.echo(f"  {sign} {effect if effect.startswith(title) else f'{title}: {effect}'}")
                if values:
                    now, then = (policy_texts.shown(change, v) for v in (change.current, change.desired))
                    click.echo(f"      {change.schema}{f' {change.app_id}' if change.app_id else ''}")
                    click.echo(f"      now: {_cells(now) or 'not set here'}")
                    click.echo(f"      becomes: {_cells(then) or 'as the org unit above has it'}")
        for refusal in found.worries:
            word = "REFUSED" if refusal.stands else "allowed" if refusal.lifted else "note"
            click.echo(f"\n{word}: {policy_texts.worry_text(refusal.worry)} [{refusal.worry.code}]")
            if refusal.stands and refusal.liftable:
                click.echo(f"  to go on all the same: --allow {refusal.worry.code} --reason '…'")
    counts = found.counts
    click.echo(
        f"\n{counts['create']} to create, {counts['update']} to change, {counts['delete']} to take back; "
        f"about {found.seconds} s"
    )
    if found.changes:
        click.echo(f"Nothing changed. To do it: bangku apply {found.digest}")
    if found.refused:
        sys.exit(PROBLEMS)


def _tell_outcomes(found: PlanView) -> None:
    from server.web import policy_states, policy_texts

    with in_english():
        told = [(english(policy_states.OUTCOMES[code]), n) for code, n in found.outcomes.items() if n]
        click.echo(f"plan {found.line.id}: " + ", ".join(f"{n} {word}" for word, n in told))
        rows = [
            (policy_texts.title(line.change.line), line.outcome, error_sentence(line.code, line.code_params))
            for line in found.changes
            if line.code
        ]
    table(("setting", "outcome", "why"), rows)


def _cells(shown: list[tuple[str, str]]) -> str:
    return "; ".join(f"{name}={value}" for name, value in shown)


def _moment(context: Context, at: int) -> str:
    from server.services import when
    from server.services.school import host

    with context.db.read() as c:
        zone = host(c).timezone
    return f"{when.local(at, zone):%Y-%m-%d %H:%M} {zone}"
