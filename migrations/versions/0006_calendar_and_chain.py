"""The calendar of reminders and who wants what of it, and a chain over the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TRAIL = ("audit_events", "audit_links", "audit_checkpoints")
FACTS = (
    "id, at, actor_kind, actor_id, organisation_id, action, object_type, object_id, about_company_id, origin, detail"
)


def upgrade() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rhythm", sa.String(length=40), nullable=False),
        sa.Column("wants_statement", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_preferences_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_preferences_user_id")),
        sa.PrimaryKeyConstraint("user_id", "organisation_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "notices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_notices_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("user_id", "organisation_id", "kind", name=op.f("pk_notices")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_calendar_feeds_company_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_calendar_feeds_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )
    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.create_index(
            "uq_calendar_feeds_in_force",
            ["company_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )
    _calendar()

    _post_and_jobs()
    op.add_column("audit_events", sa.Column("is_chained", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_audit_events_waiting",
        "audit_events",
        ["id"],
        sqlite_where=sa.text("is_chained = 0"),
        postgresql_where=sa.text("NOT is_chained"),
    )
    op.create_table(
        "audit_links",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_events.id"], name=op.f("fk_audit_links_event_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_links_event_id")),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_checkpoints")),
    )
    _refuse_changes_of_the_trail()


def _post_and_jobs() -> None:
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        # The default stays: it is the right half of what was written before.
        batch_op.add_column(sa.Column("host", sa.String(), server_default="depot", nullable=False))
        batch_op.add_column(sa.Column("unsubscribe", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("report", sa.String(), nullable=True))
    op.create_table(
        "mail_undeliverable",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_undeliverable")),
        sa.UniqueConstraint("address", name=op.f("uq_mail_undeliverable_address")),
    )
    op.create_table(
        "mail_pace",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("minute", sa.DateTime(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_pace")),
    )
    with op.batch_alter_table("job_schedules", schema=None) as batch_op:
        batch_op.add_column(sa.Column("well_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("started_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("took_s", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("alarmed_at", sa.DateTime(), nullable=True))
    op.create_table(
        "object_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("looked_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_object_looks")),
        sa.UniqueConstraint("key", name=op.f("uq_object_looks_key")),
    )
    op.create_index(op.f("ix_object_looks_looked_at"), "object_looks", ["looked_at"])
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("token_hash", existing_type=sa.String(), nullable=True)
        batch_op.add_column(sa.Column("lapsed_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("expired_at", sa.DateTime(), nullable=True))


def _undo_post_and_jobs() -> None:
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.drop_column("expired_at")
    # What lapsed opens nothing without its secret.
    op.execute("DELETE FROM invitations WHERE token_hash IS NULL")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_column("lapsed_at")
        batch_op.alter_column("token_hash", existing_type=sa.String(), nullable=False)
    op.drop_table("object_looks")
    with op.batch_alter_table("job_schedules", schema=None) as batch_op:
        for name in ("alarmed_at", "failures", "outcome", "took_s", "started_at", "well_at"):
            batch_op.drop_column(name)
    op.drop_table("mail_pace")
    op.drop_table("mail_undeliverable")
    op.execute("UPDATE mail_messages SET state = 'failed' WHERE state IN ('bounced', 'withheld')")
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        for name in ("report", "unsubscribe", "host"):
            batch_op.drop_column(name)


def _triggers() -> list[tuple[str, str, str]]:
    """Name, table and moment of each refusal; of an event only its mark may change, once."""
    found = [(f"{table}_not_removed", table, "DELETE") for table in TRAIL]
    found += [(f"{table}_not_changed", table, "UPDATE") for table in TRAIL[1:]]
    return [*found, ("audit_events_not_changed", "audit_events", f"UPDATE OF {FACTS}")]


def _refuse_changes_of_the_trail() -> None:
    words = "the audit trail is only added to"
    if op.get_bind().dialect.name == "sqlite":
        refusal = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    else:
        op.execute(
            "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION USING MESSAGE = '{words}', ERRCODE = 'restrict_violation'; END $$"
        )
        refusal = "EXECUTE FUNCTION audit_refuse()"
        for table in TRAIL:
            op.execute(f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} {refusal}")
    for name, table, moment in _triggers():
        op.execute(f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW {refusal}")
    op.execute(
        "CREATE TRIGGER audit_events_mark_stays BEFORE UPDATE OF is_chained ON audit_events FOR EACH ROW"
        f" WHEN (OLD.is_chained) {refusal}"
    )


def _allow_changes_of_the_trail() -> None:
    names = [(name, table) for name, table, _moment in _triggers()]
    names.append(("audit_events_mark_stays", "audit_events"))
    if op.get_bind().dialect.name == "sqlite":
        for name, _table in names:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name, table in [*names, *((f"{table}_not_emptied", table) for table in TRAIL)]:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION audit_refuse()")


def _calendar() -> None:
    op.add_column("versions", sa.Column("reminder_due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_versions_to_remind",
        "versions",
        ["reminder_due_on"],
        sqlite_where=sa.text("reminder_due_on IS NOT NULL"),
        postgresql_where=sa.text("reminder_due_on IS NOT NULL"),
    )
    # The first run looks at each, and says when it is looked at next.
    op.execute(
        "UPDATE versions SET reminder_due_on = date(created_at) WHERE state = 'approved' AND next_due_on IS NOT NULL"
    )

    with op.batch_alter_table("reminder_steps", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("is_passed_over", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE reminder_steps SET day = date(at)")
    with op.batch_alter_table("reminder_steps", schema=None) as batch_op:
        batch_op.alter_column("day", existing_type=sa.Date(), nullable=False)
        batch_op.alter_column("is_passed_over", server_default=None)

    # Digests were a company's. They keep nobody from a second one but on their own day, and on that day the mail's own
    # key does: nothing is lost with them.
    op.drop_table("digests")
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_digests_company_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_digests_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("recipient_id", "company_id", "day", name=op.f("uq_digests_recipient_id_company_id_day")),
    )
    op.create_table(
        "digest_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_digest_lines_company_id")),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_digest_lines_digest_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_digest_lines_recipient_id")),
        sa.ForeignKeyConstraint(["step_id"], ["reminder_steps.id"], name=op.f("fk_digest_lines_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_lines")),
        sa.UniqueConstraint("recipient_id", "step_id", name=op.f("uq_digest_lines_recipient_id_step_id")),
    )
    op.create_index(op.f("ix_digest_lines_step_id"), "digest_lines", ["step_id"])
    op.create_index(
        "ix_digest_lines_waiting",
        "digest_lines",
        ["company_id"],
        sqlite_where=sa.text("digest_id IS NULL"),
        postgresql_where=sa.text("digest_id IS NULL"),
    )
    op.create_table(
        "pauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_pauses_by")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_pauses_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_document_id"), "pauses", ["document_id"])
    op.create_table(
        "reminder_stops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_reminder_stops_by")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_reminder_stops_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_stops")),
    )
    op.create_index(
        "uq_reminder_stops_in_force",
        "reminder_stops",
        ["document_id", "end_date"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def _undo_calendar() -> None:
    for name in ("reminder_stops", "pauses", "digest_lines", "digests"):
        op.drop_table(name)
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["organisations.id"], name=op.f("fk_digests_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("company_id", "day", name=op.f("uq_digests_company_id_day")),
    )
    with op.batch_alter_table("reminder_steps", schema=None) as batch_op:
        batch_op.drop_column("is_passed_over")
        batch_op.drop_column("day")
    op.drop_index("ix_versions_to_remind", "versions")
    op.drop_column("versions", "reminder_due_on")


def downgrade() -> None:
    _allow_changes_of_the_trail()
    _undo_post_and_jobs()
    op.drop_table("audit_checkpoints")
    op.drop_table("audit_links")
    op.drop_index("ix_audit_events_waiting", "audit_events")
    op.drop_column("audit_events", "is_chained")

    _undo_calendar()
    op.drop_table("calendar_feeds")
    op.drop_table("notices")
    op.drop_table("preferences")
