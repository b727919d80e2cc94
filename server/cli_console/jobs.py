"""Doing a piece of work at the command line: here when nobody else does it, else watching the one who does."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flask import Flask

    from server.services.context import Context
    from server.services.google_jobs import Job

LOOK_SECONDS = 0.3
BAR_WIDTH = 28

OK, PROBLEMS, REFUSED = 0, 1, 2  # exit codes of every command here

DATA_DIR = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/bangku"),
    envvar="BANGKU_DATA_DIR",
    show_default=True,
    help="Folder of the database, keys and settings.",
)


def open_school(data_dir: Path) -> Context:
    """The school in this folder."""
    from server.bootstrap import open_beside
    from server.config import load

    # What a person should know is told by the command; the log's half-sentences would stand between its lines.
    logging.getLogger("server").addHandler(logging.NullHandler())
    return open_beside(load(data_dir))


@cache
def _pages() -> Flask:
    """Enough of the pages to have their words: in English, as everything at the command line."""
    from flask import Flask
    from flask_babel import Babel

    from server.web import language

    language.compile_if_needed()
    app = Flask("bangku")
    Babel(app, default_locale="en", default_translation_directories=str(language.TRANSLATIONS))
    return app


@contextmanager
def in_english() -> Iterator[None]:
    """Whatever pages say in here, they say in English."""
    with _pages().app_context():
        yield


def english(text: str, **params: object) -> str:
    """A sentence of the pages in English: one set of words for screen and command line."""
    from flask_babel import gettext

    from server.web.texts import fill

    with _pages().app_context():
        return fill(gettext(text) if text else "", **params)


def meaning(code: str, params: Mapping[str, Any]) -> str:
    """What a code means for the school and where it is put right, as on the pages."""
    from server.web.texts import error_text

    with _pages().app_context():
        return error_text(code, params)


def error_sentence(code: str, params: Mapping[str, Any]) -> str:
    """`meaning`, with its code."""
    return f"{meaning(code, params)} [{code}]"


def carry_out(context: Context, job_id: int) -> Job:
    """Do a queued job, or watch the worker that does it, until it has ended; shows how far it is meanwhile.

    Ctrl+C cancels the job: it stops at its next safe point and can be run again.
    """
    from server.bootstrap import open_gateway
    from server.services import google_jobs
    from server.services.actor import SYSTEM
    from server.worker import run_one

    ended = threading.Event()
    watch = threading.Thread(target=_show, args=(context, job_id, ended), daemon=True)
    watch.start()
    try:
        while _job(context, job_id).active:
            # Claims this job and no other; whoever else has it, or is busy with another, is waited for.
            if not run_one(context, open_gateway, job_id):
                time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        if _job(context, job_id).active:
            google_jobs.cancel(context.db, SYSTEM, context.now(), job_id)
    finally:
        ended.set()
        watch.join()
    return _job(context, job_id)


def end(job: Job) -> None:
    """Say how a job ended; stops the command unless it is done."""
    if job.state == "done":
        return
    if job.state == "cancelled":
        click.echo(f"Stopped: job {job.id} was cancelled.", err=True)
        sys.exit(PROBLEMS)
    click.echo(f"bangku: {error_sentence(job.code or 'error', job.code_params or {})}", err=True)
    sys.exit(REFUSED)


def _job(context: Context, job_id: int) -> Job:
    from server.services import google_jobs

    with context.db.read() as c:
        return google_jobs.get(c, job_id)


def _show(context: Context, job_id: int, ended: threading.Event) -> None:
    """On a terminal one line that is rewritten; elsewhere a line whenever there is something new to say."""
    terminal = sys.stderr.isatty()
    said = ""
    while True:
        job = _job(context, job_id)
        line = _line(job, context.now(), bar=terminal)
        if line != said and (terminal or _worth_a_line(line, said)):
            click.echo(f"\r\x1b[K{line}" if terminal else line, nl=not terminal, err=True)
            said = line
        if ended.is_set() or not job.active:
            break
        ended.wait(LOOK_SECONDS)
    if terminal and said:
        click.echo("", err=True)


def _line(job: Job, now: int, *, bar: bool) -> str:
    from server.web import google_words

    state = google_words.STEPS.get(job.step or "") if job.state == "running" else None
    parts = [english(state or google_words.JOB_STATES.get(job.state, job.state))]
    if job.total and job.state != "done":
        filled = BAR_WIDTH * min(job.done, job.total) // job.total
        drawn = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] " if bar else ""
        parts.insert(0, f"{drawn}{job.done}/{job.total}")
    if job.state == "running" and job.waits_until and job.waits_until > now:
        parts.append(f"waits {-(-(job.waits_until - now) // 1000)} s for Google's allowance")
    return "  ".join(parts)


def _worth_a_line(line: str, said: str) -> bool:
    """In a log: not every second of a countdown."""
    return line.split("  waits ")[0] != said.split("  waits ")[0] or ("waits" in line) != ("waits" in said)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as they need to be; nothing where there is nothing."""
    if not rows:
        return
    lines = [[str(cell) if cell is not None else "" for cell in row] for row in (headings, *rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(headings))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
