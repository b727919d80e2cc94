"""The worker: does the queued work with Google, one job at a time, in a process that nothing was patched in."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import OperationalError

from server.domain.errors import BangkuError
from server.services import (
    attestation_work,
    device_commands,
    google_jobs,
    remap_again,
    remap_asks,
    remap_timing,
)
from server.services.context import Context
from server.services.google_work import Displaced, Stopped, Work, function_of
from server.workspace.gateway import Gateway

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
PULSE_SECONDS = 5.0
#: Opens the door to Google for one job; `waiting` is called before each pause that the allowance asks for.
OpenGateway = Callable[[Context, Callable[[float], None]], Gateway]


def run_one(
    context: Context,
    open_gateway: OpenGateway,
    job_id: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Do the next job (or this one) to its end. False when there was nothing to do, or another worker is busy."""
    job = google_jobs.claim(context.db, context.now(), job_id)
    if job is None:
        return False
    holder: list[Work] = []
    try:
        gateway = open_gateway(context, lambda seconds: holder[0].wait(seconds))
        holder.append(Work(context, gateway, job, sleep))
        with _pulse(context, job):
            result = function_of(job.kind)(holder[0])
        google_jobs.finish(context.db, context.now(), job, result)
    except Stopped:
        log.info("job %d (%s) was cancelled", job.id, job.kind)
    except Displaced:
        log.warning("job %d (%s) was taken over by another worker", job.id, job.kind)
    except BangkuError as error:
        google_jobs.fail(context.db, context.now(), job, error.code, _plain(error.params))
    except Exception as error:
        if _locked(
            error
        ):  # somebody writes for long: no reason to give up; without a beat it is taken up again
            log.warning("job %d (%s): the database was locked; it goes on later", job.id, job.kind)
            return True
        log.exception("job %d (%s) failed", job.id, job.kind)
        google_jobs.fail(context.db, context.now(), job, "job_crashed", {})
    return True


@contextmanager
def _pulse(context: Context, job: google_jobs.Job) -> Iterator[None]:
    """The worker lives while it waits for one answer, and an answer may take longer than a beat is believed."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(PULSE_SECONDS):
            try:
                if not google_jobs.pulse(context.db, context.now(), job):
                    return  # cancelled or taken over: the work itself finds that out
            except OperationalError:
                log.warning("job %d: no sign of life could be written", job.id)

    thread = threading.Thread(target=beat, name=f"pulse of job {job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _locked(error: Exception) -> bool:
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def run_forever(context: Context, open_gateway: OpenGateway) -> None:
    """Until the process is told to stop."""
    while True:
        try:
            busy = run_one(context, open_gateway) or _look_again(context)
        except Exception:
            log.exception("the worker could not take a job")
            busy = False
        if not busy:
            time.sleep(IDLE_SECONDS)


def _look_again(context: Context) -> bool:
    """What takes minutes or hours (orders to Chromebooks, what waits for an exam's end) is taken up again, not kept."""
    now = context.now()
    # Proofs of Chromebooks have a minute each: they go first.
    looks = (
        *(attestation_work.look_again, device_commands.look_again),
        *(remap_again.exam_is_over, remap_timing.look_again, remap_asks.look_again),
    )
    return any(look(context.db, now) for look in looks)


def _plain(params: dict[str, object]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, int | float | None) else str(value) for key, value in params.items()
    }
