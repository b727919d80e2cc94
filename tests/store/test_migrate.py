"""Migrations build exactly what the tables say, and running them again changes nothing."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from server.store.database import Database
from server.store.migrate import _config, pending, upgrade
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


def test_a_school_that_has_been_using_the_first_version_keeps_its_exams(tmp_path):
    db = Database.at(tmp_path / "old.db")
    config = _config()
    with db.write() as tx:
        config.attributes["connection"] = tx.c
        command.upgrade(config, "0001")
        c = tx.c
        c.exec_driver_sql(
            "insert into schools (id, npsn, name, level, timezone) values (1, '20999001', 'S', 'SMP', 'WIB')"
        )
        c.exec_driver_sql(
            "insert into rounds (id, name, programme, purpose, created_at) values (1, 'R', 'ANBK', 'gladi', 1)"
        )
        c.exec_driver_sql(
            "insert into round_days (id, round_id, number, date) values (1, 1, 1, '2026-11-24')"
        )
        c.exec_driver_sql("insert into exam_slots (id, round_id, number) values (1, 1, 1)")
        c.exec_driver_sql("insert into rooms (id, school_id, name, \"columns\") values (1, 1, 'A', 5)")
        c.exec_driver_sql(
            "insert into exams (id, day_id, slot_id, room_id, title, profile_key, profile, client, allowed_hosts,"
            " state, created_at) values (1, 1, 1, 1, 'T', 'k', '{}', 'web', '[]', 'draft', 1)"
        )
    upgrade(db)
    with db.read() as c:
        assert c.exec_driver_sql("select title, followed_by_id from exams").all() == [("T", None)]
        assert c.exec_driver_sql("pragma foreign_key_check").all() == []
    db.close()
