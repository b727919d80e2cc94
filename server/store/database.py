"""The database: opening it, write transactions, plain reads, and news after commit.

SQLAlchemy's default on SQLite silently loses updates when two transactions read and then write, so every write
transaction starts with BEGIN IMMEDIATE; reads are plain snapshots. `synchronous=FULL`: the event to survive is a
power cut. A write transaction does nothing but talk to the database: it never yields to another green thread,
and pushes leave after commit.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 3_000
CHUNK = 500  # rows per bulk statement: keeps a write transaction under about 50 ms

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in lists of at most `size`, for statements that take many at once."""
    every = list(items)
    for start in range(0, len(every), size):
        yield every[start : start + size]


@dataclass(frozen=True, slots=True)
class DesiredChanged:
    """These devices have a new desired document."""

    device_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class BoardChanged:
    """Something shown on the boards of these exams changed (None: any board)."""

    exam_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class StaffChanged:
    """A staff account was closed or its role or password changed: open sockets must go."""

    staff_id: int


@dataclass(frozen=True, slots=True)
class EnrolmentEnded:
    """This enrolment may no longer talk: its connection must go."""

    enrolment_id: int


News = DesiredChanged | BoardChanged | StaffChanged | EnrolmentEnded


@dataclass(slots=True)
class Write:
    """An open write transaction: `c` runs statements, `tell` keeps news until after commit."""

    c: Connection
    news: list[News] = field(default_factory=list)

    def tell(self, news: News) -> None:
        self.news.append(news)

    def insert(self, table: Table, **values: object) -> int:
        """Insert one row; returns its id."""
        key = self.c.execute(table.insert().values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])


class Database:
    """One engine; one writer at a time per process, by BEGIN IMMEDIATE."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = _engine(url)
        self._listeners: list[Callable[[News], None]] = []

    @classmethod
    def at(cls, path: Path) -> Database:
        return cls(f"sqlite:///{path}")

    def listen(self, listener: Callable[[News], None]) -> None:
        """Be told what changed, after commit. A failing listener never undoes the commit."""
        self._listeners.append(listener)

    @contextmanager
    def write(self) -> Iterator[Write]:
        """One transaction: all of it or nothing, news afterwards."""
        with self.engine.connect() as connection:
            connection.execution_options(bangku_write=True)
            with connection.begin():
                tx = Write(connection)
                yield tx
        for item in tx.news:
            self.tell(item)

    def tell(self, item: News) -> None:
        """News that needs no transaction (a connection came or went)."""
        for listener in self._listeners:
            try:
                listener(item)
            except Exception:  # the change is committed; a lost push is repeated by the next ack
                log.exception("news listener failed")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot for reading."""
        with self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _keep_private(file: str | None) -> None:
    """The database holds the enrolment secret and pupils' names: readable by this account only, from the first byte.

    SQLite gives the files it puts beside it the same permissions.
    """
    if not file or file == ":memory:":
        return
    path = Path(file)
    if path.parent.is_dir():
        path.touch(mode=0o600)
        path.chmod(0o600)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    _keep_private(make_url(url).database)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _connected(dbapi: sqlite3.Connection, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver must not begin transactions of its own
        dbapi.execute("PRAGMA journal_mode=WAL")
        dbapi.execute("PRAGMA synchronous=FULL")
        dbapi.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        wants_write = connection.get_execution_options().get("bangku_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if wants_write else "BEGIN")

    return engine
