"""Procedures with lots, invitations and windows to cure; parties that answer; sealed letters; looks at coverage."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coverage_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_coverage_looks_by")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["organisations.id"], name=op.f("fk_coverage_looks_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_looks")),
    )
    with op.batch_alter_table("coverage_looks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_coverage_looks_municipality_id_at"), ["municipality_id", "at"], unique=False
        )

    op.create_table(
        "call_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("declined_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.organisation_id"], name=op.f("fk_call_invitations_company_id")
        ),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_call_invitations_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_invitations")),
        sa.UniqueConstraint("tender_id", "company_id", name=op.f("uq_call_invitations_tender_id_company_id")),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_lots_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("tender_id", "code", name=op.f("uq_lots_tender_id_code")),
    )
    op.create_table(
        "paper_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_paper_requests_by")),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_paper_requests_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_requests")),
    )
    with op.batch_alter_table("paper_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_requests_tender_id"), ["tender_id"], unique=False)

    op.create_table(
        "cure_windows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.Column("requirements", sa.JSON(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_cure_windows_by")),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participations.id"], name=op.f("fk_cure_windows_participation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cure_windows")),
        sa.UniqueConstraint("participation_id", name=op.f("uq_cure_windows_participation_id")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["participation_id"], ["participations.id"], name=op.f("fk_letters_participation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("object_key", name=op.f("uq_letters_object_key")),
    )
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letters_participation_id"), ["participation_id"], unique=False)

    op.create_table(
        "lot_outcomes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("participation_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("motivation", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participations.id"], name=op.f("fk_lot_outcomes_participation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_outcomes")),
        sa.UniqueConstraint("participation_id", "lot", name=op.f("uq_lot_outcomes_participation_id_lot")),
    )
    with op.batch_alter_table("companies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_counted", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("party_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("object_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("sha256", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("size", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_declarations_object_key"), ["object_key"])
        batch_op.create_foreign_key(batch_op.f("fk_declarations_party_id"), "parties", ["party_id"], ["id"])

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lots", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("shares_decisions", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=40), server_default="confirmed", nullable=False))
        batch_op.add_column(sa.Column("task", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("row_version", sa.Integer(), server_default="1", nullable=False))

    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("external_system", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("external_number", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("deviations", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("abandoned_because", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.drop_column("abandoned_because")
        batch_op.drop_column("deviations")
        batch_op.drop_column("external_number")
        batch_op.drop_column("external_system")

    with op.batch_alter_table("parties", schema=None) as batch_op:
        batch_op.drop_column("row_version")
        batch_op.drop_column("answered_at")
        batch_op.drop_column("task")
        batch_op.drop_column("state")

    with op.batch_alter_table("participations", schema=None) as batch_op:
        batch_op.drop_column("shares_decisions")
        batch_op.drop_column("lots")

    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_declarations_party_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_declarations_object_key"), type_="unique")
        batch_op.drop_column("size")
        batch_op.drop_column("sha256")
        batch_op.drop_column("object_key")
        batch_op.drop_column("party_id")

    with op.batch_alter_table("companies", schema=None) as batch_op:
        batch_op.drop_column("is_counted")

    op.drop_table("lot_outcomes")
    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letters_participation_id"))

    op.drop_table("letters")
    op.drop_table("cure_windows")
    with op.batch_alter_table("paper_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_requests_tender_id"))

    op.drop_table("paper_requests")
    op.drop_table("lots")
    op.drop_table("call_invitations")
    with op.batch_alter_table("coverage_looks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_coverage_looks_municipality_id_at"))

    op.drop_table("coverage_looks")
