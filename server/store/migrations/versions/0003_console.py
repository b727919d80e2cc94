"""The console: mirror, jobs, plans, moves, commands"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("platform", sa.String(length=120), nullable=True))
    op.create_table(
        "console_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_history")),
    )
    op.create_index("ix_console_history_console_id", "console_history", ["console_id"])

    op.create_table(
        "console_org_units",
        sa.Column("org_unit_id", sa.String(length=80), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.String(length=80), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("org_unit_id", name=op.f("pk_console_org_units")),
    )
    op.create_table(
        "google_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bucket", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_google_calls")),
    )
    op.create_index("ix_google_calls_bucket_at", "google_calls", ["bucket", "at"])

    op.create_table(
        "policy_owned",
        sa.Column("org_unit_id", sa.String(length=80), nullable=False),
        sa.Column("schema", sa.String(length=160), nullable=False),
        sa.Column("app_id", sa.String(length=300), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("org_unit_id", "schema", "app_id", "field", name=op.f("pk_policy_owned")),
    )
    op.create_table(
        "policy_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("org_unit_id", sa.String(length=80), nullable=False),
        sa.Column("org_unit_path", sa.Text(), nullable=False),
        sa.Column("profile_key", sa.String(length=60), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("device_count", sa.Integer(), nullable=False),
        sa.Column("worries", sa.JSON(), nullable=False),
        sa.Column("allowed", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.Column("restores_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=True),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["restores_id"], ["policy_plans.id"], name=op.f("fk_policy_plans_restores_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_plans")),
    )
    op.create_index("ix_policy_plans_digest", "policy_plans", ["digest"])
    op.create_index("ix_policy_plans_restores_id", "policy_plans", ["restores_id"])

    op.create_table(
        "console_devices",
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("org_unit_id", sa.String(length=80), nullable=True),
        sa.Column("org_unit_path", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=120), nullable=True),
        sa.Column("annotated_user", sa.String(length=120), nullable=True),
        sa.Column("annotated_location", sa.String(length=220), nullable=True),
        sa.Column("annotated_asset_id", sa.String(length=120), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("os_version", sa.String(length=60), nullable=True),
        sa.Column("boot_mode", sa.String(length=20), nullable=True),
        sa.Column("mac_address", sa.String(length=20), nullable=True),
        sa.Column("auto_update_through", sa.String(length=40), nullable=True),
        sa.Column("last_sync_at", sa.BigInteger(), nullable=True),
        sa.Column("last_enrolled_at", sa.BigInteger(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_console_devices_device_id")),
        sa.PrimaryKeyConstraint("console_id", name=op.f("pk_console_devices")),
    )
    op.create_index("ix_console_devices_device_id", "console_devices", ["device_id"])
    op.create_index("ix_console_devices_org_unit_id", "console_devices", ["org_unit_id"])
    op.create_index("ix_console_devices_serial", "console_devices", ["serial"])

    op.create_table(
        "device_commands",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("command_id", sa.String(length=40), nullable=True),
        sa.Column("google_state", sa.String(length=40), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_params", sa.JSON(), nullable=True),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_commands_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_commands")),
    )
    op.create_index("ix_device_commands_console_id", "device_commands", ["console_id"])
    op.create_index("ix_device_commands_device_id", "device_commands", ["device_id"])
    op.create_index("ix_device_commands_state", "device_commands", ["state"])

    op.create_table(
        "google_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=60), nullable=True),
        sa.Column("waits_until", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_params", sa.JSON(), nullable=True),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("by_role", sa.String(length=20), nullable=True),
        sa.Column("by_staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("beat_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.String(length=16), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_staff_id"], ["staff.id"], name=op.f("fk_google_jobs_by_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_google_jobs")),
    )
    op.create_index("ix_google_jobs_state", "google_jobs", ["state"])

    op.create_table(
        "policy_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("code_params", sa.JSON(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["policy_plans.id"], name=op.f("fk_policy_changes_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_changes")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_policy_changes_plan_id_position")),
    )
    op.create_index("ix_policy_changes_plan_id", "policy_changes", ["plan_id"])

    op.create_table(
        "console_staged",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["google_jobs.id"], name=op.f("fk_console_staged_job_id")),
        sa.UniqueConstraint("job_id", "console_id", name=op.f("uq_console_staged_job_id_console_id")),
    )
    op.create_index("ix_console_staged_job_id", "console_staged", ["job_id"])

    op.create_table(
        "device_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("returns_id", sa.Integer(), nullable=True),
        sa.Column("org_unit_id", sa.String(length=80), nullable=True),
        sa.Column("org_unit_path", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reboot", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("by_name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["returns_id"], ["device_moves.id"], name=op.f("fk_device_moves_returns_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_device_moves_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_moves")),
    )
    op.create_index("ix_device_moves_returns_id", "device_moves", ["returns_id"])
    op.create_index("ix_device_moves_room_id", "device_moves", ["room_id"])

    op.create_table(
        "device_move_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("console_id", sa.String(length=80), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("from_org_unit_id", sa.String(length=80), nullable=True),
        sa.Column("from_path", sa.Text(), nullable=False),
        sa.Column("to_org_unit_id", sa.String(length=80), nullable=False),
        sa.Column("to_path", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("reboot_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_move_items_device_id")),
        sa.ForeignKeyConstraint(
            ["reboot_id"], ["device_commands.id"], name=op.f("fk_device_move_items_reboot_id")
        ),
        sa.ForeignKeyConstraint(["move_id"], ["device_moves.id"], name=op.f("fk_device_move_items_move_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_move_items")),
        sa.UniqueConstraint("move_id", "console_id", name=op.f("uq_device_move_items_move_id_console_id")),
    )
    op.create_index("ix_device_move_items_device_id", "device_move_items", ["device_id"])
    op.create_index("ix_device_move_items_move_id", "device_move_items", ["move_id"])
    op.create_index("ix_device_move_items_reboot_id", "device_move_items", ["reboot_id"])

    op.create_table(
        "exam_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent_path", sa.Text(), nullable=False),
        sa.Column("org_unit_id", sa.String(length=80), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_exam_units_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_units")),
        sa.UniqueConstraint("room_id", "client", name=op.f("uq_exam_units_room_id_client")),
    )
    op.create_index("ix_exam_units_room_id", "exam_units", ["room_id"])
