"""A Chromebook comes back, and is ready before the day: remaps, checks, loans, swaps, minutes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_telemetry",
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("console_id", name=op.f("pk_console_telemetry")),
    )
    op.create_table(
        "check_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("by_staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_check_codes_by_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_check_codes_code")),
    )
    op.create_table(
        "device_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_checks_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_checks")),
    )
    op.create_index("ix_device_checks_device_id", "device_checks", ["device_id"])
    op.create_index("ix_device_checks_device_id_kind_at", "device_checks", ["device_id", "kind", "at"])

    op.create_table(
        "device_loans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=160), nullable=False),
        sa.Column("owner_school_id", sa.Integer(), nullable=True),
        sa.Column("foreign_policies", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by_staff_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_device_loans_by_staff_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_loans_device_id")),
        sa.ForeignKeyConstraint(
            ["owner_school_id"], ["schools.id"], name=op.f("fk_device_loans_owner_school_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_loans")),
    )
    op.create_index("ix_device_loans_device_id", "device_loans", ["device_id"])
    op.create_index("ix_device_loans_owner_school_id", "device_loans", ["owner_school_id"])

    op.create_table(
        "readiness_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_readiness_marks_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_marks")),
    )
    op.create_index("ix_readiness_marks_device_id", "readiness_marks", ["device_id"])

    op.create_table(
        "attestations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("challenge_hash", sa.String(length=64), nullable=True),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_attestations_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestations")),
    )
    op.create_index("ix_attestations_enrolment_id", "attestations", ["enrolment_id"])
    op.create_index("ix_attestations_state", "attestations", ["state"])

    op.create_table(
        "remaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("console_id", sa.String(length=80), nullable=True),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("strength", sa.String(length=10), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("proposal", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("how", sa.String(length=10), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_remaps_device_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_remaps_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remaps")),
    )
    op.create_index("ix_remaps_console_id", "remaps", ["console_id"])
    op.create_index("ix_remaps_device_id", "remaps", ["device_id"])
    op.create_index("ix_remaps_enrolment_id", "remaps", ["enrolment_id"])
    op.create_index("ix_remaps_state", "remaps", ["state"])

    op.create_table(
        "minutes_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("struck_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_minutes_lines_exam_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_lines")),
    )
    op.create_index("ix_minutes_lines_exam_id", "minutes_lines", ["exam_id"])

    op.create_table(
        "remap_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("remap_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=4), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["remap_id"], ["remaps.id"], name=op.f("fk_remap_changes_remap_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remap_changes")),
        sa.UniqueConstraint(
            "remap_id", "way", "position", name=op.f("uq_remap_changes_remap_id_way_position")
        ),
    )
    op.create_index("ix_remap_changes_remap_id", "remap_changes", ["remap_id"])

    op.create_table(
        "swaps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("from_device_id", sa.Integer(), nullable=True),
        sa.Column("to_device_id", sa.Integer(), nullable=True),
        sa.Column("from_assignment_id", sa.Integer(), nullable=True),
        sa.Column("to_assignment_id", sa.Integer(), nullable=False),
        sa.Column("from_enrolment_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.Column("lost_ms", sa.BigInteger(), nullable=True),
        sa.Column("minutes_line_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_staff_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_swaps_by_staff_id")),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name=op.f("fk_swaps_exam_id")),
        sa.ForeignKeyConstraint(
            ["from_assignment_id"], ["assignments.id"], name=op.f("fk_swaps_from_assignment_id")
        ),
        sa.ForeignKeyConstraint(["from_device_id"], ["devices.id"], name=op.f("fk_swaps_from_device_id")),
        sa.ForeignKeyConstraint(
            ["from_enrolment_id"], ["enrolments.id"], name=op.f("fk_swaps_from_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["minutes_line_id"], ["minutes_lines.id"], name=op.f("fk_swaps_minutes_line_id")
        ),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_swaps_sitting_id")),
        sa.ForeignKeyConstraint(
            ["to_assignment_id"], ["assignments.id"], name=op.f("fk_swaps_to_assignment_id")
        ),
        sa.ForeignKeyConstraint(["to_device_id"], ["devices.id"], name=op.f("fk_swaps_to_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swaps")),
    )
    op.create_index("ix_swaps_exam_id", "swaps", ["exam_id"])
    op.create_index("ix_swaps_from_assignment_id", "swaps", ["from_assignment_id"])
    op.create_index("ix_swaps_from_device_id", "swaps", ["from_device_id"])
    op.create_index("ix_swaps_from_enrolment_id", "swaps", ["from_enrolment_id"])
    op.create_index("ix_swaps_minutes_line_id", "swaps", ["minutes_line_id"])
    op.create_index("ix_swaps_sitting_id", "swaps", ["sitting_id"])
    op.create_index("ix_swaps_to_assignment_id", "swaps", ["to_assignment_id"])
    op.create_index("ix_swaps_to_device_id", "swaps", ["to_device_id"])

    op.add_column("device_seen", sa.Column("address", sa.String(length=64), nullable=True))

    op.add_column("enrolments", sa.Column("console_id", sa.String(length=80), nullable=True))
    op.add_column("enrolments", sa.Column("org_unit_path", sa.Text(), nullable=True))
    op.add_column("enrolments", sa.Column("vouched_by", sa.String(length=80), nullable=True))
    op.add_column("enrolments", sa.Column("attested_at", sa.BigInteger(), nullable=True))
    op.add_column("enrolments", sa.Column("kiosk_at", sa.BigInteger(), nullable=True))

    # By hand where a column refers to a table: SQLite would otherwise have to rebuild that table.
    op.execute(
        "ALTER TABLE incidents ADD COLUMN group_id INTEGER CONSTRAINT fk_incidents_group_id REFERENCES incidents (id)"
    )
    op.create_index("ix_incidents_group_id", "incidents", ["group_id"])
    op.add_column("rooms", sa.Column("portal_clients", sa.Integer(), nullable=True))
