"""Cohorts, and who is a member of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    create_cohorts()
    create_cohort_members()


def create_cohorts() -> None:
    op.create_table(
        "cohorts",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("is_static", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("is_calculating", sa.Boolean(), nullable=False),
        sa.Column("last_calculation", INSTANT),
        sa.Column("errors_calculating", sa.Integer(), nullable=False),
        sa.Column("count", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("followed_to", sa.BigInteger()),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_cohorts_project_id"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_cohorts_created_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_cohorts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cohorts_project_id", "cohorts", ["project_id"])


def create_cohort_members() -> None:
    op.create_table(
        "cohort_members",
        sa.Column("cohort_id", ID, nullable=False),
        sa.Column("behaviour", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name="fk_cohort_members_cohort_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "behaviour", "person_id", name="pk_cohort_members"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cohort_members_person_id", "cohort_members", ["person_id"])
