"""Tables that a project registered beside its events, and its default for covariates."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.add_column("projects", sa.Column("default_cuped_lookback_days", sa.Integer()))
    op.create_table(
        "warehouse_tables",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("loaded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name="fk_warehouse_tables_created_by_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_warehouse_tables_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_warehouse_tables"),
        sa.UniqueConstraint("project_id", "name", name="uq_warehouse_tables_project_id"),
        sqlite_autoincrement=True,
    )
