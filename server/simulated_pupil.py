"""A pupil who is not there: opens the device's page with its ticket, confirms, types the token, answers."""

from __future__ import annotations

import time
from typing import Any

import aiohttp

HEADERS = {"X-Bangku-Page": "1"}


class PageRefused(Exception):
    """The page was refused; `code` is the server's stable code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"the page was refused [{status} {code}]")
        self.status, self.code = status, code


class SimulatedPupil:
    """One pupil's page, with cookies of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        # The school's address may be an IP address; cookies are kept for those too.
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=HEADERS)
        self._seq = 0

    async def enter(self, ticket: str) -> None:
        """Bind the page to the device by its one-time ticket."""
        await self._post("enter", ticket=ticket)

    async def sit_down(self) -> dict[str, Any]:
        """Arrive and say *Ya, ini saya*."""
        await self._post("arrived")
        return await self._post("confirm")

    async def state(self) -> dict[str, Any]:
        return await self._ask("GET", "state")

    async def type_token(self, token: str) -> dict[str, Any]:
        return await self._post("token", token=token)

    async def finish(self, position: int) -> dict[str, Any]:
        return await self._post("finish", position=position)

    async def questions(self) -> dict[str, Any]:
        return await self._ask("GET", "questions")

    async def answer(self, item: str, value: str, answered_at: int | None = None) -> dict[str, Any]:
        self._seq += 1
        at = answered_at if answered_at is not None else time.time_ns() // 1_000_000
        given = {"item": item, "seq": self._seq, "value": value, "answered_at": at}
        return await self._post("answers", answers=[given])

    async def answers(self) -> dict[str, Any]:
        return await self._ask("GET", "answers")

    async def close(self) -> None:
        await self._http.close()

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._http.request(method, f"{self.url}/pupil/{path}", json=body) as answer:
            data: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise PageRefused(answer.status, str(data.get("code")))
            return data
