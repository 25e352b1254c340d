"""Dates of published tenders that move; letters about single lots; reference codes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.organisation_id"], name=op.f("fk_codes_company_id")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_codes_made_by")),
        sa.ForeignKeyConstraint(["recipient_id"], ["organisations.id"], name=op.f("fk_codes_recipient_id")),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_codes_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_codes_code")),
    )
    with op.batch_alter_table("codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_codes_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_codes_recipient_id"), ["recipient_id"], unique=False)

    op.create_table(
        "code_looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("code_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_code_looks_by")),
        sa.ForeignKeyConstraint(["code_id"], ["codes.id"], name=op.f("fk_code_looks_code_id")),
        sa.ForeignKeyConstraint(["municipality_id"], ["organisations.id"], name=op.f("fk_code_looks_municipality_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_looks")),
    )
    with op.batch_alter_table("code_looks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_looks_municipality_id_at"), ["municipality_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_code_looks_code_id_municipality_id"), ["code_id", "municipality_id"], unique=False
        )

    op.create_table(
        "postponements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["users.id"], name=op.f("fk_postponements_by")),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_postponements_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postponements")),
    )
    with op.batch_alter_table("postponements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postponements_tender_id"), ["tender_id"], unique=False)

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lots", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_table("code_looks")
    op.drop_table("codes")

    with op.batch_alter_table("letters", schema=None) as batch_op:
        batch_op.drop_column("lots")

    with op.batch_alter_table("postponements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postponements_tender_id"))

    op.drop_table("postponements")
