"""Simulated devices in processes of their own, told what to do over a pipe. Times are `time.monotonic()`: one clock."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import aiohttp

from server.simulated_device import SimulatedDevice
from tests.bench.light_client import LightClient

GIVE_UP_SECONDS = 60.0
REPORT_SECONDS = 10.0


@dataclass(frozen=True)
class Came:
    """One device of a storm: when it began, was welcomed, had its report acknowledged; or what went wrong."""

    serial: str
    began: float
    welcomed: float = 0.0
    acked: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class Where:
    """What devices need to know to come."""

    address: str
    school: str
    secret: str
    light: bool = True


class BenchDevice(SimulatedDevice):
    """Remembers when the server acknowledged a report that named the mode it shows."""

    light = True

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._named: dict[int, str | None] = {}
        self.acked_mode: dict[str | None, float] = {}
        self.heard = asyncio.Event()

    def engine(self, session: aiohttp.ClientSession | None) -> Any:
        return LightClient() if self.light else super().engine(session)

    async def connect(self, session: aiohttp.ClientSession | None = None) -> None:
        self._named.clear()
        await super().connect(session)

    async def _emit(self, kind: str, body: dict[str, Any], ack: Any = None) -> int:
        n = await super()._emit(kind, body, ack)
        if kind == "report" and body["applied"]:
            self._named[n] = body["applied"]["mode"]
        return n

    def _open(self, kind: str, raw: dict[str, Any]) -> dict[str, Any]:
        body = super()._open(kind, raw)
        if kind == "ack":
            mode = self._named.pop(body["report_n"], None)
            self.acked_mode.setdefault(mode, time.monotonic())
            self.heard.set()
        return body


class Crowd:
    """Some of the devices, in one process."""

    def __init__(self, where: Where, serials: Sequence[str]) -> None:
        self.devices: dict[str, BenchDevice] = {}
        for serial in serials:
            device = BenchDevice(where.address, where.school, where.secret, serial)
            device.light = where.light
            self.devices[serial] = device
        self._keeping: list[asyncio.Task[None]] = []

    async def storm(self, at: float) -> list[Came]:
        """Everyone connects at the same moment, proves itself and reports once."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        return await asyncio.gather(*(self._come(d) for d in self.devices.values()))

    async def _come(self, device: BenchDevice) -> Came:
        began = time.monotonic()
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await device.connect()
                welcomed = time.monotonic()
                await device.report()
        except Exception as error:
            return Came(device.serial, began, error=f"{type(error).__name__}: {error}")
        return Came(device.serial, began, welcomed, time.monotonic())

    async def cut(self) -> None:
        for task in self._keeping:
            task.cancel()
        self._keeping = []
        await asyncio.gather(*(d.cut() for d in self.devices.values()))

    def keep(self) -> None:
        """From now on each device reports every ten seconds, spread evenly, as in an exam."""

        async def report(device: BenchDevice, first: float) -> None:
            await asyncio.sleep(first)
            while True:
                with contextlib.suppress(ConnectionError):
                    await device.report()
                await asyncio.sleep(REPORT_SECONDS)

        every = list(self.devices.values())
        self._keeping = [
            asyncio.create_task(report(device, REPORT_SECONDS * n / len(every)))
            for n, device in enumerate(every)
        ]

    def arm(self, serials: Sequence[str]) -> list[BenchDevice]:
        chosen = [self.devices[s] for s in serials if s in self.devices]
        for device in chosen:
            device.acked_mode.clear()
            device.heard.clear()
        return chosen

    async def watch(self, chosen: Sequence[BenchDevice], mode: str) -> dict[str, float]:
        """serial → when the ack of a report that named `mode` came; those for which none came are left out."""

        async def one(device: BenchDevice) -> None:
            while mode not in device.acked_mode:
                device.heard.clear()
                await device.heard.wait()

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await asyncio.gather(*(one(device) for device in chosen))
        return {d.serial: d.acked_mode[mode] for d in chosen if mode in d.acked_mode}


def live(pipe: Connection, where: Where, serials: Sequence[str]) -> None:
    """A device process: orders in, results out, until told to stop."""

    async def obey() -> None:
        loop = asyncio.get_running_loop()
        crowd = Crowd(where, serials)
        pipe.send("ready")
        while True:
            order, *given = await loop.run_in_executor(None, pipe.recv)
            began = time.process_time()
            answer: Any = None
            if order == "storm":
                answer = await crowd.storm(given[0])
            elif order == "cut":
                await crowd.cut()
            elif order == "keep":
                crowd.keep()
            elif order == "watch":
                chosen = crowd.arm(given[0])
                pipe.send("armed")
                answer = await crowd.watch(chosen, given[1])
            else:
                return
            pipe.send((answer, time.process_time() - began))

    with contextlib.suppress(EOFError, KeyboardInterrupt):
        asyncio.run(obey())


class Devices:
    """All device processes, from the benchmark's side. `cpu` is what the last order cost them together."""

    def __init__(self, where: Where, serials: Sequence[str], processes: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.cpu = 0.0
        self._all = []
        for number in range(processes):
            ours, theirs = spawn.Pipe()
            child = spawn.Process(target=live, args=(theirs, where, serials[number::processes]), daemon=True)
            child.start()
            self._all.append((child, ours))
        for _, pipe in self._all:
            pipe.recv()

    def storm(self, lead_seconds: float = 0.3) -> list[Came]:
        at = time.monotonic() + lead_seconds
        return [came for answer in self._order("storm", at) for came in answer]

    def cut(self) -> None:
        self._order("cut")

    def keep(self) -> None:
        self._order("keep")

    def watch(self, serials: Sequence[str], mode: str) -> None:
        """Start to look for acks of `mode`; `seen` gives them."""
        for _, pipe in self._all:
            pipe.send(("watch", list(serials), mode))
        for _, pipe in self._all:
            pipe.recv()

    def seen(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for answer in self._answers():
            found |= answer
        return found

    def close(self) -> None:
        for child, pipe in self._all:
            with contextlib.suppress(OSError):
                pipe.send(("stop",))
            child.join(5)
            if child.is_alive():
                child.kill()

    def _order(self, *order: Any) -> list[Any]:
        for _, pipe in self._all:
            pipe.send(order)
        return self._answers()

    def _answers(self) -> list[Any]:
        answers = [pipe.recv() for _, pipe in self._all]
        self.cpu = sum(cpu for _, cpu in answers)
        return [answer for answer, _ in answers]
