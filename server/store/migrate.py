"""Bringing a database up to date, from an installed package, without a configuration file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.store.database import Database

_SCRIPTS = Path(__file__).resolve().parent / "migrations"


def upgrade(db: Database) -> None:
    """Run every migration that this database has not seen. Nothing happens when there is none."""
    if not pending(db):
        return
    config = _config()
    with db.write() as tx:
        config.attributes["connection"] = tx.c
        command.upgrade(config, "head")


def pending(db: Database) -> bool:
    """True when `upgrade` would change something."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with db.read() as c:
        return MigrationContext.configure(c).get_current_revision() != head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
