"""Migrations build exactly what the tables say, and running them again changes nothing."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from server.store.database import Database
from server.store.migrate import pending, upgrade
from server.store.tables import metadata


def test_an_empty_file_becomes_what_the_tables_say(tmp_path):
    db = Database.at(tmp_path / "new.db")
    assert pending(db)
    upgrade(db)
    assert not pending(db)
    with db.read() as c:
        assert compare_metadata(MigrationContext.configure(c), metadata) == []
        indexes = {i["name"] for i in inspect(c).get_indexes("assignments")}
    assert {"uq_assignments_open_sitting", "uq_assignments_open_device"} <= indexes
    db.close()


def test_a_second_upgrade_changes_nothing(tmp_path):
    db = Database.at(tmp_path / "new.db")
    upgrade(db)
    with db.read() as c:
        before = c.exec_driver_sql("select sql from sqlite_master order by name").all()
    upgrade(db)
    with db.read() as c:
        assert c.exec_driver_sql("select sql from sqlite_master order by name").all() == before
    db.close()
