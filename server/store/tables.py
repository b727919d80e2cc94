"""All tables. Times are UTC epoch ms; states hold the values of the enums in `server.domain`.

Core tables, no ORM: the device channel writes by group commit and every other write is conditional,
so mapped objects would be carried and never used (docs/decisions.md).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{target}.id"), nullable=null, index=True)


def _at(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


meta = Table(
    "meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False)
)

# --- people -------------------------------------------------------------------------------------------

staff = Table(
    "staff",
    metadata,
    _id(),
    Column("username", String(60), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False, server_default=true()),
    # Raised on password change or deactivation: sessions and sockets that carry an older one are refused.
    Column("session_version", Integer, nullable=False, server_default=text("1")),
    _at("created_at"),
)

setup_links = Table(
    "setup_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("staff_id", Integer, ForeignKey("staff.id")),  # null: the very first administrator
    _at("created_at"),
    _at("expires_at"),
    _at("used_at", null=True),
)

schools = Table(
    "schools",
    metadata,
    _id(),
    Column("npsn", String(8), nullable=False, unique=True),
    Column("name", String(160), nullable=False),
    Column("level", String(10), nullable=False),
    Column("timezone", String(4), nullable=False),  # WIB | WITA | WIT
    Column("is_host", Boolean, nullable=False, server_default=false()),
)

participants = Table(
    "participants",
    metadata,
    _id(),
    _ref("school_id", "schools"),
    Column("nisn", String(10)),
    Column("name", String(160), nullable=False),
    Column("class_name", String(40)),
)

# --- what is held, when, where ---------------------------------------------------------------------------

rounds = Table(
    "rounds",
    metadata,
    _id(),
    Column("name", String(160), nullable=False),
    Column("programme", String(40), nullable=False),
    Column("purpose", String(20), nullable=False),  # the only place purpose lives
    Column("wave", String(40)),
    _at("created_at"),
)

round_days = Table(
    "round_days",
    metadata,
    _id(),
    _ref("round_id", "rounds"),
    Column("number", Integer, nullable=False),
    Column("date", String(10), nullable=False),  # yyyy-mm-dd, local to the school
    UniqueConstraint("round_id", "number"),
)

exam_slots = Table(
    "exam_slots",
    metadata,
    _id(),
    _ref("round_id", "rounds"),
    Column("number", Integer, nullable=False),
    Column("starts", String(5)),  # hh:mm, local to the school
    UniqueConstraint("round_id", "number"),
)

rooms = Table(
    "rooms",
    metadata,
    _id(),
    _ref("school_id", "schools"),
    Column("name", String(60), nullable=False),
    Column("columns", Integer, nullable=False),
    Column("portal_clients", Integer),  # computers that the operator entered for it in the portal
    UniqueConstraint("school_id", "name"),
)

seats = Table(
    "seats",
    metadata,
    _id(),
    _ref("room_id", "rooms"),
    Column("label", String(10), nullable=False),
    Column("row", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    UniqueConstraint("room_id", "label"),
)

registrations = Table(
    "registrations",
    metadata,
    _id(),
    _ref("round_id", "rounds"),
    _ref("participant_id", "participants"),
    Column("number", String(60), nullable=False),  # any text: leading zeros and hyphens stay
    Column("username", String(60)),
    Column("kind", String(10), nullable=False, server_default="main"),  # main | reserve
    _ref("replaced_by_id", "registrations", null=True),
    Column("extra_minutes", Integer, nullable=False, server_default=text("0")),  # accommodation, per block
    Column("card_code", String(12), nullable=False),
    UniqueConstraint("round_id", "number"),
)

# Where a registration sits in each slot: the plan that exams of any day are made from.
seat_plans = Table(
    "seat_plans",
    metadata,
    _id(),
    _ref("registration_id", "registrations"),
    _ref("slot_id", "exam_slots"),
    _ref("seat_id", "seats"),
    UniqueConstraint("registration_id", "slot_id"),
    UniqueConstraint("slot_id", "seat_id"),
)

exams = Table(
    "exams",
    metadata,
    _id(),
    _ref("day_id", "round_days"),
    _ref("slot_id", "exam_slots"),
    _ref("room_id", "rooms"),
    Column("title", String(160), nullable=False),
    Column("profile_key", String(60), nullable=False),
    Column("profile", JSON, nullable=False),  # the profile as it was when the exam was made
    Column("client", String(20), nullable=False),
    Column("start_url", Text),
    Column("allowed_hosts", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("token_interval_minutes", Integer),
    _at("opens_at", null=True),
    _at("opened_at", null=True),
    _at("started_at", null=True),
    _at("paused_at", null=True),
    _at("ended_at", null=True),
    # Once the next session takes over the devices: which exam it is. No new start in this one from then on.
    _ref("followed_by_id", "exams", null=True),
    Column("probe_url", Text),  # `exam_browser`: the centre's address, looked at to tell whose side is down
    _at("created_at"),
    UniqueConstraint("day_id", "slot_id", "room_id"),
)

# What the centre did to an `exam_browser` exam, from when to when, and who said so.
centre_states = Table(
    "centre_states",
    metadata,
    _id(),
    _ref("exam_id", "exams"),
    Column("kind", String(20), nullable=False),  # token_awaited | unreachable
    _at("from_at"),
    _at("to_at", null=True),
    Column("told_by", String(10), nullable=False),  # probe | person
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
)
Index(
    "uq_centre_states_open",
    centre_states.c.exam_id,
    centre_states.c.kind,
    unique=True,
    sqlite_where=centre_states.c.to_at.is_(None),
    postgresql_where=centre_states.c.to_at.is_(None),
)

exam_tokens = Table(
    "exam_tokens",
    metadata,
    _id(),
    _ref("exam_id", "exams"),
    Column("value", String(40), nullable=False),
    Column("source", String(10), nullable=False),  # bangku | centre (copied by the proktor)
    _at("from_at"),
    _at("to_at", null=True),
    Column("released_by", Integer, ForeignKey("staff.id")),
)

sittings = Table(
    "sittings",
    metadata,
    _id(),
    _ref("exam_id", "exams"),
    _ref("registration_id", "registrations"),
    _ref("seat_id", "seats", null=True),
    Column("state", String(20), nullable=False),
    Column("told_by", String(10), nullable=False, server_default="device"),  # device | person
    Column("token_misses", Integer, nullable=False, server_default=text("0")),
    _at("token_locked_until", null=True),
    Column("unsent_answers", Integer),  # newest word of the device; null: the page cannot say
    _at("state_at"),
    _at("finished_at", null=True),
    Column("finish_reason", String(20)),  # pupil | time | proctor | exam_ended | moved
    Column("moved_kind", String(10)),  # session | day | susulan
    _ref("moved_to_id", "sittings", null=True),  # null while moved: to a susulan that is not made yet
    _at("clear_ordered_at", null=True),  # every answer and event was in: site data may be cleared
    _at("cleared_at", null=True),  # the device said it did
    UniqueConstraint("exam_id", "registration_id"),
)

sitting_blocks = Table(
    "sitting_blocks",
    metadata,
    _id(),
    _ref("sitting_id", "sittings"),
    Column("position", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("extra_minutes", Integer, nullable=False, server_default=text("0")),
    Column("incident_ms", BigInteger, nullable=False, server_default=text("0")),
    # Time already used in the sitting this one was moved from.
    Column("used_before_ms", BigInteger, nullable=False, server_default=text("0")),
    _at("started_at", null=True),
    _at("paused_at", null=True),
    Column("stood_ms", BigInteger, nullable=False, server_default=text("0")),
    _at("ended_at", null=True),
    Column("end_reason", String(20)),
    UniqueConstraint("sitting_id", "position"),
)

answers = Table(
    "answers",
    metadata,
    _id(),
    _ref("sitting_id", "sittings"),
    Column("item", String(40), nullable=False),
    Column("seq", Integer, nullable=False),  # rises per sitting page; the highest stands
    Column("value", Text, nullable=False),
    _at("answered_at"),  # server time as the device reckoned it
    _at("received_at"),
    Column("late", Boolean, nullable=False, server_default=false()),  # after the end: kept, not counted
    UniqueConstraint("sitting_id", "item", "seq"),
)

# --- devices ------------------------------------------------------------------------------------------------

devices = Table(
    "devices",
    metadata,
    _id(),
    Column("label", String(20), nullable=False, unique=True),  # the sticker
    Column("model", String(80)),
    Column("spare", Boolean, nullable=False, server_default=false()),
    Column("in_service", Boolean, nullable=False, server_default=true()),
    _at("created_at"),
)

# A serial number is an attribute with a history, never the key: in the field it is empty, doubled or replaced.
device_serials = Table(
    "device_serials",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    Column("serial", String(80), nullable=False, index=True),
    _at("from_at"),
    _at("to_at", null=True),
)

device_places = Table(
    "device_places",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    _ref("room_id", "rooms"),
    _ref("seat_id", "seats", null=True),
    _at("from_at"),
    _at("to_at", null=True),
)

# One life of a device between two wipes.
enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("serial", String(80), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("thumbprint", String(64), nullable=False, unique=True),
    Column("platform", String(120)),  # what its browser runs on, as it says: "cros", "linux", "simulated"
    Column("grade", String(10), nullable=False),
    Column("standing", String(12), nullable=False),  # live | quarantined | ended
    Column("ticket_hash", String(64)),
    Column("previous_ticket_hash", String(64)),
    Column("ticket_confirmed", Boolean, nullable=False, server_default=false()),
    _at("first_seen_at"),
    _at("ended_at", null=True),
    Column("end_reason", String(40)),
    # Where the console had it when this life was first seen; a sync fills in what was not known then.
    Column("console_id", String(80)),
    Column("org_unit_path", Text),
    Column("vouched_by", String(80)),  # who said that it is this Chromebook: grade "manual"
    _at("attested_at", null=True),  # newest time that Verified Access proved the machine
    _at("kiosk_at", null=True),  # newest time that it proved a kiosk session
)

# Questions to Verified Access, and what became of them.
attestations = Table(
    "attestations",
    metadata,
    _id(),
    _ref("enrolment_id", "enrolments"),
    Column("scope", String(10), nullable=False),  # machine | kiosk
    # asked | answered | verified | refused | unavailable | silent
    Column("state", String(12), nullable=False, index=True),
    Column("challenge_hash", String(64)),
    Column(
        "challenge", Text
    ),  # base64, until the question is over: the worker asks for it, the server sends it
    Column("response", Text),  # the device's answer, base64, until Google has looked at it
    _at("sent_at", null=True),
    _at("asked_at"),
    _at("ended_at", null=True),
    Column("code", String(60)),
    Column("facts", JSON, nullable=False),
)

# Written constantly, so apart from the rows people edit.
device_seen = Table(
    "device_seen",
    metadata,
    Column("enrolment_id", Integer, ForeignKey("enrolments.id"), primary_key=True),
    _at("reported_at"),
    Column("acked_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("applied_epoch", String(8)),
    Column("applied_version", Integer),
    Column("applied_digest", String(64)),
    Column("applied_mode", String(10)),
    _at("applied_at", null=True),
    Column("observed", JSON, nullable=False),
    Column("address", String(64)),  # that its connection came from: tells a subnet
)

# How the battery fell, in steps of a few percent: what a forecast to the end of the next session is made of.
battery_marks = Table(
    "battery_marks",
    metadata,
    Column("enrolment_id", Integer, ForeignKey("enrolments.id"), primary_key=True),
    Column("at", BigInteger, primary_key=True),
    Column("percent", Integer, nullable=False),
    Column("charging", Boolean, nullable=False),
)

device_desired = Table(
    "device_desired",
    metadata,
    Column("device_id", Integer, ForeignKey("devices.id"), primary_key=True),
    Column("epoch", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("doc", Text, nullable=False),
    _at("changed_at"),
)

device_events = Table(
    "device_events",
    metadata,
    Column("enrolment_id", Integer, ForeignKey("enrolments.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(30), nullable=False),
    _at("at"),  # device's reckoning of server time
    _at("received_at"),
    Column("digest", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("rejected", String(30)),  # code of a tombstone
)

enrolment_secrets = Table(
    "enrolment_secrets",
    metadata,
    _id(),
    Column("secret", String(128), nullable=False),
    _at("created_at"),
    _at("retires_at", null=True),
)

# --- the room ----------------------------------------------------------------------------------------------

# The seat ledger: who sat where, on what, from when to when, and why it changed.
assignments = Table(
    "assignments",
    metadata,
    _id(),
    _ref("sitting_id", "sittings"),
    _ref("seat_id", "seats", null=True),
    _ref("device_id", "devices", null=True),
    _at("from_at"),
    _at("to_at", null=True),
    Column("reason", String(40), nullable=False),
    Column("end_reason", String(40)),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
    # The pupil went on elsewhere (a swap): the device still has to deliver what was written, and be cleared.
    Column("owes_clear", Boolean, nullable=False, server_default=false()),
    _at("clear_ordered_at", null=True),
    _at("cleared_at", null=True),
)
Index(
    "uq_assignments_open_sitting",
    assignments.c.sitting_id,
    unique=True,
    sqlite_where=assignments.c.to_at.is_(None),
    postgresql_where=assignments.c.to_at.is_(None),
)
Index(
    "uq_assignments_open_device",
    assignments.c.device_id,
    unique=True,
    sqlite_where=assignments.c.to_at.is_(None),
    postgresql_where=assignments.c.to_at.is_(None),
)

holds = Table(
    "holds",
    metadata,
    _id(),
    _ref("sitting_id", "sittings"),
    Column("reason", String(20), nullable=False),
    Column("text", Text, nullable=False),
    _at("created_at"),
    _at("expires_at", null=True),
    _at("released_at", null=True),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    _ref("sitting_id", "sittings"),
    Column("text", Text, nullable=False),
    _at("created_at"),
    _at("cleared_at", null=True),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
)

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _ref("exam_id", "exams", null=True),
    _ref("sitting_id", "sittings", null=True),
    _ref("device_id", "devices", null=True),
    Column("kind", String(40), nullable=False),
    Column("cause", String(20), nullable=False),  # network | power | focus | identity | time | other
    Column("detail", JSON, nullable=False),
    _at("opened_at"),
    _at("closed_at", null=True),
    Column("closed_by", String(60)),  # a username, or "system"
    # The one incident that explains many: a lost access point has its devices' losses under it.
    _ref("group_id", "incidents", null=True),
)

page_tickets = Table(
    "page_tickets",
    metadata,
    Column("ticket_hash", String(64), primary_key=True),
    _ref("device_id", "devices"),
    _ref("enrolment_id", "enrolments"),
    _at("created_at"),
    _at("expires_at"),
    _at("used_at", null=True),
)

pupil_sessions = Table(
    "pupil_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _ref("device_id", "devices", null=True),  # null: number and card code, without an extension
    _ref("enrolment_id", "enrolments", null=True),
    _ref("sitting_id", "sittings", null=True),
    _at("created_at"),
    _at("ended_at", null=True),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _at("at"),
    Column("actor", String(80), nullable=False),  # username, "device C07", "system", "nobody"
    Column("role", String(20)),
    Column("address", String(64)),
    Column("action", String(60), nullable=False),
    Column("object", String(120), nullable=False),
    Column("outcome", String(10), nullable=False),  # done | refused
    Column("code", String(40)),
    Column("detail", JSON, nullable=False),
)
Index("ix_audit_at", audit.c.at)

# --- a Chromebook comes back ---------------------------------------------------------------------------------

# A proposal to give a returning device its place, with what speaks for it and against it.
remaps = Table(
    "remaps",
    metadata,
    _id(),
    _ref("device_id", "devices", null=True),  # whose place; null: no single candidate
    _ref("enrolment_id", "enrolments", null=True),  # the newcomer that waits
    Column("console_id", String(80), index=True),  # the record it would be from now on
    Column("serial", String(80), nullable=False),
    Column("kind", String(20), nullable=False),  # domain.remap.Kind
    Column("strength", String(10), nullable=False),  # domain.remap.Strength
    Column("evidence", JSON, nullable=False),  # [domain.remap.Evidence]
    Column("proposal", JSON, nullable=False),  # domain.remap.Proposal
    Column("digest", String(64), nullable=False),  # of what a person is shown; accepting must name it
    # open | accepted | rejected | undone | superseded
    Column("state", String(12), nullable=False, index=True),
    _at("opened_at"),
    _at("decided_at", null=True),
    Column("decision", Integer),  # counts acceptances: which came later, whatever the clock says
    Column("decided_by", String(80)),  # a username, or "rule"
    Column("how", String(10)),  # scan | typed | opened | click | rule
    Column("before", JSON),  # what undoing restores
    _at("undone_at", null=True),
    Column("undone_by", String(80)),
)

# What an accepted remap writes to the console, and what undoing it writes back.
remap_changes = Table(
    "remap_changes",
    metadata,
    _id(),
    _ref("remap_id", "remaps"),
    Column("way", String(4), nullable=False),  # out | back
    Column("position", Integer, nullable=False),
    Column("console_id", String(80), nullable=False),
    Column("field", String(30), nullable=False),  # annotatedAssetId | … | notes | orgUnitPath
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("outcome", String(10), nullable=False),  # pending | sent | done | failed | skipped
    Column("code", String(60)),
    _at("at", null=True),
    UniqueConstraint("remap_id", "way", "position"),
)

# --- ready before the day ------------------------------------------------------------------------------------

# What was looked at on a device apart from its reports.
device_checks = Table(
    "device_checks",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    Column(
        "kind", String(10), nullable=False
    ),  # page (self-reported values) | hands (touch, keys, screen) | client
    Column("source", String(10), nullable=False),  # browser | kiosk | person
    Column("by_name", String(80)),  # who ticked; null: the page itself
    Column("seen", JSON, nullable=False),
    _at("at"),
)
Index(
    "ix_device_checks_device_id_kind_at", device_checks.c.device_id, device_checks.c.kind, device_checks.c.at
)

# Opens the check page on a Chromebook without a sign-in, for some hours.
check_codes = Table(
    "check_codes",
    metadata,
    _id(),
    Column("code", String(12), nullable=False, unique=True),
    _at("created_at"),
    _at("expires_at"),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
)

# Newest telemetry of a console record. It comes late: evidence, not a live signal.
console_telemetry = Table(
    "console_telemetry",
    metadata,
    Column("console_id", String(80), primary_key=True),
    _at("at", null=True),  # newest time that Google reports any of it for
    Column("facts", JSON, nullable=False),
    _at("fetched_at"),
)

# A line for each change of a device's readiness: the trend since the last look.
readiness_marks = Table(
    "readiness_marks",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    _at("at"),
    Column("state", String(10), nullable=False),
    Column("reasons", JSON, nullable=False),
)

# A Chromebook of another school, until when, and whose policies it carries.
device_loans = Table(
    "device_loans",
    metadata,
    _id(),
    _ref("device_id", "devices"),
    Column("owner", String(160), nullable=False),  # the school that lent it, by name
    _ref("owner_school_id", "schools", null=True),
    Column("foreign_policies", Boolean, nullable=False, server_default=true()),
    _at("from_at"),
    Column("until", String(10), nullable=False),  # yyyy-mm-dd, local to the school
    _at("returned_at", null=True),
    Column("condition", Text),  # said at the return
    Column("note", Text),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
)

# --- the spare, and what is written down ---------------------------------------------------------------------

# One pupil went on with another device. The ledger rows say who sat where; this says how, and lets it be undone.
swaps = Table(
    "swaps",
    metadata,
    _id(),
    _ref("exam_id", "exams"),
    _ref("sitting_id", "sittings"),
    _ref("from_device_id", "devices", null=True),
    _ref("to_device_id", "devices", null=True),  # null: a laptop that is no device of ours
    _ref("from_assignment_id", "assignments", null=True),
    _ref("to_assignment_id", "assignments"),
    _ref("from_enrolment_id", "enrolments", null=True),  # the old device's life then: undoing asks for it
    Column("reason", String(40), nullable=False),
    Column("checklist", JSON, nullable=False),  # `exam_browser`: [{step, at, by}]
    Column("lost_ms", BigInteger),  # working time since the old device was last heard; null: not known
    _ref("minutes_line_id", "minutes_lines", null=True),
    _at("at"),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
    _at("undone_at", null=True),
)

# Lines for the berita acara, as they happened. Words are the screen's: kind and params.
minutes_lines = Table(
    "minutes_lines",
    metadata,
    _id(),
    _ref("exam_id", "exams"),
    _at("at"),
    Column("kind", String(30), nullable=False),
    Column("params", JSON, nullable=False),
    Column("by_name", String(80), nullable=False),
    _at("struck_at", null=True),  # undone: stays readable, crossed out
)

# --- the console ---------------------------------------------------------------------------------------------

# What Google says of its devices: written by the sync and by reading back what we ordered, never by a person.
console_devices = Table(
    "console_devices",
    metadata,
    Column("console_id", String(80), primary_key=True),  # Google's deviceId
    Column("serial", String(80), nullable=False, index=True),
    Column("status", String(30), nullable=False),
    Column("org_unit_id", String(80), index=True),
    Column("org_unit_path", Text, nullable=False),
    Column("model", String(120)),
    Column("annotated_user", String(120)),
    Column("annotated_location", String(220)),
    Column("annotated_asset_id", String(120)),
    Column("notes", Text),
    Column("os_version", String(60)),
    Column("boot_mode", String(20)),
    Column("mac_address", String(20)),
    Column("auto_update_through", String(40)),
    _at("last_sync_at", null=True),  # of policy, as Google reports it
    _at("last_enrolled_at", null=True),
    Column("facts", JSON, nullable=False),  # the rest of the record, as it came
    Column("digest", String(64), nullable=False),  # of what a sync compares
    _at("first_seen_at"),
    _at("seen_at"),
    _at("gone_at", null=True),  # a full sync did not find it any more
    # Which Chromebook of ours it is: by exact serial number. Ours, not Google's.
    _ref("device_id", "devices", null=True),
)

console_org_units = Table(
    "console_org_units",
    metadata,
    Column("org_unit_id", String(80), primary_key=True),  # without "id:"
    Column("path", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", String(80)),
    _at("seen_at"),
    _at("gone_at", null=True),
)

# What a sync has fetched and nobody has accepted yet.
console_staged = Table(
    "console_staged",
    metadata,
    _ref("job_id", "google_jobs"),
    Column("console_id", String(80), nullable=False),
    Column("record", JSON, nullable=False),
    UniqueConstraint("job_id", "console_id"),
)

# What happened to a device in the console, for its history page.
console_history = Table(
    "console_history",
    metadata,
    _id(),
    Column("console_id", String(80), nullable=False, index=True),
    _at("at"),
    Column(
        "kind", String(30), nullable=False
    ),  # seen | moved | serial | status | gone | back | enrolled | command
    Column("detail", JSON, nullable=False),
)

# One piece of work with Google: queued by a page or a command, done by the worker, resumed after a crash.
google_jobs = Table(
    "google_jobs",
    metadata,
    _id(),
    Column("kind", String(20), nullable=False),
    Column("state", String(12), nullable=False, index=True),  # queued | running | done | failed | cancelled
    Column("params", JSON, nullable=False),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer),
    Column("step", String(60)),  # code of what it is doing
    _at("waits_until", null=True),  # the next call may leave then: the budget, said on screen
    Column("result", JSON),
    Column("code", String(60)),  # of what stopped it
    Column("code_params", JSON),
    Column("by_name", String(80), nullable=False),
    Column("by_role", String(20)),
    Column("by_staff_id", Integer, ForeignKey("staff.id")),
    _at("created_at"),
    _at("started_at", null=True),
    _at("beat_at", null=True),  # the worker lives
    Column("lease", String(16)),  # of the worker that took it last: another one stops
    _at("ended_at", null=True),
)

# When calls of a bucket left or will leave: the allowance that every process shares.
google_calls = Table(
    "google_calls",
    metadata,
    _id(),
    Column("bucket", String(20), nullable=False),
    _at("at"),
)
Index("ix_google_calls_bucket_at", google_calls.c.bucket, google_calls.c.at)

policy_plans = Table(
    "policy_plans",
    metadata,
    _id(),
    Column("digest", String(64), nullable=False, index=True),
    Column("kind", String(10), nullable=False),  # exam | restore
    Column("org_unit_id", String(80), nullable=False),
    Column("org_unit_path", Text, nullable=False),
    Column("profile_key", String(60)),
    Column("wanted", JSON, nullable=False),  # what the wishes were made from, without secrets
    Column("device_count", Integer, nullable=False),
    Column("worries", JSON, nullable=False),
    Column("allowed", JSON, nullable=False),  # codes of refusals that a person lifted
    Column("seconds", Integer, nullable=False),  # how long applying was forecast to take
    # planned | applying | applied | partly | failed | stale | restored
    Column("state", String(12), nullable=False),
    Column("snapshot", JSON),  # own values of the org unit before the first write
    _ref("restores_id", "policy_plans", null=True),
    Column("by_name", String(80), nullable=False),
    _at("created_at"),
    _at("applied_at", null=True),
    Column("proof", JSON),  # newest: when, in force on whom, since when not
)

policy_changes = Table(
    "policy_changes",
    metadata,
    _id(),
    _ref("plan_id", "policy_plans"),
    Column("position", Integer, nullable=False),
    Column("change", JSON, nullable=False),  # domain.policy_plan.Change
    Column("batch", Integer, nullable=False),
    Column("outcome", String(10), nullable=False),  # pending | sent | done | failed | skipped
    Column("code", String(60)),
    Column("code_params", JSON),
    _at("at", null=True),
    UniqueConstraint("plan_id", "position"),
)

# What Bangku set, and what it set it to: nothing else is ever unset.
policy_owned = Table(
    "policy_owned",
    metadata,
    Column("org_unit_id", String(80), primary_key=True),
    Column("schema", String(160), primary_key=True),
    Column("app_id", String(300), primary_key=True),  # "" where there is none
    Column("field", String(120), primary_key=True),
    Column("value", JSON),
    _at("set_at"),
)

# Devices brought into an exam's org unit, and home again.
device_moves = Table(
    "device_moves",
    metadata,
    _id(),
    Column("purpose", String(10), nullable=False),  # exam | home
    _ref("room_id", "rooms", null=True),
    _ref("returns_id", "device_moves", null=True),  # a way home names the way out
    Column("org_unit_id", String(80)),  # null: each to its own
    Column("org_unit_path", Text),
    Column("digest", String(64), nullable=False),
    Column("reboot", Boolean, nullable=False, server_default=false()),
    Column("left_out", JSON, nullable=False),  # who stays where it is, and why: domain.device_move.Left
    Column("late_reason", Text),  # why a person moved on the exam's own day
    Column("state", String(12), nullable=False),  # planned | moving | done | partly | failed | home
    Column("by_name", String(80), nullable=False),
    _at("created_at"),
    _at("ended_at", null=True),
)

device_move_items = Table(
    "device_move_items",
    metadata,
    _id(),
    _ref("move_id", "device_moves"),
    Column("console_id", String(80), nullable=False),
    _ref("device_id", "devices", null=True),
    Column("from_org_unit_id", String(80)),
    Column("from_path", Text, nullable=False),
    Column("to_org_unit_id", String(80), nullable=False),
    Column("to_path", Text, nullable=False),
    Column("outcome", String(10), nullable=False),  # pending | sent | done | failed
    Column("code", String(60)),
    _at("sent_at", null=True),  # of the last call that named it: from then on it may have moved
    _at("at", null=True),
    _ref("reboot_id", "device_commands", null=True),
    UniqueConstraint("move_id", "console_id"),
)

# Org units prepared ahead: the one that serves a room, per client of the exam.
exam_units = Table(
    "exam_units",
    metadata,
    _id(),
    _ref("room_id", "rooms"),
    Column("client", String(20), nullable=False),  # web | exam_browser
    Column("name", String(80), nullable=False),
    Column("parent_path", Text, nullable=False),
    Column("org_unit_id", String(80)),  # null: not there yet
    Column("path", Text),
    Column("state", String(10), nullable=False),  # wanted | sent | ready | failed
    Column("code", String(60)),
    _at("at"),
    UniqueConstraint("room_id", "client"),
)

device_commands = Table(
    "device_commands",
    metadata,
    _id(),
    Column("console_id", String(80), nullable=False, index=True),
    _ref("device_id", "devices", null=True),
    Column("serial", String(80), nullable=False),
    Column(
        "kind", String(20), nullable=False
    ),  # reboot | screenshot | wipe_users | volume | powerwash | disable | …
    Column("payload", JSON, nullable=False),
    # asked (waits for a second person) | queued | sent | acked
    # | done | failed | ignored | expired | cancelled | unknown
    Column("state", String(12), nullable=False, index=True),
    Column("command_id", String(40)),
    Column("google_state", String(40)),
    Column("result", JSON),
    Column("code", String(60)),
    Column("code_params", JSON),
    Column("asked_by", String(80), nullable=False),
    Column("confirmed_by", String(80)),
    _at("created_at"),
    _at("sent_at", null=True),
    _at("looked_at", null=True),
    _at("ended_at", null=True),
)
