"""A room of simulated Chromebooks and pupils, with what rooms have: flat batteries, a lost focus, a network that goes.

Pupils read the token where pupils do, on the projector: `read_token` stands for their eyes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence

from server.simulated_device import SimulatedDevice
from server.simulated_installation import DeviceRefused, ServerNotProven
from server.simulated_pupil import PageRefused, SimulatedPupil

RETRY_MOST_SECONDS = 20.0
PAGE_SECONDS = 2.0

#: device number in the room → what happens to it
TROUBLES = {2: "battery", 5: "focus", 8: "network"}

ReadToken = Callable[[], str | None]


class Seat:
    """One device with one pupil in front of it."""

    def __init__(
        self, device: SimulatedDevice, read_token: ReadToken, trouble: str | None, chance: random.Random
    ) -> None:
        self.device, self.read_token, self.trouble, self.chance = device, read_token, trouble, chance
        self.device.observed["battery"] = 12 if trouble == "battery" else chance.randint(45, 100)

    async def run(self) -> None:
        """Until cancelled: keep connected, report, and do what the pupil does."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_connected())
            tasks.create_task(self._sit())
            if self.trouble == "focus":
                tasks.create_task(self._look_away())
            if self.trouble == "network":
                tasks.create_task(self._lose_network())

    async def _keep_connected(self) -> None:
        failures = 0
        while True:
            try:
                if not self.device.connected:
                    await self.device.connect()
                    failures = 0
                self.device.observed["page"] = _page(self.device)
                await self.device.report()
                await asyncio.sleep(self.device.here.doc.get("report_interval_ms", 10_000) / 1000)
            except Exception as error:
                if not (isinstance(error, (DeviceRefused, ServerNotProven)) or _network_trouble(error)):
                    raise
                # Full jitter: a room that lost one access point must not come back in one blow.
                failures += 1
                await asyncio.sleep(self.chance.uniform(0.2, min(RETRY_MOST_SECONDS, 2**failures)))

    async def _sit(self) -> None:
        """Arrive, confirm, type the token, answer; again for the next sitting."""
        pupil = SimulatedPupil(self.device.dial)
        bound = False
        try:
            while True:
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * PAGE_SECONDS)
                if not self.device.connected:
                    continue
                try:
                    if not bound:
                        await pupil.enter((await self.device.page_ticket())["ticket"])
                        bound = True
                    await self._look(pupil, await pupil.state())
                except PageRefused as refused:
                    bound = bound and refused.code != "binding_needed"
                except Exception as error:
                    if not _network_trouble(error):
                        raise
        finally:
            await pupil.close()

    async def _look(self, pupil: SimulatedPupil, seen: dict[str, object]) -> None:
        """What a pupil does with the page as it is now."""
        if self.device.mode == "locked":
            return
        page = seen["page"]
        if page == "waiting":
            await pupil.sit_down()
        elif page == "token" and (token := self.read_token()):
            await pupil.type_token(token)
        elif page == "working" and seen.get("url") == "/pupil/practice":
            asked = await pupil.questions()
            questions = asked["questions"]
            if isinstance(questions, list) and questions:
                await pupil.answer(str(self.chance.choice(questions)["item"]), self.chance.choice("ABCD"))

    async def _look_away(self) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(20, 40))
            self._focus(False)
            await asyncio.sleep(self.chance.uniform(4, 10))
            self._focus(True)

    def _focus(self, there: bool) -> None:
        self.device.observed["focused"] = there
        self.device.record("focus_gained" if there else "focus_lost")

    async def _lose_network(self) -> None:
        while True:
            await asyncio.sleep(self.chance.uniform(40, 80))
            await self.device.cut()


async def run_room(
    devices: Sequence[SimulatedDevice],
    read_token: ReadToken,
    *,
    seconds: float | None,
    calm: bool,
    seed: int = 1,
) -> None:
    """All seats at once, for `seconds` or until cancelled. The same seed gives the same room."""
    chance = random.Random(seed)  # noqa: S311 - a rehearsal, not a secret
    seats = [
        Seat(device, read_token, None if calm else TROUBLES.get(number), random.Random(chance.random()))  # noqa: S311
        for number, device in enumerate(devices, 1)
    ]
    tasks = [asyncio.create_task(seat.run()) for seat in seats]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for device in devices:
            with contextlib.suppress(Exception):
                await device.cut()


def _page(device: SimulatedDevice) -> str:
    return {"exam": "practice", "locked": "lock"}.get(device.mode or "", "waiting")


def _network_trouble(error: Exception) -> bool:
    """What a network that goes looks like. The libraries' own errors share no base with the others."""
    library = type(error).__module__.split(".")[0]
    return isinstance(error, OSError | TimeoutError) or library in {"socketio", "engineio", "aiohttp"}
