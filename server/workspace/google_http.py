"""Sending to Google: once per call, with a time limit, and knowing whether the request left.

httplib2 sends a request again by itself when a connection breaks; for an order such as a powerwash that is once too
often. So what it is given here connects once and sends once, and says which of the two failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, cast

import httplib2

TIMEOUT_SECONDS = 60.0  # of silence; a page of 300 full records takes Google a while


class NotSent(Exception):
    """No connection came about: Google has not seen the request."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


class Lost(Exception):
    """The connection broke, or nobody answered in time, after the request had left: nobody knows what became of it."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


class TokenRefused(Exception):
    """The token endpoint said no. `status`, `headers` and Google's two words for it; never the request."""

    def __init__(self, status: int, headers: dict[str, str], error: str, description: str) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.headers = headers
        self.error = error
        self.description = description


class _Once:
    """A connection that connects once and sends once."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._used = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def connect(self) -> None:
        if self._used:
            raise Lost(HTTPException("sent once already"))
        try:
            self._connection.connect()
        except (OSError, HTTPException, httplib2.HttpLib2Error) as error:
            self._connection.close()
            raise NotSent(error) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._used:
            raise Lost(HTTPException("sent once already"))
        self._used = True
        self._or_lost(lambda: self._connection.request(*args, **kwargs))

    def getresponse(self) -> Any:
        return self._or_lost(self._connection.getresponse)

    def _or_lost(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise Lost(error) from None


class Http(httplib2.Http):  # type: ignore[misc]
    """httplib2 without its own repeats and redirects: a token goes to the address we chose and nowhere else."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.follow_redirects = False

    def _conn_request(self, conn: Any, *args: Any) -> Any:
        try:
            return super()._conn_request(_Once(conn), *args)
        except (OSError, HTTPException, httplib2.HttpLib2Error) as error:
            conn.close()  # while the body was read
            raise Lost(error) from None

    def hang_up(self) -> None:
        """So that the next request goes over a new connection, not over one that the other side may have closed."""
        for connection in self.connections.values():
            connection.close()


class Signed:
    """What the client library sends through: adds the token of one scope. `credentials` are google-auth's."""

    def __init__(self, credentials: Any, http: Http) -> None:
        self._credentials = credentials
        self.http = http

    def sign(self) -> None:
        """Fetch a token unless there is one that lasts. Raises: NotSent, Lost, TokenRefused."""
        if not self._credentials.valid:
            self._credentials.refresh(self._token_request)

    def forget(self) -> None:
        """The token was refused; the next `sign` fetches another."""
        self._credentials.token = None

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        signed = dict(headers or {})
        self._credentials.apply(signed)
        return cast(
            "tuple[httplib2.Response, bytes]", self.http.request(uri, method, body=body, headers=signed)
        )

    def _token_request(
        self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> _Answer:
        """google-auth's way to ask. What is not a token is raised here: its own repeats sleep unseen."""
        response, content = self.http.request(url, method, body=body, headers=dict(headers or {}))
        try:
            told = json.loads(content)
        except ValueError:
            told = {}
        if not isinstance(told, dict):
            told = {}
        if response.status != 200 or not isinstance(told.get("access_token"), str):
            raise TokenRefused(
                response.status,
                dict(response),
                str(told.get("error", "")),
                str(told.get("error_description", "")),
            )
        return _Answer(response.status, dict(response), content)


class _Answer:
    """google.auth.transport.Response."""

    def __init__(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.status = status
        self.headers = headers
        self.data = data
