"""Retention by rule, and the record of what was destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(), nullable=True))
    # The last letter is the one of the last decision, or the one that says that the tender stops.
    op.execute(
        "UPDATE tenders SET ended_at = (SELECT max(letters.at) FROM letters"
        " JOIN participations ON participations.id = letters.participation_id"
        " WHERE participations.tender_id = tenders.id)"
        " WHERE state IN ('awarded', 'abandoned')"
    )

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contract_starts_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("contract_ends_on", sa.Date(), nullable=True))

    with op.batch_alter_table("bundles", schema=None) as batch_op:
        # What was sealed before said seven years, whoever got the contract.
        batch_op.add_column(sa.Column("keep_not_awarded", sa.String(), server_default="P7Y", nullable=False))
        batch_op.add_column(sa.Column("keep_after_contract", sa.String(), server_default="P7Y", nullable=False))
        batch_op.add_column(sa.Column("root_sha256", sa.String(), server_default="", nullable=False))
        batch_op.drop_column("keep_until")
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        for name in ("keep_not_awarded", "keep_after_contract", "root_sha256"):
            batch_op.alter_column(name, server_default=None)

    op.create_table(
        "bundle_participations",
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_bundle_participations_bundle_id")),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participations.id"], name=op.f("fk_bundle_participations_participation_id")
        ),
        sa.PrimaryKeyConstraint("bundle_id", "participation_id", name=op.f("pk_bundle_participations")),
    )
    with op.batch_alter_table("bundle_participations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bundle_participations_participation_id"), ["participation_id"], unique=False
        )
    op.execute("INSERT INTO bundle_participations SELECT id, participation_id FROM bundles")
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tender_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("is_of_all", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE bundles SET tender_id ="
        " (SELECT tender_id FROM participations WHERE participations.id = bundles.participation_id)"
    )
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.alter_column("tender_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_bundles_tender_id"), "tenders", ["tender_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_bundles_tender_id"), ["tender_id"], unique=False)
        batch_op.drop_constraint(batch_op.f("uq_bundles_participation_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_bundles_participation_id"), type_="foreignkey")
        batch_op.drop_column("participation_id")

    op.create_table(
        "destructions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("manifest_sha256", sa.String(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_destructions_bundle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destructions")),
        sa.UniqueConstraint("bundle_id", name=op.f("uq_destructions_bundle_id")),
    )

    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lapse_due_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_versions_next_due_on"), ["next_due_on"], unique=False)
        batch_op.create_index(
            "ix_versions_to_lapse",
            ["lapse_due_on"],
            unique=False,
            sqlite_where=sa.text("lapse_due_on IS NOT NULL"),
            postgresql_where=sa.text("lapse_due_on IS NOT NULL"),
        )
    op.execute(
        "UPDATE versions SET lapse_due_on = valid_until WHERE state = 'approved'"
        " AND NOT EXISTS (SELECT 1 FROM lapses WHERE lapses.version_id = versions.id)"
    )

    op.create_table(
        "prints",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_prints_version_id")),
        sa.PrimaryKeyConstraint("version_id", "part", name=op.f("pk_prints")),
    )
    with op.batch_alter_table("prints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prints_part_value"), ["part", "value"], unique=False)

    op.create_table(
        "samenesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("is_same_bytes", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["versions.id"], name=op.f("fk_samenesses_other_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_samenesses_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samenesses")),
        sa.UniqueConstraint("version_id", "other_id", name=op.f("uq_samenesses_version_id_other_id")),
    )

    op.create_table(
        "confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("checked_how", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.organisation_id"], name=op.f("fk_confirmations_company_id")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_confirmations_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    with op.batch_alter_table("confirmations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmations_company_id_about"), ["company_id", "about"], unique=False)
        batch_op.create_index(batch_op.f("ix_confirmations_version_id"), ["version_id"], unique=False)
        batch_op.create_index(
            "uq_confirmations_asked",
            ["company_id", "about"],
            unique=True,
            sqlite_where=sa.text("state = 'asked'"),
            postgresql_where=sa.text("state = 'asked'"),
        )
    op.create_table(
        "confirmation_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("confirmation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmation_id"], ["confirmations.id"], name=op.f("fk_confirmation_links_confirmation_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_confirmation_links")),
    )
    with op.batch_alter_table("confirmation_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_confirmation_links_confirmation_id"), ["confirmation_id"], unique=False)

    op.create_table(
        "norm_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("norm", sa.String(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("shown", sa.String(length=40), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_norm_proofs_document_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_norm_proofs_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_norm_proofs")),
    )
    with op.batch_alter_table("norm_proofs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_norm_proofs_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_norm_proofs_version_id"), ["version_id"], unique=False)

    op.create_table(
        "readings",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_certain", sa.Boolean(), nullable=False),
        sa.Column("means", sa.String(), nullable=False),
        sa.Column("proposals", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_readings_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_readings")),
    )
    with op.batch_alter_table("readings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_readings_waiting",
            ["version_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "opinions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("is_agreeing", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_opinions_by")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_opinions_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
    )
    with op.batch_alter_table("opinions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinions_version_id"), ["version_id"], unique=False)
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opened_at", sa.DateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_reviews_next_look_on"), ["next_look_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_at"), ["at"], unique=False)
    # What people had open is taken up anew.
    op.execute("DELETE FROM claims")
    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", sa.DateTime(), nullable=False))

    op.create_table(
        "bundle_flags",
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["bundles.id"], name=op.f("fk_bundle_flags_bundle_id")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_bundle_flags_version_id")),
        sa.PrimaryKeyConstraint("bundle_id", "version_id", name=op.f("pk_bundle_flags")),
    )

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("register_outcome", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("register_told", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("is_register_taken", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("companies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("looked_up_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("leased_until", sa.DateTime(), nullable=True))
    op.create_table(
        "register_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.organisation_id"], name=op.f("fk_register_looks_company_id")
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"], name=op.f("fk_register_looks_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_looks")),
    )
    with op.batch_alter_table("register_looks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_register_looks_company_id_at"), ["company_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_register_looks_is_flagged_seen_at"), ["is_flagged", "seen_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_register_looks_outcome_at"), ["outcome", "at"], unique=False)

    op.create_table(
        "mark_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("kvk_number", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_mark_sources_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_sources")),
        sa.UniqueConstraint("object_key", name=op.f("uq_mark_sources_object_key")),
    )
    with op.batch_alter_table("mark_sources", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mark_sources_scheme_kvk_number_as_of"), ["scheme", "kvk_number", "as_of"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_mark_sources_at"), ["at"], unique=False)
    op.create_table(
        "mark_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kvk_number", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("holder_key", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["mark_sources.id"], name=op.f("fk_mark_entries_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_entries")),
    )
    with op.batch_alter_table("mark_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mark_entries_source_id_kvk_number"), ["source_id", "kvk_number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mark_entries_source_id_holder_key"), ["source_id", "holder_key"], unique=False
        )


def downgrade() -> None:
    op.drop_table("mark_entries")
    op.drop_table("mark_sources")
    op.drop_table("register_looks")
    with op.batch_alter_table("companies", schema=None) as batch_op:
        batch_op.drop_column("leased_until")
        batch_op.drop_column("looked_up_at")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_column("is_register_taken")
        batch_op.drop_column("register_told")
        batch_op.drop_column("register_outcome")

    op.drop_table("bundle_flags")

    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_column("since")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_at"))
        batch_op.drop_index(batch_op.f("ix_reviews_next_look_on"))
        batch_op.drop_column("opened_at")
    op.drop_table("opinions")

    # Drafts whose kind nobody chose yet: 0004 asks for one, and a person can change it.
    op.execute("UPDATE documents SET kind = 'kvk_extract' WHERE kind = ''")
    op.drop_table("readings")

    for name in ("norm_proofs", "confirmation_links", "confirmations"):
        op.drop_table(name)

    op.drop_table("samenesses")
    op.drop_table("prints")

    op.drop_index("ix_versions_to_lapse", "versions")
    op.drop_index(op.f("ix_versions_next_due_on"), "versions")
    op.execute(
        "ALTER TABLE versions DROP COLUMN lapse_due_on"
    )  # a copy of the table would lose what its indexes are for

    op.drop_table("destructions")

    if op.get_bind().scalar(sa.text("SELECT count(*) FROM bundles WHERE is_of_all")):
        raise ValueError("0004 has no room for the bundles of all selected, and a sealed bundle is not thrown away")
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("participation_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE bundles SET participation_id ="
        " (SELECT participation_id FROM bundle_participations WHERE bundle_id = bundles.id)"
    )
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.alter_column("participation_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_bundles_participation_id"), "participations", ["participation_id"], ["id"]
        )
        batch_op.create_unique_constraint(batch_op.f("uq_bundles_participation_id"), ["participation_id"])
        batch_op.drop_index(batch_op.f("ix_bundles_tender_id"))
        batch_op.drop_constraint(batch_op.f("fk_bundles_tender_id"), type_="foreignkey")
        batch_op.drop_column("is_of_all")
        batch_op.drop_column("tender_id")
    op.drop_table("bundle_participations")

    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("keep_until", sa.Date(), server_default="9999-12-31", nullable=False))
        batch_op.drop_column("root_sha256")
        batch_op.drop_column("keep_after_contract")
        batch_op.drop_column("keep_not_awarded")
    with op.batch_alter_table("bundles", schema=None) as batch_op:
        batch_op.alter_column("keep_until", server_default=None)

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.drop_column("contract_ends_on")
        batch_op.drop_column("contract_starts_on")

    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
