"""The whole exam day: sessions that follow each other, moved sittings, the centre's states, battery marks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By hand where a column refers to a table: SQLite would otherwise have to rebuild that table, and cannot
    # drop one that others refer to inside a transaction.
    _add_reference("exams", "followed_by_id", "exams")
    _add_reference("sittings", "moved_to_id", "sittings")
    op.add_column("exams", sa.Column("probe_url", sa.Text(), nullable=True))
    op.add_column("sittings", sa.Column("moved_kind", sa.String(length=10), nullable=True))
    op.add_column(
        "sitting_blocks",
        sa.Column("used_before_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "assignments",
        sa.Column("owes_clear", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    for name in ("clear_ordered_at", "cleared_at"):
        op.add_column("assignments", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_table(
        "centre_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("told_by", sa.String(length=10), nullable=False),
        sa.Column("by_staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_centre_states_exam_id")),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_centre_states_by_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre_states")),
    )
    op.create_index("ix_centre_states_exam_id", "centre_states", ["exam_id"])
    op.create_index(
        "uq_centre_states_open",
        "centre_states",
        ["exam_id", "kind"],
        unique=True,
        sqlite_where=sa.text("to_at IS NULL"),
        postgresql_where=sa.text("to_at IS NULL"),
    )
    op.create_table(
        "battery_marks",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("charging", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_battery_marks_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "at", name=op.f("pk_battery_marks")),
    )


def _add_reference(table: str, column: str, target: str) -> None:
    name = f"fk_{table}_{column}"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {target} (id)")
    op.create_index(f"ix_{table}_{column}", table, [column])
