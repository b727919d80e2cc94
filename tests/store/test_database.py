"""Writes that read first lose nothing, and news goes out after the commit and only then."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from server.services.meta import get_meta, set_meta
from server.store.database import BoardChanged, Database
from server.store.migrate import upgrade
from server.store.tables import meta


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = Database.at(tmp_path / "school.db")
    upgrade(made)
    yield made
    made.close()


def _fail(*_args: object) -> None:
    raise RuntimeError("nobody can be told")


def test_four_threads_that_read_and_then_write_lose_nothing(db: Database):
    with db.write() as tx:
        set_meta(tx, "count", "0")
    failed: list[BaseException] = []

    def add_twenty() -> None:
        try:
            for _ in range(20):
                with db.write() as tx:
                    set_meta(tx, "count", str(int(get_meta(tx.c, "count") or 0) + 1))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=add_twenty) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with db.read() as c:
        assert get_meta(c, "count") == "80"


def test_news_is_told_after_the_commit(db: Database):
    seen: list[str | None] = []

    def look(_news: object) -> None:
        with db.read() as c:  # a listener sees what it is told about
            seen.append(get_meta(c, "school"))

    db.listen(look)
    with db.write() as tx:
        tx.tell(BoardChanged())
        set_meta(tx, "school", "SMP")
        assert seen == []
    assert seen == ["SMP"]


def test_a_rollback_tells_nothing_and_leaves_nothing(db: Database):
    told: list[object] = []
    db.listen(told.append)
    with pytest.raises(RuntimeError), db.write() as tx:
        set_meta(tx, "school", "SMP")
        tx.tell(BoardChanged())
        _fail()
    assert told == []
    with db.read() as c:
        assert get_meta(c, "school") is None


def test_a_listener_that_fails_undoes_nothing_and_silences_nobody(db: Database):
    told: list[object] = []
    db.listen(_fail)
    db.listen(told.append)
    with db.write() as tx:
        set_meta(tx, "school", "SMP")
        tx.tell(BoardChanged())
    assert told == [BoardChanged()]
    with db.read() as c:
        assert get_meta(c, "school") == "SMP"


def test_a_reader_keeps_its_snapshot_and_holds_up_no_writer(db: Database):
    with db.write() as tx:
        set_meta(tx, "school", "SMP")
    with db.read() as c:
        assert get_meta(c, "school") == "SMP"
        with db.write() as tx:
            set_meta(tx, "school", "SMA")
        assert get_meta(c, "school") == "SMP"
    with db.read() as c:
        assert get_meta(c, "school") == "SMA"


def test_a_savepoint_rolled_back_leaves_the_rest_of_the_transaction(db: Database):
    with db.write() as tx:
        set_meta(tx, "first", "1")
        inner = tx.c.begin_nested()
        set_meta(tx, "second", "2")
        inner.rollback()
        set_meta(tx, "third", "3")
    with db.read() as c:
        assert set(c.execute(select(meta.c.key)).scalars()) >= {"first", "third"}
        assert get_meta(c, "second") is None


def test_what_a_power_cut_and_a_stray_row_need_is_switched_on(db: Database):
    with db.read() as c:
        assert c.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert c.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert c.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are those of POSIX")
def test_nobody_else_on_the_machine_can_read_the_database(tmp_path):
    file = tmp_path / "bangku.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    db = Database.at(file)
    with db.write() as tx:
        tx.c.exec_driver_sql("CREATE TABLE t (x)")
        beside = [path for path in tmp_path.iterdir() if path.name.startswith("bangku.db")]
        assert len(beside) > 1
        assert [oct(path.stat().st_mode & 0o777) for path in beside] == ["0o600"] * len(beside)
    db.close()
