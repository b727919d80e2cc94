"""What the stories read from the record behind a room, and how a proctor and pupils use their hands."""

from __future__ import annotations

import os
import subprocess
import time

from playwright.sync_api import Page, expect
from sqlalchemy import select

from server.domain.sequence import gaps
from server.services import demo, extension, tokens
from server.store.tables import (
    answers,
    assignments,
    audit,
    device_events,
    device_seen,
    device_serials,
    devices,
    enrolments,
    exams,
    holds,
    incidents,
    registrations,
    seats,
    sittings,
)
from server.workspace.locked_browser import BrowserSetup, LockedBrowser
from tests.stage import PATIENCE_SECONDS, ServerProcess

#: Of itself `expect` looks for five seconds.
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
PASSWORD = "kata-sandi-uji"


class Room:
    """Everything on stage, and a view of the record behind it."""

    def __init__(self, server: ServerProcess, exam_id: int) -> None:
        self.server, self.exam_id = server, exam_id

    def all(self, statement):
        with self.server.context.db.read() as c:
            return c.execute(statement).all()

    def sitting(self, seat: int):
        (row,) = self.all(
            select(sittings)
            .join(seats, seats.c.id == sittings.c.seat_id)
            .where(sittings.c.exam_id == self.exam_id, seats.c.label == str(seat))
        )
        return row

    def state(self, seat: int) -> str:
        return self.sitting(seat).state

    def states(self) -> list[str]:
        return sorted(
            r.state for r in self.all(select(sittings.c.state).where(sittings.c.exam_id == self.exam_id))
        )

    def exam_state(self, exam_id: int) -> str:
        (row,) = self.all(select(exams.c.state).where(exams.c.id == exam_id))
        return row.state

    def participant(self, seat: int) -> str:
        """The number of the pupil who is planned there."""
        (row,) = self.all(
            select(registrations.c.number).where(registrations.c.id == self.sitting(seat).registration_id)
        )
        return row.number

    def saved(self, seat: int, item: str):
        """The newest of the pupil's answers to the n-th question that was answered, or None."""
        rows = self.all(
            select(answers)
            .where(answers.c.sitting_id == self.sitting(seat).id)
            .order_by(answers.c.received_at)
        )
        items = list(dict.fromkeys(r.item for r in rows))
        number = int(item) - 1
        return next((r for r in rows if number < len(items) and r.item == items[number]), None)

    def answer_count(self, seat: int) -> int:
        return len(self.all(select(answers.c.id).where(answers.c.sitting_id == self.sitting(seat).id)))

    def applied(self, number: int) -> str | None:
        rows = self._seen(number)
        return rows[0].applied_mode if rows else None

    def silent_for(self, number: int) -> int:
        """Milliseconds since the device's last report."""
        rows = self._seen(number)
        return self.server.context.now() - rows[0].reported_at if rows else 0

    def _seen(self, number: int):
        return self.all(
            select(device_seen)
            .join(enrolments, enrolments.c.id == device_seen.c.enrolment_id)
            .join(devices, devices.c.id == enrolments.c.device_id)
            .where(devices.c.label == f"C{number:02d}", enrolments.c.standing == "live")
        )

    def cleared(self, seat: int) -> bool:
        return self.sitting(seat).cleared_at is not None

    def ledger(self, seat: int):
        """The ledger rows of the pupil planned at a seat, with the sticker."""
        return self.all(
            select(assignments, devices.c.label)
            .join(devices, devices.c.id == assignments.c.device_id)
            .where(assignments.c.sitting_id == self.sitting(seat).id)
        )

    def handed_on(self, first: int, second: int):
        """Each device that served both exams: when the first pupil's data was cleared, when the next one came."""
        then = assignments.alias("then")
        later = sittings.alias("later")
        return self.all(
            select(sittings.c.cleared_at, then.c.from_at.label("next_from"), devices.c.label)
            .select_from(assignments)
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .join(then, then.c.device_id == assignments.c.device_id)
            .join(later, later.c.id == then.c.sitting_id)
            .join(devices, devices.c.id == then.c.device_id)
            .where(sittings.c.exam_id == first, later.c.exam_id == second)
        )

    def incidents(self, seat: int) -> set[str]:
        return {
            r.kind
            for r in self.all(
                select(incidents.c.kind).where(
                    incidents.c.sitting_id == self.sitting(seat).id, incidents.c.closed_at.is_(None)
                )
            )
        }

    def incident_kinds(self) -> set[str]:
        return {r.kind for r in self.all(select(incidents.c.kind))}

    def acts(self) -> list[tuple[str, str]]:
        return [(line.action, line.outcome) for line in self.all(select(audit).order_by(audit.c.id))]

    def open_holds(self):
        return [h for h in self.all(select(holds)) if h.released_at is None]

    def no_event_is_missing(self) -> None:
        for row in self.all(select(device_seen)):
            numbers = [
                r.seq
                for r in self.all(
                    select(device_events.c.seq).where(device_events.c.enrolment_id == row.enrolment_id)
                )
            ]
            assert gaps(numbers, row.last_seq) == []
        assert self.all(select(device_events).where(device_events.c.rejected.is_not(None))) == []

    def token(self) -> str | None:
        with self.server.context.db.read() as c:
            shown = tokens.current(c, self.exam_id, self.server.context.now())
        return shown.value if shown else None


def sign_in(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("#username", state="detached")


def command(page: Page, text: str) -> None:
    """The proctor keeps both hands on the keyboard."""
    page.locator("#desks").focus()
    page.keyboard.press("/")
    page.fill("#command-text", text)
    page.keyboard.press("Enter")


def answer(page: Page, question: int, choice: int) -> None:
    page.locator("#numbers li").nth(question).locator("button, a").first.click()
    page.locator("#question input").nth(choice).check()


def extra_simulated_chromebook(server: ServerProcess) -> str:
    """The twelfth simulated device: it waits in the second room."""
    now = server.context.now()
    with server.context.db.write() as tx:
        device_id = tx.c.execute(devices.insert().values(label="C16", created_at=now)).inserted_primary_key[0]
        tx.c.execute(device_serials.insert().values(device_id=device_id, serial="5CD0016DEMO", from_at=now))
    return "5CD0016DEMO"


class Keys:
    """The fourth pupil: a browser nobody can drive from inside, so keys it is."""

    def __init__(self, room: Room, folder) -> None:
        self.browser = LockedBrowser(
            BrowserSetup(
                url=room.server.url + "/pupil",
                policy_dir=folder / "policy",
                user_data_dir=folder / "profile",
                own_display=True,
                size=(1024, 720),
            )
        )
        assert self.browser.isolation.works, self.browser.isolation.reason
        self.browser.write_policy(extension.linux_policy(room.server.context, demo.serial(4)))
        self.browser.start()

    def press(self, *keys: str) -> None:
        self._xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "40", text)

    def enter(self, token: str) -> None:
        """Type the token into whatever has the focus; the field comes with the page's next look at the server."""
        self.press(*["BackSpace"] * 8)
        self.type(token)
        self.press("Return")
        time.sleep(1)  # a pupil looks up, too

    def _xdotool(self, *args: str) -> None:
        env = {**os.environ, "DISPLAY": str(self.browser.display)}
        subprocess.run(["xdotool", *args], env=env, check=True)


def outstanding(room: Room) -> list[tuple[int, int, int]]:
    """Enrolments whose newest report shows events that are not here: (enrolment, acked, last)."""
    rows = room.all(select(device_seen.c.enrolment_id, device_seen.c.acked_seq, device_seen.c.last_seq))
    return [tuple(r) for r in rows if r.acked_seq != r.last_seq]
